#include "traces/transform/sampled_trace.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

namespace kvsim {

namespace {

// The slots of the sample in order of first appearance, as a trace's are.
class SampledSlots {
 public:
  SampledSlots(const SpatialSampling& sampling, std::uint32_t distinct)
      : sampling_(sampling), number_of_(distinct, kNoSlot) {}

  /// The block's number in the sample, or kNoSlot.
  Slot operator()(Slot slot) {
    if (number_of_[slot] != kNoSlot) return number_of_[slot];
    if (!sampling_.takes(slot)) return kNoSlot;
    taken_.push_back(slot);
    return number_of_[slot] = static_cast<Slot>(taken_.size() - 1);
  }
  std::uint32_t count() const { return static_cast<std::uint32_t>(taken_.size()); }
  /// What a column says of the slots that were taken.
  template <class T>
  Column<T> of(const Column<T>& column) const {
    if (column.empty()) return {};
    std::vector<T> values;
    for (const Slot slot : taken_) values.push_back(column[slot]);
    return values;
  }

 private:
  const SpatialSampling& sampling_;
  std::vector<Slot> number_of_;
  std::vector<Slot> taken_;
};

// How many of a request's first blocks are sampled, and how its length cuts them.
struct SampledRequest {
  std::uint64_t blocks = 0;     // sampled
  std::uint64_t full = 0;       // of them, full
  std::uint64_t looked_up = 0;  // of them, with a token behind
};

// The input length at which the sampled blocks are as full, and looked up as far, as they were.
std::uint32_t length_of(const SampledRequest& request, std::uint64_t each, std::uint64_t rest) {
  std::uint64_t length = request.full * each;
  if (request.blocks > request.full) {
    length += rest;
  } else if (request.looked_up == request.blocks && request.blocks > 0) {
    length += 1;
  }
  return static_cast<std::uint32_t>(length);
}

}  // namespace

Trace sampled_trace(const Trace& trace, const BlockColumns& blocks,
                    const SpatialSampling& sampling) {
  assert(!trace.events);
  Trace sampled;
  sampled.name = trace.name;
  sampled.format = trace.format;
  const bool single = blocks.offset.empty();
  const bool has_lengths = !trace.requests.input_tokens.empty() && blocks.block_size != 0;
  SampledSlots slots(sampling, blocks.distinct);
  std::vector<Slot> slot;
  std::vector<std::uint64_t> offset;
  std::vector<std::uint32_t> access_bytes;
  std::vector<std::uint32_t> lengths;
  if (!single) offset.push_back(0);
  for (std::uint64_t r = 0; r < trace.requests.count; ++r) {
    const std::uint64_t begin = blocks.begin(r);
    const std::uint64_t end = blocks.end(r);
    const std::uint64_t each =
        blocks.tokens_per_block.empty() ? blocks.block_size : blocks.tokens_per_block[r];
    const std::uint64_t length = has_lengths ? trace.requests.input_tokens[r] : 0;
    SampledRequest request;
    for (std::uint64_t i = begin; i < end; ++i) {
      const Slot number = slots(blocks.slot[i]);
      if (number == kNoSlot) continue;
      slot.push_back(number);
      if (!blocks.access_bytes.empty()) access_bytes.push_back(blocks.access_bytes[i]);
      const std::uint64_t through = (i - begin + 1) * each;
      ++request.blocks;
      if (through <= length) ++request.full;
      if (through < length) ++request.looked_up;
    }
    if (!single) offset.push_back(slot.size());
    if (has_lengths) lengths.push_back(length_of(request, each, each == 0 ? 0 : length % each));
  }
  sampled.requests.count = single ? slot.size() : trace.requests.count;
  sampled.requests.input_tokens = std::move(lengths);
  BlockColumns columns;
  columns.block_size = blocks.block_size;
  columns.distinct = slots.count();
  columns.offset = std::move(offset);
  columns.slot = std::move(slot);
  columns.id = slots.of(blocks.id);
  columns.bytes = slots.of(blocks.bytes);
  columns.access_bytes = std::move(access_bytes);
  columns.tokens_per_block = blocks.tokens_per_block;
  sampled.blocks = std::move(columns);
  return sampled;
}

}  // namespace kvsim
