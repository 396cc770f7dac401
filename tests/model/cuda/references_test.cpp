// The references on the CPU against doubles and plain loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "model/cuda/kv_blocks.hpp"
#include "model/cuda/paged_attention.hpp"
#include "sim/core/error.hpp"
#include "tests/model/cuda/random_pool.hpp"

namespace kvsim::kernels {
namespace {

/// What one element of that type and those bits stands for, by IEEE 754's words.
double decoded(Element element, std::uint16_t bits) {
  Rng rng(0);
  Content content(element, 1, 1, rng);
  std::memcpy(content.data.data(), &bits, sizeof bits);
  return content.value(element, 0, 0, 1);
}

/// Finite values of a 16-bit type, ascending from zero, with their bits.
std::vector<double> magnitudes(Element element) {
  std::vector<double> all;
  const std::uint32_t infinity = element == Element::kFloat16 ? 0x7c00 : 0x7f80;
  for (std::uint32_t bits = 0; bits < infinity; ++bits) {
    all.push_back(decoded(element, static_cast<std::uint16_t>(bits)));
  }
  return all;
}

/// The bits of the nearest, of two equally near the even ones. The first that does not fit would be
/// as far beyond the largest as the one before it is below: halfway there and on is infinity.
std::uint16_t nearest(const std::vector<double>& all, double x) {
  const double size = std::abs(x);
  const std::uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  const auto above =
      static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), size) - all.begin());
  if (above == 0) return sign;
  const double next = above < all.size() ? all[above] : 2 * all.back() - all[all.size() - 2];
  const double to_lower = size - all[above - 1];
  const double to_upper = next - size;
  const bool upper = to_upper < to_lower || (to_upper == to_lower && above % 2 == 0);
  return static_cast<std::uint16_t>(sign | std::min(upper ? above : above - 1, all.size()));
}

template <class E>
void expect_nearest(const std::vector<double>& all, float x) {
  ASSERT_EQ(E::bits(x), nearest(all, x)) << name_of(E::kElement) << " of " << x;
}

template <class E>
void expect_conversions() {
  const std::vector<double> all = magnitudes(E::kElement);
  for (std::size_t bits = 0; bits < all.size(); ++bits) {
    const auto positive = static_cast<std::uint16_t>(bits);
    const auto negative = static_cast<std::uint16_t>(bits | 0x8000);
    ASSERT_EQ(double{E::value(positive)}, all[bits]);
    ASSERT_EQ(double{E::value(negative)}, -all[bits]);
    ASSERT_EQ(E::bits(E::value(positive)), positive);
    ASSERT_EQ(E::bits(E::value(negative)), negative);
    // Halfway to the next, and beside that.
    if (bits + 1 == all.size()) continue;
    const auto middle = static_cast<float>((all[bits] + all[bits + 1]) / 2);
    expect_nearest<E>(all, middle);
    expect_nearest<E>(all, std::nextafter(middle, 0.0F));
    expect_nearest<E>(all, -std::nextafter(middle, std::numeric_limits<float>::infinity()));
  }
  Rng rng(1);
  for (int i = 0; i < 100'000; ++i) {
    const float x = float_of(static_cast<std::uint32_t>(rng.next()));
    if (std::isfinite(x)) expect_nearest<E>(all, x);
  }
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(E::value(E::bits(infinity)), infinity);
  EXPECT_EQ(E::value(E::bits(-infinity)), -infinity);
  EXPECT_TRUE(std::isnan(E::value(E::bits(std::numeric_limits<float>::quiet_NaN()))));
  EXPECT_TRUE(std::isnan(E::value(E::bits(float_of(0x7f800001)))));  // its fraction is cut off
}

TEST(Elements, Float16IsTheNearest) { expect_conversions<Float16>(); }
TEST(Elements, Bfloat16IsTheNearest) { expect_conversions<Bfloat16>(); }

TEST(Elements, Int8IsTheNearestAndEven) {
  for (int i = -1'300; i <= 1'300; ++i) {
    const float x = static_cast<float>(i) / 10;
    const double expected = std::clamp(std::nearbyint(double{x}), -127.0, 127.0);
    EXPECT_EQ(double{Int8::value(Int8::bits(x))}, expected) << x;
  }
  EXPECT_EQ(Int8::value(Int8::bits(2.5F)), 2);
  EXPECT_EQ(Int8::value(Int8::bits(3.5F)), 4);
  EXPECT_EQ(Int8::value(Int8::bits(-2.5F)), -2);
}

