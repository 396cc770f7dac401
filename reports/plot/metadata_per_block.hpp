#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A bar a policy: the mean over its runs, with the range over capacities.
struct MetadataPerBlock {
  static constexpr std::string_view kName = "metadata_per_block";
  static constexpr std::string_view kDoc =
      "Bytes that the simulation itself holds for each distinct block of the trace.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.panels.begin(), data.panels.end(),
                       [](const Panel& panel) { return panel.has(kField); });
  }

  static std::vector<Figure> figures(const ReportData& data) {
    std::vector<Figure> figures;
    for (const Panel& panel : data.panels) {
      BarChart chart = bars_of(panel, data.palette);
      if (chart.bars.empty()) continue;
      Figure figure;
      figure.section = panel.id;
      figure.title = "The simulation’s own memory";
      figure.caption =
          "What kvsim itself held to replay the policy, over the trace’s distinct blocks. Not what "
          "an "
          "engine would need: the replay’s faster forms read columns of the trace that no engine "
          "has. Mean over the runs, whiskers from the lowest to the highest.";
      figure.views.push_back({{},
                              "The simulation’s memory, bytes a distinct block",
                              panel.title(),
                              std::move(chart),
                              std::string(kName) + "." + panel.id});
      figures.push_back(std::move(figure));
    }
    return figures;
  }

 private:
  static constexpr std::string_view kField = "memory.metadata_bytes_per_block";

  static BarChart bars_of(const Panel& panel, const Palette& palette) {
    BarChart chart;
    chart.x = {"simulation’s memory, bytes a distinct block", "bytes a block", Unit::kNumber,
               false};
    for (const std::string& policy : panel.policies) {
      std::vector<const Run*> runs;
      std::copy_if(panel.runs.begin(), panel.runs.end(), std::back_inserter(runs),
                   [&](const Run* run) { return run->policy == policy; });
      const auto spread = spread_of(runs, kField);
      if (!spread) continue;
      chart.bars.push_back({policy, palette[policy], spread->mean, spread->low, spread->high,
                            spread->runs, std::nullopt});
    }
    std::stable_sort(chart.bars.begin(), chart.bars.end(),
                     [](const Bar& a, const Bar& b) { return a.value < b.value; });
    return chart;
  }
};
static_assert(Plot<MetadataPerBlock>);

}  // namespace kvsim::reports
