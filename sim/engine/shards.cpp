#include "sim/engine/shards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/share.hpp"
#include "sim/engine/recency_ranks.hpp"

namespace kvsim {

namespace {

// The blocks that are sampled, numbered, and in the order of their last use.
class SampledStack {
 public:
  SampledStack(const ShardsSample& sample, std::uint32_t distinct)
      : sampling_(sample.blocks),
        most_(sample.most_blocks == 0 ? distinct : std::min(sample.most_blocks, distinct)),
        threshold_(sampling_.threshold()),
        ranks_(most_in_sample(distinct) + 1) {}

  bool takes(Slot slot) const {
    const std::uint64_t hash = sampling_.hash(slot);
    return hash <= threshold_ && sampling_.in_part(hash);
  }
  std::uint32_t used_since(Slot slot) const {
    const auto it = number_of_.find(slot);
    return it == number_of_.end() ? RecencyRanks::kNeverUsed : ranks_.used_since(it->second);
  }
  void use(Slot slot) {
    const auto [it, is_new] = number_of_.try_emplace(slot, next_number());
    ranks_.use(it->second);
    if (!is_new) return;
    if (!free_.empty()) free_.pop_back();
    by_hash_.emplace(sampling_.hash(slot), slot);
    while (number_of_.size() > most_) lower_threshold();
  }

  std::size_t size() const { return number_of_.size(); }
  double rate() const {
    if (threshold_ == sampling_.threshold()) return sampling_.part_rate();
    return static_cast<double>(threshold_) * 0x1p-64 / sampling_.parts;
  }

 private:
  std::uint32_t most_in_sample(std::uint32_t distinct) const {
    if (most_ < distinct) return most_;
    std::uint32_t count = 0;
    for (Slot s = 0; s < distinct; ++s) count += takes(s) ? 1U : 0U;
    return count;
  }
  std::uint32_t next_number() const {
    return free_.empty() ? static_cast<std::uint32_t>(number_of_.size()) : free_.back();
  }
  // Gives up the block with the highest hash, and whoever would hash as high.
  void lower_threshold() {
    const auto [hash, slot] = by_hash_.top();
    by_hash_.pop();
    threshold_ = hash - 1;
    const auto it = number_of_.find(slot);
    ranks_.forget(it->second);
    free_.push_back(it->second);
    number_of_.erase(it);
  }

  SpatialSampling sampling_;
  std::uint32_t most_;
  std::uint64_t threshold_;
  RecencyRanks ranks_;
  std::unordered_map<Slot, std::uint32_t> number_of_;
  std::vector<std::uint32_t> free_;
  std::priority_queue<std::pair<std::uint64_t, Slot>> by_hash_;
};

// What is counted of blocks or of tokens: in the whole trace, and in the sample at its rate.
struct Sums {
  explicit Sums(std::size_t capacities) : hits(capacities + 1, 0) {}

  double all = 0;            // the ratio's denominator
  double looked_up = 0;      // what could hit
  double sampled = 0;        // of that, by the sample's account
  std::vector<double> hits;  // first hit at a capacity; last: at none

  std::vector<double> ratios() const {
    std::vector<double> ratios(hits.size() - 1);
    double sum = looked_up - sampled;
    for (std::size_t i = 0; i < ratios.size(); ++i) {
      sum += hits[i];
      ratios[i] = std::clamp(sum / all, 0.0, 1.0);
    }
    return ratios;
  }
};

}  // namespace

CurveEstimate shards_curve(const AccessStream& stream, Reuse reuse, const Warmup& warmup,
                           std::span<const std::uint64_t> capacities, const ShardsSample& sample) {
  if (stream.has_events || warmup.until_full) {
    throw InputError(
        "a sampled LRU curve is over all capacities at once: recorded events and a warm-up until "
        "the cache is full depend on one");
  }
  const std::uint64_t first_counted = share_of(stream.requests, warmup.share);
  const bool head_first = stream.touch_order == TouchOrder::kHeadFirst;
  const bool has_tokens = stream.has_tokens();
  SampledStack stack(sample, stream.distinct);
  Sums blocks(capacities.size());
  Sums tokens(capacities.size());
  std::size_t most_sampled = 0;

  for (std::uint64_t r = 0; r < stream.requests; ++r) {
    const std::uint64_t begin = stream.begin(r);
    const std::uint64_t count = stream.end(r) - begin;
    const std::uint64_t looked_up = stream.lookups_of(r);
    const bool counted = r >= first_counted;
    if (counted) {
      blocks.looked_up += static_cast<double>(looked_up);
      blocks.all += static_cast<double>(looked_up);
      if (has_tokens) {
        tokens.looked_up += static_cast<double>(stream.prefix_tokens(r, looked_up));
        tokens.all += static_cast<double>(stream.trace->requests.input_tokens[r]);
      }
    }
    std::uint32_t needed = 0;  // blocks of the sample; kNeverUsed once a run has ended
    const auto look_up = [&](std::uint64_t block, Slot slot) {
      const std::uint32_t since = stack.used_since(slot);
      const std::uint32_t least = since == RecencyRanks::kNeverUsed ? since : since + 1;
      needed = reuse == Reuse::kPrefix ? std::max(needed, least) : least;
      if (!counted) return;
      const double rate = stack.rate();
      std::size_t at = capacities.size();
      if (needed != RecencyRanks::kNeverUsed) {
        const double capacity = (needed - 0.5 * (1 - rate)) / rate;
        at = static_cast<std::size_t>(
            std::lower_bound(capacities.begin(), capacities.end(), capacity,
                             [](std::uint64_t c, double x) { return static_cast<double>(c) < x; }) -
            capacities.begin());
      }
      const auto add = [&](Sums& sums, double weight) {
        sums.sampled += weight / rate;
        sums.hits[at] += weight / rate;
      };
      add(blocks, 1);
      if (has_tokens) add(tokens, static_cast<double>(stream.block_tokens(r, block)));
    };
    if (reuse == Reuse::kPrefix) {
      for (std::uint64_t i = 0; i < looked_up; ++i) {
        const Slot slot = stream.slot[begin + (head_first ? i : count - 1 - i)];
        if (stack.takes(slot)) look_up(i, slot);
      }
      for (std::uint64_t i = 0; i < count; ++i) {
        const Slot slot = stream.slot[begin + i];
        if (stack.takes(slot)) stack.use(slot);
      }
    } else {
      for (std::uint64_t i = 0; i < count; ++i) {
        const Slot slot = stream.slot[begin + i];
        if (!stack.takes(slot)) continue;
        if (i < looked_up) look_up(i, slot);
        stack.use(slot);
      }
    }
    most_sampled = std::max(most_sampled, stack.size());
  }
  if (blocks.all > 0 && most_sampled == 0) {
    throw InputError(fmt::format(
        "trace '{}': a sample at rate {:.3g} takes none of its {} distinct blocks; allowed is a "
        "higher rate",
        stream.trace->name, sample.blocks.part_rate(), stream.distinct));
  }
  CurveEstimate estimate;
  estimate.block_hit = blocks.ratios();
  if (tokens.all > 0) estimate.token_hit = tokens.ratios();
  estimate.rate = stack.rate();
  estimate.sampled_blocks = most_sampled;
  return estimate;
}

}  // namespace kvsim
