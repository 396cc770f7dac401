#include "sim/engine/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/core/column_builder.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

std::string_view name_of(Reuse reuse) { return reuse == Reuse::kObject ? "object" : "prefix"; }
std::string_view name_of(TouchOrder order) {
  return order == TouchOrder::kHeadFirst ? "head_first" : "tail_first";
}
std::string_view name_of(Lookup lookup) { return lookup == Lookup::kAll ? "all" : "full_blocks"; }

namespace {

BlockColumns blocks_of(const Trace& trace, std::uint32_t block_size) {
  if (trace.blocks) {
    if (block_size != 0 && block_size != trace.blocks->block_size) {
      if (trace.is_object_trace()) {
        throw InputError(
            fmt::format("trace '{}': a block size of {} is asked, but its requests are objects",
                        trace.name, block_size));
      }
      throw InputError(fmt::format(
          "trace '{}': a block size of {} is asked, but its blocks have {} tokens (only "
          "traces with token ids leave the block size free)",
          trace.name, block_size, trace.blocks->block_size));
    }
    return *trace.blocks;
  }
  if (!trace.tokens) {
    throw InputError(
        fmt::format("trace '{}' (format {}) carries times and lengths but no block ids, objects or "
                    "token ids: it describes serving load and cannot be replayed through a cache",
                    trace.name, trace.format));
  }
  if (block_size == 0) {
    throw InputError(fmt::format(
        "trace '{}' carries token ids: give a block size (--block-size 16)", trace.name));
  }
  return block_tokens(trace, block_size, trace.events.has_value());
}

// Full blocks of a request, and how many of them are looked up.
struct FullBlocks {
  std::uint64_t cached;
  std::uint64_t looked_up;
};

FullBlocks full_blocks(const Trace& trace, const BlockColumns& blocks, std::uint64_t r) {
  const std::uint64_t listed = blocks.end(r) - blocks.begin(r);
  if (listed == 0) return {0, 0};
  const std::uint64_t n = trace.requests.input_tokens[r];
  const std::uint64_t each =
      blocks.tokens_per_block.empty() ? blocks.block_size : blocks.tokens_per_block[r];
  return {std::min(listed, n / each), std::min(listed, n == 0 ? 0 : (n - 1) / each)};
}

// Events count the blocks of the block size that they were recorded at.
void check_events(const Trace& trace, const BlockColumns& blocks) {
  const EventColumns& events = *trace.events;
  bool reaches_an_end = events.size() == 0;
  for (std::size_t e = 0; e < events.size(); ++e) {
    const std::uint64_t r = events.request[e];
    const std::uint64_t has = blocks.end(r) - blocks.begin(r);
    const std::uint64_t end = std::uint64_t{events.first[e]} + events.count[e];
    reaches_an_end = reaches_an_end || end == has;
    if (end <= has) continue;
    throw InputError(fmt::format(
        "trace '{}': a recorded event of request {} names {} blocks from block {} on, but at {} "
        "tokens a block it has {} full ones; give the block size of the recording",
        trace.name, r, events.count[e], events.first[e], blocks.block_size, has));
  }
  // A request releases all that it held.
  if (!reaches_an_end) {
    throw InputError(fmt::format(
        "trace '{}': at {} tokens a block no recorded event reaches a request's last full block, "
        "so "
        "that they were recorded at larger blocks; give the block size of the recording",
        trace.name, blocks.block_size));
  }
}

// Slots in the order in which events name blocks first, and not in that of the requests, some of
// whose blocks came later: some policies hash a block's slot, and the recorded run numbered its
// blocks as they came.
std::vector<Slot> slots_by_event(const EventColumns& events, const BlockColumns& blocks) {
  std::vector<Slot> renamed(blocks.distinct, kNoSlot);
  Slot next = 0;
  const auto name = [&](Slot s) {
    if (renamed[s] == kNoSlot) renamed[s] = next++;
  };
  for (std::size_t e = 0; e < events.size(); ++e) {
    if (events.kind[e] == EventKind::kRelease) continue;
    const std::uint64_t begin = blocks.begin(events.request[e]) + events.first[e];
    for (std::uint64_t i = begin; i < begin + events.count[e]; ++i) name(blocks.slot[i]);
  }
  std::vector<Slot> slots(blocks.slot.begin(), blocks.slot.end());
  for (Slot& s : slots) {
    name(s);  // what no event names is never asked for
    s = renamed[s];
  }
  return slots;
}

}  // namespace

