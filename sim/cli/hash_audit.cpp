#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>

#include "experiments/plan.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/text.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/collisions.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/hash/study/audit.hpp"

namespace kvsim::cli {

namespace {

// Observed collisions with their distance from chance, by function and width.
std::string collision_table(const HashAudit& audit, const std::string& keys) {
  std::vector<unsigned> widths;
  std::vector<std::string> expected{"an ideal one"};
  for (const HashAuditEntry& entry : audit.functions) {
    for (const CollisionCheck& c : entry.collisions) {
      if (c.keys != keys || std::find(widths.begin(), widths.end(), c.bits) != widths.end())
        continue;
      widths.push_back(c.bits);
    }
  }
  if (widths.empty()) return "";
  std::sort(widths.begin(), widths.end());
  std::vector<Table::Column> columns{{"hash", false}};
  for (const unsigned bits : widths) columns.push_back({fmt::format("{} bits", bits)});
  Table table(columns);
  for (const unsigned bits : widths) {
    const double chance = expected_collisions(static_cast<double>(audit.blocks), bits);
    constexpr double kWhole = 1000;
    expected.push_back(chance < kWhole ? fmt::format("{:.3g}", chance)
                                       : fmt::format("{:.0f}", chance));
  }
  table.add(expected, std::vector<Style>(expected.size(), Style::kDim));
  for (const HashAuditEntry& entry : audit.functions) {
    std::vector<std::string> cells{entry.hash};
    for (const unsigned bits : widths) {
      const auto it =
          std::find_if(entry.collisions.begin(), entry.collisions.end(),
                       [&](const CollisionCheck& c) { return c.keys == keys && c.bits == bits; });
      if (it == entry.collisions.end()) {
        cells.emplace_back("-");
      } else if (it->expected < 0.5 && it->observed == 0) {
        cells.emplace_back("0");
      } else {
        cells.push_back(fmt::format("{} ({:+.1f})", it->observed, it->deviations));
      }
    }
    table.add(std::move(cells));
  }
  return table.text();
}

std::string tokens_text(const std::vector<Token>& tokens, const std::vector<Token>& other) {
  std::vector<std::string> shown;
  constexpr std::size_t kMost = 24;
  if (tokens.size() <= kMost) return fmt::format("{}", fmt::join(tokens, " "));
  for (std::size_t i = 0; i < tokens.size() && shown.size() < kMost; ++i) {
    if (tokens[i] != other[i]) shown.push_back(fmt::format("[{}] {}", i, tokens[i]));
  }
  return fmt::format("{} tokens, where they differ: {}", tokens.size(), fmt::join(shown, "  "));
}

std::string verdicts(const HashAudit& audit) {
  constexpr std::size_t kWidth = 96;
  constexpr std::size_t kIndent = 4;
  std::string text;
  for (const HashAuditEntry& entry : audit.functions) {
    const Style style = entry.verdict == "unfit" ? Style::kBold : Style::kGreen;
    text +=
        fmt::format("\n{}: {}\n", styled(entry.hash, Style::kBold), styled(entry.verdict, style));
    text += wrapped(entry.verdict_text, kWidth, kIndent);
    for (const std::string& finding : entry.findings)
      text += wrapped(finding + ".", kWidth, kIndent);
    for (const std::string& warning : entry.warnings) {
      text += wrapped("Known: " + warning, kWidth, kIndent);
    }
    if (const auto& c = entry.colliding_prompts) {
      text += wrapped("One: " + tokens_text(c->first, c->second), kWidth, kIndent);
      text += wrapped("Two: " + tokens_text(c->second, c->first), kWidth, kIndent);
    }
  }
  return text;
}

std::string audit_text(const HashAudit& audit) {
  constexpr std::size_t kWidth = 100;
  std::string text = fmt::format(
      "{}: collisions of its {} distinct blocks' keys, chain {} (standard deviations from an ideal "
      "hash)\n",
      styled(audit.trace, Style::kBold), grouped_digits(audit.blocks), audit.chain);
  text += collision_table(audit, "trace");
  if (const std::string strided = collision_table(audit, "trace_strided"); !strided.empty()) {
    text += "\nthe same of its ids times 65,536\n" + strided;
  }
  text += verdicts(audit);
  text += fmt::format("\n{}\n", styled("How many bits", Style::kBold));
  Table table({{"bits"}, {"false hits a year, at most"}});
  for (const FalseHitsAtWidth& f : audit.advice.expected) {
    table.add({std::to_string(f.bits), fmt::format("{:.3g}", f.per_year)});
  }
  return text + table.text() + wrapped(audit.advice.text, kWidth, 0);
}

std::vector<unsigned> widths_option(const std::string& text) {
  std::vector<unsigned> widths;
  constexpr std::uint64_t kMost = 256;
  for (const std::string& piece : split_list(text)) {
    widths.push_back(static_cast<unsigned>(to_count("--bits", piece, 1, kMost)));
  }
  return widths;
}

nlohmann::ordered_json config_of(const std::string& path, std::uint32_t block_size,
                                 const HashAuditOptions& options) {
  nlohmann::ordered_json config{
      {"command", "hash audit"}, {"trace", path},        {"hash", labels_of(options.hashes)},
      {"bits", options.bits},    {"seed", options.seed}, {"chain", label_of(options.chain)}};
  if (block_size != 0) config["block_size"] = block_size;
  if (options.lookups_per_second) config["lookups_per_second"] = *options.lookups_per_second;
  if (options.resident) config["resident"] = *options.resident;
  config["false_hits_per_year"] = options.false_hits_per_year;
  return config;
}

}  // namespace

void hash_audit_command(Arguments arguments) {
  Command command("kvsim hash audit",
                  "What hash functions do to a trace's keys, to keys with structure, and against "
                  "who chooses prompts: collisions beside what chance gives, avalanche, buckets, "
                  "colliding prompts, a verdict, and how many bits to take.");
  std::string path;
  std::optional<std::string> hashes, bits, seed, block_size, chain, rate, resident, goal, output;
  TraceOptions trace_options;
  command.argument("TRACE", path, "The trace file, plain or compressed (gzip, zstd, xz).");
  command.section("What to audit");
  command.option("--hash", "LIST", hashes,
                 "Hash functions; `kvsim list hashes` shows all. Default: all.");
  command.option("--bits", "LIST", bits, "Widths of keys. Default: 16,20,24,32,48,64.");
  command.option("--seed", "N", seed,
                 "Of the functions that take one, and of what is drawn at random. Default: 0.");
  command.option("--chain", "NAME", chain,
                 "How a block's key follows from its parent's: kvsim, or an engine's scheme, which "
                 "brings its function and needs token ids. Default: kvsim.");
  command.section("How many bits");
  command.option("--lookups-per-second", "X", rate,
                 "Blocks looked up. Default: the trace's mean rate, or 10,000.");
  command.option("--resident", "N", resident,
                 "Blocks in the cache. Default: the trace's distinct ones.");
  command.option("--false-hits-per-year", "X", goal, "At most. Default: 0.001.");
  command.section("How to read the trace");
  trace_options.declare(command);
  command.option(
      "--block-size", "N", block_size,
      fmt::format("Tokens a block, for traces of token ids. Default: {}.", kDefaultBlockSize));
  command.section("Output");
  command.option("-o,--output", "FILE", output,
                 "Write results as JSON; -: to standard output, instead of the text.");
  command.glossary("The verdicts",
                   {{"unfit", "Collisions or buckets follow the keys' structure, beyond chance."},
                    {"predictable", "Good on keys that nobody chose against it."},
                    {"keyed", "Good on chosen keys, too, while its seed is secret."},
                    {"cryptographic", "Good on chosen keys, too."}});
  command.example("kvsim hash audit trace.jsonl",
                  "Which functions are good on these keys, and how wide must keys be?");
  command.example(
      "kvsim hash audit trace.jsonl --hash fnv1a_64,xxh3_64 --lookups-per-second 1e6 --resident "
      "1e8",
      "Two functions, and the width for a large fleet.");
  if (!command.parse(arguments)) return;

  HashAuditOptions options;
  if (hashes) options.hashes = placed("--hash", [&] { return parse_hash_list(*hashes); });
  if (bits) options.bits = widths_option(*bits);
  if (seed) {
    options.seed = to_count("--seed", *seed, 0, std::numeric_limits<std::int64_t>::max());
  }
  if (chain) options.chain = placed("--chain", [&] { return parse_chain(*chain); });
  if (rate) options.lookups_per_second = to_amount("--lookups-per-second", *rate);
  if (resident) options.resident = to_amount("--resident", *resident);
  if (goal) options.false_hits_per_year = to_amount("--false-hits-per-year", *goal);
  if (output && *output != "-") check_output(*output, {path});

  ExperimentConfig config;
  config.traces.push_back(trace_options.spec(path));
  const OpenedTraces opened = open_traces(config);
  const Trace& trace = *opened.traces.front();
  note_skipped(trace);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::uint32_t tokens =
      block_size ? static_cast<std::uint32_t>(to_count("--block-size", *block_size, 1, kMost))
                 : default_block_size(trace);
  const AccessStream stream = make_stream(trace, tokens, Lookup::kAll, TouchOrder::kHeadFirst);

  Results results;
  if (output) {
    results = study_results(config_of(path, stream.block_size, options).dump(), &trace, path,
                            options.seed);
  }
  ProgressBar bar;
  options.on_progress = shown_on(bar, "functions");
  HashAudit audit = audit_hashes(stream, options);
  bar.clear();
  const std::string text = audit_text(audit);
  results.hash_audit = std::move(audit);
  results.provenance.started = opened.started;
  show_study(results, text, output);
}

}  // namespace kvsim::cli
