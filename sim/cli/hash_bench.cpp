#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <span>

#include "sim/cli/commands.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/text.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/hash/study/speed.hpp"
#include "sim/table/driven_table.hpp"

namespace kvsim::cli {

namespace {

std::vector<ComponentSpec> all_of(const std::vector<ComponentInfo>& infos,
                                  std::string_view but_not = "") {
  std::vector<ComponentSpec> specs;
  for (const ComponentInfo& info : infos) {
    if (info.name != but_not) specs.push_back({info.name, {}});
  }
  return specs;
}

template <class T, class Parse>
std::vector<T> numbers_option(const std::string& text, Parse&& parse) {
  std::vector<T> values;
  for (const std::string& piece : split_list(text)) values.push_back(parse(piece));
  return values;
}

std::string name_of(const std::string& hash, const std::string& chain) {
  return chain == kOwnChain ? hash : fmt::format("{} ({})", chain, hash);
}

std::vector<std::uint64_t> block_sizes_of(const HashBench& bench) {
  std::vector<std::uint64_t> sizes;
  for (const HashSpeed& s : bench.hashes) {
    if (std::find(sizes.begin(), sizes.end(), s.block_tokens) == sizes.end()) {
      sizes.push_back(s.block_tokens);
    }
  }
  return sizes;
}

// A row a function, a column a block size; both lists have a function's block sizes one after
// another.
template <class T, class Cell>
std::string by_block_size(const std::vector<T>& items, const std::vector<std::uint64_t>& sizes,
                          Cell&& cell) {
  std::vector<Table::Column> columns{{"hash", false}};
  for (const std::uint64_t size : sizes) columns.push_back({fmt::format("{} tokens", size)});
  Table table(columns);
  for (std::size_t i = 0; i < items.size(); i += sizes.size()) {
    std::vector<std::string> cells{name_of(items[i].hash, items[i].chain)};
    for (std::size_t s = 0; s < sizes.size(); ++s) cells.push_back(cell(items[i + s]));
    table.add(std::move(cells));
  }
  return table.text();
}

// A row a table, a column a load; a round of entries has the tables of each load one after another.
template <class Cell>
std::string by_load(std::span<const TableSpeed> speeds, std::size_t tables, Cell&& cell) {
  std::vector<Table::Column> columns{{"load", false}};
  for (std::size_t i = 0; i < speeds.size(); i += tables) {
    columns.push_back({fmt::format("{:g}", speeds[i].load)});
  }
  Table table(columns);
  for (std::size_t t = 0; t < tables; ++t) {
    std::vector<std::string> cells{speeds[t].table};
    for (std::size_t i = t; i < speeds.size(); i += tables) cells.push_back(cell(speeds[i]));
    table.add(std::move(cells));
  }
  return table.text();
}

std::string table_speeds(const HashBench& bench, std::size_t tables, std::size_t loads) {
  std::string text;
  const std::size_t each = tables * loads;
  for (std::size_t at = 0; at + each <= bench.tables.size(); at += each) {
    const std::span speeds = std::span(bench.tables).subspan(at, each);
    const auto [least, most] = std::minmax_element(
        speeds.begin(), speeds.end(),
        [](const TableSpeed& a, const TableSpeed& b) { return a.entries < b.entries; });
    std::string entries = grouped_digits(least->entries);
    if (most->entries != least->entries) entries += " to " + grouped_digits(most->entries);
    text += fmt::format("\n{} of {} entries: nanoseconds a look-up, hit / miss\n",
                        styled("Tables", Style::kBold), entries);
    text += by_load(speeds, tables, [](const TableSpeed& s) {
      return fmt::format("{:.1f} / {:.1f}", s.hit_ns, s.miss_ns);
    });
    text += "\nbytes a block\n" + by_load(speeds, tables, [](const TableSpeed& s) {
              return fmt::format("{:.1f}", s.memory_bytes_per_block);
            });
  }
  return text;
}

std::string bench_text(const HashBench& bench, std::size_t tables, std::size_t loads) {
  constexpr std::size_t kWidth = 100;
  std::string text;
  const auto sizes = block_sizes_of(bench);
  if (!bench.hashes.empty()) {
    text += styled("Chained blocks", Style::kBold) +
            ": million blocks a second, GB of tokens a second; one thread\n";
    text += by_block_size(bench.hashes, sizes, [](const HashSpeed& s) {
      return fmt::format("{:.3g} M, {:.3g}", s.blocks_per_second * 1e-6, s.bytes_per_second * 1e-9);
    });
  }
  if (bench.prefill) {
    const PrefillTime& p = *bench.prefill;
    text += fmt::format(
        "\n{} of a prompt of {} tokens{}: {} {}{}\n",
        styled("Share of the time to first token", Style::kBold), grouped_digits(p.prompt_tokens),
        p.cached_share > 0 ? fmt::format(", {:g} % cached", 100 * p.cached_share) : std::string(),
        seconds_text(p.seconds), p.kind,
        p.model.empty() ? "" : fmt::format(" prefill, {} on {}", p.model, p.device));
    text += by_block_size(bench.shares, sizes, [](const HashingShare& s) {
      return fmt::format("{:.3g} %, {}", 100 * s.share, seconds_text(s.seconds));
    });
    if (!p.assumptions.empty()) {
      std::vector<std::string> assumed;
      for (const auto& [name, value] : p.assumptions) {
        assumed.push_back(fmt::format("{} {}", name, to_text(value)));
      }
      text += wrapped(fmt::format("Assumed: {}.", fmt::join(assumed, "; ")), kWidth, 0);
    }
  }
  text += table_speeds(bench, tables, loads);
  return text;
}

}  // namespace

void hash_bench_command(Arguments arguments) {
  Command command("kvsim hash bench",
                  "Measures how fast hash functions and engines' chains hash chained blocks, what "
                  "look-ups of tables take, and what share of a prompt's time to first token "
                  "hashing is.");
  std::optional<std::string> hashes, chains, tables, blocks, loads, entries, rounds, prompt, cached,
      ttft, output;
  CostOptions cost;
  bool no_tables = false;
  bool no_hashes = false;
  command.section("Hash functions");
  command.option("--hash", "LIST", hashes,
                 "Functions under the kvsim chain; `kvsim list hashes` shows all. Default: all.");
  command.option("--chain", "LIST", chains,
                 "Engines' chains; `kvsim list chains` shows all. Default: all, or none where "
                 "--hash is given.");
  command.option("--block-tokens", "LIST", blocks, "Tokens a block. Default: 16,64,256,512.");
  command.option("--rounds", "N", rounds, "Medians of so many rounds. Default: 9.");
  command.flag("--no-hashes", no_hashes, "Tables only.");
  command.section("Tables");
  command.option("--table", "LIST", tables, "Tables; `kvsim list tables` shows all. Default: all.");
  command.option("--load", "LIST", loads,
                 "Entries over places. Default: 0.5,0.6,0.7,0.8,0.9,0.95.");
  command.option("--entries", "LIST", entries,
                 "About so many entries: within the processor's caches and beyond. Default: "
                 "4096,2097152.");
  command.flag("--no-tables", no_tables, "Hash functions only.");
  command.section("Beside a prompt's time to first token");
  command.option("--prompt", "N", prompt, "Tokens of the prompt. Default: 8192.");
  command.option("--ttft", "SECONDS", ttft, "Its time to first token, as measured.");
  command.option("--cached", "SHARE", cached,
                 "Of the prompt's tokens, hit in the cache: hashed, not computed. Default: 0.");
  command.section("Else modelled, by default as the prefill of llama-3.1-8b on h100");
  cost.declare(command);
  command.section("Output");
  command.option("-o,--output", "FILE", output,
                 "Write results as JSON; -: to standard output, instead of the tables.");
  command.example("kvsim hash bench --no-tables --prompt 32768 --model llama-3.1-8b --gpu h100",
                  "What does each function cost beside a long prompt?");
  command.example("kvsim hash bench --no-hashes --table robin_hood,swiss --load 0.8,0.9",
                  "Two tables at two loads.");
  if (!command.parse(arguments)) return;

  if (no_hashes && no_tables) throw InputError("--no-hashes: not together with --no-tables");
  if (ttft && (cached || !cost.place().empty())) {
    throw InputError(
        fmt::format("{}: not together with --ttft", cached ? "--cached" : cost.place()));
  }
  constexpr std::uint64_t kMostTokens = 10'000'000;
  HashSpeedOptions speed;
  speed.hashes =
      hashes ? placed("--hash", [&] { return parse_hash_list(*hashes); }) : all_of(list_hashes());
  if (!hashes) {
    std::erase_if(speed.hashes, [](const ComponentSpec& h) { return !hash_available(h.name); });
  }
  if (chains) {
    speed.chains = placed("--chain", [&] { return parse_chain_list(*chains); });
    std::erase_if(speed.chains, [](const ComponentSpec& c) { return c.name == kOwnChain; });
    if (!hashes && !speed.chains.empty()) speed.hashes.clear();
  } else if (!hashes) {
    speed.chains = all_of(list_chains(), kOwnChain);
  }
  if (blocks) {
    speed.block_tokens = numbers_option<std::uint64_t>(*blocks, [](const std::string& text) {
      return to_count("--block-tokens", text, 1, kMostTokens);
    });
  }
  constexpr std::uint64_t kMostRounds = 1000;
  if (rounds) speed.rounds = to_count("--rounds", *rounds, 1, kMostRounds);
  TableSpeedOptions lookups;
  lookups.tables = tables ? placed("--table", [&] { return parse_table_list(*tables); })
                          : all_of(list_tables(), "dense");
  std::erase_if(lookups.tables, [](const ComponentSpec& t) { return t.name == "dense"; });
  if (loads) {
    lookups.loads = numbers_option<double>(
        *loads, [](const std::string& text) { return to_amount("--load", text); });
  }
  if (entries) {
    constexpr std::uint64_t kMostEntries = 1ULL << 30;
    lookups.entries = numbers_option<std::uint64_t>(*entries, [](const std::string& text) {
      return to_count("--entries", text, 1, kMostEntries);
    });
  }
  // What is wrong is said before anything is timed.
  for (const ComponentSpec& hash : speed.hashes) (void)make_hasher(hash, 0);
  for (const ComponentSpec& table : lookups.tables) {
    for (const double load : lookups.loads) (void)make_table(table, {1024, load}, 0);
  }
  constexpr std::uint64_t kPrompt = 8192;
  const std::uint64_t prompt_tokens =
      prompt ? to_count("--prompt", *prompt, 1, kMostTokens) : kPrompt;
  PrefillTime prefill;
  if (ttft) {
    prefill.kind = "measured";
    prefill.prompt_tokens = prompt_tokens;
    prefill.seconds = to_amount("--ttft", *ttft);
  } else {
    const double share = cached ? to_amount("--cached", *cached, true) : 0;
    if (share > 1) throw InputError(fmt::format("--cached: '{}', allowed is 0 to 1", *cached));
    const CostSpec spec = cost.spec_or("llama-3.1-8b", "h100");
    const auto model = placed(cost.place(), [&] { return make_cost_model(spec); });
    prefill = modelled_prefill(*model, prompt_tokens, share);
  }
  if (output && *output != "-") check_output(*output, {});

  const nlohmann::ordered_json config{
      {"command", "hash bench"},
      {"hash", no_hashes ? std::vector<std::string>{} : labels_of(speed.hashes)},
      {"chain", no_hashes ? std::vector<std::string>{} : labels_of(speed.chains)},
      {"block_tokens", speed.block_tokens},
      {"rounds", speed.rounds},
      {"table", no_tables ? std::vector<std::string>{} : labels_of(lookups.tables)},
      {"load", lookups.loads},
      {"entries", lookups.entries},
      {"prompt", prompt_tokens}};
  Results results = study_results(config.dump(), nullptr, "", lookups.seed);
  HashBench bench;
  bench.rounds = speed.rounds;
  ProgressBar bar;
  if (!no_hashes) {
    speed.on_progress = shown_on(bar, "timings");
    bench.hashes = time_hashes(speed);
    bench.prefill = prefill;
    bench.shares = hashing_shares(bench.hashes, prefill);
  }
  if (!no_tables) {
    lookups.on_progress = shown_on(bar, "tables");
    bench.tables = time_tables(lookups);
  }
  bar.clear();
  const std::string text = bench_text(bench, lookups.tables.size(), lookups.loads.size());
  results.hash_bench = std::move(bench);
  show_study(results, text, output);
}

}  // namespace kvsim::cli
