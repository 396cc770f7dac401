// The twins against the peer's counts, so that what the policies are held to is held to something
// itself. At the smaller capacities only: twins are slow.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/policies/policy_case.hpp"

namespace kvsim::policy_tests {
namespace {

namespace fs = std::filesystem;

struct Record {
  std::uint64_t id = 0;
  std::uint32_t next = kNever;
};

/// Ids and next accesses of a file of 24-byte records, read without kvsim's own reader.
std::vector<Record> read_records(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<Record> records;
  for (char bytes[24]; in.read(bytes, sizeof bytes);) {
    Record record;
    std::memcpy(&record.id, bytes + 4, sizeof record.id);
    records.push_back(record);
  }
  std::map<std::uint64_t, std::uint32_t> later;
  for (std::size_t i = records.size(); i-- > 0;) {
    const auto found = later.find(records[i].id);
    if (found != later.end()) records[i].next = found->second;
    later[records[i].id] = static_cast<std::uint32_t>(i);
  }
  return records;
}

TEST(Twins, GiveThePeersCounts) {
  const fs::path shared = fs::path(KVSIM_SOURCE_DIR) / ".." / "shared";
  const fs::path golden = shared / "golden" / "cloudphysics_unit.csv";
  const fs::path trace = shared / "traces" / "classic" / "cloudPhysicsIO.oracleGeneral.bin";
  if (!fs::exists(golden) || !fs::exists(trace)) GTEST_SKIP() << "no " << golden;
  std::map<std::string, const PolicyCase*> cases;
  for (const PolicyCase& one : all_cases()) cases[one.label] = &one;

  const std::vector<Record> records = read_records(trace);
  std::ifstream in(golden);
  int compared = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream cells(line);
    std::string label, capacity, misses;
    std::getline(cells, label, ',');
    std::getline(cells, capacity, ',');
    std::getline(cells, misses, ',');
    if (!cases.contains(label) || std::stoull(capacity) > 500) continue;
    Rng rng(1);
    PolicyContext context;
    context.capacity = std::stoull(capacity);
    context.rng = &rng;
    const auto twin = cases[label]->twin(context);
    std::uint64_t missed = 0;
    for (const Record& r : records) missed += twin->access(r.id, 1, r.next, 1) ? 0u : 1u;
    EXPECT_EQ(missed, std::stoull(misses)) << label << " at " << capacity;
    ++compared;
  }
  EXPECT_GE(compared, 28);
}

}  // namespace
}  // namespace kvsim::policy_tests
