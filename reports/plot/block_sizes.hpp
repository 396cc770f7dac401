#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/block_size_set.hpp"
#include "reports/draw/scale.hpp"
#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A line a block size over capacity in tokens, on one pair of axes; a face for each ratio and
/// policy. Ratios by block have none: they count different things.
struct BlockSizes {
  static constexpr std::string_view kName = "block_sizes";
  static constexpr std::string_view kDoc =
      "Hit ratio over capacity in tokens, one line a block size.";

  static bool applies(const ReportData& data) { return !block_size_sets(data).empty(); }

  static std::vector<Figure> figures(const ReportData& data) {
    std::vector<Figure> figures;
    for (const BlockSizeSet& set : block_size_sets(data)) {
      Figure figure;
      figure.section = set.id;
      figure.title = "Block sizes over capacity in tokens";
      figure.wide = true;
      for (const std::string_view dotted : kTokenRatios) {
        for (const std::string& policy : set.policies()) add_view(set, dotted, policy, figure);
      }
      if (!figure.views.empty()) figures.push_back(std::move(figure));
    }
    return figures;
  }

 private:
  static void add_view(const BlockSizeSet& set, std::string_view dotted, const std::string& policy,
                       Figure& figure) {
    const std::string ratio(short_name(dotted));
    LineChart chart;
    chart.legend = std::string(kBlockSizeDimension);
    chart.y = {ratio, ratio, Unit::kRatio, false};
    chart.x = {"capacity, tokens", "capacity_tokens", Unit::kCount, false};
    double low = std::numeric_limits<double>::infinity();
    double high = 0;
    for (std::size_t i = 0; i < set.panels.size(); ++i) {
      const Panel& panel = *set.panels[i];
      Series series{block_size_text(panel), policy, {i % kInk, i / kInk}, {}};
      for (const double capacity : panel.capacities) {
        const auto spread = panel.spread(policy, capacity, dotted);
        if (!spread) continue;
        series.points.push_back({capacity, spread->mean, spread->low, spread->high, spread->runs});
        low = std::min(low, capacity);
        high = std::max(high, capacity);
      }
      if (!series.points.empty()) chart.series.push_back(std::move(series));
    }
    if (chart.series.empty()) return;
    chart.x.log = wants_log(low, high);
    figure.views.push_back({{{"ratio", ratio, ratio}, {"policy", policy, policy}},
                            fmt::format("{} of {} over capacity, by block size", ratio, policy),
                            set.title(),
                            std::move(chart),
                            fmt::format("{}.{}.{}.{}", kName, set.id, slug(policy), ratio)});
  }
};
static_assert(Plot<BlockSizes>);

}  // namespace kvsim::reports
