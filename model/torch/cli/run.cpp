#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/torch/calibrate.hpp"
#include "model/torch/cli/commands.hpp"
#include "model/torch/cli/model_options.hpp"
#include "model/torch/libtorch.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim::cli {

using namespace torch_models;  // NOLINT(google-build-using-namespace): what it runs

namespace {

void write_file(const std::string& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

// What was asked, every default included, for the results' provenance.
std::string resolved_config(const ServeCommandOptions& options, const LoadedModel& model,
                            const Workload& workload, const ServeOptions& serve) {
  nlohmann::ordered_json json;
  json["command"] = "model run";
  json["model"] = {{"name", model.name},
                   {"parameters", model.transformer->parameters()},
                   {"device", model.transformer->device().str()},
                   {"element_type", at::toString(model.transformer->type())},
                   {"libtorch", libtorch_version()}};
  json["workload"] = {{"spec", options.workload},
                      {"sessions", workload.sessions.size()},
                      {"turns", workload.turns()},
                      {"sha256", workload.sha256}};
  json["policy"] = label_of(serve.policy);
  json["capacity_blocks"] = serve.capacity;
  json["block_size"] = serve.block_size;
  json["kv_type"] = name_of(serve.kv_type);
  json["hash"] = label_of(serve.keys.hash);
  json["hash_bits"] = serve.keys.bits;
  json["hash_seed"] = serve.keys.seed;
  json["chain"] = label_of(serve.keys.chain);
  json["batch"] = serve.batch;
  json["sessions"] = serve.client.sessions;
  json["by_arrival"] = serve.client.by_arrival;
  json["time_scale"] = serve.client.time_scale;
  json["max_output"] = serve.client.most_output;
  json["context"] = serve.client.context;
  json["on_excess"] = serve.client.on_excess == OnExcess::kCut ? "cut" : "refuse";
  json["stops_at_eos"] = serve.client.stops_at_eos;
  json["temperature"] = serve.sampling.temperature;
  json["top_k"] = serve.sampling.top_k;
  json["top_p"] = serve.sampling.top_p;
  json["seed"] = serve.seed;
  json["baseline"] = serve.has_baseline;
  json["verify"] = serve.verifies;
  json["tolerance"] = serve.tolerance;
  return json.dump();
}

ServeReport serve_with_progress(const LoadedModel& model, const Workload& workload,
                                const ServeOptions& options) {
  ProgressBar bar;
  return serve(*model.transformer, workload, model.tokenizer ? &*model.tokenizer : nullptr, options,
               shown_on(bar, "served"));
}

void check_replay(const ServeReport& report) {
  if (report.run.capacity.blocks.value_or(0) == 0 || report.replay_agrees) return;
  throw InputError("a replay of the recording differs from the run: this is a fault of kvsim's");
}

// A profile predicts the model that it was measured with, not another.
void check_profile(const CostModel& cost, const Transformer& model, KvType kv_type) {
  const ModelShape own = shape_of(model);
  const ModelShape& its = cost.shape();
  if (its.parameters() != own.parameters() || its.layers() != own.layers() ||
      its.hidden != own.hidden) {
    throw InputError(fmt::format(
        "--cost: the profile is of '{}', {} layers and {} parameters, allowed is one of the model "
        "that runs: '{}', {} and {}",
        its.name, its.layers(), its.parameters(), own.name, own.layers(), own.parameters()));
  }
  if (cost.kv_type() != element_type_of(kv_type)) {
    throw InputError(fmt::format("--cost: the profile keeps KV as {}, the run as {}",
                                 name_of(cost.kv_type()), name_of(kv_type)));
  }
}

// Refuses two of the outputs going to one file.
void check_differ(const std::vector<std::pair<std::string_view, std::optional<std::string>>>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!all[i].second || all[i].second != all[j].second) continue;
      throw InputError(
          fmt::format("{}: '{}' is {}'s file already", all[i].first, *all[i].second, all[j].first));
    }
  }
}

}  // namespace

