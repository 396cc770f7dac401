#include "sim/cli/run_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "sim/cli/text.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim::cli {

namespace {

constexpr std::array<std::string_view, 4> kRatioNames{"block_hit", "token_hit", "request_hit",
                                                      "byte_hit"};

std::array<std::optional<double>, 4> ratios_in_order(const Ratios& ratios) {
  return {ratios.block_hit, ratios.token_hit, ratios.request_hit, ratios.byte_hit};
}

std::string ratio_text(std::optional<double> ratio) {
  return ratio ? fmt::format("{:.4f}", *ratio) : "-";
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kBinary{"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr std::array<std::string_view, 5> kDecimal{"B", "kB", "MB", "GB", "TB"};
  // As it was probably given: 10 MB is no whole number of KiB.
  const bool is_decimal = bytes % 1000 == 0 && bytes % 1024 != 0;
  const double step = is_decimal ? 1000 : 1024;
  std::size_t unit = 0;
  double value = static_cast<double>(bytes);
  for (; value >= step && unit + 1 < kBinary.size(); ++unit) value /= step;
  return fmt::format("{:.4g} {}", value, (is_decimal ? kDecimal : kBinary)[unit]);
}

std::string capacity_text(const CapacityResult& capacity) {
  if (capacity.blocks) return grouped_digits(*capacity.blocks);
  return capacity.bytes ? bytes_text(*capacity.bytes) : "-";
}

std::string heading(const RunResult& run, const Results& results) {
  std::string text = styled(run.trace, Style::kBold);
  text += fmt::format(": {} reuse", run.reuse);
  if (run.block_size) text += fmt::format(", {} tokens a block", *run.block_size);
  if (run.organisation != "flat") text += fmt::format(", {}", run.organisation);
  if (run.lookup != "all") text += fmt::format(", look-up {}", run.lookup);
  if (run.touch_order != "head_first") text += fmt::format(", {}", run.touch_order);
  for (const TraceProvenance& trace : results.provenance.traces) {
    if (trace.name != run.trace) continue;
    text += fmt::format("; {} requests", grouped_digits(trace.requests));
    if (trace.distinct_blocks != 0) {
      text += fmt::format(", {} accesses, {} distinct", grouped_digits(trace.accesses),
                          grouped_digits(trace.distinct_blocks));
    }
  }
  return text + "\n";
}

// The tables are headed by what these runs share.
std::string key_of(const RunResult& run) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", run.trace, run.reuse, run.organisation, run.lookup,
                     run.touch_order, run.block_size.value_or(0));
}

using Runs = std::vector<const RunResult*>;

// "xxh3_64/24": the function, its chain and seed where they are not the usual ones, and the key's
// bits.
std::string hash_text(const RunResult& run) {
  if (!run.hash) return "-";
  std::string text = run.hash->name;
  if (run.hash->chain != "kvsim") text = run.hash->chain;
  if (run.hash->seed != 0) text += fmt::format(" seed {}", run.hash->seed);
  return fmt::format("{}/{}", text, run.hash->bits);
}

std::string table_text(const RunResult& run) {
  return run.table.load ? fmt::format("{} {:g}", run.table.name, *run.table.load) : run.table.name;
}

bool has_keys(const RunResult* run) { return run->hash.has_value(); }

std::string count_text(double count) {
  return count < 1e-3 && count > 0 ? fmt::format("{:.1e}", count) : fmt::format("{:.4g}", count);
}

std::string probes_text(const std::optional<ProbeLengthResult>& lengths) {
  if (!lengths) return "-";
  return lengths->expected ? fmt::format("{:.2f} ({:.2f})", lengths->mean, *lengths->expected)
                           : fmt::format("{:.2f}", lengths->mean);
}

// What keys and tables did, observed and in brackets expected of an ideal hash.
std::string key_table(const Runs& runs) {
  const auto tested = [](std::uint64_t observed, double expected, bool beyond_chance) {
    return fmt::format("{} ({}){}", grouped_digits(observed), count_text(expected),
                       beyond_chance ? "!" : " ");
  };
  const bool has_tables = std::any_of(runs.begin(), runs.end(),
                                      [](const auto* run) { return run->table.load.has_value(); });
  std::vector<Table::Column> columns{{"policy", false},  {"capacity"},   {"hash/bits", false},
                                     {"collisions"},     {"false hits"}, {"affected requests"},
                                     {"affected tokens"}};
  if (has_tables) {
    for (const char* name : {"buckets taken", "probes, found", "probes, not found"}) {
      columns.push_back({name});
    }
    columns.insert(columns.begin() + 3, {"table", false});
  }
  Table table(std::move(columns));
  for (const RunResult* run : runs) {
    if (!has_keys(run)) continue;
    const CollisionResult& c = *run->collisions;
    std::vector<std::string> cells{run->policy, capacity_text(run->capacity), hash_text(*run)};
    if (has_tables) cells.push_back(table_text(*run));
    cells.push_back(tested(c.keys.observed, c.keys.expected, c.keys.beyond_chance));
    cells.push_back(tested(c.false_hits, c.false_hits_expected, false));
    cells.push_back(grouped_digits(c.affected_requests));
    cells.push_back(c.affected_tokens ? grouped_digits(*c.affected_tokens) : "-");
    if (has_tables) {
      cells.push_back(
          c.buckets ? tested(c.buckets->observed, c.buckets->expected, c.buckets->beyond_chance)
                    : "-");
      cells.push_back(probes_text(c.found));
      cells.push_back(probes_text(c.not_found));
    }
    table.add(std::move(cells));
  }
  return fmt::format(
      "\n{}in brackets: expected of an ideal hash (false hits: to the first order, without a "
      "test); "
      "!: beyond chance, p < 0.001\n",
      table.text());
}

