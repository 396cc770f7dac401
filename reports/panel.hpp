#pragma once
// Runs sorted into panels: those that differ in nothing but policy, capacity and seed belong
// together, and may be compared.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/draw/palette.hpp"
#include "reports/format.hpp"
#include "reports/results.hpp"

namespace kvsim::reports {

/// The dimension by which BlockSizeSet joins panels.
inline constexpr std::string_view kBlockSizeDimension = "block size";

/// The dimension of which the section on hashing compares the values.
inline constexpr std::string_view kHashDimension = "hash";

/// One thing that tells panels apart: `reuse` is `prefix`.
struct Dimension {
  std::string name;
  std::string value;
};

/// A number over repeats.
struct Spread {
  double mean = 0;
  double low = 0;
  double high = 0;
  std::size_t runs = 0;  ///< how many runs state it
};

/// The oracle that others are measured against.
struct Reference {
  std::string policy;
  double value = 0;
};

/// Comparable runs.
struct Panel {
  std::string id;  ///< unlike any other panel's; a slug
  std::string trace;
  std::vector<Dimension> dimensions;  ///< all of them
  std::vector<Dimension> differing;   ///< those in which the report's panels differ
  Unit capacity_unit = Unit::kCount;
  std::string capacity_name;       ///< `blocks`, `bytes` or `share`, `tokens` where another panel
                                   ///< differs in block size alone; "" if no run states any
  std::vector<double> capacities;  ///< ascending
  std::vector<std::string> policies;  ///< in the report's order
  std::vector<const Run*> runs;
  std::size_t unplaced = 0;  ///< runs that do not state their capacity in the panel's unit

  /// The repeats of a policy at a capacity; none if it did not run there.
  const std::vector<const Run*>& at(std::string_view policy, double capacity) const;
  /// A number over the repeats, e.g. of `ratios.block_hit`; nothing if no run states it.
  std::optional<Spread> spread(std::string_view policy, double capacity,
                               std::string_view dotted) const;
  /// The best of Belady's variants at a capacity; nothing if none ran.
  std::optional<Reference> belady(double capacity, std::string_view dotted) const;
  /// Whether any run states the number.
  bool has(std::string_view dotted) const;
  /// The ratios that any run states, in the order of preference, as dotted names.
  std::vector<std::string> ratios() const;
  /// The middle one of the capacities at which the most policies ran.
  std::optional<double> middle_capacity() const;
  /// `10,000 blocks (5.47 % of distinct)`.
  std::string capacity_text(double capacity) const;
  /// The trace and what tells the panel from others.
  std::string title() const;

  std::map<std::pair<std::string, double>, std::vector<const Run*>> cells;
};

/// Everything that plots and the page are made from.
struct ReportData {
  Results results;
  std::vector<Panel> panels;
  std::vector<Dimension> common;      ///< in which all panels agree
  std::vector<std::string> policies;  ///< every label of runs and curves, in order
  Palette palette;
  bool by_file = false;  ///< files hold the same runs, so panels are told apart by file
};

/// Sorts the results' runs; keeps the results.
ReportData make_report_data(Results results);

/// Whether the panel has a section of its own. One policy at one capacity through the keys of one
/// hash function among others is nothing to compare: the section on hashing shows it.
bool has_section(const ReportData& data, const Panel& panel);

/// The number over the given runs; nothing if none states it.
std::optional<Spread> spread_of(const std::vector<const Run*>& runs, std::string_view dotted);

/// How far a panel's numbers can be trusted: seeds and spread, or that each run stands alone.
std::string noise_floor(const Panel& panel, std::string_view ratio);
/// The result in a sentence: which policy is best at a capacity, by how much, how far from Belady.
std::string finding(const Panel& panel, double capacity, std::string_view ratio);

/// `block_hit` of `ratios.block_hit`.
std::string_view short_name(std::string_view dotted);

}  // namespace kvsim::reports
