#include "sim/hash/study/prefill.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

template <class T>
const T& named(std::string_view kind, const std::vector<T>& items, std::string_view name) {
  std::vector<std::string> names;
  for (const T& item : items) {
    if (item.name == name) return item;
    names.emplace_back(item.name);
  }
  throw InputError(unknown_name(kind, name, names));
}

}  // namespace

const std::vector<PrefillModel>& prefill_models() {
  static const std::vector<PrefillModel> models = {{"llama-3.1-8b", 8.03e9, 32, 32, 128},
                                                   {"llama-3.1-70b", 70.6e9, 80, 64, 128},
                                                   {"qwen2.5-7b", 7.62e9, 28, 28, 128},
                                                   {"qwen3-32b", 32.8e9, 64, 64, 128}};
  return models;
}

const std::vector<PrefillGpu>& prefill_gpus() {
  static const std::vector<PrefillGpu> gpus = {
      {"h100", 989.5e12, 0.45}, {"a100", 312e12, 0.38}, {"l40s", 362e12, 0.32}};
  return gpus;
}

const PrefillModel& prefill_model(std::string_view name) {
  return named("model", prefill_models(), name);
}

const PrefillGpu& prefill_gpu(std::string_view name) { return named("GPU", prefill_gpus(), name); }

PrefillTime modelled_prefill(const PrefillModel& model, const PrefillGpu& gpu, std::uint64_t gpus,
                             std::uint64_t prompt_tokens, double cached_share) {
  const auto all = static_cast<double>(prompt_tokens);
  const double cached = std::min(std::floor(all * cached_share), all - 1);
  const double fresh = all - cached;
  const double flops = 2 * model.parameters * fresh + 4 * model.layers * model.query_heads *
                                                          model.head_size * fresh *
                                                          (cached + fresh / 2);
  PrefillTime time;
  time.kind = "modelled";
  time.prompt_tokens = prompt_tokens;
  time.cached_share = cached_share;
  time.seconds = flops / (static_cast<double>(gpus) * gpu.peak_flops * gpu.mfu);
  time.model = model.name;
  time.gpu = gpus == 1 ? std::string(gpu.name) : fmt::format("{} x {}", gpus, gpu.name);
  time.mfu = gpu.mfu;
  time.formula = fmt::format(
      "(2 P n + 4 L h d (c n + n^2/2)) / (peak MFU), P = {:.4g}, L = {:g}, h = {:g}, d = {:g}, "
      "n = {:g} new and c = {:g} cached tokens, peak = {:.4g} FLOP/s, MFU = {:g}; no overhead, no "
      "queue",
      model.parameters, model.layers, model.query_heads, model.head_size, fresh, cached,
      static_cast<double>(gpus) * gpu.peak_flops, gpu.mfu);
  return time;
}

}  // namespace kvsim
