#include "reports/page/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/page/columns.hpp"

namespace kvsim::reports {
namespace {

// Long names may break after an underscore.
std::string breakable(const std::string& name) {
  std::string html;
  for (const char c : escape(name)) {
    html += c;
    if (c == '_') html += "<wbr>";
  }
  return html;
}

std::string header_cell(const Column& column) {
  return fmt::format(
      "<th scope=\"col\" aria-sort=\"none\" class=\"c-{}{}\"><button type=\"button\">{}</button>"
      "</th>",
      slug(column.group), column.numeric ? " n" : "", breakable(column.header));
}

std::string body_cell(const Column& column, const Row& row, const Palette& palette) {
  const Cell cell = column.cell(row);
  std::string classes = "c-" + slug(column.group);
  if (column.numeric) classes += " n";
  std::string attributes;
  if (cell.number) attributes += fmt::format(" data-v=\"{}\"", *cell.number);
  if (column.bar && cell.number) {
    classes += " bar";
    attributes += fmt::format(" style=\"--w:{:.1f}%\"", std::clamp(*cell.number, 0.0, 1.0) * 100);
  }
  std::string text = cell.text.empty() ? std::string(kAbsent) : escape(cell.text);
  if (cell.text.empty()) classes += " absent";
  if (column.header == "policy") {
    text = fmt::format("<i class=\"dot h{}\"></i>{}", palette[row.run->policy].hue, text);
  }
  return fmt::format("<td class=\"{}\"{}>{}</td>", classes, attributes, text);
}

std::string column_controls(const std::vector<Column>& columns) {
  std::string html;
  for (const ColumnGroup& group : kColumnGroups) {
    const bool present = group.name != "set-up" &&
                         std::any_of(columns.begin(), columns.end(), [&](const Column& column) {
                           return column.group == group.name;
                         });
    if (!present) continue;
    html += fmt::format("<label><input type=\"checkbox\" data-columns=\"{0}\"{1}> {0}</label>",
                        group.name, group.shown ? " checked" : "");
  }
  return html.empty() ? "" : "<fieldset><legend>Columns</legend>" + html + "</fieldset>";
}

std::string frame(std::string_view id, std::string_view caption, std::string_view controls,
                  std::string_view hidden, std::string_view head, std::string_view body,
                  std::size_t rows) {
  return fmt::format(
      "<div class=\"table-tools\"><label class=\"filter\">Filter <input type=\"search\" "
      "data-filter=\"{0}\" placeholder=\"e.g. s3fifo\" autocomplete=\"off\"></label>{2}"
      "<output data-count=\"{0}\">{6}</output></div>\n"
      "<div class=\"table-frame\" tabindex=\"0\" role=\"region\" aria-label=\"{1}\">"
      "<table id=\"{0}\" class=\"sortable{3}\"><caption class=\"sr\">{1}</caption>"
      "<thead><tr>{4}</tr></thead>\n<tbody>\n{5}</tbody></table></div>\n",
      id, caption, controls, hidden, head, body, plural(rows, "row", "rows"));
}

}  // namespace

std::string results_table(const ReportData& data) {
  const std::vector<Row> rows = table_rows(data);
  const std::vector<Column> columns = table_columns(data, rows);
  std::string head;
  for (const Column& column : columns) head += header_cell(column);
  std::string body;
  for (const Row& row : rows) {
    body += fmt::format("<tr data-policy=\"{}\">", escape(row.run->policy));
    for (const Column& column : columns) body += body_cell(column, row, data.palette);
    body += "</tr>\n";
  }
  std::string hidden;
  for (const ColumnGroup& group : kColumnGroups) {
    if (!group.shown) hidden += fmt::format(" hide-{}", group.name);
  }
  return frame("results", "Every run; select a column’s head to sort by it",
               column_controls(columns), hidden, head, body, rows.size());
}

std::string groups_table(const ReportData& data) {
  std::set<std::string> fields;
  std::size_t count = 0;
  const auto rows = table_rows(data);
  for (const Row& row : rows) {
    for (const auto& [name, parts] : row.run->groups) {
      ++count;
      for (const auto& [part, values] : parts) {
        for (const auto& [field, value] : values) fields.insert(part + "." + field);
      }
    }
  }
  if (count == 0) return "";
  // Ratios before counts.
  std::vector<std::string> ordered(fields.rbegin(), fields.rend());
  std::stable_partition(ordered.begin(), ordered.end(),
                        [](const std::string& field) { return field.starts_with("ratios."); });

  std::string head;
  for (const std::string_view name : {"trace", "policy", "capacity", "seed", "group"}) {
    head += header_cell({std::string(name), "set-up", false, false, {}});
  }
  for (const std::string& field : ordered) {
    head += header_cell({std::string(short_name(field)), "set-up", true, false, {}});
  }
  std::string body;
  for (const Row& row : rows) {
    for (const auto& [name, parts] : row.run->groups) {
      const Capacity& capacity = row.run->capacity;
      const std::optional<double> sortable = capacity.blocks  ? capacity.blocks
                                             : capacity.bytes ? capacity.bytes
                                                              : capacity.share;
      const Unit unit = capacity.blocks  ? Unit::kCount
                        : capacity.bytes ? Unit::kBytes
                                         : Unit::kRatio;
      body += fmt::format(
          "<tr data-policy=\"{}\"><td>{}</td><td>{}</td><td{}>{}</td><td>{}</td>"
          "<td>{}</td>",
          escape(row.run->policy), escape(row.panel->title()), escape(row.run->policy),
          sortable ? fmt::format(" data-v=\"{}\"", *sortable) : "", format_value(unit, sortable),
          format_value(Unit::kCount, row.run->seed), escape(name));
      for (const std::string& field : ordered) {
        const std::string part = field.substr(0, field.find('.'));
        std::optional<double> value;
        if (const auto values = parts.find(part); values != parts.end()) {
          const auto it = values->second.find(short_name(field));
          if (it != values->second.end()) value = it->second;
        }
        body += fmt::format("<td class=\"n\"{}>{}</td>",
                            value ? fmt::format(" data-v=\"{}\"", *value) : "",
                            format_value(unit_of(field), value));
      }
      body += "</tr>\n";
    }
  }
  return frame("groups", "Every run’s groups", "", "", head, body, count);
}

}  // namespace kvsim::reports
