#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/hash_study.hpp"
#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A line a table: nanoseconds a look-up over the load.
struct TableSpeedPlot {
  static constexpr std::string_view kName = "table_speed";
  static constexpr std::string_view kDoc = "Nanoseconds a look-up of each table over the load.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.results.files.begin(), data.results.files.end(),
                       [](const ResultsFile& file) { return !file.hashing.tables.empty(); });
  }

  static std::vector<Figure> figures(const ReportData& data) {
    Figure figure;
    figure.section = kHashingSection;
    figure.title = "Speed of tables";
    figure.wide = true;
    figure.caption =
        "Medians of independent look-ups of random keys, which the processor overlaps. Libraries’ "
        "tables choose their own load.";
    const Palette palette = table_palette(data);
    for (const ResultsFile& file : data.results.files) {
      for (const bool hit : {true, false}) {
        for (const bool large : {true, false}) add_view(data, file, palette, hit, large, figure);
      }
    }
    if (figure.views.empty()) return {};
    return {std::move(figure)};
  }

 private:
  static void add_view(const ReportData& data, const ResultsFile& file, const Palette& palette,
                       bool hit, bool large, Figure& figure) {
    // Entries vary with the load, by up to a factor of two; sizes lie further apart.
    constexpr double kLarge = 100'000;
    LineChart chart;
    chart.x = {"load", "load", Unit::kNumber, false};
    chart.y = {"nanoseconds a look-up", "ns", Unit::kNumber, false};
    chart.legend = "table";
    for (const TableSpeedPoint& point : file.hashing.tables) {
      if ((point.entries >= kLarge) != large) continue;
      auto it = std::find_if(chart.series.begin(), chart.series.end(),
                             [&](const Series& s) { return s.policy == point.table; });
      if (it == chart.series.end()) {
        it = chart.series.insert(chart.series.end(),
                                 Series{point.table, point.table, palette[point.table], {}});
      }
      const double ns = hit ? point.hit_ns : point.miss_ns;
      it->points.push_back({point.load, ns, ns, ns, 1});
    }
    if (chart.series.empty()) return;
    double least = chart.series.front().points.front().y;
    double most = least;
    for (Series& series : chart.series) {
      std::stable_sort(series.points.begin(), series.points.end(),
                       [](const Point& a, const Point& b) { return a.x < b.x; });
      for (const Point& point : series.points) {
        least = std::min(least, point.y);
        most = std::max(most, point.y);
      }
    }
    chart.y.log = wants_log(least, most);
    const std::string keys = hit ? "found" : "not found";
    std::string size = large ? "beyond the caches" : "within the caches";
    if (const auto label = study_label(data, file); !label.empty()) size += ", " + label;
    figure.views.push_back({{{"keys", keys, keys}, {"size", size, size}},
                            "Nanoseconds a look-up, keys " + keys,
                            size,
                            std::move(chart),
                            std::string(kName) + "." + slug(keys + " " + size)});
  }
};
static_assert(Plot<TableSpeedPlot>);

}  // namespace kvsim::reports
