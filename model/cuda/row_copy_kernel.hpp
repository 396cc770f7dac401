#pragma once
// The kernel that copies rows, and its launch. It is read after CUDA's header or, in tests, after
// tests/model/cuda/emulated_cuda.hpp, which runs it on the CPU.

#include "model/cuda/lanes.hpp"
#include "model/cuda/row_copy.hpp"

namespace kvsim::kernels {

inline constexpr unsigned kCopyThreads = 128;

/// `lanes` threads a row, each of which reads and writes whole vectors.
template <class From, class To>
__global__ void __launch_bounds__(kCopyThreads) copy_rows(RowCopy copy, unsigned lanes) {
  constexpr int kValues = kPerVector < From >> kPerVector<To> ? kPerVector<From> : kPerVector<To>;
  constexpr int kReads = kValues / kPerVector<From>;
  constexpr int kWrites = kValues / kPerVector<To>;
  constexpr bool kQuantises = To::kElement == Element::kInt8 && From::kElement != Element::kInt8;
  const std::uint64_t row =
      std::uint64_t{blockIdx.x} * (kCopyThreads / lanes) + threadIdx.x / lanes;
  const auto token = static_cast<std::uint32_t>(row % copy.tokens);
  const auto head = static_cast<std::uint32_t>(row / copy.tokens);
  const unsigned lane = threadIdx.x % lanes;
  std::int64_t from_row = -1;
  std::int64_t to_row = -1;
  if (head < copy.kv_heads) {
    from_row = row_of(copy.from, token, head);
    to_row = row_of(copy.to, token, head);
  }
  const bool copies = from_row >= 0 && to_row >= 0;
  const unsigned pieces = copies ? copy.head_dim / kValues : 0;
  const auto* from =
      reinterpret_cast<const typename From::Bits*>(copy.from.data) + from_row * copy.head_dim;
  auto* to = reinterpret_cast<typename To::Bits*>(copy.to.data) + to_row * copy.head_dim;

  if constexpr (From::kElement == To::kElement) {
    for (unsigned p = lane; p < pieces; p += lanes)
      store(to + p * kValues, load(from + p * kValues));
    if constexpr (From::kElement == Element::kInt8) {
      if (copies && lane == 0) copy.to.scale[to_row] = copy.from.scale[from_row];
    }
  } else {
    float from_scale = 1;
    if constexpr (From::kElement == Element::kInt8) {
      if (copies) from_scale = copy.from.scale[from_row];
    }
    float values[kValues];
    const auto read = [&](unsigned p) {
      KVSIM_UNROLL
      for (int i = 0; i < kReads; ++i) {
        unpack<From>(load(from + p * kValues + i * kPerVector<From>),
                     values + i * kPerVector<From>);
      }
      KVSIM_UNROLL
      for (float& value : values) value *= from_scale;
    };
    const auto write = [&](unsigned p) {
      KVSIM_UNROLL
      for (int i = 0; i < kWrites; ++i) {
        store(to + p * kValues + i * kPerVector<To>, pack<To>(values + i * kPerVector<To>));
      }
    };
    if constexpr (kQuantises) {
      // A row has at most 512 values, 16 of them a lane: each lane has one piece, or none.
      float most = 0;
      if (lane < pieces) {
        read(lane);
        KVSIM_UNROLL
        for (const float value : values) most = fmaxf(most, fabsf(value));
      }
      most = most_of_lanes(most, lanes);
      if (lane < pieces) {
        const float to_scale = most > 0 ? 127 / most : 0;
        KVSIM_UNROLL
        for (float& value : values) value *= to_scale;
        write(lane);
      }
      if (copies && lane == 0) copy.to.scale[to_row] = most / 127;
    } else {
      for (unsigned p = lane; p < pieces; p += lanes) {
        read(p);
        write(p);
      }
    }
  }
}

/// launch(kernel, grid, threads, arguments…) starts a kernel.
template <class Launch>
void launch_copy(const Launch& launch, const RowCopy& copy) {
  if (copy.tokens == 0) return;
  with_element(copy.from.element, [&]<class From>() {
    with_element(copy.to.element, [&]<class To>() {
      constexpr unsigned kValues =
          kPerVector < From >> kPerVector<To> ? kPerVector<From> : kPerVector<To>;
      const unsigned lanes = lanes_for(copy.head_dim / kValues);
      const std::uint64_t rows = std::uint64_t{copy.tokens} * copy.kv_heads;
      const std::uint64_t a_group = kCopyThreads / lanes;
      launch(copy_rows<From, To>, Grid{static_cast<unsigned>((rows + a_group - 1) / a_group)},
             kCopyThreads, copy, lanes);
    });
  });
}

}  // namespace kvsim::kernels