void model_run_command(Arguments arguments) {
  if (names_recurrent_model(arguments)) {
    recurrent_run_command(arguments);
    return;
  }
  Command command(
      "kvsim model run",
      "Serves a workload with a real model and a real KV cache, and, in turns with it, without the "
      "cache; says what was found, what was evicted, and what it saved. The checkpoint of a "
      "recurrent "
      "model (kvsim model train) has options of its own: kvsim model run --model CHECKPOINT "
      "--help.");
  ServeCommandOptions options;
  std::optional<std::string> output, per_request, record, tolerance, cost;
  bool verifies = false, no_baseline = false;
  options.declare(command);
  command.section("Measurement");
  command.flag("--verify", verifies,
               "Compare each request's logits and tokens with those of the run without the cache; "
               "exit with 1 if they differ.");
  command.option("--tolerance", "X", tolerance,
                 "Of logits: largest difference over largest magnitude (default: 1e-3).");
  command.flag("--no-baseline", no_baseline, "Only the run with the cache.");
  command.option("--cost", "PROFILE", cost,
                 "A profile by `kvsim model calibrate`: what it predicts stands beside what was "
                 "measured.");
  command.section("Output");
  command.option("-o,--output", "FILE", output,
                 "Write results as JSON; -: to standard output, instead of the text.");
  command.option("--per-request", "FILE", per_request,
                 "Write each request's times and tokens as CSV.");
  command.option("--record", "FILE", record,
                 "Write the run's trace, as `kvsim trace record` does.");
  command.example("kvsim model run --model smollm2 --workload chat:sessions=2,turns=12 --verify",
                  "What does a prefix cache save in two chats of twelve turns?");
  command.example(
      "kvsim model run --model random:layers=2 --workload prompts.jsonl --policy s3fifo "
      "--capacity 64MiB --batch 8 -o results.json",
      "A cache of 64 MiB under S3-FIFO, eight requests at a time.");
  if (!command.parse(arguments)) return;

  check_differ({{"--output", output}, {"--per-request", per_request}, {"--record", record}});
  for (const auto& path : {output, per_request, record}) {
    if (path && *path != "-") check_output(*path, {options.workload});
  }
  const Workload workload = options.open();
  const LoadedModel model = options.model.load();
  ServeOptions serve = options.serve_options(*model.transformer);
  serve.has_baseline = !no_baseline;
  serve.verifies = verifies;
  if (tolerance) serve.tolerance = to_amount("--tolerance", *tolerance);
  if (cost) {
    CostSpec spec;
    spec.profile = *cost;
    serve.cost = placed("--cost", [&] { return make_cost_model(spec); });
    check_profile(*serve.cost, *model.transformer, serve.kv_type);
  }
  Results results =
      study_results(resolved_config(options, model, workload, serve), nullptr, "", serve.seed);
  const ServeReport report = serve_with_progress(model, workload, serve);
  results.provenance.traces.push_back(provenance_of(report.recording, options.workload));
  results.provenance.traces.back().sha256 = workload.sha256;
  results.runs.push_back(report.run);
  if (per_request) write_file(*per_request, per_request_csv(report, workload));
  if (record) write_trace(report.recording, *record, "tokens");
  show_study(results, served_text(report), output);
  if (report.verification && !report.verification->holds()) {
    throw InputError(fmt::format(
        "--verify: {} requests have logits beyond the tolerance of {}, {} have other tokens than "
        "without the cache",
        report.verification->beyond_tolerance, serve.tolerance, report.verification->other_tokens));
  }
  check_replay(report);
}

void trace_record_command(Arguments arguments) {
  Command command("kvsim trace record",
                  "Serves a workload with a real model and records it: token ids, times, sessions, "
                  "outputs, and the order of look-ups, insertions and releases.");
  ServeCommandOptions options;
  std::string output;
  options.declare(command);
  command.section("Output");
  command.required_option("-o,--output", "TRACE", output, "The trace, JSON Lines (format tokens).");
  command.example("kvsim trace record --model smollm2 --workload chat:sessions=8 -o chat.jsonl",
                  "Eight chats as a trace, to replay with `kvsim sim`.");
  if (!command.parse(arguments)) return;

  check_output(output, {options.workload});
  const Workload workload = options.open();
  const LoadedModel model = options.model.load();
  ServeOptions serve = options.serve_options(*model.transformer);
  serve.has_baseline = false;
  const ServeReport report = serve_with_progress(model, workload, serve);
  write_trace(report.recording, output, "tokens");
  print(fmt::format("{}\ntrace in {}\n", served_text(report), output));
  check_replay(report);
}

}  // namespace kvsim::cli
