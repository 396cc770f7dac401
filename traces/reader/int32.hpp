#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <unordered_set>

#include "traces/reader/concept.hpp"
#include "traces/reader/object_batch.hpp"
#include "traces/reader/sniff.hpp"

namespace kvsim {

/// Object ids as little-endian 32-bit integers, nothing else, as cache2k's traces are. Negative
/// ids are read as the unsigned number of the same bits.
struct Int32Format {
  static constexpr std::string_view kName = "int32";
  static constexpr std::string_view kDoc =
      "Object ids as little-endian 32-bit integers, one access each (cache2k benchmark traces).";
  static constexpr std::size_t kRecord = 4;

  struct Config {};

  static constexpr std::size_t kFew = 32;     ///< values of a high byte
  static constexpr std::size_t kEnough = 16;  ///< fewer integers prove nothing
  static constexpr std::uint32_t kStep = 16;  ///< from an id to one that follows it

  /// Anything binary of whole integers that look like numbers of one kind: their first or their
  /// last bytes take few values, as high bytes do, whichever end they are written at. Likely where
  /// ids come back too, or follow each other; else the user is asked.
  static int sniff(const Sample& sample) {
    if (sample.size && *sample.size % kRecord != 0) return certainty::kNo;
    const std::size_t count = sample.head.size() / kRecord;
    if (count == 0 || is_text(sample.head)) return certainty::kNo;
    std::bitset<256> first, last;
    std::unordered_set<std::uint32_t> distinct;
    std::size_t steps = 0;
    for (std::size_t i = 0; i < count; ++i) {
      first.set(static_cast<unsigned char>(sample.head[i * kRecord]));
      last.set(static_cast<unsigned char>(sample.head[i * kRecord + kRecord - 1]));
      const std::uint32_t id = at(sample.head, i);
      distinct.insert(id);
      if (i > 0 && id - at(sample.head, i - 1) <= kStep) ++steps;
    }
    const std::size_t few = std::clamp<std::size_t>(count / 4, 2, kFew);
    if (std::min(first.count(), last.count()) > few) return certainty::kNo;
    const bool come_back = distinct.size() <= count - count / 4;
    const bool follow = steps >= count / 2;
    const bool enough = count >= kEnough;
    return enough && (come_back || follow) ? certainty::kLikely : certainty::kPossible;
  }

  static Trace read(TraceInput& input, const Config&) {
    ObjectBatch batch(input);
    std::uint64_t number = 0;
    for (;;) {
      const std::string_view bytes = input.next_units(kRecord);
      if (bytes.empty()) break;
      const std::size_t count = bytes.size() / kRecord;
      for (std::size_t i = 0; i < count; ++i) batch.add(at(bytes, i));
      number += count;
    }
    if (input.leftover() > 0) {
      input.reject_record(BadRecord(fmt::format("{} bytes, allowed is a whole integer of {}",
                                                input.leftover(), kRecord)),
                          number, number * kRecord);
    }
    return batch.finish(kName);
  }

 private:
  static std::uint32_t at(std::string_view bytes, std::size_t index) {
    std::uint32_t id;
    std::memcpy(&id, bytes.data() + index * kRecord, sizeof id);
    return id;
  }
};

static_assert(TraceFormat<Int32Format>);

}  // namespace kvsim
