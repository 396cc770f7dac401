#include "reports/draw/vega.hpp"

#include <algorithm>
#include <string>

namespace kvsim::reports {
namespace {

using Json = nlohmann::ordered_json;

std::string number_format(Unit unit) {
  switch (unit) {
    case Unit::kRatio:
      return ".0%";
    case Unit::kBytes:
    case Unit::kCount:
    case Unit::kRate:
      return "~s";
    default:
      return "~g";
  }
}

Json dash_json(std::size_t form) {
  Json list = Json::array();
  std::string number;
  for (const char c : std::string(dash_of(form)) + " ") {
    if (c != ' ') {
      number += c;
    } else if (!number.empty()) {
      list.push_back(std::stod(number));
      number.clear();
    }
  }
  if (list.empty()) list = {1, 0};
  return list;
}

Json base(const View& view) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"title", {{"text", view.title}, {"subtitle", view.subtitle}, {"anchor", "start"}}},
          {"background", "white"}};
}

Json quantity(const Axis& axis, const std::string& field) {
  Json json{{"field", field},
            {"type", "quantitative"},
            {"title", axis.label},
            {"axis", {{"format", number_format(axis.unit)}}}};
  if (axis.log) {
    json["scale"] = {{"type", "log"}};
  } else {
    json["scale"] = {{"zero", false}};
  }
  return json;
}

Json lines(const LineChart& chart, const View& view) {
  const std::string low = chart.y.field + "_low";
  const std::string high = chart.y.field + "_high";
  Json values = Json::array();
  Json domain = Json::array();
  Json colours = Json::array();
  Json dashes = Json::array();
  Json shapes = Json::array();
  bool bands = false;
  for (const Series& series : chart.series) {
    domain.push_back(series.label);
    colours.push_back(std::string(kHues[series.style.hue].light));
    dashes.push_back(dash_json(series.style.form));
    shapes.push_back(std::string(marker_of(series.style.form)));
    for (const Point& point : series.points) {
      values.push_back({{"series", series.label},
                        {"policy", series.policy},
                        {chart.x.field, point.x},
                        {chart.y.field, point.y},
                        {low, point.low},
                        {high, point.high},
                        {"runs", point.runs},
                        {"line", !series.is_scattered}});
      bands = bands || point.high > point.low;
    }
  }
  const auto by_series = [&](const Json& range) {
    return Json{{"field", "series"},
                {"type", "nominal"},
                {"title", chart.legend},
                {"scale", {{"domain", domain}, {"range", range}}}};
  };
  Json y = quantity(chart.y, chart.y.field);
  Json layers = Json::array();
  if (bands) {
    layers.push_back({{"mark", {{"type", "area"}, {"opacity", 0.16}}},
                      {"encoding",
                       {{"y", quantity(chart.y, low)},
                        {"y2", {{"field", high}}},
                        {"color", by_series(colours)}}}});
  }
  Json line = {
      {"mark", {{"type", "line"}}},
      {"encoding", {{"y", y}, {"color", by_series(colours)}, {"strokeDash", by_series(dashes)}}}};
  const bool scattered = std::any_of(chart.series.begin(), chart.series.end(),
                                     [](const Series& series) { return series.is_scattered; });
  if (scattered) line["transform"] = {{{"filter", "datum.line"}}};
  layers.push_back(std::move(line));
  Json theory = Json::array();
  for (const Series& series : chart.series) {
    for (const Point& point : series.theory) {
      theory.push_back(
          {{"series", series.label}, {chart.x.field, point.x}, {chart.y.field, point.y}});
    }
  }
  if (!theory.empty()) {
    layers.push_back({{"data", {{"values", theory}}},
                      {"mark", {{"type", "line"}, {"strokeWidth", 1.2}}},
                      {"encoding", {{"y", y}, {"color", by_series(colours)}}}});
  }
  layers.push_back(
      {{"mark", {{"type", "point"}, {"filled", true}, {"tooltip", true}}},
       {"encoding", {{"y", y}, {"color", by_series(colours)}, {"shape", by_series(shapes)}}}});
  if (chart.baseline) {
    layers.push_back({{"mark", {{"type", "rule"}, {"color", "#8a94a3"}}},
                      {"encoding", {{"y", {{"datum", *chart.baseline}}}}}});
  }
  Json spec = base(view);
  spec["width"] = 560;
  spec["height"] = 400;
  spec["data"] = {{"values", values}};
  spec["encoding"] = {{"x", quantity(chart.x, chart.x.field)}};
  spec["layer"] = layers;
  return spec;
}

Json bars(const BarChart& chart, const View& view) {
  const std::string low = chart.x.field + "_low";
  const std::string high = chart.x.field + "_high";
  Json values = Json::array();
  Json order = Json::array();
  Json domain = Json::array();
  Json colours = Json::array();
  bool whiskers = false;
  for (const Bar& bar : chart.bars) {
    Json row{{"policy", bar.policy},
             {chart.x.field, bar.value},
             {low, bar.low},
             {high, bar.high},
             {"runs", bar.runs}};
    if (bar.gap) row["gap"] = *bar.gap;
    values.push_back(row);
    order.push_back(bar.policy);
    domain.push_back(bar.policy);
    colours.push_back(std::string(kHues[bar.style.hue].light));
    whiskers = whiskers || bar.high > bar.low;
  }
  const Json policy{{"field", "policy"}, {"type", "nominal"}, {"sort", order}, {"title", nullptr}};
  Json x = quantity(chart.x, chart.x.field);
  x["scale"] = {{"zero", true}};
  Json layers = Json::array();
  layers.push_back({{"mark", {{"type", "bar"}, {"tooltip", true}}},
                    {"encoding",
                     {{"y", policy},
                      {"x", x},
                      {"color",
                       {{"field", "policy"},
                        {"type", "nominal"},
                        {"legend", nullptr},
                        {"scale", {{"domain", domain}, {"range", colours}}}}}}}});
  if (whiskers) {
    layers.push_back(
        {{"mark", {{"type", "rule"}}},
         {"encoding", {{"y", policy}, {"x", quantity(chart.x, low)}, {"x2", {{"field", high}}}}}});
  }
  if (chart.reference) {
    layers.push_back({{"mark", {{"type", "rule"}, {"strokeDash", {4, 3}}, {"color", "#1d2430"}}},
                      {"encoding", {{"x", {{"datum", chart.reference->value}}}}}});
    layers.push_back(
        {{"mark", {{"type", "text"}, {"align", "right"}, {"dx", -4}, {"baseline", "top"}}},
         {"encoding",
          {{"x", {{"datum", chart.reference->value}}},
           {"y", {{"value", 0}}},
           {"text", {{"value", chart.reference->label}}}}}});
  }
  Json spec = base(view);
  spec["width"] = 420;
  spec["data"] = {{"values", values}};
  spec["layer"] = layers;
  return spec;
}

}  // namespace

nlohmann::ordered_json vega_lite(const View& view) {
  if (const auto* chart = std::get_if<LineChart>(&view.chart)) return lines(*chart, view);
  return bars(std::get<BarChart>(view.chart), view);
}

}  // namespace kvsim::reports
