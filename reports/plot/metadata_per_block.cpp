#include "reports/plot/metadata_per_block.hpp"

#include <algorithm>
#include <string>

#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {
namespace {

constexpr std::string_view kBytes = "memory.metadata_bytes_per_block";

}  // namespace

bool MetadataPerBlock::applies(const ReportData& data) {
  return std::any_of(data.panels.begin(), data.panels.end(),
                     [](const Panel& panel) { return panel.has(kBytes); });
}

std::vector<Figure> MetadataPerBlock::figures(const ReportData& data) {
  std::vector<Figure> figures;
  for (const Panel& panel : data.panels) {
    BarChart chart;
    chart.x = {"metadata, bytes a distinct block", "bytes a block", Unit::kNumber, false};
    for (const std::string& policy : panel.policies) {
      std::vector<const Run*> runs;
      for (const Run* run : panel.runs) {
        if (run->policy == policy) runs.push_back(run);
      }
      const auto spread = spread_of(runs, kBytes);
      if (!spread) continue;
      chart.bars.push_back({policy, data.palette[policy], spread->mean, spread->low, spread->high,
                            spread->runs, std::nullopt});
    }
    if (chart.bars.empty()) continue;
    std::stable_sort(chart.bars.begin(), chart.bars.end(),
                     [](const Bar& a, const Bar& b) { return a.value < b.value; });
    Figure figure;
    figure.section = panel.id;
    figure.title = "Metadata a block";
    figure.caption =
        "What the replay holds for policy and residency, over the trace’s distinct blocks; mean "
        "over the runs, whiskers from the lowest to the highest capacity’s.";
    figure.views.push_back({{},
                            "Metadata bytes a distinct block",
                            panel.title(),
                            std::move(chart),
                            std::string(kName) + "." + panel.id});
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace kvsim::reports