/// An element that must hold x: the nearest of its type, or within half a step of its row's scale.
void expect_holds(const Content& content, Element element, std::int64_t row, std::int64_t at,
                  std::int64_t head_dim, double x, double most_of_row,
                  const std::vector<double>& all) {
  const double found = content.value(element, row, at, head_dim);
  if (element == Element::kInt8) {
    const double scale = most_of_row / 127;
    ASSERT_NEAR(content.scale[static_cast<std::size_t>(row)], scale, scale * 1e-6);
    ASSERT_NEAR(found, x, scale * (0.5 + 1e-4));
  } else if (element == Element::kFloat32) {
    ASSERT_NEAR(found, x, std::abs(x) * 0x1p-23);  // q × scale is rounded
  } else {
    // x itself went through a float.
    ASSERT_EQ(found, decoded(element, nearest(all, static_cast<float>(x))));
  }
}

struct Shape {
  std::int64_t blocks = 6;
  std::int64_t kv_heads = 2;
  std::int64_t block_size = 4;
  std::int64_t head_dim = 32;
  std::int64_t rows() const { return blocks * kv_heads * block_size; }
  std::int64_t row(std::int64_t block, std::int64_t head, std::int64_t offset) const {
    return (block * kv_heads + head) * block_size + offset;
  }
};

void expect_row(const Content& to, Element to_element, std::int64_t to_row, const Content& from,
                Element from_element, std::int64_t from_row, std::int64_t head_dim,
                const std::vector<double>& all) {
  double most = 0;
  for (std::int64_t d = 0; d < head_dim; ++d) {
    most = std::max(most, std::abs(from.value(from_element, from_row, d, head_dim)));
  }
  if (to_element == Element::kInt8 && from_element == Element::kInt8) {
    EXPECT_EQ(to.scale[static_cast<std::size_t>(to_row)],
              from.scale[static_cast<std::size_t>(from_row)]);
    for (std::int64_t d = 0; d < head_dim; ++d) {
      ASSERT_EQ(to.data[static_cast<std::size_t>(to_row * head_dim + d)],
                from.data[static_cast<std::size_t>(from_row * head_dim + d)]);
    }
    return;
  }
  for (std::int64_t d = 0; d < head_dim; ++d) {
    expect_holds(to, to_element, to_row, d, head_dim,
                 from.value(from_element, from_row, d, head_dim), most, all);
  }
}

class EveryPair : public testing::TestWithParam<std::tuple<Element, Element>> {
 protected:
  Element from() const { return std::get<0>(GetParam()); }
  Element to() const { return std::get<1>(GetParam()); }
  std::vector<double> to_magnitudes() const {
    return to() == Element::kFloat16 || to() == Element::kBfloat16 ? magnitudes(to())
                                                                   : std::vector<double>{};
  }
};

TEST_P(EveryPair, GathersByBlocks) {
  const Shape shape;
  Rng rng(2);
  Content pool(from(), shape.rows(), shape.head_dim, rng);
  const std::vector<std::int32_t> table{4, 1, -1, 5};
  const std::int64_t first = 2;
  const std::int64_t count = 13;  // positions 2 … 14 of 16
  Content rows(to(), shape.kv_heads * count, shape.head_dim, rng);
  const Content before = rows;
  gather_host(pool_of(from(), pool, shape.blocks, shape.kv_heads, shape.block_size, shape.head_dim),
              {Place::By::kBlock, table.data(), first, count},
              {to(), rows.data.data(), scale_or_null(rows.scale), 1, count});
  const std::vector<double> all = to_magnitudes();
  for (std::int64_t t = 0; t < count; ++t) {
    const std::int32_t block = table[static_cast<std::size_t>((first + t) / shape.block_size)];
    for (std::int64_t h = 0; h < shape.kv_heads; ++h) {
      const std::int64_t row = h * count + t;
      if (block < 0) {
        EXPECT_EQ(rows.value(to(), row, 5, shape.head_dim),
                  before.value(to(), row, 5, shape.head_dim));
        continue;
      }
      expect_row(rows, to(), row, pool, from(), shape.row(block, h, (first + t) % shape.block_size),
                 shape.head_dim, all);
    }
  }
}

