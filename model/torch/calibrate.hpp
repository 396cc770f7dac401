#pragma once
// Measures what a cost model needs to know of this machine and model.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "model/cost/profile.hpp"
#include "model/torch/kv_pool.hpp"
#include "model/torch/transformer.hpp"

namespace kvsim::torch_models {

/// The shape that cost models know a transformer by.
ModelShape shape_of(const Transformer& model);
ElementType element_type_of(KvType type);

struct CalibrateOptions {
  KvType kv_type = KvType::kFloat32;
  std::uint32_t block_size = 16;
  std::uint32_t longest = 2048;       ///< tokens of a sequence, at most
  std::uint32_t batch = 8;            ///< sequences of a decode step, at most
  std::uint32_t rounds = 5;           ///< each point is measured once a round; its median counts
  std::uint64_t seed = 1;             ///< of the tokens
  std::filesystem::path disk_folder;  ///< where copies to disk go; empty: none are measured
};

using CalibrateProgress =
    std::function<void(std::size_t done, std::size_t total, const std::string& what)>;

/// Seconds of prefills over (cached, new) tokens, of decode steps over batch and context, and of
/// copies of KV blocks within the device, from host memory and from disk (read through the page
/// cache's back: dropped from it before). Points are visited in turn, round by round, so that a
/// machine that speeds up or slows down does so for all of them. Throws InputError where the memory
/// cannot be had.
Measurements measure(const Transformer& model, const CalibrateOptions& options,
                     const CalibrateProgress& progress = {});

/// How near the model comes to what LibTorch and the machine can do, measured in turns.
struct Efficiency {
  std::uint64_t tokens = 0;  ///< of the prefill
  double prefill_flops = 0;  ///< a second, all its products counted
  double product_flops = 0;  ///< a second, of LibTorch's bare products of the same shapes
  double decode_bytes = 0;   ///< of weights a second, in a step of one sequence
  double copy_bytes = 0;     ///< a second, that a copy of as many bytes writes
};
Efficiency measure_efficiency(const Transformer& model, std::uint32_t rounds);

}  // namespace kvsim::torch_models
