#include "sim/table/tag_group.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/core/rng.hpp"
#include "sim/table/swiss.hpp"

namespace kvsim {
namespace {

RC_GTEST_PROP(TagGroup, IsThePortableOne, (std::array<Control, kGroupSize> bytes, Control sought)) {
  const ControlGroup group{bytes};
  RC_ASSERT(NativeGroup::equal_to(group, sought) == PortableGroup::equal_to(group, sought));
  RC_ASSERT(NativeGroup::equal_to(group, bytes[3]) == PortableGroup::equal_to(group, bytes[3]));
  RC_ASSERT(NativeGroup::open(group) == PortableGroup::open(group));
}

TEST(Swiss, IsTheSameWithPortableGroups) {
  const TableShape shape{500, 0.9};
  Swiss native({}, shape);
  SwissOver<PortableGroup> portable({}, shape);
  Rng rng(11);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t key = rng.below(1000) * 77;
    ProbeCounter a;
    ProbeCounter b;
    if (rng.below(2) == 0 && native.size() < shape.capacity) {
      ASSERT_EQ(native.insert(key, 1, a), portable.insert(key, 1, b));
    } else {
      ASSERT_EQ(native.erase(key, a), portable.erase(key, b));
    }
    ASSERT_EQ(a.count, b.count);
  }
}

}  // namespace
}  // namespace kvsim
