#include "tests/model/cuda/machine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/model/cuda/random_pool.hpp"

namespace kvsim::kernels {

namespace {

template <class T>
T* uploaded(Machine& machine, const std::vector<T>& from) {
  return from.empty() ? nullptr
                      : static_cast<T*>(machine.upload(from.data(), from.size() * sizeof(T)));
}

/// The same pool or rows, in the machine's memory.
template <class View>
View placed(Machine& machine, View view, const Content& content) {
  view.data = machine.upload(content.data.data(), content.data.size());
  view.scale = uploaded(machine, content.scale);
  return view;
}

template <class View>
Content fetched(Machine& machine, const View& view, Content like) {
  machine.download(like.data.data(), view.data, like.data.size());
  if (!like.scale.empty()) {
    machine.download(like.scale.data(), view.scale, like.scale.size() * sizeof(float));
  }
  return like;
}

void expect_same(const Content& found, const Content& expected, const std::string& what) {
  EXPECT_TRUE(found.data == expected.data) << what;
  EXPECT_EQ(found.scale, expected.scale) << what;
}

/// `count` different numbers below `bound`, in random order; one in nine is -1 where `gaps`.
std::vector<std::int32_t> draw(std::int64_t count, std::int64_t bound, bool gaps, Rng& rng) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(bound));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
  for (std::size_t i = 0; i < all.size(); ++i) std::swap(all[i], all[rng.below(all.size())]);
  all.resize(static_cast<std::size_t>(count));
  for (std::int32_t& entry : all) {
    if (gaps && rng.below(9) == 0) entry = -1;
  }
  return all;
}

/// A pool's blocks and head_dim, and the tokens to move.
struct CopyCase {
  std::int64_t blocks, kv_heads, block_size, head_dim;
  Place::By by;
  std::int64_t first, count;
};

void expect_copies(Machine& machine, const CopyCase& c, Element in_pool, Element outside,
                   Rng& rng) {
  const std::string what = std::string(name_of(in_pool)) + " in the pool, " + name_of(outside) +
                           " outside, head_dim " + std::to_string(c.head_dim);
  const std::int64_t pool_rows = c.blocks * c.kv_heads * c.block_size;
  Content pool_content(in_pool, pool_rows, c.head_dim, rng);
  // Token-major, with a row to spare after each token, as in one piece of queries, keys and values.
  const std::int64_t stride = c.kv_heads + 1;
  Content rows_content(outside, c.count * stride, c.head_dim, rng);
  const bool by_block = c.by == Place::By::kBlock;
  const std::int64_t entries =
      by_block ? (c.first + c.count + c.block_size - 1) / c.block_size : c.first + c.count;
  const std::vector<std::int32_t> list =
      draw(entries, by_block ? c.blocks : c.blocks * c.block_size, true, rng);

  const Pool pool = pool_of(in_pool, pool_content, c.blocks, c.kv_heads, c.block_size, c.head_dim);
  const Rows rows{outside, rows_content.data.data(), scale_or_null(rows_content.scale), stride, 1};
  const Place place{c.by, list.data(), c.first, c.count};
  const Place there{c.by, uploaded(machine, list), c.first, c.count};
  const Pool pool_there = placed(machine, pool, pool_content);
  const Rows rows_there = placed(machine, rows, rows_content);

  const Content before = rows_content;
  gather_host(pool, place, rows);
  machine.gather(pool_there, there, rows_there);
  expect_same(fetched(machine, rows_there, rows_content), rows_content, "gather: " + what);

  rows_content = before;
  const Rows again{outside, rows_content.data.data(), scale_or_null(rows_content.scale), stride, 1};
  const Rows again_there = placed(machine, again, rows_content);
  scatter_host(again, pool, place);
  machine.scatter(again_there, pool_there, there);
  expect_same(fetched(machine, pool_there, pool_content), pool_content, "scatter: " + what);
}

void expect_block_copies(Machine& machine, const CopyCase& c, Element from, Element to, Rng& rng) {
  const std::int64_t rows = c.blocks * c.kv_heads * c.block_size;
  Content from_content(from, rows, c.head_dim, rng);
  Content to_content(to, rows, c.head_dim, rng);
  const Pool source = pool_of(from, from_content, c.blocks, c.kv_heads, c.block_size, c.head_dim);
  const Pool target = pool_of(to, to_content, c.blocks, c.kv_heads, c.block_size, c.head_dim);
  const std::int64_t count = c.blocks / 2;
  const std::vector<std::int32_t> out = draw(count, c.blocks, false, rng);
  const std::vector<std::int32_t> in = draw(count, c.blocks, true, rng);
  const Pool source_there = placed(machine, source, from_content);
  const Pool target_there = placed(machine, target, to_content);
  copy_blocks_host(source, out.data(), target, in.data(), count);
  machine.copy_blocks(source_there, uploaded(machine, out), target_there, uploaded(machine, in),
                      count);
  expect_same(fetched(machine, target_there, to_content), to_content,
              std::string("blocks from ") + name_of(from) + " to " + name_of(to));
}

struct AttentionCase {
  std::int64_t kv_heads, group, block_size, head_dim;
  std::vector<std::int32_t> context;
  std::int64_t partition;
};

