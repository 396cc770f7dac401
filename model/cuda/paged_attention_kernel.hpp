#pragma once
// The kernels of paged attention, and their launch. Read after CUDA's header or, in tests, after
// tests/model/cuda/emulated_cuda.hpp, which runs them on the CPU.

#include <cstdint>

#include "model/cuda/lanes.hpp"
#include "model/cuda/paged_attention.hpp"

namespace kvsim::kernels {

inline constexpr unsigned kAttentionThreads = 128;

/// What the kernels need of a PagedAttention, and how they share the work: `lanes` threads, a team,
/// read a row; a group of threads takes kQueries of the query heads that share a head of keys
/// (`tiles` such groups a head), one sequence, and one part of it.
struct AttentionWork {
  PagedAttention a;
  unsigned lanes = 1;
  unsigned tiles = 1;
  unsigned parts = 1;
  unsigned partition = 0;
};

/// Where the parts' sums, their largest scores and their weights are, [sequence, head, part] each.
__device__ inline std::int64_t part_index(const AttentionWork& work, std::int64_t sequence,
                                          std::int64_t head, unsigned part) {
  return (sequence * work.a.query_heads + head) * work.parts + part;
}
__device__ inline float* part_sums(const AttentionWork& work) { return work.a.scratch; }
__device__ inline float* part_tops(const AttentionWork& work) {
  return work.a.scratch + work.a.sequences * work.a.query_heads * work.parts * work.a.key.head_dim;
}
__device__ inline float* part_weights(const AttentionWork& work) {
  return part_tops(work) + work.a.sequences * work.a.query_heads * work.parts;
}

/// Every team goes through its own tokens, kRows at once, and keeps for each query its largest
/// score so far, the sum of its weights, exp2(score - largest), and the sum of weights × values
/// (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax"). Scores are in units
/// of ln 2. In the end the teams' sums are brought under one largest score and added.
template <class E, int kQueries, int kVectors>
__global__ void __launch_bounds__(kAttentionThreads) attend(AttentionWork work) {
  constexpr int kRows = 4;
  constexpr int kStep = kPerVector<E>;
  constexpr int kValues = kStep * kVectors;
  constexpr float kNone = -INFINITY;
  const PagedAttention& a = work.a;
  const auto dim = static_cast<unsigned>(a.key.head_dim);
  const auto block_size = static_cast<unsigned>(a.key.block_size);
  const unsigned vectors = dim / kStep;
  const unsigned lane = threadIdx.x % work.lanes;
  const unsigned team = threadIdx.x / work.lanes;
  const unsigned teams = kAttentionThreads / work.lanes;
  const unsigned sequence = blockIdx.x;
  const unsigned kv_head = blockIdx.y / work.tiles;
  const unsigned part = blockIdx.z;
  const auto group = static_cast<unsigned>(a.query_heads / a.key.kv_heads);
  const unsigned first_query = blockIdx.y % work.tiles * kQueries;
  const auto context = static_cast<unsigned>(a.context[sequence]);
  const unsigned begin = part * work.partition;
  if (part > 0 && begin >= context) return;
  const unsigned end = context - begin < work.partition ? context : begin + work.partition;
  const std::int32_t* table = a.block_table + sequence * a.table_stride;

  float query[kQueries][kValues];
  KVSIM_UNROLL
  for (int q = 0; q < kQueries; ++q) {
    const std::int64_t head = kv_head * group + first_query + q;
    const std::int64_t at = (sequence * a.query_heads + head) * dim;
    KVSIM_UNROLL
    for (int i = 0; i < kValues; ++i) {
      const unsigned vector = lane + i / kStep * work.lanes;
      const bool there = first_query + q < group && vector < vectors;
      query[q][i] = there ? load_float(a.element, a.query, at + vector * kStep + i % kStep) *
                                (a.scale * 1.44269504F)
                          : 0;
    }
  }

  float top[kQueries];
  float weights[kQueries];
  float sums[kQueries][kValues];
  KVSIM_UNROLL
  for (int q = 0; q < kQueries; ++q) {
    top[q] = kNone;
    weights[q] = 0;
    KVSIM_UNROLL
    for (float& sum : sums[q]) sum = 0;
  }

  // All threads go round equally often: those of a warp sum together.
  for (unsigned base = begin; base < end; base += teams * kRows) {
    Vector key[kRows][kVectors];
    Vector value[kRows][kVectors];
    float key_scale[kRows];
    float value_scale[kRows];
    KVSIM_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const unsigned token = base + r * teams + team;
      const bool there = token < end;
      std::int64_t row = 0;
      if (there) {
        const std::int64_t block = table[token / block_size];
        row = (block * a.key.kv_heads + kv_head) * block_size + token % block_size;
      }
      key_scale[r] = 1;
      value_scale[r] = 1;
      if constexpr (E::kElement == Element::kInt8) {
        if (there) {
          key_scale[r] = a.key.scale[row];
          value_scale[r] = a.value.scale[row];
        }
      }
      KVSIM_UNROLL
      for (int c = 0; c < kVectors; ++c) {
        const unsigned vector = lane + c * work.lanes;
        key[r][c] = Vector{};
        value[r][c] = Vector{};
        if (there && vector < vectors) {
          const std::int64_t at = row * dim + vector * kStep;
          key[r][c] = load(static_cast<const typename E::Bits*>(a.key.data) + at);
          value[r][c] = load(static_cast<const typename E::Bits*>(a.value.data) + at);
        }
      }
    }

    float score[kRows][kQueries];
    KVSIM_UNROLL
    for (int r = 0; r < kRows; ++r) {
      float values[kValues];
      KVSIM_UNROLL
      for (int c = 0; c < kVectors; ++c) unpack<E>(key[r][c], values + c * kStep);
      KVSIM_UNROLL
      for (int q = 0; q < kQueries; ++q) {
        float dot = 0;
        KVSIM_UNROLL
        for (int i = 0; i < kValues; ++i) dot += query[q][i] * values[i];
        dot = sum_of_lanes(dot, work.lanes) * key_scale[r];
        score[r][q] = base + r * teams + team < end ? dot : kNone;
      }
    }

    KVSIM_UNROLL
    for (int q = 0; q < kQueries; ++q) {
      float next = top[q];
      KVSIM_UNROLL
      for (int r = 0; r < kRows; ++r) next = fmaxf(next, score[r][q]);
      const float none_yet = next == kNone ? 0 : next;  // -inf - -inf would be no number
      const float keep = exp2f(top[q] - none_yet);
      top[q] = next;
      weights[q] *= keep;
      KVSIM_UNROLL
      for (float& sum : sums[q]) sum *= keep;
      KVSIM_UNROLL
      for (int r = 0; r < kRows; ++r) {
        score[r][q] = exp2f(score[r][q] - none_yet);
        weights[q] += score[r][q];
      }
    }

    KVSIM_UNROLL
    for (int r = 0; r < kRows; ++r) {
      float values[kValues];
      KVSIM_UNROLL
      for (int c = 0; c < kVectors; ++c) unpack<E>(value[r][c], values + c * kStep);
      KVSIM_UNROLL
      for (int q = 0; q < kQueries; ++q) {
        const float weight = score[r][q] * value_scale[r];
        KVSIM_UNROLL
        for (int i = 0; i < kValues; ++i) sums[q][i] += weight * values[i];
      }
    }
  }