TEST_P(EveryPair, ScattersBySlots) {
  const Shape shape;
  Rng rng(3);
  const std::vector<std::int32_t> slots{7, 0, -1, 23, 12};
  const auto count = static_cast<std::int64_t>(slots.size());
  Content rows(from(), shape.kv_heads * count, shape.head_dim, rng);
  Content pool(to(), shape.rows(), shape.head_dim, rng);
  const Content before = pool;
  scatter_host({from(), rows.data.data(), scale_or_null(rows.scale), shape.kv_heads, 1},
               pool_of(to(), pool, shape.blocks, shape.kv_heads, shape.block_size, shape.head_dim),
               {Place::By::kSlot, slots.data(), 0, count});
  const std::vector<double> all = to_magnitudes();
  for (std::int64_t slot = 0; slot < shape.blocks * shape.block_size; ++slot) {
    const auto found = std::find(slots.begin(), slots.end(), slot);
    for (std::int64_t h = 0; h < shape.kv_heads; ++h) {
      const std::int64_t row = shape.row(slot / shape.block_size, h, slot % shape.block_size);
      if (found == slots.end()) {
        EXPECT_EQ(pool.value(to(), row, 9, shape.head_dim),
                  before.value(to(), row, 9, shape.head_dim));
        continue;
      }
      expect_row(pool, to(), row, rows, from(), (found - slots.begin()) * shape.kv_heads + h,
                 shape.head_dim, all);
    }
  }
}

TEST_P(EveryPair, CopiesBlocks) {
  const Shape shape;
  Rng rng(4);
  Content source(from(), shape.rows(), shape.head_dim, rng);
  Content target(to(), shape.rows(), shape.head_dim, rng);
  const std::vector<std::int32_t> out{0, 5, 2};
  const std::vector<std::int32_t> in{3, 1, 0};
  copy_blocks_host(
      pool_of(from(), source, shape.blocks, shape.kv_heads, shape.block_size, shape.head_dim),
      out.data(),
      pool_of(to(), target, shape.blocks, shape.kv_heads, shape.block_size, shape.head_dim),
      in.data(), 3);
  const std::vector<double> all = to_magnitudes();
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (std::int64_t h = 0; h < shape.kv_heads; ++h) {
      for (std::int64_t t = 0; t < shape.block_size; ++t) {
        expect_row(target, to(), shape.row(in[i], h, t), source, from(), shape.row(out[i], h, t),
                   shape.head_dim, all);
      }
    }
  }
}

class EveryQuery : public EveryPair {};

/// softmax over all scores at once, in doubles.
TEST_P(EveryQuery, AttendsOverBlocks) {
  Rng rng(5);
  const Shape shape{11, 2, 4, 64};
  const std::int64_t heads = 6;
  const std::vector<std::int32_t> context{0, 1, 19, 12};
  const std::int64_t table_stride = 5;
  const auto sequences = static_cast<std::int64_t>(context.size());
  std::vector<std::int32_t> table;
  for (std::int64_t i = 0; i < sequences * table_stride; ++i) {
    table.push_back(static_cast<std::int32_t>(rng.below(11)));
  }
  Content keys(from(), shape.rows(), shape.head_dim, rng);
  Content values(from(), shape.rows(), shape.head_dim, rng);
  Content query(to(), sequences * heads, shape.head_dim, rng);
  Content out(to(), sequences * heads, shape.head_dim, rng);
  PagedAttention a;
  a.element = to();
  a.query = query.data.data();
  a.out = out.data.data();
  a.sequences = sequences;
  a.query_heads = heads;
  a.scale = 0.4F;
  a.key = pool_of(from(), keys, shape.blocks, shape.kv_heads, shape.block_size, shape.head_dim);
  a.value = pool_of(from(), values, shape.blocks, shape.kv_heads, shape.block_size, shape.head_dim);
  a.block_table = table.data();
  a.table_stride = table_stride;
  a.context = context.data();
  a.longest = 19;
  paged_attention_host(a);
  const double step = to() == Element::kFloat32   ? 2e-6
                      : to() == Element::kFloat16 ? 0x1p-11
                                                  : 0x1p-8;
  for (std::int64_t s = 0; s < sequences; ++s) {
    for (std::int64_t h = 0; h < heads; ++h) {
      std::vector<double> score;
      std::vector<std::int64_t> row;
      for (std::int64_t t = 0; t < context[static_cast<std::size_t>(s)]; ++t) {
        const std::int32_t block =
            table[static_cast<std::size_t>(s * table_stride + t / shape.block_size)];
        row.push_back(shape.row(block, h / 3, t % shape.block_size));
        double dot = 0;
        for (std::int64_t d = 0; d < shape.head_dim; ++d) {
          dot += query.value(to(), s * heads + h, d, shape.head_dim) *
                 keys.value(from(), row.back(), d, shape.head_dim);
        }
        score.push_back(dot * double{a.scale});
      }
      double most = -std::numeric_limits<double>::infinity();
      for (const double x : score) most = std::max(most, x);
      double weights = 0;
      for (double& x : score) weights += x = std::exp(x - most);
      for (std::int64_t d = 0; d < shape.head_dim; ++d) {
        double expected = 0;
        for (std::size_t t = 0; t < score.size(); ++t) {
          expected += score[t] / weights * values.value(from(), row[t], d, shape.head_dim);
        }
        ASSERT_NEAR(out.value(to(), s * heads + h, d, shape.head_dim), expected,
                    step * std::max(1.0, std::abs(expected)))
            << "sequence " << s << ", head " << h << ", element " << d;
      }
    }
  }
}

