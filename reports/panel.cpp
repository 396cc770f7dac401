#include "reports/panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

namespace kvsim::reports {
namespace {

std::string number_or_nothing(const std::optional<double>& value) {
  return value ? format_count(*value) : std::string();
}

std::string warmup_text(const Run& run) {
  if (run.warmup_share && *run.warmup_share > 0) {
    return format_value(Unit::kRatio, *run.warmup_share) + " of requests";
  }
  return run.warmup_requests || run.warmup_share ? "none" : "";
}

std::vector<Dimension> dimensions_of(const Run& run, const std::string& file) {
  return {{"file", file},
          {"trace", run.trace},
          {"reuse", run.reuse},
          {"organisation", run.organisation},
          {std::string(kBlockSizeDimension), number_or_nothing(run.block_size)},
          // Each access stands alone: there is no order in which a request touches its blocks.
          {"touch order", run.reuse == "object" ? "" : run.touch_order},
          {"look-up", run.lookup},
          {std::string(kHashDimension), run.hash},
          {"warm-up", warmup_text(run)},
          {"cost model", run.cost_model}};
}

std::vector<std::string> values_of(const std::vector<Dimension>& dimensions) {
  std::vector<std::string> values;
  for (const Dimension& dimension : dimensions) values.push_back(dimension.value);
  return values;
}

std::optional<double> capacity_in(const Run& run, std::string_view name) {
  const Capacity& capacity = run.capacity;
  if (name == "tokens") {
    if (!capacity.blocks || !run.block_size) return std::nullopt;
    return *capacity.blocks * *run.block_size;
  }
  if (name == "blocks") return capacity.blocks;
  if (name == "bytes") return capacity.bytes;
  if (name == "share") return capacity.share;
  return std::nullopt;
}

struct CapacityKind {
  std::string_view name;
  Unit unit;
};
constexpr CapacityKind kCapacityKinds[] = {
    {"blocks", Unit::kCount}, {"bytes", Unit::kBytes}, {"share", Unit::kRatio}};

// The panels' dimensions but the block size, and the block sizes that appear with them.
using BlockSizes = std::map<std::vector<std::string>, std::set<double>>;

std::vector<std::string> values_but_block_size(const Panel& panel) {
  std::vector<std::string> values;
  for (const Dimension& dimension : panel.dimensions) {
    if (dimension.name != kBlockSizeDimension) values.push_back(dimension.value);
  }
  return values;
}

BlockSizes block_sizes_of(const std::vector<Panel>& panels) {
  BlockSizes sizes;
  for (const Panel& panel : panels) {
    const auto size = panel.runs.front()->block_size;
    if (size && panel.has("ratios.token_hit")) sizes[values_but_block_size(panel)].insert(*size);
  }
  return sizes;
}

// Tokens where panels of other block sizes are to be compared with this one, else the unit in which
// the most of the panel's runs state their capacity.
void choose_capacity_unit(Panel& panel, const BlockSizes& block_sizes) {
  const auto sizes = block_sizes.find(values_but_block_size(panel));
  if (sizes != block_sizes.end() && sizes->second.size() > 1 && panel.has("ratios.token_hit")) {
    panel.capacity_name = "tokens";
    panel.capacity_unit = Unit::kCount;
    return;
  }
  std::size_t most = 0;
  for (const CapacityKind& kind : kCapacityKinds) {
    const auto stated = static_cast<std::size_t>(
        std::count_if(panel.runs.begin(), panel.runs.end(),
                      [&](const Run* run) { return capacity_in(*run, kind.name).has_value(); }));
    if (stated <= most) continue;
    most = stated;
    panel.capacity_name = kind.name;
    panel.capacity_unit = kind.unit;
  }
}

void fill_cells(Panel& panel) {
  std::set<double> capacities;
  std::vector<std::string> policies;
  for (const Run* run : panel.runs) {
    policies.push_back(run->policy);
    const auto capacity = capacity_in(*run, panel.capacity_name);
    if (!capacity) {
      ++panel.unplaced;
      continue;
    }
    capacities.insert(*capacity);
    std::vector<const Run*>& repeats = panel.cells[{run->policy, *capacity}];
    // A table changes no count: runs that differ in it alone are one.
    const bool only_table = std::any_of(repeats.begin(), repeats.end(), [&](const Run* other) {
      return other->seed == run->seed && other->repeat == run->repeat &&
             (other->table != run->table || other->table_load != run->table_load);
    });
    if (!only_table) repeats.push_back(run);
  }
  panel.capacities.assign(capacities.begin(), capacities.end());
  panel.policies = ordered_policies(std::move(policies));
}

// Whether two files hold the same run: same panel, policy, capacity, seed and repeat.
bool files_overlap(const Results& results) {
  using Key = std::tuple<std::vector<std::string>, std::string, std::optional<double>,
                         std::optional<double>, std::optional<double>, std::optional<double>,
                         std::optional<double>>;
  std::map<Key, std::size_t> holder;
  for (const Run* run : results.runs()) {
    const Key key{values_of(dimensions_of(*run, "")),
                  run->policy,
                  run->capacity.blocks,
                  run->capacity.bytes,
                  run->capacity.share,
                  run->seed,
                  run->repeat};
    if (holder.emplace(key, run->file).first->second != run->file) return true;
  }
  return false;
}

// Whether what the panel's runs do not state is nothing that they could have.
bool has_none(const Panel& panel, std::string_view dimension) {
  return panel.runs.front()->reuse == "object" &&
         (dimension == "touch order" || dimension == kBlockSizeDimension);
}

void compare_dimensions(ReportData& data) {
  if (data.panels.empty()) return;
  for (std::size_t i = 0; i < data.panels.front().dimensions.size(); ++i) {
    const Dimension& first = data.panels.front().dimensions[i];
    const bool same = std::all_of(data.panels.begin(), data.panels.end(), [&](const Panel& panel) {
      return panel.dimensions[i].value == first.value;
    });
    if (same) {
      if (!first.value.empty() && first.name != "trace") data.common.push_back(first);
      continue;
    }
    for (Panel& panel : data.panels) {
      const Dimension& mine = panel.dimensions[i];
      if (mine.name == "trace") continue;
      if (!mine.value.empty()) panel.differing.push_back(mine);
      if (mine.value.empty() && !has_none(panel, mine.name)) {
        panel.differing.push_back({mine.name, "not stated"});
      }
    }
  }
}

void name_panels(ReportData& data) {
  // The page has identifiers of its own.
  std::set<std::string> taken{"by-group",   "calibration", "groups", "hashing",
                              "provenance", "results",     "table",  "tip"};
  for (Panel& panel : data.panels) {
    std::string text = panel.trace;
    for (const Dimension& dimension : panel.differing) text += " " + dimension.value;
    const std::string base = slug(text);
    panel.id = base;
    for (int i = 2; !taken.insert(panel.id).second; ++i) panel.id = fmt::format("{}-{}", base, i);
  }
}

bool overlap(const Spread& a, const Spread& b) { return a.low <= b.high && b.low <= a.high; }

struct Candidate {
  std::string policy;
  Spread spread;
};

// The online policies at a capacity, best first.
std::vector<Candidate> ranking(const Panel& panel, double capacity, std::string_view ratio) {
  std::vector<Candidate> ranked;
  for (const std::string& policy : panel.policies) {
    if (base_policy(policy) == "belady" || base_policy(policy) == "belady_size") continue;
    if (const auto spread = panel.spread(policy, capacity, ratio)) {
      ranked.push_back({policy, *spread});
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const Candidate& a, const Candidate& b) {
    return a.spread.mean > b.spread.mean;
  });
  return ranked;
}

std::string points(double difference) { return fmt::format("{:.2f} points", difference * 100); }

// "1", "1 to 5", or "1, 3, 7".
std::string seeds_text(const std::set<double>& seeds) {
  if (seeds.empty()) return "";
  const double first = *seeds.begin();
  const double last = *seeds.rbegin();
  if (seeds.size() == 1) return "seed " + format_count(first);
  if (last - first + 1 == static_cast<double>(seeds.size())) {
    return fmt::format("seeds {} to {}", format_count(first), format_count(last));
  }
  std::string text = "seeds ";
  std::size_t shown = 0;
  for (const double seed : seeds) {
    if (shown != 0) text += ", ";
    if (++shown > 12) return text + "…";
    text += format_count(seed);
  }
  return text;
}

}  // namespace

const std::vector<const Run*>& Panel::at(std::string_view policy, double capacity) const {
  static const std::vector<const Run*> none;
  const auto it = cells.find({std::string(policy), capacity});
  return it == cells.end() ? none : it->second;
}

std::optional<Spread> Panel::spread(std::string_view policy, double capacity,
                                    std::string_view dotted) const {
  return spread_of(at(policy, capacity), dotted);
}

std::optional<Reference> Panel::belady(double capacity, std::string_view dotted) const {
  std::optional<Reference> best;
  for (const std::string& policy : policies) {
    if (!is_belady(policy)) continue;
    const auto value = spread(policy, capacity, dotted);
    if (value && (!best || value->mean > best->value)) best = Reference{policy, value->mean};
  }
  return best;
}

bool Panel::has(std::string_view dotted) const {
  return std::any_of(runs.begin(), runs.end(),
                     [&](const Run* run) { return run->value(dotted).has_value(); });
}

std::vector<std::string> Panel::ratios() const {
  std::vector<std::string> names;
  for (const std::string_view ratio : kRatioNames) {
    const std::string dotted = "ratios." + std::string(ratio);
    if (has(dotted)) names.push_back(dotted);
  }
  return names;
}

std::optional<double> Panel::middle_capacity() const {
  std::map<double, std::size_t> policies_at;
  for (const auto& [key, ignored] : cells) ++policies_at[key.second];
  std::size_t most = 0;
  for (const auto& [capacity, count] : policies_at) most = std::max(most, count);
  std::vector<double> fullest;
  for (const auto& [capacity, count] : policies_at) {
    if (count == most) fullest.push_back(capacity);
  }
  if (fullest.empty()) return std::nullopt;
  return fullest[fullest.size() / 2];
}

std::string Panel::capacity_text(double capacity) const {
  if (capacity_name == "share") {
    return format_value(Unit::kRatio, capacity) + " of distinct blocks";
  }
  std::string text = format_value(capacity_unit, capacity);
  if (capacity_name == "blocks") text += capacity == 1 ? " block" : " blocks";
  if (capacity_name == "tokens") text += " tokens";
  for (const std::string& policy : policies) {
    const auto& repeats = at(policy, capacity);
    if (repeats.empty() || !repeats.front()->capacity.share) continue;
    return text + fmt::format(" ({} of distinct)",
                              format_value(Unit::kRatio, *repeats.front()->capacity.share));
  }
  return text;
}

std::string Panel::title() const {
  std::string text = trace;
  for (const Dimension& dimension : differing) {
    text += ", " + dimension.name + " " + dimension.value;
  }
  return text;
}

bool has_section(const ReportData& data, const Panel& panel) {
  const bool compares = panel.policies.size() > 1 || panel.capacities.size() > 1;
  if (compares || panel.runs.front()->hash.empty()) return true;
  const auto but_hash = [](const Panel& one) {
    std::vector<std::string> values;
    for (const Dimension& dimension : one.dimensions) {
      if (dimension.name != kHashDimension) values.push_back(dimension.value);
    }
    return values;
  };
  return std::none_of(data.panels.begin(), data.panels.end(), [&](const Panel& other) {
    return &other != &panel && but_hash(other) == but_hash(panel);
  });
}

ReportData make_report_data(Results results) {
  ReportData data;
  data.results = std::move(results);
  data.by_file = files_overlap(data.results);

  std::map<std::vector<std::string>, std::size_t> index;
  std::vector<std::string> labels;
  for (const Run* run : data.results.runs()) {
    const std::string file = data.by_file ? data.results.files[run->file].label : "";
    auto dimensions = dimensions_of(*run, file);
    const auto [it, is_new] = index.emplace(values_of(dimensions), data.panels.size());
    if (is_new) {
      Panel panel;
      panel.trace = run->trace;
      panel.dimensions = std::move(dimensions);
      data.panels.push_back(std::move(panel));
    }
    data.panels[it->second].runs.push_back(run);
    labels.push_back(run->policy);
  }
  const BlockSizes block_sizes = block_sizes_of(data.panels);
  for (Panel& panel : data.panels) {
    choose_capacity_unit(panel, block_sizes);
    fill_cells(panel);
  }
  compare_dimensions(data);
  name_panels(data);

  for (const ResultsFile& file : data.results.files) {
    for (const Curve& curve : file.curves) labels.push_back(curve.policy);
  }
  data.policies = ordered_policies(std::move(labels));
  data.palette = Palette(data.policies);
  return data;
}

std::optional<Spread> spread_of(const std::vector<const Run*>& runs, std::string_view dotted) {
  Spread spread;
  double sum = 0;
  for (const Run* run : runs) {
    const auto value = run->value(dotted);
    if (!value) continue;
    spread.low = spread.runs == 0 ? *value : std::min(spread.low, *value);
    spread.high = spread.runs == 0 ? *value : std::max(spread.high, *value);
    sum += *value;
    ++spread.runs;
  }
  if (spread.runs == 0) return std::nullopt;
  // Rounding must not carry the mean of equal values beyond them.
  spread.mean = std::clamp(sum / static_cast<double>(spread.runs), spread.low, spread.high);
  return spread;
}

std::string noise_floor(const Panel& panel, std::string_view ratio) {
  std::set<double> seeds;
  std::size_t fewest = 0;
  std::size_t most = 0;
  double widest = 0;
  std::string where;
  for (const auto& [key, runs] : panel.cells) {
    for (const Run* run : runs) {
      if (run->seed) seeds.insert(*run->seed);
    }
    const auto spread = spread_of(runs, ratio);
    if (!spread) continue;
    fewest = fewest == 0 ? spread->runs : std::min(fewest, spread->runs);
    most = std::max(most, spread->runs);
    if (spread->high - spread->low > widest) {
      widest = spread->high - spread->low;
      where = fmt::format(" ({} at {})", key.first, panel.capacity_text(key.second));
    }
  }
  const std::string seeded = seeds_text(seeds);
  if (most <= 1) {
    return fmt::format(
        "Noise floor: single deterministic runs{}. The same configuration, seed and trace give the "
        "same counts; how far another seed would move a policy that draws at random is not known "
        "from these runs.",
        seeded.empty() ? "" : ", " + seeded);
  }
  const std::string repeats = fewest == most ? fmt::format("{} repeats", most)
                                             : fmt::format("{} to {} repeats", fewest, most);
  if (widest == 0) {
    return fmt::format("Noise floor: {}{}; {} is the same in every repeat.", repeats,
                       seeded.empty() ? "" : ", " + seeded, short_name(ratio));
  }
  return fmt::format(
      "Noise floor: {}{}; values are means, bands run from the lowest to the highest repeat. The "
      "widest spread of {} is {}{}. A difference within the spreads of both policies is none.",
      repeats, seeded.empty() ? "" : ", " + seeded, short_name(ratio), points(widest), where);
}

std::string finding(const Panel& panel, double capacity, std::string_view ratio) {
  const auto ranked = ranking(panel, capacity, ratio);
  if (ranked.empty()) return "";
  const Candidate& best = ranked.front();
  std::string text =
      fmt::format("At {}, {} reaches {} {}", panel.capacity_text(capacity), best.policy,
                  short_name(ratio), format_value(Unit::kRatio, best.spread.mean));
  if (ranked.size() > 1) {
    const Candidate& second = ranked[1];
    const double lead = best.spread.mean - second.spread.mean;
    const bool repeated = best.spread.runs > 1 || second.spread.runs > 1;
    if (lead < 5e-5) {
      text += fmt::format(", level with {}", second.policy);
    } else if (repeated && overlap(best.spread, second.spread)) {
      text += fmt::format(", {} above {}, which is within their repeats’ spread", points(lead),
                          second.policy);
    } else {
      text += fmt::format(", {} above the next, {}", points(lead), second.policy);
    }
  }
  if (const auto reference = panel.belady(capacity, ratio)) {
    const double gap = best.spread.mean - reference->value;
    text += fmt::format(", and {} {} {}", points(std::abs(gap)), gap > 0 ? "above" : "below",
                        reference->policy);
  }
  return text + ".";
}

std::string_view short_name(std::string_view dotted) {
  const std::size_t dot = dotted.find('.');
  return dot == std::string_view::npos ? dotted : dotted.substr(dot + 1);
}

}  // namespace kvsim::reports
