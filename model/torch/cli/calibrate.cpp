#include "model/torch/calibrate.hpp"

#include <fmt/format.h>

#include <chrono>

#include "model/torch/cli/commands.hpp"
#include "model/torch/cli/model_options.hpp"
#include "model/torch/libtorch.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"
#include "sim/core/placed.hpp"

namespace kvsim::cli {

using namespace torch_models;  // NOLINT(google-build-using-namespace): what it runs

namespace {

std::string fit_line(std::string_view name, const Fit& fit) {
  std::string text = fmt::format("{:<10}", name);
  for (const Fit::Term& term : fit.terms) {
    text += fmt::format(" {:.3g} {} +", term.coefficient, term.name);
  }
  text.pop_back();
  if (fit.k > 0) text += fmt::format(" (k = {})", fit.k);
  text += fmt::format("\n{:<10} error: median {:.1f} %, largest {:.1f} % over {} points", "",
                      fit.median_relative_error * 100, fit.max_relative_error * 100, fit.points);
  if (fit.held_out_median_relative_error) {
    text += fmt::format("; median {:.1f} % over {} held out",
                        *fit.held_out_median_relative_error * 100, fit.held_out_points);
  }
  return text + '\n';
}

}  // namespace

void model_calibrate_command(Arguments arguments) {
  Command command("kvsim model calibrate",
                  "Measures prefills, decode steps and copies of KV blocks with this model on this "
                  "machine, fits a cost model to them, and writes it as a profile that every "
                  "command takes as --cost.");
  ModelOptions options;
  std::string output;
  std::optional<std::string> kv_type, block_size, longest, batch, rounds, seed, disk;
  options.declare(command);
  command.section("Measurements");
  command.option("--kv-type", "TYPE", kv_type,
                 "Elements of keys and values: float32, float16, bfloat16, int8 (default: float32 "
                 "on the CPU, bfloat16 on CUDA).");
  command.option("--block-size", "N", block_size, "Tokens a block (default: 16).");
  command.option("--longest", "N", longest, "Tokens of a sequence, at most (default: 2048).");
  command.option("--batch", "N", batch, "Sequences of a decode step, at most (default: 8).");
  command.option("--rounds", "N", rounds,
                 "Measurements of each point, of which the median counts (default: 5).");
  command.option("--seed", "N", seed, "Of the tokens (default: 1).");
  command.option("--disk", "FOLDER", disk,
                 "Where copies from disk are measured (default: the output's folder).");
  command.section("Output");
  command.required_option("-o,--output", "PROFILE", output, "The profile, JSON.");
  command.example("kvsim model calibrate --model smollm2 -o profile.json",
                  "What prefills, decode steps and copies take here.");
  command.example("kvsim sim trace.jsonl --policy lru --capacity 10% --cost profile.json",
                  "What a cache of a tenth of the blocks would save, by that profile.");
  if (!command.parse(arguments)) return;

  check_output(output, {});
  const auto number = [](std::string_view option, const std::optional<std::string>& text,
                         std::uint32_t otherwise, std::uint32_t min, std::uint32_t max) {
    return text ? static_cast<std::uint32_t>(to_count(option, *text, min, max)) : otherwise;
  };
  ProfileProvenance provenance;
  provenance.started = iso_time(std::chrono::system_clock::now());
  const LoadedModel model = options.load();
  constexpr std::uint32_t kShortest = 64;  // fewer tokens leave too few prefills to fit
  if (model.transformer->config().context < kShortest) {
    throw InputError(fmt::format("--model: a context of {} tokens, allowed is {} or more",
                                 model.transformer->config().context, kShortest));
  }
  CalibrateOptions calibrate;
  calibrate.kv_type = model.transformer->device().is_cpu() ? KvType::kFloat32 : KvType::kBfloat16;
  if (kv_type) calibrate.kv_type = placed("--kv-type", [&] { return parse_kv_type(*kv_type); });
  calibrate.block_size = number("--block-size", block_size, 16, 1, 1 << 16);
  calibrate.longest = number("--longest", longest, 2048, kShortest, 1 << 24);
  calibrate.batch = number("--batch", batch, 8, 1, 1 << 12);
  calibrate.rounds = number("--rounds", rounds, 5, 1, 1000);
  calibrate.seed = seed ? to_count("--seed", *seed, 0, INT64_MAX) : 1;
  const std::filesystem::path folder = std::filesystem::path(output).parent_path();
  calibrate.disk_folder = disk             ? std::filesystem::path(*disk)
                          : folder.empty() ? std::filesystem::path(".")
                                           : folder;
  Measurements measurements;
  const Efficiency efficiency = measure_efficiency(*model.transformer, calibrate.rounds);
  {
    ProgressBar bar;
    measurements = measure(*model.transformer, calibrate, shown_on(bar, "calibrating"));
  }
  const HostInfo host = host_info();
  provenance.kvsim_version = kvsim_version();
  provenance.host = fmt::format("{}, {} cores", host.cpu, host.cores);
  provenance.device =
      fmt::format("{}, LibTorch {}", model.transformer->device().str(), libtorch_version());
  provenance.finished = iso_time(std::chrono::system_clock::now());
  provenance.command = fmt::format("kvsim model calibrate {}", fmt::join(arguments, " "));
  const CostProfile profile =
      fit_profile(std::move(measurements), shape_of(*model.transformer),
                  element_type_of(calibrate.kv_type), std::move(provenance));
  write_profile(output, profile);
  std::string text = fmt::format("{} on {}\n\n", profile.shape.name, profile.provenance.device);
  text += fit_line("prefill", profile.prefill);
  if (profile.decode) text += fit_line("decode", *profile.decode);
  for (const CopyFit& copy : profile.copy) text += fit_line(name_of(copy.place), copy.fit);
  text += fmt::format(
      "\nA prefill of {} tokens does {:.1f} GFLOP/s, {:.0f} % of the {:.1f} GFLOP/s of LibTorch's "
      "matrix products of the same shapes.\nA decode step of one sequence reads its weights at "
      "{:.1f} GB/s, {:.0f} % of the {:.1f} GB/s at which a copy of them goes.\n",
      efficiency.tokens, efficiency.prefill_flops / 1e9,
      100 * efficiency.prefill_flops / efficiency.product_flops, efficiency.product_flops / 1e9,
      efficiency.decode_bytes / 1e9, 100 * efficiency.decode_bytes / efficiency.copy_bytes,
      efficiency.copy_bytes / 1e9);
  text += fmt::format("\nprofile in {}\n", output);
  print(text);
}

}  // namespace kvsim::cli
