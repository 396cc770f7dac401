#include "reports/page/columns.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace kvsim::reports {
namespace {

Cell text_cell(std::string text) { return {std::move(text), std::nullopt}; }

Cell number_cell(Unit unit, const std::optional<double>& value) {
  return value ? Cell{format_value(unit, *value), value} : Cell{};
}

Column setup_text(std::string header, std::string Run::*member) {
  return {std::move(header), "set-up", false, false,
          [member](const Row& row) { return text_cell(row.run->*member); }};
}

Column setup_number(std::string header, Unit unit, std::optional<double> Run::*member) {
  return {std::move(header), "set-up", true, false,
          [unit, member](const Row& row) { return number_cell(unit, row.run->*member); }};
}

Column capacity_column(std::string header, Unit unit, std::optional<double> Capacity::*member) {
  return {std::move(header), "set-up", true, false,
          [unit, member](const Row& row) { return number_cell(unit, row.run->capacity.*member); }};
}

Column part_column(std::string header, std::string group, std::string dotted) {
  const Unit unit = unit_of(dotted);
  return {std::move(header), std::move(group), true, unit == Unit::kRatio,
          [unit, dotted = std::move(dotted)](const Row& row) {
            return number_cell(unit, row.run->value(dotted));
          }};
}

std::optional<double> capacity_of(const Row& row) {
  for (const double capacity : row.panel->capacities) {
    const auto& runs = row.panel->at(row.run->policy, capacity);
    if (std::find(runs.begin(), runs.end(), row.run) != runs.end()) return capacity;
  }
  return std::nullopt;
}

Column gap_column(std::string_view ratio) {
  const std::string dotted = "ratios." + std::string(ratio);
  return {std::string(ratio) + " gap to Belady, points", "ratios", true, false,
          [dotted](const Row& row) -> Cell {
            const auto value = row.run->value(dotted);
            const auto capacity = capacity_of(row);
            if (!value || !capacity) return {};
            const auto best = row.panel->belady(*capacity, dotted);
            if (!best || best->policy == row.run->policy) return {};
            return {format_value(Unit::kPoints, *value - best->value), *value - best->value};
          }};
}

std::vector<Column> setup_columns(const ReportData& data) {
  std::vector<Column> columns;
  columns.push_back(setup_text("trace", &Run::trace));
  columns.push_back(setup_text("policy", &Run::policy));
  if (data.results.files.size() > 1) {
    columns.push_back({"file", "set-up", false, false, [&data](const Row& row) {
                         return text_cell(data.results.files[row.run->file].label);
                       }});
  }
  columns.push_back(setup_text("reuse", &Run::reuse));
  columns.push_back(setup_text("organisation", &Run::organisation));
  columns.push_back(setup_number("block size", Unit::kCount, &Run::block_size));
  columns.push_back(setup_text("touch order", &Run::touch_order));
  columns.push_back(setup_text("look-up", &Run::lookup));
  columns.push_back(capacity_column("capacity, blocks", Unit::kCount, &Capacity::blocks));
  columns.push_back(capacity_column("capacity, bytes", Unit::kBytes, &Capacity::bytes));
  columns.push_back(capacity_column("capacity, share", Unit::kRatio, &Capacity::share));
  columns.push_back(setup_text("hash", &Run::hash));
  columns.push_back(setup_text("table", &Run::table));
  columns.push_back(setup_number("load", Unit::kNumber, &Run::table_load));
  columns.push_back(setup_number("warm-up share", Unit::kRatio, &Run::warmup_share));
  columns.push_back(setup_number("warm-up requests", Unit::kCount, &Run::warmup_requests));
  columns.push_back(setup_number("seed", Unit::kCount, &Run::seed));
  columns.push_back(setup_number("repeat", Unit::kCount, &Run::repeat));
  columns.push_back(setup_text("note", &Run::note));
  return columns;
}

// The names that any row's part has: those of `order` first, the others after.
std::vector<std::string> names_in(const std::vector<Row>& rows, std::string_view part,
                                  std::initializer_list<std::string_view> order) {
  std::set<std::string> present;
  for (const Row& row : rows) {
    const auto it = row.run->parts.find(part);
    if (it == row.run->parts.end()) continue;
    for (const auto& [name, value] : it->second) present.insert(name);
  }
  std::vector<std::string> names;
  for (const std::string_view name : order) {
    if (present.erase(std::string(name)) != 0) names.emplace_back(name);
  }
  names.insert(names.end(), present.begin(), present.end());
  return names;
}

// Nobody may take the replay's arrays for what an engine would hold.
std::string header_of(const std::string& name) {
  return name.starts_with("metadata_bytes") ? "simulation’s " + name : name;
}

void add_part(std::vector<Column>& columns, const std::vector<Row>& rows, std::string_view part,
              std::initializer_list<std::string_view> order) {
  for (const std::string& name : names_in(rows, part, order)) {
    columns.push_back(
        part_column(header_of(name), std::string(part), std::string(part) + "." + name));
  }
}

void add_speedups(std::vector<Column>& columns, const std::vector<Row>& rows) {
  std::map<std::string, std::set<std::string>> names;
  for (const Row& row : rows) {
    for (const Speedup& speedup : row.run->speedups) {
      for (const auto& [name, value] : speedup.values) names[speedup.label].insert(name);
    }
  }
  for (const auto& [label, fields] : names) {
    for (const std::string& field : fields) {
      const Unit unit = field.starts_with("ttft_s") ? Unit::kSeconds : Unit::kFactor;
      columns.push_back({label + " " + field, "speedup", true, false,
                         [label = label, field, unit](const Row& row) -> Cell {
                           for (const Speedup& speedup : row.run->speedups) {
                             const auto it = speedup.values.find(field);
                             if (speedup.label == label && it != speedup.values.end()) {
                               return number_cell(unit, it->second);
                             }
                           }
                           return {};
                         }});
    }
  }
}

bool says_something(const Column& column, const std::vector<Row>& rows) {
  const bool always = column.header == "trace" || column.header == "policy" ||
                      column.header.starts_with("capacity");
  std::set<std::string> values;
  for (const Row& row : rows) values.insert(column.cell(row).text);
  const bool any = values.size() > 1 || (values.size() == 1 && !values.begin()->empty());
  const bool constant_setup =
      column.group == "set-up" && !always && column.header != "note" && values.size() == 1;
  return any && !constant_setup;
}

}  // namespace

