#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/hash_study.hpp"
#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// Points a table, and in its colour a line of what an ideal hash would give it.
struct ProbesOverLoad {
  static constexpr std::string_view kName = "probes_over_load";
  static constexpr std::string_view kDoc =
      "Mean probes of a replay's look-ups over the load, by table, with the expectation.";

  static bool applies(const ReportData& data) {
    const auto runs = data.results.runs();
    return std::any_of(runs.begin(), runs.end(), [](const Run* run) {
      return run->table_load && run->value("collisions.probe_length.mean");
    });
  }

  static std::vector<Figure> figures(const ReportData& data) {
    Figure figure;
    figure.section = kHashingSection;
    figure.title = "Probes over load";
    figure.wide = true;
    figure.caption =
        "Points: places that a look-up of the replay looked at, on average. Lines: the same under "
        "an ideal hash, by a closed form or a seeded simulation. Load is entries over places when "
        "the cache is full.";
    const Palette palette = table_palette(data);
    for (const auto& [what, field] : {std::pair{"found", "collisions.probe_length."},
                                      {"not found", "collisions.probe_length.unsuccessful."}}) {
      std::map<std::string, std::vector<const Run*>> by_hash;
      std::vector<std::string> order;
      for (const Run* run : data.results.runs()) {
        if (!run->table_load || !run->value(std::string(field) + "mean")) continue;
        const std::string hash = run->hash + ", " + run->trace;
        if (by_hash[hash].empty()) order.push_back(hash);
        by_hash[hash].push_back(run);
      }
      for (const std::string& hash : order) {
        figure.views.push_back({{{"keys", what, what}, {"hash", hash, hash}},
                                std::string("Probes of look-ups whose key is ") + what,
                                hash,
                                chart_of(by_hash[hash], field, palette),
                                std::string(kName) + "." + slug(std::string(what) + " " + hash)});
      }
    }
    if (figure.views.empty()) return {};
    return {std::move(figure)};
  }

 private:
  // The first run of each table and load: other capacities and policies fill their tables alike.
  static LineChart chart_of(const std::vector<const Run*>& runs, const std::string& field,
                            const Palette& palette) {
    LineChart chart;
    chart.x = {"load", "load", Unit::kNumber, false};
    chart.y = {"probes a look-up", "probes", Unit::kNumber, false};
    chart.legend = "table";
    for (const Run* run : runs) {
      auto it = std::find_if(chart.series.begin(), chart.series.end(),
                             [&](const Series& s) { return s.policy == run->table; });
      if (it == chart.series.end()) {
        it = chart.series.insert(chart.series.end(),
                                 Series{run->table, run->table, palette[run->table], {}});
        it->is_scattered = true;
      }
      const double load = *run->table_load;
      if (std::any_of(it->points.begin(), it->points.end(),
                      [&](const Point& point) { return point.x == load; })) {
        continue;
      }
      const double mean = *run->value(field + "mean");
      it->points.push_back({load, mean, mean, mean, 1});
      if (const auto expected = run->value(field + "expected")) {
        it->theory.push_back({load, *expected, *expected, *expected, 1});
      }
    }
    const auto by_x = [](const Point& a, const Point& b) { return a.x < b.x; };
    for (Series& series : chart.series) {
      std::stable_sort(series.points.begin(), series.points.end(), by_x);
      std::stable_sort(series.theory.begin(), series.theory.end(), by_x);
      chart.y.log = chart.y.log || series.points.back().y > 20;
    }
    return chart;
  }
};
static_assert(Plot<ProbesOverLoad>);

}  // namespace kvsim::reports
