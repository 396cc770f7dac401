#include "traces/reader/open_trace.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <utility>

#include "sim/core/error.hpp"
#include "traces/format_spec.hpp"
#include "traces/reader/concept.hpp"
#include "traces/reader/formats_list.hpp"
#include "traces/reader/input.hpp"

namespace kvsim {

namespace {

/// A format with its type erased: once a file, never a record.
struct Entry {
  FormatInfo info;
  int (*sniff)(const Sample&);
  Trace (*read)(TraceInput&, const Params&, std::string_view where);
  Trace (*read_folder)(std::span<const std::filesystem::path>, TraceInput::Options, const Params&,
                       std::string_view where);  // nullptr: files only
};

template <class F>
Entry make_entry() {
  Entry entry{{std::string(F::kName), std::string(F::kDoc), describe<typename F::Config>()},
              &F::sniff,
              [](TraceInput& input, const Params& params, std::string_view where) {
                return F::read(input, parse_config<typename F::Config>(params, where));
              },
              nullptr};
  if constexpr (FolderFormat<F>) {
    entry.read_folder = [](std::span<const std::filesystem::path> files,
                           TraceInput::Options options, const Params& params,
                           std::string_view where) {
      return F::read_folder(files, options, parse_config<typename F::Config>(params, where));
    };
  }
  return entry;
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> made;
    for_each_type(FormatList{}, [&]<class F>() { made.push_back(make_entry<F>()); });
    return made;
  }();
  return all;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) names.push_back(entry.info.name);
  return names;
}

const Entry& find_entry(const std::string& name) {
  for (const Entry& entry : entries()) {
    if (entry.info.name == name) return entry;
  }
  const std::vector<std::string> names = format_names();
  throw InputError(unknown_name("trace format", name, names));
}

Sample sample_of(TraceInput& input) {
  Sample sample;
  sample.complete = input.head_is_all();
  sample.head = input.head();
  if (sample.complete) {
    sample.size = sample.head.size();
  } else if (const auto bytes = input.source().bytes()) {
    sample.size = bytes->size();
  }
  return sample;
}

const Entry& detect(TraceInput& input) {
  const Sample sample = sample_of(input);
  if (sample.head.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    input.fail("is empty, allowed is a trace");
  }
  std::vector<std::pair<int, const Entry*>> candidates;
  for (const Entry& entry : entries()) {
    const int score = entry.sniff(sample);
    if (score > certainty::kNo) candidates.emplace_back(score, &entry);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (candidates.empty()) {
    input.fail(fmt::format(
        "the content is of no known trace format; if it is one of {}, name it with --format "
        "(columns as in --format csv:id=NAME)",
        fmt::join(format_names(), ", ")));
  }
  const bool clear =
      candidates.size() == 1 || candidates[0].first - candidates[1].first >= certainty::kLead;
  if (candidates[0].first < certainty::kLikely || !clear) {
    std::vector<std::string> names;
    for (const auto& [score, entry] : candidates) names.push_back(entry->info.name);
    input.fail(fmt::format("the content may be {}; name the format with --format",
                           fmt::join(names, " or ")));
  }
  return *candidates[0].second;
}

/// The options of the format, the block size among them where it leaves that open.
Params params_for(const Entry& entry, Params params, std::uint32_t block_size) {
  const auto is_block_size = [](const auto& param) { return param.first == "block_size"; };
  if (entry.info.name == "tokens" && std::any_of(params.begin(), params.end(), is_block_size)) {
    throw InputError(
        "format 'tokens': takes no block_size: its requests are token ids, whose block size is "
        "free to choose (--block-size, \"block_sizes\")");
  }
  if (block_size == 0 || entry.info.name == "tokens") return params;
  const auto& fields = entry.info.fields;
  const bool open = std::any_of(fields.begin(), fields.end(),
                                [](const FieldInfo& f) { return f.name == "block_size"; });
  if (!open) {
    throw InputError(
        fmt::format("format '{}' fixes how many tokens a block has: no block size can "
                    "be given",
                    entry.info.name));
  }
  const bool given = std::any_of(params.begin(), params.end(), is_block_size);
  if (!given) params.emplace_back("block_size", std::int64_t{block_size});
  return params;
}

Trace checked(Trace trace, std::string_view name) {
  if (trace.requests.count == 0) {
    throw InputError(
        fmt::format("{}: holds no request{}", name,
                    trace.skipped_records > 0
                        ? fmt::format(", {} malformed records were skipped", trace.skipped_records)
                        : ""));
  }
  return trace;
}

Trace read_input(TraceInput& input, const OpenOptions& options) {
  const FormatSpec spec = parse_format_spec(options.format);
  const Entry& entry = spec.name.empty() ? detect(input) : find_entry(spec.name);
  const Params params = params_for(entry, spec.params, options.block_size);
  Trace trace = entry.read(input, params, fmt::format("format '{}'", entry.info.name));
  trace.skipped_records += input.skipped();
  return checked(std::move(trace), input.name());
}

TraceInput::Options input_options(const OpenOptions& options) {
  return {options.skip_errors, options.max_accesses, options.spill};
}

Trace open_folder(const std::filesystem::path& path, const OpenOptions& options) {
  const FormatSpec spec = parse_format_spec(options.format);
  std::vector<std::string> able;
  for (const Entry& entry : entries()) {
    if (entry.read_folder != nullptr) able.push_back(entry.info.name);
  }
  const std::string name = spec.name.empty() ? able.front() : spec.name;
  const Entry& entry = find_entry(name);
  if (entry.read_folder == nullptr) {
    throw InputError(fmt::format("{}: is a folder, allowed is a file, or for {} a folder",
                                 path.string(), fmt::join(able, ", ")));
  }
  const std::vector<std::filesystem::path> files = folder_files(path);
  const Params params = params_for(entry, spec.params, options.block_size);
  Trace trace = entry.read_folder(files, input_options(options), params,
                                  fmt::format("format '{}'", entry.info.name));
  return checked(std::move(trace), path.string());
}

bool is_extension(std::string_view text) {
  constexpr std::size_t kLongest = 16;
  return text.size() >= 2 && text.size() <= kLongest &&
         std::isalpha(static_cast<unsigned char>(text[1])) != 0 &&
         std::all_of(text.begin() + 1, text.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

Trace open_trace(const std::filesystem::path& path, const OpenOptions& options) {
  std::error_code error;
  Trace trace;
  if (std::filesystem::is_directory(path, error)) {
    trace = open_folder(path, options);
  } else {
    TraceInput input(open_source(path), path.string(), input_options(options));
    trace = read_input(input, options);
  }
  trace.name = trace_name(path);
  trace.path = path;
  return trace;
}

Trace read_trace(std::span<const char> content, std::string_view name, const OpenOptions& options) {
  TraceInput input(memory_source(content, std::string(name)), std::string(name),
                   input_options(options));
  Trace trace = read_input(input, options);
  trace.name = trace_name(name);
  return trace;
}

std::string detect_format(std::span<const char> content, std::string_view name) {
  TraceInput input(memory_source(content, std::string(name)), std::string(name), {});
  return detect(input).info.name;
}

std::vector<FormatInfo> list_formats() {
  std::vector<FormatInfo> formats;
  for (const Entry& entry : entries()) formats.push_back(entry.info);
  return formats;
}

std::string trace_name(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  if (name.empty()) name = path.parent_path().filename().string();
  for (;;) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos || dot == 0 || !is_extension(std::string_view(name).substr(dot))) {
      return name;
    }
    name.resize(dot);
  }
}

}  // namespace kvsim
