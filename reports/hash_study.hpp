#pragma once
// What results say of hash functions and tables: audits, benchmarks, and runs through keys. It has
// a section of its own on the page.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/draw/palette.hpp"

namespace kvsim::reports {

struct ReportData;
struct ResultsFile;

/// The id of the page's section.
inline constexpr std::string_view kHashingSection = "hashing";

/// Collisions of a trace's blocks, or of their ids times 65,536, at one width.
struct CollisionPoint {
  std::string trace;
  bool strided = false;
  std::string hash;
  double bits = 0;
  double observed = 0;
  double expected = 0;
  std::optional<double> false_hits, false_hits_expected;  ///< of a run's look-ups
};

/// One function over chained blocks.
struct HashSpeedPoint {
  std::string hash;  ///< label; with the engine's chain, where it is not kvsim's own
  double block_tokens = 0;
  double bytes_per_second = 0;
  std::optional<double> share;  ///< of the time to first token
};

/// Look-ups of one table.
struct TableSpeedPoint {
  std::string table;
  double load = 0;
  double entries = 0;
  double hit_ns = 0;
  double miss_ns = 0;
};

/// An audit's judgement of one function.
struct HashVerdict {
  std::string hash;
  std::string verdict;
  std::string text;
};

/// The `hash_audit` and `hash_bench` of one file.
struct HashStudy {
  std::string trace;   ///< of the audit; "" without one
  std::string advice;  ///< how many bits to take, in words
  std::vector<HashVerdict> verdicts;
  std::vector<CollisionPoint> collisions;
  std::vector<HashSpeedPoint> speeds;
  std::vector<TableSpeedPoint> tables;
  std::string prefill;  ///< what the shares are of, in words; "" where there are none
};

/// The collisions of every audit and every run, each once.
std::vector<CollisionPoint> collision_points(const ReportData& data);
/// The file's label, where the report holds several of these studies; else "".
std::string study_label(const ReportData& data, const ResultsFile& file);
/// Looks of all functions and tables that the report names.
Palette hash_palette(const ReportData& data);
Palette table_palette(const ReportData& data);

}  // namespace kvsim::reports