// Of each capacity the run, oracles apart, that hits most blocks, where several policies compete.
std::set<const RunResult*> best_runs(const Runs& runs) {
  std::map<std::string, const RunResult*> best;
  std::map<std::string, std::size_t> count;
  for (const RunResult* run : runs) {
    if (!run->ratios.block_hit || needs_future(parse_policy(run->policy))) continue;
    const std::string rivals =
        fmt::format("{} {} {}", capacity_text(run->capacity), hash_text(*run), table_text(*run));
    ++count[rivals];
    const RunResult*& so_far = best[rivals];
    if (so_far == nullptr || *run->ratios.block_hit > *so_far->ratios.block_hit) so_far = run;
  }
  std::set<const RunResult*> result;
  for (const auto& [capacity, run] : best) {
    if (count[capacity] > 1) result.insert(run);
  }
  return result;
}

std::string factor_text(std::optional<double> factor) {
  return factor ? fmt::format("{:.2f}", *factor) : "-";
}

// Whose times a speedup's are: "modelled: llama-3.1-8b on h100, MFU 0.45, …".
std::string speedup_note(const SpeedupResult& speedup) {
  const auto assumed = [&](std::string_view name) -> std::string {
    for (const auto& [key, value] : speedup.assumptions) {
      if (key == name) return to_text(value);
    }
    return "";
  };
  std::string text = speedup.kind + " speedups: " + assumed("model");
  if (assumed("cost") == "profile") return text + ", by a calibrated profile; no queue";
  const std::string gpus = assumed("tensor_parallel");
  return fmt::format("{} on {}{}, MFU {}, MBU {}, KV as {}; no queue", text,
                     gpus == "1" ? "" : gpus + " x ", assumed("gpu"), assumed("mfu"),
                     assumed("mbu"), assumed("kv_type"));
}

std::string one_table(const Runs& runs) {
  std::array<bool, 4> has_ratio{};
  bool many_seeds = false;
  for (const RunResult* run : runs) {
    const auto ratios = ratios_in_order(run->ratios);
    for (std::size_t i = 0; i < ratios.size(); ++i) has_ratio[i] = has_ratio[i] || ratios[i];
    many_seeds = many_seeds || run->seed != runs.front()->seed;
  }
  const bool keyed = std::any_of(runs.begin(), runs.end(), has_keys);
  std::vector<Table::Column> columns{{"policy", false}, {"capacity"}};
  if (keyed) columns.insert(columns.end(), {{"hash/bits", false}, {"table", false}});
  if (many_seeds) columns.push_back({"seed"});
  for (std::size_t i = 0; i < has_ratio.size(); ++i) {
    if (has_ratio[i]) columns.push_back({std::string(kRatioNames[i])});
  }
  const bool has_speedup = std::any_of(runs.begin(), runs.end(),
                                       [](const RunResult* run) { return !run->speedup.empty(); });
  if (has_speedup) {
    for (const char* name : {"bound x", "prefill x", "ttft p50"}) columns.push_back({name});
  }
  for (const char* name : {"hits", "evictions", "sim B/block", "M acc/s"}) {
    columns.push_back({name});
  }
  const std::set<const RunResult*> best = best_runs(runs);
  Table table(std::move(columns));
  for (const RunResult* run : runs) {
    const bool is_best = best.contains(run);
    std::vector<std::string> cells{run->policy, capacity_text(run->capacity)};
    if (keyed) cells.insert(cells.end(), {hash_text(*run), table_text(*run)});
    if (many_seeds) cells.push_back(fmt::format("{}", run->seed));
    std::vector<Style> styles(cells.size(), Style::kPlain);
    const auto ratios = ratios_in_order(run->ratios);
    for (std::size_t i = 0; i < ratios.size(); ++i) {
      if (!has_ratio[i]) continue;
      cells.push_back(ratio_text(ratios[i]));
      styles.push_back(is_best && i == 0 ? Style::kGreen : Style::kPlain);
    }
    if (has_speedup) {
      const SpeedupResult speedup = run->speedup.empty() ? SpeedupResult{} : run->speedup.front();
      cells.push_back(factor_text(speedup.prefill_bound));
      cells.push_back(factor_text(speedup.prefill));
      cells.push_back(speedup.ttft_with ? seconds_text(speedup.ttft_with->p50) : "-");
    }
    cells.push_back(grouped_digits(run->counts.hits));
    cells.push_back(grouped_digits(run->counts.evictions));
    cells.push_back(fmt::format("{:.1f}", run->memory.metadata_bytes_per_block));
    cells.push_back(fmt::format("{:.1f}", run->replay.accesses_per_second / 1e6));
    table.add(std::move(cells), std::move(styles));
  }
  std::string text = table.text();
  std::set<std::string> notes;
  for (const RunResult* run : runs) {
    for (const SpeedupResult& speedup : run->speedup) notes.insert(speedup_note(speedup));
  }
  for (const RunResult* run : runs) {
    if (!run->note.empty()) {
      notes.insert(
          fmt::format("{} at {}: {}", run->policy, capacity_text(run->capacity), run->note));
    }
  }
  for (const std::string& note : notes) text += fmt::format("note: {}\n", note);
  return text;
}