AccessStream make_stream(const Trace& trace, std::uint32_t block_size, Lookup lookup,
                         TouchOrder touch_order) {
  const BlockColumns blocks = blocks_of(trace, block_size);
  const RequestColumns& requests = trace.requests;
  const bool objects = blocks.block_size == 0;
  const bool has_events = trace.events.has_value();

  AccessStream stream;
  stream.trace = &trace;
  stream.lookup = has_events ? Lookup::kFullBlocks : lookup;
  stream.touch_order = touch_order;
  stream.has_events = has_events;
  stream.requests = requests.count;
  stream.distinct = blocks.distinct;
  stream.block_size = blocks.block_size;
  stream.offset = blocks.offset;
  stream.slot = blocks.slot;
  stream.tokens_per_block = blocks.tokens_per_block;
  stream.id = blocks.id;
  stream.bytes = blocks.bytes;
  stream.access_bytes = blocks.access_bytes;
  if (blocks.slot.size() >= kNever) {
    throw InputError(fmt::format("trace '{}': {} accesses, at most {} can be replayed", trace.name,
                                 blocks.slot.size(), kNever - 1));
  }
  if (objects) {
    if (lookup == Lookup::kFullBlocks) {
      throw InputError(fmt::format(
          "trace '{}': look-up full_blocks is asked, but its requests are objects, not blocks of "
          "tokens",
          trace.name));
    }
    return stream;
  }
  if (requests.input_tokens.empty()) {
    if (lookup == Lookup::kFullBlocks) {
      throw InputError(fmt::format(
          "trace '{}': look-up full_blocks is asked, but it carries no input lengths", trace.name));
    }
  }
  if (has_events) {
    check_events(trace, blocks);
    stream.slot = slots_by_event(*trace.events, blocks);
    return stream;
  }

  if (lookup == Lookup::kFullBlocks) {
    std::vector<std::uint64_t> offset(requests.count + 1, 0);
    std::vector<std::uint32_t> lookups(requests.count);
    std::vector<Slot> slot;
    slot.reserve(blocks.slot.size());
    for (std::uint64_t r = 0; r < requests.count; ++r) {
      const FullBlocks full = full_blocks(trace, blocks, r);
      const auto first = blocks.slot.begin() + blocks.begin(r);
      slot.insert(slot.end(), first, first + full.cached);
      offset[r + 1] = slot.size();
      lookups[r] = static_cast<std::uint32_t>(full.looked_up);
    }
    stream.offset = std::move(offset);
    stream.slot = std::move(slot);
    stream.lookups = std::move(lookups);
  }

  if (!requests.input_tokens.empty()) {
    std::vector<std::uint32_t> last(requests.count, 0);
    for (std::uint64_t r = 0; r < requests.count; ++r) {
      const std::uint64_t n = stream.end(r) - stream.begin(r);
      if (n == 0) continue;
      const std::uint64_t each =
          stream.tokens_per_block.empty() ? stream.block_size : stream.tokens_per_block[r];
      const std::uint64_t before = (n - 1) * each;
      const std::uint64_t input = requests.input_tokens[r];
      const std::uint64_t rest = input > before ? input - before : 0;
      last[r] =
          static_cast<std::uint32_t>(stream.tokens_per_block.empty() ? std::min(each, rest) : each);
    }
    stream.last_block_tokens = std::move(last);
  }

  if (touch_order == TouchOrder::kTailFirst) {
    std::vector<Slot> slot(stream.slot.begin(), stream.slot.end());
    for (std::uint64_t r = 0; r < requests.count; ++r) {
      std::reverse(slot.begin() + static_cast<std::ptrdiff_t>(stream.begin(r)),
                   slot.begin() + static_cast<std::ptrdiff_t>(stream.end(r)));
    }
    stream.slot = std::move(slot);
  }
  return stream;
}

namespace {

/// Slots whose last position is fetched ahead of its turn.
constexpr std::size_t kAhead = 16;

}  // namespace

Column<Position> derive_next(const AccessStream& stream) {
  const std::span<const Slot> slot = stream.slot.span();
  ColumnBuilder<Position> next;
  Position* out = next.extend(slot.size());
  std::vector<Position> seen(stream.distinct, kNever);
  for (std::size_t i = slot.size(); i-- > 0;) {
    if (i >= kAhead) __builtin_prefetch(&seen[slot[i - kAhead]], 1);
    out[i] = std::exchange(seen[slot[i]], static_cast<Position>(i));
  }
  return next.take();
}

Column<Position> derive_previous(const AccessStream& stream) {
  const std::span<const Slot> slot = stream.slot.span();
  ColumnBuilder<Position> previous;
  Position* out = previous.extend(slot.size());
  std::vector<Position> seen(stream.distinct, 0);
  for (std::size_t i = 0; i < slot.size(); ++i) {
    if (i + kAhead < slot.size()) __builtin_prefetch(&seen[slot[i + kAhead]], 1);
    out[i] = std::exchange(seen[slot[i]], static_cast<Position>(i + 1));
  }
  return previous.take();
}

}  // namespace kvsim
