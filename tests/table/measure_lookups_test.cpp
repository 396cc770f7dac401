#include "sim/table/measure_lookups.hpp"

#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "sim/table/driven_table.hpp"

namespace kvsim {
namespace {

TEST(TimeLookups, TimesHitsAndMissesOfEveryTable) {
  for (const ComponentInfo& info : list_tables()) {
    if (info.name == "dense") continue;
    SCOPED_TRACE(info.name);
    for (const double load : {0.5, 0.8, 0.95}) {
      const auto timings = time_lookups({info.name, {}}, load, 1000, 2000, 1);
      ASSERT_EQ(timings.size(), 2);
      EXPECT_TRUE(timings[0].hit);
      EXPECT_FALSE(timings[1].hit);
      for (const LookupTiming& timing : timings) {
        EXPECT_EQ(timing.table, info.name);
        EXPECT_EQ(timing.load, load);
        // Of 2,048 places at 0.5, of 1,024 at the others.
        EXPECT_EQ(timing.entries, load == 0.5 ? 1024 : load == 0.8 ? 819 : 972);
        EXPECT_GT(timing.ns, 0);
        EXPECT_GT(timing.memory_bytes, 12 * timing.entries);
      }
    }
  }
}

TEST(TimeLookups, RefusesWhatIsNoLoad) {
  EXPECT_THROW(time_lookups({"swiss", {}}, 1.5, 1000, 1000, 1), InputError);
  EXPECT_THROW(time_lookups({"swish", {}}, 0.5, 1000, 1000, 1), InputError);
}

}  // namespace
}  // namespace kvsim