const auto kPairName = [](const auto& pair) {
  return std::string(name_of(std::get<0>(pair.param))) + "_to_" + name_of(std::get<1>(pair.param));
};
INSTANTIATE_TEST_SUITE_P(Elements, EveryPair,
                         testing::Combine(testing::ValuesIn(kElements),
                                          testing::ValuesIn(kElements)),
                         kPairName);
INSTANTIATE_TEST_SUITE_P(Elements, EveryQuery,
                         testing::Combine(testing::ValuesIn(kElements),
                                          testing::Values(Element::kFloat32, Element::kFloat16,
                                                          Element::kBfloat16)),
                         kPairName);

// Weights and sums must not overflow where scores are large.
TEST(PagedAttention, TakesLargeScores) {
  Rng rng(6);
  Content keys(Element::kFloat32, 8, 4, rng);
  Content values(Element::kFloat32, 8, 4, rng);
  const std::vector<float> query{1e4F, 1e4F, 1e4F, 1e4F};
  std::vector<float> out(4);
  const std::vector<std::int32_t> table{0};
  const std::vector<std::int32_t> context{8};
  PagedAttention a;
  a.query = query.data();
  a.out = out.data();
  a.sequences = 1;
  a.query_heads = 1;
  a.key = pool_of(Element::kFloat32, keys, 1, 1, 8, 4);
  a.value = pool_of(Element::kFloat32, values, 1, 1, 8, 4);
  a.block_table = table.data();
  a.table_stride = 1;
  a.context = context.data();
  a.longest = 8;
  paged_attention_host(a);
  // One token outweighs all others by far: its value is the result.
  std::int64_t best = 0;
  double most = -1e300;
  for (std::int64_t t = 0; t < 8; ++t) {
    double sum = 0;
    for (std::int64_t d = 0; d < 4; ++d) sum += keys.value(Element::kFloat32, t, d, 4);
    if (sum > most) {
      most = sum;
      best = t;
    }
  }
  for (std::int64_t d = 0; d < 4; ++d) {
    EXPECT_FLOAT_EQ(out[static_cast<std::size_t>(d)],
                    static_cast<float>(values.value(Element::kFloat32, best, d, 4)));
  }
}

template <class Call>
void expect_refused(const Call& call, const std::string& message) {
  try {
    call();
    FAIL() << "accepted; expected: " << message;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
  }
}

