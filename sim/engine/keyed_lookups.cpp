#include "sim/engine/keyed_lookups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

namespace {

constexpr std::size_t kBatch = 4096;
constexpr std::uint64_t kIdealHashSeed = 0x6b7673696d;  // of expectations by simulation

// The most entries that the cache can hold.
std::uint64_t most_entries(const ReplayJob& job, const BlockKeys& keys) {
  std::uint64_t most = job.capacity;
  if (job.weigh_bytes) {
    const auto bytes = job.stream->bytes.span();
    const std::uint32_t least = bytes.empty() ? 1 : *std::min_element(bytes.begin(), bytes.end());
    most = least == 0 ? keys.keys : job.capacity / least;  // what is empty takes no room
  }
  return std::max<std::uint64_t>(1, std::min(most, keys.keys));
}

}  // namespace

KeyedState::KeyedState(const ReplayJob& job)
    : stream_(*job.stream),
      lookups_(*job.keyed),
      block_(job.keyed->blocks->slot.data()),
      chance_(std::ldexp(1.0, -static_cast<int>(job.keyed->keys->spec.bits))),
      entries_before_(job.stream->distinct, 0) {
  const BlockKeys& keys = *lookups_.keys;
  if (!keys.first.empty()) {
    owner_.assign(stream_.distinct, kNoSlot);
    poisoned_.assign(stream_.distinct, 0);
  }
  if (job.weigh_bytes && !keys.first.empty()) check_sizes();
  if (lookups_.table.name == "dense") return;
  if (!keys.words_differ) {
    throw InputError(fmt::format(
        "trace '{}': some keys of {} bits share their low 64, by which table '{}' places them; "
        "allowed is table dense",
        stream_.trace->name, keys.spec.bits, lookups_.table.name));
  }
  table_ = make_table(lookups_.table, {most_entries(job, keys), lookups_.load}, kIdealHashSeed);
  operations_.reserve(kBatch);
}

void KeyedState::check_sizes() const {
  const auto bytes = stream_.bytes.span();
  for (std::size_t i = 0; i < stream_.slot.size(); ++i) {
    if (bytes[stream_.slot[i]] == bytes[block_[i]]) continue;
    throw InputError(fmt::format(
        "trace '{}': at {} bits objects of different sizes share keys, so that what an entry "
        "weighs "
        "would depend on which came first; allowed is a capacity in objects, or more bits",
        stream_.trace->name, lookups_.keys->spec.bits));
  }
}

void KeyedState::look_up(Position p, Block block, bool resident, std::uint64_t entries,
                         Block& affected, bool is_counted) {
  const Slot key = stream_.slot[p];
  const bool is_false = resident && !owner_.empty() && owner_[key] != block_[p];
  const bool is_poisoned = resident && !poisoned_.empty() && poisoned_[key] != 0;
  if (is_false || is_poisoned) affected = std::min(affected, block);
  if (!is_counted) return;
  find(p);
  counts_.false_hits += is_false ? 1U : 0U;
  const bool is_own = resident && !is_false;
  counts_.expected_false_hits +=
      chance_ * static_cast<double>(is_own ? entries_before_[key] : entries);
}

void KeyedState::find(Position p) { operate(TableOperation::Kind::kFind, stream_.slot[p]); }

void KeyedState::inserted(Position p, Block block, std::uint64_t entries, Block affected) {
  const Slot key = stream_.slot[p];
  entries_before_[key] = static_cast<std::uint32_t>(entries);
  if (!owner_.empty()) {
    owner_[key] = block_[p];
    poisoned_[key] = block >= affected ? 1 : 0;
  }
  operate(TableOperation::Kind::kInsert, key);
}

void KeyedState::evicted(Slot key) { operate(TableOperation::Kind::kErase, key); }

void KeyedState::end_request(std::uint64_t r, Block affected) {
  if (affected == kNotAffected) return;
  ++counts_.affected_requests;
  if (!stream_.has_tokens()) return;
  const std::uint64_t tokens = stream_.trace->requests.input_tokens[r];
  const std::uint64_t before = stream_.has_events ? std::uint64_t{affected} * stream_.block_size
                                                  : stream_.prefix_tokens(r, affected);
  counts_.affected_tokens += tokens - std::min(tokens, before);
}

void KeyedState::forget() {
  counts_ = {};
  flush();
  if (table_ != nullptr) table_->forget_lookups();
}

KeyedOutcome KeyedState::outcome() {
  KeyedOutcome outcome;
  outcome.counts = counts_;
  if (table_ == nullptr) return outcome;
  flush();
  outcome.table = table_->report();
  const BlockKeys& keys = *lookups_.keys;
  std::vector<std::uint64_t> buckets;
  buckets.reserve(keys.representative.size());
  for (const Slot s : keys.representative) {
    const std::optional<std::uint64_t> bucket = table_->bucket_of(keys.word[s]);
    if (!bucket) return outcome;
    buckets.push_back(*bucket);
  }
  outcome.buckets = test_buckets(buckets, table_->buckets(), keys.spec.bits, table_->spare_bits());
  return outcome;
}

void KeyedState::operate(TableOperation::Kind kind, Slot key) {
  if (table_ == nullptr) return;
  operations_.push_back({lookups_.keys->word[key], key, kind});
  if (operations_.size() == kBatch) flush();
}

void KeyedState::flush() {
  if (table_ != nullptr) table_->apply(operations_);
  operations_.clear();
}

}  // namespace kvsim
