#include "reports/block_size_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace kvsim::reports {
namespace {

double block_size_of(const Panel& panel) { return panel.runs.front()->block_size.value_or(0); }

bool differ_in_block_size_alone(const Panel& a, const Panel& b) {
  for (std::size_t i = 0; i < a.dimensions.size(); ++i) {
    if (a.dimensions[i].name == kBlockSizeDimension) continue;
    if (a.dimensions[i].value != b.dimensions[i].value) return false;
  }
  return true;
}

// The panel's capacity that is the same number of tokens, up to what a block rounds away.
std::optional<double> capacity_near(const Panel& panel, double tokens, double block) {
  for (const double capacity : panel.capacities) {
    if (std::abs(capacity - tokens) < std::max(block, block_size_of(panel))) return capacity;
  }
  return std::nullopt;
}

}  // namespace

std::string BlockSizeSet::title() const {
  std::string text = trace;
  for (const Dimension& dimension : differing)
    text += ", " + dimension.name + " " + dimension.value;
  return text + ", block sizes compared";
}

std::vector<std::string> BlockSizeSet::policies() const {
  std::vector<std::string> shared;
  for (const std::string& policy : panels.front()->policies) {
    const bool elsewhere = std::any_of(panels.begin() + 1, panels.end(), [&](const Panel* panel) {
      return std::count(panel->policies.begin(), panel->policies.end(), policy) != 0;
    });
    if (elsewhere) shared.push_back(policy);
  }
  return shared;
}

std::vector<BlockSizeSet> block_size_sets(const ReportData& data) {
  std::vector<BlockSizeSet> sets;
  for (const Panel& panel : data.panels) {
    if (panel.capacity_name != "tokens") continue;
    const auto it = std::find_if(sets.begin(), sets.end(), [&](const BlockSizeSet& set) {
      return differ_in_block_size_alone(*set.panels.front(), panel);
    });
    if (it != sets.end()) {
      it->panels.push_back(&panel);
      continue;
    }
    BlockSizeSet set{"", panel.trace, panel.differing, {&panel}};
    std::erase_if(set.differing,
                  [](const Dimension& dimension) { return dimension.name == kBlockSizeDimension; });
    set.id = fmt::format("block-sizes-{}-{}", sets.size() + 1, slug(panel.trace));
    sets.push_back(std::move(set));
  }
  for (BlockSizeSet& set : sets) {
    std::stable_sort(set.panels.begin(), set.panels.end(), [](const Panel* a, const Panel* b) {
      return block_size_of(*a) < block_size_of(*b);
    });
  }
  std::erase_if(sets, [](const BlockSizeSet& set) { return set.panels.size() < 2; });
  return sets;
}

std::string block_size_text(const Panel& panel) {
  const double size = block_size_of(panel);
  return fmt::format("{} {} a block", format_count(size), size == 1 ? "token" : "tokens");
}

std::string finding(const BlockSizeSet& set, const std::string& policy) {
  const Panel& first = *set.panels.front();
  const auto middle = first.middle_capacity();
  if (!middle) return "";
  struct Candidate {
    const Panel* panel;
    double ratio;
  };
  std::vector<Candidate> ranked;
  for (const Panel* panel : set.panels) {
    const auto capacity = capacity_near(*panel, *middle, block_size_of(first));
    const auto spread =
        capacity ? panel->spread(policy, *capacity, "ratios.token_hit") : std::nullopt;
    if (spread) ranked.push_back({panel, spread->mean});
  }
  if (ranked.size() < 2) return "";
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Candidate& a, const Candidate& b) { return a.ratio > b.ratio; });
  const Candidate& best = ranked.front();
  const Candidate& worst = ranked.back();
  return fmt::format(
      "At {} tokens, {} reaches its best token_hit, {}, with {}; with {} it has {:.2f} "
      "points less.",
      format_count(*middle), policy, format_value(Unit::kRatio, best.ratio),
      block_size_text(*best.panel), block_size_text(*worst.panel),
      (best.ratio - worst.ratio) * 100);
}

}  // namespace kvsim::reports
