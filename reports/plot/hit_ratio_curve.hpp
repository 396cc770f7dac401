#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/curve_set.hpp"
#include "reports/draw/scale.hpp"
#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A line a curve, in its policy's colour, dashed by its method.
struct HitRatioCurve {
  static constexpr std::string_view kName = "hit_ratio_curve";
  static constexpr std::string_view kDoc =
      "Hit-ratio curves over capacity: exact, swept, SHARDS or miniature simulation.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.results.files.begin(), data.results.files.end(),
                       [](const ResultsFile& file) { return !file.curves.empty(); });
  }

  static std::vector<Figure> figures(const ReportData& data) {
    std::vector<Figure> figures;
    for (const CurveSet& set : curve_sets(data)) {
      Figure figure;
      figure.section = set.id;
      figure.title = "Hit ratio over capacity";
      figure.wide = true;
      figure.caption = errors_of(data, set);
      for (const std::string_view name : kRatioNames) {
        const std::string ratio(name);
        LineChart chart = chart_of(data, set, ratio);
        if (chart.series.empty()) continue;
        figure.views.push_back({{{"ratio", ratio, ratio}},
                                ratio + " curve over capacity",
                                set.title(),
                                std::move(chart),
                                std::string(kName) + "." + set.id + "." + ratio});
      }
      if (!figure.views.empty()) figures.push_back(std::move(figure));
    }
    return figures;
  }

 private:
  static std::size_t form_of(std::string_view method) {
    constexpr std::string_view kMethods[] = {"exact", "sweep", "shards", "miniature"};
    const auto it = std::find(std::begin(kMethods), std::end(kMethods), method);
    return it == std::end(kMethods) ? 0 : static_cast<std::size_t>(it - std::begin(kMethods));
  }

  static Series series_of(const ReportData& data, const Curve& curve,
                          const std::vector<double>& values) {
    Series series{curve_label(data, curve), curve.policy, data.palette[curve.policy], {}};
    if (form_of(curve.method) != 0) series.style.form = form_of(curve.method);
    for (std::size_t i = 0; i < values.size(); ++i) {
      series.points.push_back({curve.capacities[i], values[i], values[i], values[i], 1});
    }
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const Point& a, const Point& b) { return a.x < b.x; });
    return series;
  }

  static LineChart chart_of(const ReportData& data, const CurveSet& set, const std::string& ratio) {
    LineChart chart;
    chart.y = {ratio, ratio, Unit::kRatio, false};
    chart.x = {"capacity, blocks", "capacity_blocks", Unit::kCount, false};
    if (set.in_bytes) chart.x = {"capacity", "capacity_bytes", Unit::kBytes, false};
    double low = std::numeric_limits<double>::infinity();
    double high = 0;
    for (const Curve* curve : set.curves) {
      const auto values = curve->ratios.find(ratio);
      if (values == curve->ratios.end()) continue;
      chart.series.push_back(series_of(data, *curve, values->second));
      low = std::min(low, chart.series.back().points.front().x);
      high = std::max(high, chart.series.back().points.back().x);
    }
    chart.x.log = wants_log(low, high);
    return chart;
  }

  static std::string errors_of(const ReportData& data, const CurveSet& set) {
    std::string text;
    for (const Curve* curve : set.curves) {
      for (const auto& [name, value] : curve->error) {
        text += text.empty() ? "Stated errors: " : "; ";
        text += fmt::format("{}: {} {:.4g}", curve_label(data, *curve), name, value);
      }
    }
    return text.empty() ? "" : text + ".";
  }
};
static_assert(Plot<HitRatioCurve>);

}  // namespace kvsim::reports
