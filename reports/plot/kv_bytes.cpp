#include "reports/plot/kv_bytes.hpp"

#include <algorithm>
#include <string>

#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {
namespace {

constexpr std::string_view kNames[] = {"kv_bytes_peak", "kv_bytes_mean"};

bool has_bytes(const Panel& panel) {
  return panel.capacities.size() > 1 &&
         std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view name) {
           return panel.has("memory." + std::string(name));
         });
}

}  // namespace

bool KvBytes::applies(const ReportData& data) {
  return std::any_of(data.panels.begin(), data.panels.end(), has_bytes);
}

std::vector<Figure> KvBytes::figures(const ReportData& data) {
  std::vector<Figure> figures;
  for (const Panel& panel : data.panels) {
    if (!has_bytes(panel)) continue;
    Figure figure;
    figure.section = panel.id;
    figure.title = "KV memory over capacity";
    figure.wide = true;
    for (const std::string_view name : kNames) {
      const std::string field(name);
      LineChart chart = lines_over_capacity(panel, data.palette, measure_of("memory." + field),
                                            {field, field, Unit::kBytes, false});
      if (chart.series.empty()) continue;
      figure.views.push_back({{{"measure", field, field}},
                              field + " over capacity",
                              panel.title(),
                              std::move(chart),
                              std::string(kName) + "." + panel.id + "." + field});
    }
    if (!figure.views.empty()) figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace kvsim::reports