std::string group_table(const Runs& runs) {
  std::array<bool, 4> has_ratio{};
  for (const RunResult* run : runs) {
    for (const GroupResult& group : run->groups) {
      const auto ratios = ratios_in_order(group.ratios);
      for (std::size_t i = 0; i < ratios.size(); ++i) has_ratio[i] = has_ratio[i] || ratios[i];
    }
  }
  std::vector<Table::Column> columns{
      {"policy", false}, {"capacity"}, {"group", false}, {"requests"}};
  for (std::size_t i = 0; i < has_ratio.size(); ++i) {
    if (has_ratio[i]) columns.push_back({std::string(kRatioNames[i])});
  }
  Table table(std::move(columns));
  for (const RunResult* run : runs) {
    // Sessions can be many; the file has them all.
    constexpr std::size_t kMostShown = 24;
    for (std::size_t g = 0; g < std::min(kMostShown, run->groups.size()); ++g) {
      const GroupResult& group = run->groups[g];
      std::vector<std::string> cells{run->policy, capacity_text(run->capacity), group.name,
                                     grouped_digits(group.counts.requests)};
      const auto ratios = ratios_in_order(group.ratios);
      for (std::size_t i = 0; i < ratios.size(); ++i) {
        if (has_ratio[i]) cells.push_back(ratio_text(ratios[i]));
      }
      table.add(std::move(cells));
    }
    if (run->groups.size() > kMostShown) {
      std::vector<std::string> cells(table.columns());
      cells[0] = run->policy;
      cells[2] = fmt::format("and {} more", run->groups.size() - kMostShown);
      table.add(std::move(cells));
    }
  }
  return fmt::format("\n{}", table.text());
}

}  // namespace

std::string run_table(const Results& results) {
  std::vector<std::string> keys;
  std::map<std::string, Runs> tables;
  for (const RunResult& run : results.runs) {
    const std::string key = key_of(run);
    Runs& runs = tables[key];
    if (runs.empty()) keys.push_back(key);
    runs.push_back(&run);
  }
  std::string text;
  for (const std::string& key : keys) {
    const Runs& runs = tables[key];
    if (!text.empty()) text += "\n";
    text += heading(*runs.front(), results) + one_table(runs);
    if (std::any_of(runs.begin(), runs.end(), has_keys)) text += key_table(runs);
    const auto has_groups = [](const RunResult* run) { return !run->groups.empty(); };
    if (std::any_of(runs.begin(), runs.end(), has_groups)) text += group_table(runs);
  }
  return text;
}

std::string summary_line(const Results& results) {
  const Provenance& provenance = results.provenance;
  const double seconds =
      std::chrono::duration<double>(provenance.finished - provenance.started).count();
  double accesses = 0;
  double busy = 0;
  for (const RunResult& run : results.runs) {
    accesses += run.replay.accesses_per_second * run.replay.seconds;
    busy += run.replay.seconds;
  }
  const std::size_t runs = results.runs.size();
  const std::size_t traces = provenance.traces.size();
  return fmt::format("{} {} over {} {} in {:.2f} s, {:.1f} M accesses/s a run", runs,
                     runs == 1 ? "run" : "runs", traces, traces == 1 ? "trace" : "traces", seconds,
                     busy > 0 ? accesses / busy / 1e6 : 0.0);
}

}  // namespace kvsim::cli
