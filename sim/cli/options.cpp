#include "sim/cli/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include "sim/cli/progress.hpp"
#include "sim/cli/run_table.hpp"
#include "sim/cli/text.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/table/driven_table.hpp"

namespace kvsim::cli {

void TraceOptions::declare(Command& command) {
  command.option("--format", "FORMAT", format,
                 "The trace's format, with its options as in csv:id=lbn; default: told from the "
                 "content. `kvsim list formats` shows all.");
  command.option("--on-error", "skip|stop", on_error,
                 "What to do about malformed records: stop (default), or skip and count them.");
}

TraceSpec TraceOptions::spec(const std::string& path) const {
  TraceSpec spec;
  spec.path = path;
  if (format) spec.format = placed("--format", [&] { return parse_format(*format); });
  if (on_error) {
    if (*on_error != "skip" && *on_error != "stop") {
      throw InputError(fmt::format("--on-error: '{}', allowed is skip or stop", *on_error));
    }
    spec.skip_errors = *on_error == "skip";
  }
  return spec;
}

void ReplayOptions::declare(Command& command) {
  command.option("--reuse", "object|prefix", reuse,
                 "How a request consults the cache: each block on its own, or the longest run of "
                 "resident blocks from its start. Default: prefix; object for object traces.");
  command.option("--touch-order", "head_first|tail_first", touch_order,
                 "The order in which a request's blocks are touched or inserted after look-up "
                 "(prefix reuse). Default: head_first.");
  command.option("--lookup", "all|full_blocks", lookup,
                 "Which blocks are looked up and cached: all (default), or full ones, at most "
                 "(n-1)/block_size of n tokens, as engines do.");
  command.option("--block-size", "N", block_size,
                 fmt::format("Tokens a block, for traces of token ids; default: {}. What an id of "
                             "another trace stands for is its format's to say, as in --format "
                             "mooncake:block_size=64.",
                             kDefaultBlockSize));
  command.option("--block-bytes", "N", block_bytes,
                 "Bytes a block takes, for capacities in bytes and byte counts.");
  command.option("--warmup", "SHARE|full", warmup,
                 "The first share of the requests (0.5, 50%), or those until the cache is full, "
                 "are counted nowhere. Default: 0.");
  command.option("--organisation", "NAME", organisation,
                 "How blocks are held and may leave; `kvsim list organisations` shows all. "
                 "Default: flat.");
  command.flag("--ignore-size", ignore_size, "Policies see every object as of size 1.");
  command.option("--seed", "N", seed, "Seed of the run's random generator. Default: 1.");
  command.option(
      "--repeats", "N", repeats,
      "Runs with as many seeds, from --seed on; for policies that draw at random, since the "
      "others repeat themselves. Default: 1.");
}

namespace {

// A list as typed, each entry read by `parse`, none twice.
template <class Parse>
auto list_option(std::string_view option, const std::string& text, Parse&& parse) {
  const std::vector<std::string> pieces = split_list(text);
  std::vector<decltype(parse(pieces.front()))> values;
  for (const std::string& piece : pieces) {
    values.push_back(placed(option, [&] { return parse(piece); }));
  }
  if (const auto repetition = find_repetition(pieces)) {
    throw InputError(fmt::format("{}: '{}' is listed twice", option, pieces[repetition->index]));
  }
  return values;
}

template <class T>
void check_differ(std::string_view option, const std::vector<T>& values) {
  std::vector<std::string> identities;
  for (const T& value : values) identities.push_back(identity_of(value));
  const auto repetition = find_repetition(identities);
  if (!repetition) return;
  const auto text = [&](std::size_t i) {
    if constexpr (std::is_same_v<T, PolicySpec>) {
      return label_of(values[i]);
    } else {
      return values[i].text;
    }
  };
  throw InputError(fmt::format("{}: '{}' and '{}' are the same", option, text(repetition->earlier),
                               text(repetition->index)));
}

constexpr std::uint64_t kMost32 = std::numeric_limits<std::uint32_t>::max();

}  // namespace

void ReplayOptions::apply(Sweep& sweep) const {
  if (reuse) sweep.reuse = list_option("--reuse", *reuse, parse_reuse);
  if (touch_order) {
    sweep.touch_orders = list_option("--touch-order", *touch_order, parse_touch_order);
  }
  if (lookup) sweep.lookups = list_option("--lookup", *lookup, parse_lookup);
  if (organisation) {
    sweep.organisations = list_option("--organisation", *organisation, parse_organisation);
  }
  if (block_size) {
    sweep.block_sizes_place = "--block-size";
    sweep.block_sizes = list_option("--block-size", *block_size, [](const std::string& text) {
      return static_cast<std::uint32_t>(to_count("block size", text, 1, kMost32));
    });
  }
  if (block_bytes) {
    sweep.block_bytes = static_cast<std::uint32_t>(
        placed("--block-bytes", [&] { return std::min(parse_bytes(*block_bytes), kMost32 + 1); }));
    if (sweep.block_bytes == 0) {
      throw InputError(fmt::format("--block-bytes: '{}' is too large", *block_bytes));
    }
  }
  if (warmup) sweep.warmup = placed("--warmup", [&] { return parse_warmup(*warmup); });
  sweep.ignore_size = ignore_size;
  constexpr std::uint64_t kMostRepeats = 100'000;
  const std::uint64_t first =
      seed ? to_count("--seed", *seed, 0, std::numeric_limits<std::int64_t>::max() - kMostRepeats)
           : 1;
  const std::uint64_t count = repeats ? to_count("--repeats", *repeats, 1, kMostRepeats) : 1;
  sweep.seeds.clear();
  for (std::uint64_t i = 0; i < count; ++i) sweep.seeds.push_back(first + i);
}

void KeyOptions::declare(Command& command) {
  command.option("--hash", "LIST", hash,
                 "The cache knows blocks by what these functions make of them, not exactly; `kvsim "
                 "list hashes` shows all. Default: none, or xxh3_64 with the options below.");
  command.option("--hash-bits", "LIST", hash_bits,
                 "Only the low bits of a hash are a block's key. Default: all.");
  command.option("--hash-seed", "N", hash_seed, "Seed of the hash function. Default: 0.");
  command.option("--chain", "LIST", chain,
                 "How a block's key follows from its parent's: kvsim (default), or as an engine "
                 "does it, for traces of token ids; `kvsim list chains` shows all.");
  command.option("--table", "LIST", table,
                 "Tables to hold the keys, driven with the replay's look-ups, insertions and "
                 "removals; `kvsim list tables` shows all. Default: dense, an array.");
  command.option("--load", "LIST", load,
                 fmt::format("Entries over places of a table when the cache is full. Default: {}.",
                             kDefaultLoad));
}

void KeyOptions::apply(Sweep& sweep) const {
  const auto components = [](std::string_view option, const std::optional<std::string>& text,
                             auto&& parse) {
    if (!text) return std::vector<ComponentSpec>{};
    std::vector<ComponentSpec> specs = placed(option, [&] { return parse(*text); });
    const std::vector<std::string> labels = labels_of(specs);
    if (const auto repetition = find_repetition(labels)) {
      throw InputError(fmt::format("{}: '{}' is listed twice", option, labels[repetition->index]));
    }
    return specs;
  };
  KeySweep& keying = sweep.keying;
  keying.hashes = components("--hash", hash, parse_hash_list);
  keying.chains = components("--chain", chain, parse_chain_list);
  keying.tables = components("--table", table, parse_table_list);
  if (hash_bits) keying.bits = list_option("--hash-bits", *hash_bits, parse_hash_bits);
  if (hash_seed) {
    keying.seed = to_count("--hash-seed", *hash_seed, 0, std::numeric_limits<std::int64_t>::max());
  }
  if (load) keying.loads = list_option("--load", *load, parse_load);
  (void)keyings_of(keying);  // refuses what does not fit together
}

void CostOptions::declare(Command& command) {
  command.option("--model", "NAME|FILE", model,
                 "Cost model: this model's KV is what blocks hold, and its prefill what hits save. "
                 "`kvsim list models` shows all; or a JSON file of that form.");
  command.option(
      "--gpu", "NAME|FILE", gpu,
      "What it runs on; `kvsim list gpus` shows all. Times are a roofline's, modelled, not "
      "measured.");
  command.option("--tp", "N", tp, "GPUs that share it by tensor parallelism. Default: 1.");
  command.option("--mfu", "SHARE", mfu,
                 "Share of the GPU's peak FLOP/s that is reached. Default: the GPU's.");
  command.option("--mbu", "SHARE", mbu,
                 "Share of its peak memory bandwidth that is reached. Default: the GPU's.");
  command.option(
      "--kv-dtype", "TYPE", kv_dtype,
      "Type of keys and values, such as bfloat16, float8 or int8. Default: the model's.");
  command.option("--cost", "PROFILE", cost,
                 "Instead of all these: the profile that `kvsim model calibrate` wrote.");
}

std::string CostOptions::place() const {
  return model      ? "--model"
         : gpu      ? "--gpu"
         : cost     ? "--cost"
         : tp       ? "--tp"
         : mfu      ? "--mfu"
         : mbu      ? "--mbu"
         : kv_dtype ? "--kv-dtype"
                    : "";
}

CostSpec CostOptions::spec_or(const std::string& default_model,
                              const std::string& default_gpu) const {
  CostOptions all = *this;
  if (!cost && !model) all.model = default_model;
  if (!cost && !gpu) all.gpu = default_gpu;
  return *all.spec();
}

std::optional<CostSpec> CostOptions::spec() const {
  if (place().empty()) return std::nullopt;
  CostSpec spec;
  spec.model = model.value_or("");
  spec.gpu = gpu.value_or("");
  spec.profile = cost.value_or("");
  if (tp) spec.roofline.tensor_parallel = to_count("--tp", *tp, 1, kMostGpus);
  if (mfu) spec.roofline.mfu = to_amount("--mfu", *mfu);
  if (mbu) spec.roofline.mbu = to_amount("--mbu", *mbu);
  if (kv_dtype) {
    spec.roofline.kv_type = placed("--kv-dtype", [&] { return parse_element_type(*kv_dtype); });
  }
  placed(place(), [&] { check_cost(spec); });
  return spec;
}

void CostOptions::apply(Sweep& sweep) const {
  sweep.cost = spec();
  sweep.cost_place = place();
  if (sweep.cost && sweep.block_bytes != 0) {
    throw InputError(
        fmt::format("--block-bytes: not together with {}, which says what a block takes", place()));
  }
}

void RunOptions::declare(Command& command, bool with_per_request) {
  command.option("-o,--output", "FILE", output,
                 "Write results as JSON; -: to standard output, instead of the table.");
  if (with_per_request) {
    command.option("--per-request", "FILE.csv", per_request,
                   "Write what every request of every run asked for and hit.");
  }
  command.option(
      "-j,--jobs", "N", jobs,
      "Runs at the same time; results do not depend on it. Default: the cores; of each process "
      "of several that mpirun started, its share of its node's.");
  command.option("--max-memory", "SIZE", max_memory,
                 "Bytes that runs at the same time may hold besides the trace, such as 8GiB.");
}

void explain_table(Command& command) {
  command.glossary(
      "What the table says, of the requests behind the warm-up",
      {{"block_hit", "Hit blocks over accessed blocks."},
       {"token_hit", "Tokens in hit blocks over input tokens."},
       {"request_hit", "Requests with at least one hit over requests."},
       {"byte_hit", "Hit bytes over bytes looked up; needs sizes or --block-bytes."},
       {"hits, evictions", "Blocks, or objects."},
       {"prefill x",
        "With a cost model: prefill seconds without the cache over those with it, each request "
        "with "
        "what it really had cached. Modelled, not measured."},
       {"bound x", "1 / (1 - token_hit): what prefill could gain if tokens all cost the same."},
       {"ttft p50", "Modelled median time to first token with the cache, without a queue."},
       {"sim B/block",
        "What this simulation held for policy and residency, bytes a distinct block of the trace; "
        "not what an engine would need."},
       {"M acc/s", "Speed of this simulation, million accesses a second."}});
}

double to_amount(std::string_view option, const std::string& text, bool allows_zero) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value < 0 || (value == 0 && !allows_zero)) {
    throw InputError(fmt::format("{}: '{}', allowed is a number {}", option, text,
                                 allows_zero ? "from 0 on" : "above 0"));
  }
  return value;
}

