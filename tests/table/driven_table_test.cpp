#include "sim/table/driven_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {
namespace {

using Kind = TableOperation::Kind;

std::string error_of(std::string_view text) {
  try {
    parse_table(text);
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

TEST(ParseTable, KnowsEveryTableAndDense) {
  const std::vector<ComponentInfo> tables = list_tables();
  EXPECT_EQ(tables[0].name, "dense");
  for (const ComponentInfo& table : tables) EXPECT_EQ(parse_table(table.name).name, table.name);
  EXPECT_EQ(parse_table_list("robin_hood,dense,chaining")[2].name, "chaining");
}

TEST(ParseTable, SaysWhatIsWrong) {
  const std::string unknown = error_of("robinhood");
  EXPECT_NE(unknown.find("unknown table 'robinhood'; did you mean 'robin_hood'?"),
            std::string::npos)
      << unknown;
  EXPECT_NE(unknown.find("linear_probing"), std::string::npos) << unknown;
  const std::string parameter = error_of("chaining:m=5");
  EXPECT_NE(parameter.find("table 'chaining'"), std::string::npos) << parameter;
  EXPECT_NE(parameter.find("'m'"), std::string::npos) << parameter;
  EXPECT_NE(error_of("dense:m=5").find("table 'dense'"), std::string::npos);
  EXPECT_EQ(error_of(""), "table '': a name is missing");
}

TEST(MakeTable, RefusesLoadsThatNoTableHas) {
  for (const double load : {0.0, -1.0, 1.01, std::nan("")}) {
    EXPECT_THROW(make_table({"chaining", {}}, {100, load}, 0), InputError) << load;
  }
}

/// The first `size` slots inserted, then every one of them and as many others looked up.
TableReport report_of_random_keys(std::string_view name, const TableShape& shape,
                                  std::uint64_t seed) {
  Rng rng(seed);
  std::vector<TableOperation> operations;
  for (Slot slot = 0; slot < shape.capacity; ++slot) {
    operations.push_back({rng.next(), slot, Kind::kInsert});
  }
  for (Slot slot = 0; slot < shape.capacity; ++slot) {
    operations.push_back({operations[slot].key, slot, Kind::kFind});
  }
  for (Slot slot = 0; slot < shape.capacity; ++slot) {
    operations.push_back({rng.next(), static_cast<Slot>(shape.capacity + slot), Kind::kFind});
  }
  const auto table = make_table({std::string(name), {}}, shape, seed);
  table->apply(operations);
  return table->report();
}

TEST(DrivenTable, CountsEveryLookup) {
  for (const ComponentInfo& info : list_tables()) {
    if (info.name == "dense") continue;
    SCOPED_TRACE(info.name);
    const TableReport report = report_of_random_keys(info.name, {1000, 0.8}, 3);
    EXPECT_EQ(report.size, 1000);
    EXPECT_EQ(report.hits, 1000);
    EXPECT_EQ(report.misses, 1000);
    EXPECT_GE(report.memory_bytes, 12 * report.size);  // at least the keys and slots
    EXPECT_EQ(report.hit.has_value(), !report.expected_by.empty());
    for (const std::optional<ProbeLengths>& lengths : {report.hit, report.miss}) {
      if (!lengths) continue;
      EXPECT_EQ(lengths->lookups, 1000);
      const std::vector<std::uint64_t>& h = lengths->histogram;
      EXPECT_EQ(std::accumulate(h.begin(), h.end(), std::uint64_t{0}), 1000);
      double sum = 0;
      for (std::size_t i = 0; i < h.size(); ++i) sum += static_cast<double>(i * h[i]);
      EXPECT_DOUBLE_EQ(lengths->mean, sum / 1000);
      EXPECT_EQ(lengths->max, h.size() - 1);
      EXPECT_GT(h.back(), 0);
      // At most one in a hundred is longer than p99, and with those of that length more are.
      EXPECT_LE(std::accumulate(h.begin() + lengths->p99 + 1, h.end(), std::uint64_t{0}), 10);
      EXPECT_GT(std::accumulate(h.begin() + lengths->p99, h.end(), std::uint64_t{0}), 10);
    }
  }
}

TEST(DrivenTable, ForgetsLookupsAndKeepsEntries) {
  for (const std::string name : {"chaining", "absl_flat_hash_map"}) {
    const auto table = make_table({name, {}}, {10, 0.5}, 0);
    const std::vector<TableOperation> operations{
        {3, 0, Kind::kInsert}, {3, 0, Kind::kFind}, {4, 1, Kind::kFind}, {5, 2, Kind::kFind}};
    table->apply(operations);
    EXPECT_EQ(table->report().hits, 1);
    EXPECT_EQ(table->report().misses, 2);
    table->forget_lookups();
    EXPECT_EQ(table->report().hits + table->report().misses, 0);
    table->apply(std::vector<TableOperation>{{3, 0, Kind::kFind}});
    EXPECT_EQ(table->report().hits, 1);
    EXPECT_EQ(table->report().size, 1);
  }
}

TEST(DrivenTable, KnowsBucketsWhereItCountsProbes) {
  EXPECT_EQ(make_table({"chaining", {}}, {80, 0.8}, 0)->bucket_of(250), 50);
  EXPECT_FALSE(make_table({"std_unordered_map", {}}, {80, 0.8}, 0)->bucket_of(250).has_value());
}

}  // namespace
}  // namespace kvsim