Unit unit_of(std::string_view dotted) {
  const std::string_view name = short_name(dotted);
  if (dotted.starts_with("ratios.") || name == "false_hit_ratio") return Unit::kRatio;
  if (dotted == "counts.bytes" || dotted == "counts.hit_bytes") return Unit::kBytes;
  if (dotted == "memory.metadata_bytes_per_block") return Unit::kNumber;
  if (dotted.starts_with("memory.") || name.ends_with("_bytes")) return Unit::kBytes;
  if (name == "seconds") return Unit::kSeconds;
  if (name.ends_with("per_second")) return Unit::kRate;
  if (name.ends_with("p_value") || name.ends_with("expected") || name.ends_with("mean")) {
    return Unit::kNumber;
  }
  return Unit::kCount;
}

std::vector<Row> table_rows(const ReportData& data) {
  std::map<const Run*, const Panel*> panels;
  for (const Panel& panel : data.panels) {
    for (const Run* run : panel.runs) panels[run] = &panel;
  }
  std::vector<Row> rows;
  for (const Run* run : data.results.runs()) rows.push_back({run, panels.at(run)});
  return rows;
}

std::vector<Column> table_columns(const ReportData& data, const std::vector<Row>& rows) {
  std::vector<Column> columns = setup_columns(data);
  for (const std::string& name :
       names_in(rows, "ratios", {kRatioNames[0], kRatioNames[1], kRatioNames[2], kRatioNames[3]})) {
    columns.push_back(part_column(name, "ratios", "ratios." + name));
  }
  for (const std::string_view ratio : kRatioNames) columns.push_back(gap_column(ratio));
  add_part(columns, rows, "counts",
           {"requests", "accesses", "hits", "misses", "tokens", "hit_tokens", "bytes", "hit_bytes",
            "insertions", "evictions", "rejected"});
  add_part(columns, rows, "memory",
           {"metadata_bytes_per_block", "metadata_bytes", "kv_bytes_peak", "kv_bytes_mean"});
  add_part(columns, rows, "collisions",
           {"observed", "expected", "p_value", "false_hits", "false_hit_ratio", "affected_requests",
            "affected_tokens"});
  add_speedups(columns, rows);
  add_part(columns, rows, "replay",
           {"seconds", "accesses_per_second", "shared_runs", "peak_rss_bytes"});
  std::erase_if(columns, [&](const Column& column) { return !says_something(column, rows); });
  return columns;
}

}  // namespace kvsim::reports