Results study_results(std::string config, const Trace* trace, const std::string& path,
                      std::uint64_t seed) {
  Results results;
  results.provenance.started = std::chrono::system_clock::now();
  results.provenance.config_sha256 = sha256_of(config);
  results.provenance.config = std::move(config);
  results.provenance.seeds = {seed};
  if (trace != nullptr) {
    results.provenance.traces = {provenance_of(*trace, path)};
    results.provenance.traces.front().sha256 = trace_sha256(*trace);
  }
  return results;
}

void show_study(Results& results, const std::string& text,
                const std::optional<std::string>& output) {
  results.provenance.finished = std::chrono::system_clock::now();
  if (output == "-") {
    print(to_json(results));
    return;
  }
  if (output) write_results(*output, results);
  print(text + (output ? fmt::format("\nresults in {}\n", *output) : ""));
}

void note_skipped(const Trace& trace) {
  if (trace.skipped_records == 0) return;
  fmt::print(stderr, "note: trace '{}': {} malformed record{} skipped\n", trace.name,
             trace.skipped_records, trace.skipped_records == 1 ? "" : "s");
}

void check_output(const std::string& path, const std::vector<std::filesystem::path>& inputs) {
  for (const std::string_view extension : {".gz", ".zst", ".xz", ".bz2"}) {
    if (!path.ends_with(extension)) continue;
    throw InputError(fmt::format("{}: files are written uncompressed, allowed is such as {}", path,
                                 path.substr(0, path.size() - extension.size())));
  }
  for (const std::filesystem::path& input : inputs) {
    std::error_code ignored;
    if (std::filesystem::equivalent(path, input, ignored)) {
      throw InputError(fmt::format("{}: is read, and would be overwritten", path));
    }
  }
  check_writable(path);
}

