#pragma once
// How long a prompt's prefill takes by a roofline of a few models and GPUs: enough to say what
// hashing weighs beside it, and modelled, not measured.

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/metrics/hash_bench.hpp"

namespace kvsim {

/// A dense decoder with grouped-query attention, as its config.json says.
struct PrefillModel {
  std::string_view name;
  double parameters = 0;
  double layers = 0, query_heads = 0, head_size = 0;
};
/// A GPU with the share of its peak that prefill reaches (MFU).
struct PrefillGpu {
  std::string_view name;
  double peak_flops = 0;  ///< bfloat16, dense
  double mfu = 0;
};

/// Llama-3.1-8B and -70B, Qwen2.5-7B and Qwen3-32B.
const std::vector<PrefillModel>& prefill_models();
/// H100, A100-80G and L40S; peaks and MFU as in BLIS's hardware_config.json.
const std::vector<PrefillGpu>& prefill_gpus();
/// By name. Throw InputError where there is none.
const PrefillModel& prefill_model(std::string_view name);
const PrefillGpu& prefill_gpu(std::string_view name);

/// FLOPs / (peak x MFU) on `gpus` GPUs, with FLOPs = 2 P n + 4 L h d (c n + n^2 / 2), for n new
/// tokens behind c cached ones, P parameters, L layers, h query heads of size d. No overhead, no
/// queue. `cached_share` is 0 … 1; the last token is always computed.
PrefillTime modelled_prefill(const PrefillModel& model, const PrefillGpu& gpu, std::uint64_t gpus,
                             std::uint64_t prompt_tokens, double cached_share);

}  // namespace kvsim
