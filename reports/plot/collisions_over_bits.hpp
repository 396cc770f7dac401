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

/// Points a function, and a line of what an ideal one is expected to do.
struct CollisionsOverBits {
  static constexpr std::string_view kName = "collisions_over_bits";
  static constexpr std::string_view kDoc =
      "Collisions of a trace's keys over their width, by hash function, with the birthday "
      "expectation.";

  static bool applies(const ReportData& data) { return !collision_points(data).empty(); }

  static std::vector<Figure> figures(const ReportData& data) {
    Figure figure;
    figure.section = kHashingSection;
    figure.title = "Collisions over bits";
    figure.wide = true;
    figure.caption =
        "Line: what an ideal function is expected to do, n − m (1 − (1 − 1/m)ⁿ) for n keys of m = "
        "2^bits values. Points off it follow the keys’ structure. A function without a point at a "
        "width has no collision there. False hits are a run’s look-ups that another block "
        "answered.";
    std::map<std::pair<std::string, bool>, std::vector<CollisionPoint>> by_keys;
    for (CollisionPoint& point : collision_points(data)) {
      by_keys[{point.trace, point.strided}].push_back(std::move(point));
    }
    const Palette palette = hash_palette(data);
    for (const bool false_hits : {false, true}) {
      const std::string what = false_hits ? "false hits" : "collisions";
      for (const auto& [keys, points] : by_keys) {
        const std::string label = keys.second ? keys.first + ", ids × 65,536" : keys.first;
        LineChart chart = chart_of(points, false_hits, palette);
        if (chart.series.empty()) continue;
        figure.views.push_back({{{"count", what, what}, {"keys", label, label}},
                                false_hits ? "False hits over bits" : "Collisions over bits",
                                label,
                                std::move(chart),
                                std::string(kName) + "." + slug(what + " " + label)});
      }
    }
    if (figure.views.empty()) return {};
    return {std::move(figure)};
  }

 private:
  static LineChart chart_of(const std::vector<CollisionPoint>& points, bool false_hits,
                            const Palette& palette) {
    LineChart chart;
    chart.x = {"width of the keys, bits", "bits", Unit::kCount, false};
    chart.y = {false_hits ? "look-ups answered by another block, log scale"
                          : "blocks whose key another has, log scale",
               false_hits ? "false hits" : "collisions", Unit::kCount, true};
    chart.legend = "hash";
    Series ideal{"an ideal function", "an ideal function", {kInk, 0}, {}};
    std::vector<Series> all;
    for (const CollisionPoint& p : points) {
      if (false_hits && !p.false_hits) continue;
      const double expected = false_hits ? p.false_hits_expected.value_or(0) : p.expected;
      const double observed = false_hits ? *p.false_hits : p.observed;
      const bool drawn = std::any_of(ideal.points.begin(), ideal.points.end(),
                                     [&](const Point& other) { return other.x == p.bits; });
      if (!drawn && expected >= kLeast) {
        ideal.points.push_back({p.bits, expected, expected, expected, 1});
      }
      if (observed <= 0) continue;
      auto it =
          std::find_if(all.begin(), all.end(), [&](const Series& s) { return s.policy == p.hash; });
      if (it == all.end()) {
        it = all.insert(all.end(), Series{p.hash, p.hash, palette[p.hash], {}});
        it->is_scattered = true;
      }
      it->points.push_back({p.bits, observed, observed, observed, 1});
    }
    if (!ideal.points.empty()) all.push_back(std::move(ideal));
    for (Series& series : all) {
      std::stable_sort(series.points.begin(), series.points.end(),
                       [](const Point& a, const Point& b) { return a.x < b.x; });
    }
    chart.series = std::move(all);
    return chart;
  }

  // Below it, an expectation says "none" in ever smaller numbers.
  static constexpr double kLeast = 0.01;
};
static_assert(Plot<CollisionsOverBits>);

}  // namespace kvsim::reports