TEST(KvBlocks, RefuseWhatTheyCannotMove) {
  Rng rng(7);
  const Shape shape;
  Content content(Element::kFloat16, shape.rows(), shape.head_dim, rng);
  Content rows_content(Element::kFloat16, 100, shape.head_dim, rng);
  const Pool pool = pool_of(Element::kFloat16, content, shape.blocks, shape.kv_heads,
                            shape.block_size, shape.head_dim);
  const Rows rows{Element::kFloat16, rows_content.data.data(), nullptr, 2, 1};
  const std::vector<std::int32_t> list{0, 6};
  const auto gather = [&](const Pool& p, const Place& place, const Rows& r) {
    return [=] { gather_host(p, place, r); };
  };
  const Place place{Place::By::kBlock, list.data(), 0, 8};
  expect_refused(gather(pool, place, rows), "block 6; allowed are those below 6");
  const std::vector<std::int32_t> slots{24};
  expect_refused(gather(pool, {Place::By::kSlot, slots.data(), 0, 1}, rows),
                 "slot 24; allowed are those below 24");
  expect_refused(gather(pool, {Place::By::kBlock, nullptr, 0, 8}, rows), "no list");
  expect_refused(gather(pool, {Place::By::kBlock, list.data(), -1, 8}, rows), "positions -1");
  Pool odd = pool;
  odd.head_dim = 20;
  expect_refused(gather(odd, place, rows),
                 "head_dim is 20; allowed for float16 are multiples of 8");
  odd = pool;
  odd.element = Element::kInt8;
  expect_refused(gather(odd, place, rows), "int8 needs scales");
  odd = pool;
  odd.data = content.data.data() + 2;
  expect_refused(gather(odd, place, rows), "aligned to 16 bytes");
  odd = pool;
  odd.blocks = 0;
  expect_refused(gather(odd, place, rows), "0 blocks");
  Rows flat = rows;
  flat.token_stride = 0;
  expect_refused(gather(pool, place, flat), "strides are 0 and 1");
  odd = pool;
  odd.kv_heads = 1;
  expect_refused([&] { copy_blocks_host(pool, list.data(), odd, list.data(), 1); },
                 "the pools' blocks differ");
}

TEST(PagedAttention, RefusesWhatItCannotAttendTo) {
  Rng rng(8);
  const Shape shape;
  Content content(Element::kFloat32, shape.rows(), shape.head_dim, rng);
  std::vector<float> query(4 * 32);
  const std::vector<std::int32_t> table{0, 1};
  const std::vector<std::int32_t> context{9};
  PagedAttention good;
  good.query = query.data();
  good.out = query.data();
  good.sequences = 1;
  good.query_heads = 4;
  good.key = pool_of(Element::kFloat32, content, shape.blocks, shape.kv_heads, shape.block_size,
                     shape.head_dim);
  good.value = good.key;
  good.block_table = table.data();
  good.table_stride = 2;
  good.context = context.data();
  good.longest = 8;
  const auto refuse = [&](const std::string& message, const auto& change) {
    PagedAttention a = good;
    change(a);
    expect_refused([&] { paged_attention_host(a); }, message);
  };
  refuse("sequence 0's context is 9; allowed are 0 to 8", [](PagedAttention&) {});
  refuse("5 query heads", [](PagedAttention& a) { a.query_heads = 5; });
  refuse("a longest context of 9", [](PagedAttention& a) { a.longest = 9; });
  refuse("queries are int8", [](PagedAttention& a) { a.element = Element::kInt8; });
  refuse("differ in shape", [](PagedAttention& a) { a.value.blocks = 5; });
  refuse("needs query", [](PagedAttention& a) { a.query = nullptr; });
  refuse("a partition of -1", [](PagedAttention& a) { a.partition = -1; });
  const std::vector<std::int32_t> beyond{6, 1};
  refuse("token 0 is in block 6; allowed are 0 to 5", [&](PagedAttention& a) {
    a.block_table = beyond.data();
    const static std::vector<std::int32_t> few{4};
    a.context = few.data();
  });
}

TEST(PagedAttention, ChoosesPartitions) {
  PagedAttention a;
  a.sequences = 1;
  a.query_heads = 8;
  a.key.kv_heads = 8;
  a.key.head_dim = 128;
  a.longest = 100'000;
  // 132 multiprocessors, four groups each, over 8 heads: 66 parts.
  EXPECT_EQ(partition_for(a, 132), 1'536);  // 100000 / 66 = 1515.2, to the next multiple of 64
  a.sequences = 200;
  EXPECT_GE(partition_for(a, 132), a.longest);  // one part is enough
  a.sequences = 1;
  a.longest = 1'000;
  EXPECT_EQ(partition_for(a, 132), 256);
  a.partition = 256;
  EXPECT_EQ(scratch_floats(a), 8U * 4 * 130);
  a.partition = 0;
  EXPECT_EQ(scratch_floats(a), 0U);
}

}  // namespace
}  // namespace kvsim::kernels
