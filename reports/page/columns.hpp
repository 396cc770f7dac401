#pragma once
// The columns of the table of results.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/panel.hpp"

namespace kvsim::reports {

/// What a cell shows, and what it sorts by: the number where there is one, else the text.
struct Cell {
  std::string text;  ///< "" where absent
  std::optional<double> number;
};

/// A run with the panel that it stands in.
struct Row {
  const Run* run;
  const Panel* panel;
};

struct Column {
  std::string header;
  std::string group;  ///< `set-up`, `ratios`, `counts`, …: columns are shown and hidden by group
  bool numeric = false;
  bool bar = false;  ///< a share, drawn as a bar behind the number
  std::function<Cell(const Row&)> cell;
};

/// A group of columns, and whether it shows at first.
struct ColumnGroup {
  std::string_view name;
  bool shown;
};
inline constexpr ColumnGroup kColumnGroups[] = {
    {"set-up", true},     {"ratios", true},  {"counts", false}, {"memory", true},
    {"collisions", true}, {"speedup", true}, {"replay", false}};

/// The rows of a report, in the files' order.
std::vector<Row> table_rows(const ReportData& data);
/// The columns in which any of the rows has a value; of the set-up only those that differ between
/// rows, besides trace, policy and capacity.
std::vector<Column> table_columns(const ReportData& data, const std::vector<Row>& rows);
/// The unit of a run's number, by its dotted name.
Unit unit_of(std::string_view dotted);

}  // namespace kvsim::reports
