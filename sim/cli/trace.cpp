#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text.hpp"
#include "traces/analysis/trace_info.hpp"
#include "traces/generator/generate.hpp"
#include "traces/reader/open_trace.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim::cli {

namespace {

std::uint32_t block_size_option(const std::optional<std::string>& text, std::uint32_t otherwise) {
  if (!text) return otherwise;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(to_count("--block-size", *text, 1, kMost));
}

Trace open(const std::string& path, const TraceOptions& options,
           const std::filesystem::path& spill = {}) {
  const TraceSpec spec = options.spec(path);
  OpenOptions open_options;
  open_options.spill = spill;
  open_options.format = spec.format;
  open_options.skip_errors = spec.skip_errors;
  return open_trace(path, open_options);
}

// The folder of a file to be written, for what does not fit in memory; none for a device or pipe.
std::filesystem::path spill_beside(const std::filesystem::path& out) {
  std::error_code error;
  const auto status = std::filesystem::status(out, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) return {};
  const std::filesystem::path folder = out.parent_path();
  return folder.empty() ? "." : folder;
}

// The format to write: as asked, or as the file's extension says.
std::string target_format(std::string_view option, const std::optional<std::string>& asked,
                          const std::filesystem::path& path, const Trace& trace) {
  std::vector<std::string> names;
  for (const FormatInfo& info : list_writers()) names.push_back(info.name);
  const std::string extension = path.extension().string();
  std::string format = asked.value_or(extension.empty() ? "" : extension.substr(1));
  // JSON Lines are the usual form of each kind of request trace.
  if (!asked && format == "jsonl" && !trace.is_object_trace()) {
    format = trace.tokens ? "tokens" : "mooncake";
  }
  const std::string name = format.substr(0, format.find(':'));
  if (std::find(names.begin(), names.end(), name) != names.end()) return format;
  if (asked) {
    throw InputError(fmt::format("{}: {}", option, unknown_name("format to write", name, names)));
  }
  throw InputError(fmt::format("'{}' does not tell the format to write: give {} ({})",
                               path.string(), option, fmt::join(names, ", ")));
}

void write(const Trace& trace, const std::string& path, const std::string& format,
           const std::optional<std::string>& block_size) {
  WriteOptions options;
  options.block_size = block_size_option(block_size, 0);
  write_trace(trace, path, format, options);
  print(fmt::format("{}: {} requests as {}\n", path, grouped_digits(trace.requests.count), format));
}

}  // namespace

void trace_info_command(Arguments arguments) {
  Command command("kvsim trace info",
                  "What a trace carries, how large it is, how often its blocks come back, and what "
                  "a cache of any size could hit.");
  std::string path;
  std::optional<std::string> block_size;
  bool as_json = false;
  TraceOptions trace_options;
  command.argument("TRACE", path, "The trace file, plain or compressed (gzip, zstd, xz).");
  command.section("How to read the trace");
  trace_options.declare(command);
  command.option(
      "--block-size", "N", block_size,
      fmt::format("Tokens a block, for traces of token ids. Default: {}.", kDefaultBlockSize));
  command.section("Output");
  command.flag("--json", as_json, "As JSON.");
  command.example("kvsim trace info trace.jsonl", "Is there anything in it to cache?");
  if (!command.parse(arguments)) return;
  const Trace trace = open(path, trace_options);
  AnalyseOptions options;
  options.block_size = block_size_option(block_size, kDefaultBlockSize);
  const TraceInfo info = analyse(trace, options);
  print(as_json ? to_json(info).dump(2) + "\n" : render_text(info));
}

void trace_convert_command(Arguments arguments) {
  Command command("kvsim trace convert", "Writes a trace in another format.");
  std::string in, out;
  std::optional<std::string> to, block_size;
  TraceOptions trace_options;
  command.argument("IN", in, "The trace file, plain or compressed (gzip, zstd, xz).");
  command.argument("OUT", out, "The file to write, whole or not at all.");
  command.section("Output");
  command.option("--to", "FORMAT", to,
                 "The format to write, with its options as in kvt:zstd=true; default: as OUT's "
                 "extension says. `kvsim list writers` shows all.");
  command.option("--block-size", "N", block_size,
                 "Tokens a block, where a trace of token ids becomes one of blocks.");
  command.section("How to read the trace");
  trace_options.declare(command);
  command.example("kvsim trace convert trace.jsonl trace.kvt",
                  "The native format, which opens without parsing.");
  if (!command.parse(arguments)) return;
  check_output(out, {in});
  const Trace trace = open(in, trace_options, spill_beside(out));
  note_skipped(trace);
  write(trace, out, target_format("--to", to, out, trace), block_size);
}

void trace_generate_command(Arguments arguments) {
  Command command("kvsim trace generate",
                  "Makes a synthetic workload: an equal name, parameters and seed give an equal "
                  "trace. `kvsim list generators` shows all with their parameters.");
  std::string name, out;
  std::vector<std::string> settings;
  std::optional<std::string> seed, format, block_size;
  command.argument("NAME", name, "The generator.");
  command.section("The workload");
  command.options("--set", "NAME=VALUE,...", settings,
                  "The generator's parameters; may be given several times.");
  command.option("--seed", "N", seed, "Default: 1.");
  command.section("Output");
  command.required_option("-o,--output", "FILE", out, "The file to write, whole or not at all.");
  command.option("--format", "FORMAT", format,
                 "Its format, with its options as in kvt:zstd=true; default: as the extension "
                 "says.");
  command.option("--block-size", "N", block_size,
                 "Tokens a block, where token ids are written as blocks.");
  command.example(
      "kvsim trace generate zipf --set objects=100000,accesses=1000000 --seed 7 -o "
      "zipf.kvt",
      "A million accesses to popular objects.");
  if (!command.parse(arguments)) return;
  Params params;
  for (const std::string& setting : settings) {
    for (const std::string& piece : split_list(setting)) {
      const std::size_t equals = piece.find('=');
      if (equals == std::string::npos || equals == 0) {
        throw InputError(fmt::format("--set: '{}', allowed is NAME=VALUE", piece));
      }
      params.emplace_back(piece.substr(0, equals), parse_param_value(piece.substr(equals + 1)));
    }
  }
  constexpr std::uint64_t kMostSeed = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t number = seed ? to_count("--seed", *seed, 0, kMostSeed) : 1;
  (void)resolve_generator_params(name, params);
  check_output(out, {});
  const Trace trace = generate(name, params, number);
  write(trace, out, target_format("--format", format, out, trace), block_size);
}

}  // namespace kvsim::cli
