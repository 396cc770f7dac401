#include "reports/hash_study.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "reports/panel.hpp"

namespace kvsim::reports {

std::vector<CollisionPoint> collision_points(const ReportData& data) {
  std::vector<CollisionPoint> points;
  std::set<std::tuple<std::string, bool, std::string, double, double>> seen;
  const auto add = [&](const CollisionPoint& p) {
    // Runs at other capacities and tables, and other block sizes' blocks.
    if (seen.emplace(p.trace, p.strided, p.hash, p.bits, p.expected).second) points.push_back(p);
  };
  for (const ResultsFile& file : data.results.files) {
    for (const CollisionPoint& point : file.hashing.collisions) add(point);
    for (const Run& run : file.runs) {
      const auto observed = run.value("collisions.observed");
      const auto expected = run.value("collisions.expected");
      if (run.hash_name.empty() || !run.hash_bits || !observed || !expected) continue;
      add({run.trace, false, run.hash_name, *run.hash_bits, *observed, *expected,
           run.value("collisions.false_hits"), run.value("collisions.false_hits_expected")});
    }
  }
  return points;
}

std::string study_label(const ReportData& data, const ResultsFile& file) {
  const auto benches = std::count_if(
      data.results.files.begin(), data.results.files.end(), [](const ResultsFile& other) {
        return !other.hashing.speeds.empty() || !other.hashing.tables.empty();
      });
  return benches > 1 ? file.label : "";
}

Palette hash_palette(const ReportData& data) {
  std::vector<std::string> names;
  for (const CollisionPoint& point : collision_points(data)) names.push_back(point.hash);
  for (const ResultsFile& file : data.results.files) {
    for (const HashSpeedPoint& point : file.hashing.speeds) names.push_back(point.hash);
  }
  return Palette(names);
}

Palette table_palette(const ReportData& data) {
  std::vector<std::string> names;
  for (const Run* run : data.results.runs()) names.push_back(run->table);
  for (const ResultsFile& file : data.results.files) {
    for (const TableSpeedPoint& point : file.hashing.tables) names.push_back(point.table);
  }
  std::erase(names, "");
  return Palette(names);
}

}  // namespace kvsim::reports
