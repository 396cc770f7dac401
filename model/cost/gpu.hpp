#pragma once
// What a GPU can do, and its presets.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cost/model_shape.hpp"

namespace kvsim {

/// Where KV lies.
enum class Place { kDevice, kHost, kDisk };
std::string_view name_of(Place place);

/// A way into a GPU's memory, one direction.
struct Link {
  double bytes_per_second = 0;
  double latency_s = 0;
};

/// One accelerator. Peaks are dense, as its maker states them.
struct Gpu {
  std::string name;
  std::string doc;
  double flops = 0;       ///< bfloat16 matrices, FLOP/s
  double flops_8bit = 0;  ///< float8, or int8 where it has none; 0: none
  double memory_bytes_per_second = 0;
  double memory_bytes = 0;
  double interconnect_bytes_per_second = 0;  ///< to the other GPUs of a group, one direction
  /// What a step takes beside computing and moving: launches, scheduling. Once, and a layer.
  double step_overhead_s = 0;
  double layer_overhead_s = 0;
  Link host;  ///< effective
  Link disk;
  double mfu = 0;  ///< shares of the peaks assumed unless stated
  double mbu = 0;
  std::vector<Source> sources;
};

}  // namespace kvsim