  __shared__ float all_sums[kQueries * kValues * kAttentionThreads];
  __shared__ float all_tops[kQueries * kAttentionThreads];
  __shared__ float all_weights[kQueries * kAttentionThreads];
  KVSIM_UNROLL
  for (int q = 0; q < kQueries; ++q) {
    KVSIM_UNROLL
    for (int i = 0; i < kValues; ++i) {
      all_sums[(q * kValues + i) * kAttentionThreads + threadIdx.x] = sums[q][i];
    }
    all_tops[q * kAttentionThreads + threadIdx.x] = top[q];
    all_weights[q * kAttentionThreads + threadIdx.x] = weights[q];
  }
  __syncthreads();

  for (unsigned i = threadIdx.x; i < kQueries * dim; i += kAttentionThreads) {
    const unsigned q = i / dim;
    const unsigned d = i % dim;
    if (first_query + q >= group) break;
    // Who has it: which of a team's lanes, and where.
    const unsigned holder = d / kStep % work.lanes;
    const unsigned slot = d / kStep / work.lanes * kStep + d % kStep;
    const float* tops = all_tops + q * kAttentionThreads;
    float most = kNone;
    for (unsigned t = 0; t < teams; ++t) most = fmaxf(most, tops[t * work.lanes]);
    float sum = 0;
    float weight = 0;
    if (most != kNone) {
      for (unsigned t = 0; t < teams; ++t) {
        const unsigned thread = t * work.lanes + holder;
        const float keep = exp2f(tops[thread] - most);
        sum += keep * all_sums[(q * kValues + slot) * kAttentionThreads + thread];
        weight += keep * all_weights[q * kAttentionThreads + thread];
      }
    }
    const std::int64_t head = kv_head * group + first_query + q;
    if (work.parts == 1) {
      store_float(a.element, a.out, (sequence * a.query_heads + head) * dim + d,
                  weight > 0 ? sum / weight : 0);
      continue;
    }
    const std::int64_t at = part_index(work, sequence, head, part);
    part_sums(work)[at * dim + d] = sum;
    if (d == 0) {
      part_tops(work)[at] = most;
      part_weights(work)[at] = weight;
    }
  }
}