RunnerOptions RunOptions::runner_options(const std::vector<std::filesystem::path>& inputs) const {
  RunnerOptions options;
  constexpr std::uint64_t kMostJobs = 1024;
  if (jobs) options.jobs = static_cast<unsigned>(to_count("-j", *jobs, 1, kMostJobs));
  if (max_memory) {
    options.max_memory = placed("--max-memory", [&] { return parse_bytes(*max_memory); });
  }
  options.hash_traces = output.has_value();
  if (per_request) options.per_request = *per_request;
  if (to_file()) check_output(*output, inputs);
  if (per_request) check_output(*per_request, inputs);
  return options;
}

std::vector<PolicySpec> policies_option(const std::string& text) {
  auto policies = placed("--policy", [&] { return parse_policy_list(text); });
  check_differ("--policy", policies);
  return policies;
}

namespace {

// `9,139` may be meant as one number; round numbers are more likely a list, as in `100,200`.
bool looks_like_one_number(const std::vector<std::string>& pieces) {
  const auto is_number = [](const std::string& piece) {
    return std::all_of(piece.begin(), piece.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return pieces.size() > 1 && pieces.front().size() <= 3 &&
         std::all_of(pieces.begin(), pieces.end(), is_number) &&
         std::all_of(pieces.begin() + 1, pieces.end(),
                     [](const std::string& piece) { return piece.size() == 3; }) &&
         std::any_of(pieces.begin() + 1, pieces.end(),
                     [](const std::string& piece) { return piece.back() != '0'; });
}

}  // namespace

std::vector<CapacitySpec> capacities_option(const std::string& text) {
  const std::vector<std::string> pieces = split_list(text);
  if (looks_like_one_number(pieces)) {
    fmt::print(stderr, "note: --capacity {} is a list of {}; one number has no separators: {}\n",
               text, pieces.size(), fmt::join(pieces, ""));
  }
  std::vector<CapacitySpec> capacities;
  for (const std::string& piece : pieces) {
    capacities.push_back(placed("--capacity", [&] { return parse_capacity(piece); }));
  }
  check_differ("--capacity", capacities);
  return capacities;
}

Results run_with_progress(const ExperimentConfig& config, RunnerOptions options) {
  return run_with_progress(config, std::move(options), open_traces(config));
}

Results run_with_progress(const ExperimentConfig& config, RunnerOptions options,
                          const OpenedTraces& opened) {
  ProgressBar bar(options.coordinator != nullptr);
  options.on_plan = [](const Plan& plan) {
    const Trace* last = nullptr;
    for (const auto& planned : plan.streams) {
      const Trace* trace = planned->stream.trace;
      if (trace != last) note_skipped(*trace);
      last = trace;
    }
    if (plan.left_out > 0) {
      fmt::print(stderr, "note: {} run{} left out, equal to others\n", plan.left_out,
                 plan.left_out == 1 ? "" : "s");
    }
  };
  options.on_note = [&bar](const std::string& note) {
    bar.clear();
    fmt::print(stderr, "note: {}\n", note);
  };
  options.on_progress = [&bar](const Progress& progress) { bar.show(progress); };
  return run_experiment(config, options, opened);
}

void show_results(const Results& results, const RunOptions& options,
                  const std::vector<std::filesystem::path>& partials) {
  if (options.to_stdout()) {
    print(to_json(results));
    return;
  }
  if (options.to_file()) write_results(*options.output, results);
  std::error_code ignored;
  for (const auto& partial : partials) std::filesystem::remove(partial, ignored);
  std::string text = run_table(results);
  text += '\n';
  text += summary_line(results);
  if (options.to_file()) text += fmt::format("; results in {}", *options.output);
  print(text + "\n");
}

}  // namespace kvsim::cli
