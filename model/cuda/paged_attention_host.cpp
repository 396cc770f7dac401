#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "model/cuda/paged_attention.hpp"
#include "model/cuda/row_copy.hpp"
#include "sim/core/error.hpp"

namespace kvsim::kernels {

namespace {

constexpr std::int64_t kLongestRow = 256;
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostParts = 65'535;  // of a launch's second and third dimension
constexpr std::int64_t kMostHeads = kMostParts;

std::int64_t parts(const PagedAttention& a) {
  return a.partition == 0 ? 1
                          : std::max<std::int64_t>(1, (a.longest + a.partition - 1) / a.partition);
}

/// One head's query over one sequence, token after token: the largest score so far is kept, and
/// what was summed under a smaller one scaled down.
template <class E>
void attend(const PagedAttention& a, std::int64_t sequence, std::int64_t head,
            std::vector<float>& query, std::vector<float>& sums) {
  const std::int64_t dim = a.key.head_dim;
  const std::int64_t kv_head = head / (a.query_heads / a.key.kv_heads);
  const std::int64_t at = (sequence * a.query_heads + head) * dim;
  for (std::int64_t d = 0; d < dim; ++d) {
    query[static_cast<std::size_t>(d)] = load_float(a.element, a.query, at + d) * a.scale;
  }
  std::fill(sums.begin(), sums.end(), 0.0F);
  float top = -std::numeric_limits<float>::infinity();
  float weights = 0;
  for (std::int32_t t = 0; t < a.context[sequence]; ++t) {
    const std::int32_t block = a.block_table[sequence * a.table_stride + t / a.key.block_size];
    if (block < 0 || block >= a.key.blocks) {
      throw InputError(fmt::format("sequence {}'s token {} is in block {}; allowed are 0 to {}",
                                   sequence, t, block, a.key.blocks - 1));
    }
    const std::int64_t row =
        (block * a.key.kv_heads + kv_head) * a.key.block_size + t % a.key.block_size;
    const auto* key = static_cast<const typename E::Bits*>(a.key.data) + row * dim;
    const auto* value = static_cast<const typename E::Bits*>(a.value.data) + row * dim;
    const bool scaled = E::kElement == Element::kInt8;
    float score = 0;
    for (std::int64_t d = 0; d < dim; ++d) {
      score += query[static_cast<std::size_t>(d)] * E::value(key[d]);
    }
    if (scaled) score *= a.key.scale[row];
    const float next = std::max(top, score);
    const float keep = std::exp(top - next);
    const float weight = std::exp(score - next);
    weights = weights * keep + weight;
    const float by = scaled ? weight * a.value.scale[row] : weight;
    for (std::int64_t d = 0; d < dim; ++d) {
      float& sum = sums[static_cast<std::size_t>(d)];
      sum = sum * keep + by * E::value(value[d]);
    }
    top = next;
  }
  for (std::int64_t d = 0; d < dim; ++d) {
    const float sum = sums[static_cast<std::size_t>(d)];
    store_float(a.element, a.out, at + d, weights > 0 ? sum / weights : 0);
  }
}

}  // namespace

void check(const PagedAttention& a) {
  check_pool(a.key, "the keys' pool", kLongestRow);
  check_pool(a.value, "the values' pool", kLongestRow);
  if (a.key.element != a.value.element || a.key.blocks != a.value.blocks ||
      a.key.kv_heads != a.value.kv_heads || a.key.block_size != a.value.block_size ||
      a.key.head_dim != a.value.head_dim) {
    throw InputError("the pools of keys and values differ in shape or element");
  }
  if (a.element == Element::kInt8) {
    throw InputError("queries are int8; allowed are float32, float16 and bfloat16");
  }
  if (a.query_heads < 1 || a.query_heads % a.key.kv_heads != 0 || a.query_heads > kMostHeads) {
    throw InputError(
        fmt::format("{} query heads; allowed are multiples of the {} heads of keys, up to {}",
                    a.query_heads, a.key.kv_heads, kMostHeads));
  }
  if (a.sequences < 0 || a.sequences > kMost) {
    throw InputError(fmt::format("{} sequences; allowed are 0 to 2^31 - 1", a.sequences));
  }
  if (a.longest < 0 || a.longest > kMost || a.table_stride < 0 ||
      (a.longest + a.key.block_size - 1) / a.key.block_size > a.table_stride) {
    throw InputError(fmt::format(
        "a longest context of {} tokens; allowed are 0 to the block table's {} blocks of {} tokens",
        a.longest, a.table_stride, a.key.block_size));
  }
  if (a.partition < 0 || a.partition > kMost || parts(a) > kMostParts) {
    throw InputError(
        fmt::format("a partition of {} tokens; allowed are 0, and those that make at most {} parts "
                    "of {} tokens",
                    a.partition, kMostParts, a.longest));
  }
  if (a.sequences > 0 && (a.query == nullptr || a.out == nullptr || a.context == nullptr ||
                          (a.longest > 0 && a.block_table == nullptr))) {
    throw InputError("attention needs query, out, context and block_table");
  }
}

std::size_t scratch_floats(const PagedAttention& a) {
  const std::int64_t count = parts(a);
  if (count == 1) return 0;
  return static_cast<std::size_t>(a.sequences * a.query_heads * count * (a.key.head_dim + 2));
}

std::int64_t partition_for(const PagedAttention& a, int multiprocessors) {
  constexpr std::int64_t kLeast = 256;
  constexpr std::int64_t kStep = 64;
  const std::int64_t groups = std::max<std::int64_t>(1, a.sequences * a.key.kv_heads);
  const std::int64_t wanted = std::max<std::int64_t>(1, 4 * multiprocessors / groups);
  const std::int64_t tokens = (a.longest + wanted - 1) / wanted;
  const std::int64_t fewest = (a.longest + kMostParts - 1) / kMostParts;
  return (std::max({kLeast, tokens, fewest}) + kStep - 1) / kStep * kStep;
}

void paged_attention_host(const PagedAttention& a) {
  check(a);
  const auto dim = static_cast<std::size_t>(a.key.head_dim);
  std::vector<float> query(dim);
  std::vector<float> sums(dim);
  with_element(a.key.element, [&]<class E>() {
    for (std::int64_t s = 0; s < a.sequences; ++s) {
      if (a.context[s] < 0 || a.context[s] > a.longest) {
        throw InputError(fmt::format("sequence {}'s context is {}; allowed are 0 to {}", s,
                                     a.context[s], a.longest));
      }
      for (std::int64_t h = 0; h < a.query_heads; ++h) attend<E>(a, s, h, query, sums);
    }
  });
}

}  // namespace kvsim::kernels