/// Brings a sequence's parts under one largest score and adds them.
template <unsigned kThreads>
__global__ void __launch_bounds__(kThreads) combine_parts(AttentionWork work) {
  const PagedAttention& a = work.a;
  const auto dim = static_cast<unsigned>(a.key.head_dim);
  const unsigned sequence = blockIdx.x;
  const unsigned head = blockIdx.y;
  const auto context = static_cast<unsigned>(a.context[sequence]);
  const unsigned used = (context + work.partition - 1) / work.partition;
  const std::int64_t at = part_index(work, sequence, head, 0);
  const float* tops = part_tops(work) + at;
  float most = -INFINITY;
  for (unsigned p = 0; p < used; ++p) most = fmaxf(most, tops[p]);
  for (unsigned d = threadIdx.x; d < dim; d += kThreads) {
    float sum = 0;
    float weight = 0;
    for (unsigned p = 0; p < used; ++p) {
      const float keep = exp2f(tops[p] - most);
      sum += keep * part_sums(work)[(at + p) * dim + d];
      weight += keep * part_weights(work)[at + p];
    }
    store_float(a.element, a.out, (std::int64_t{sequence} * a.query_heads + head) * dim + d,
                weight > 0 ? sum / weight : 0);
  }
}

/// launch(kernel, grid, threads, arguments…) starts a kernel.
template <class Launch>
void launch_attention(const Launch& launch, const PagedAttention& a) {
  if (a.sequences == 0) return;
  AttentionWork work{a};
  const auto group = static_cast<unsigned>(a.query_heads / a.key.kv_heads);
  const auto with_queries = [&]<class E, int kQueries>() {
    const auto vectors = static_cast<unsigned>(a.key.head_dim / kPerVector<E>);
    work.lanes = lanes_for(vectors);
    work.tiles = (group + kQueries - 1) / kQueries;
    work.partition = static_cast<unsigned>(a.partition > 0 ? a.partition : a.longest);
    if (work.partition == 0) work.partition = 1;
    work.parts = (static_cast<unsigned>(a.longest) + work.partition - 1) / work.partition;
    if (work.parts == 0) work.parts = 1;
    const Grid grid{static_cast<unsigned>(a.sequences),
                    static_cast<unsigned>(a.key.kv_heads) * work.tiles, work.parts};
    if constexpr (E::kElement == Element::kFloat32) {
      if (vectors > work.lanes) {
        launch(attend<E, kQueries, 2>, grid, kAttentionThreads, work);
        return;
      }
    }
    launch(attend<E, kQueries, 1>, grid, kAttentionThreads, work);
  };
  with_element(a.key.element, [&]<class E>() {
    if (group == 1) {
      with_queries.template operator()<E, 1>();
    } else if (group == 2) {
      with_queries.template operator()<E, 2>();
    } else {
      with_queries.template operator()<E, 4>();
    }
  });
  if (work.parts > 1) {
    launch(combine_parts<kAttentionThreads>,
           Grid{static_cast<unsigned>(a.sequences), static_cast<unsigned>(a.query_heads)},
           kAttentionThreads, work);
  }
}

}  // namespace kvsim::kernels