void expect_attention(Machine& machine, const AttentionCase& c, Element stored, Element query_type,
                      Rng& rng) {
  const auto sequences = static_cast<std::int64_t>(c.context.size());
  const std::int64_t longest = *std::max_element(c.context.begin(), c.context.end());
  const std::int64_t table = (longest + c.block_size - 1) / c.block_size + 1;
  const std::int64_t blocks = sequences * table + 3;
  const std::int64_t rows = blocks * c.kv_heads * c.block_size;
  Content keys(stored, rows, c.head_dim, rng);
  Content values(stored, rows, c.head_dim, rng);
  const std::int64_t heads = c.kv_heads * c.group;
  Content query(query_type, sequences * heads, c.head_dim, rng);
  Content out(query_type, sequences * heads, c.head_dim, rng);
  const std::vector<std::int32_t> block_table = draw(sequences * table, blocks, false, rng);

  PagedAttention host;
  host.element = query_type;
  host.query = query.data.data();
  host.out = out.data.data();
  host.sequences = sequences;
  host.query_heads = heads;
  host.scale = 1 / std::sqrt(static_cast<float>(c.head_dim));
  host.key = pool_of(stored, keys, blocks, c.kv_heads, c.block_size, c.head_dim);
  host.value = pool_of(stored, values, blocks, c.kv_heads, c.block_size, c.head_dim);
  host.block_table = block_table.data();
  host.table_stride = table;
  host.context = c.context.data();
  host.longest = longest;

  PagedAttention there = host;
  there.query = machine.upload(query.data.data(), query.data.size());
  there.out = machine.upload(out.data.data(), out.data.size());
  there.key = placed(machine, host.key, keys);
  there.value = placed(machine, host.value, values);
  there.block_table = uploaded(machine, block_table);
  there.context = uploaded(machine, c.context);
  there.partition = c.partition;
  const std::vector<float> scratch(scratch_floats(there), NAN);
  there.scratch = uploaded(machine, scratch);

  paged_attention_host(host);
  machine.attend(there);
  Content found = out;
  machine.download(found.data.data(), there.out, found.data.size());

  // A value of about 1 is kept to so much; sums of weights below 1 are not larger.
  const double step = query_type == Element::kFloat32   ? 4e-6
                      : query_type == Element::kFloat16 ? 0x1p-10
                                                        : 0x1p-7;
  double worst = 0;
  for (std::int64_t r = 0; r < sequences * heads; ++r) {
    for (std::int64_t d = 0; d < c.head_dim; ++d) {
      const double expected = out.value(query_type, r, d, c.head_dim);
      const double error = std::abs(found.value(query_type, r, d, c.head_dim) - expected) /
                           std::max(1.0, std::abs(expected));
      if (!(error <= worst)) worst = error;  // NaN, too
    }
  }
  EXPECT_LE(worst, step) << name_of(stored) << " blocks, " << name_of(query_type) << " queries, "
                         << c.kv_heads << " × " << c.group << " heads of " << c.head_dim
                         << ", blocks of " << c.block_size << ", parts of " << c.partition;
}

}  // namespace

void expect_copies_like_the_reference(Machine& machine) {
  Rng rng(11);
  const CopyCase cases[] = {
      {9, 3, 16, 64, Place::By::kBlock, 0, 100},   // the last block partly
      {9, 2, 16, 128, Place::By::kBlock, 37, 50},  // from within a block
      {12, 1, 5, 16, Place::By::kSlot, 0, 31},     // one lane for int8
      {7, 2, 8, 80, Place::By::kSlot, 3, 20},      // lanes without a part
      {4, 1, 3, 256, Place::By::kBlock, 1, 9},     // float32: two pieces a lane
  };
  for (const CopyCase& c : cases) {
    for (const Element in_pool : kElements) {
      for (const Element outside : kElements) {
        expect_copies(machine, c, in_pool, outside, rng);
        expect_block_copies(machine, c, in_pool, outside, rng);
      }
    }
  }
}

void expect_attention_like_the_reference(Machine& machine) {
  Rng rng(12);
  const AttentionCase cases[] = {
      {2, 1, 16, 64, {1, 17, 0, 200}, 0},
      {3, 3, 16, 64, {75, 300}, 64},             // SmolLM2's group; several parts, of whole blocks
      {1, 2, 7, 128, {1, 63, 64, 65, 129}, 50},  // parts that cut blocks
      {2, 7, 16, 128, {90}, 0},                  // Qwen2.5-7B's group: two tiles, one not full
      {1, 4, 32, 256, {40, 0}, 32},              // float32: two vectors a lane
      {1, 1, 8, 80, {33}, 16},                   // lanes without a part
      {1, 8, 4, 16, {500}, 128},                 // int8: a thread a row
  };
  constexpr Element kQueries[] = {Element::kFloat32, Element::kFloat16, Element::kBfloat16};
  std::size_t turn = 0;  // the queries' types take turns
  for (const AttentionCase& c : cases) {
    for (const Element stored : kElements) {
      expect_attention(machine, c, stored, kQueries[turn++ % 3], rng);
    }
  }
}

}  // namespace kvsim::kernels
