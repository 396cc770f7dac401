#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/plot/concept.hpp"
#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {

/// A line a policy over capacity, one for all where they agree; faces for the peak and the mean.
struct KvBytes {
  static constexpr std::string_view kName = "kv_bytes";
  static constexpr std::string_view kDoc = "Bytes of keys and values held, over capacity.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.panels.begin(), data.panels.end(), has_lines);
  }

  static std::vector<Figure> figures(const ReportData& data) {
    std::vector<Figure> figures;
    for (const Panel& panel : data.panels) {
      if (!has_lines(panel)) continue;
      Figure figure;
      figure.section = panel.id;
      figure.title = "KV memory over capacity";
      for (const std::string_view name : kFields) {
        const std::string field(name);
        LineChart chart = lines_over_capacity(panel, data.palette, measure_of("memory." + field),
                                              {field, field, Unit::kBytes, false});
        if (chart.series.empty()) continue;
        merge_if_alike(chart);
        chart.width = 520;
        chart.height = 230;
        figure.views.push_back({{{"measure", field, field}},
                                field + " over capacity",
                                panel.title(),
                                std::move(chart),
                                std::string(kName) + "." + panel.id + "." + field});
      }
      figures.push_back(std::move(figure));
    }
    return figures;
  }

 private:
  static constexpr std::string_view kFields[] = {"kv_bytes_peak", "kv_bytes_mean"};

  static bool has_lines(const Panel& panel) {
    if (panel.capacities.size() < 2) return false;
    return std::any_of(std::begin(kFields), std::end(kFields), [&](std::string_view field) {
      return std::any_of(panel.cells.begin(), panel.cells.end(), [&](const auto& cell) {
        return spread_of(cell.second, "memory." + std::string(field)).has_value();
      });
    });
  }
};
static_assert(Plot<KvBytes>);

}  // namespace kvsim::reports
