#pragma once

#include <fmt/format.h>

#include <cstring>
#include <unordered_map>

#include "traces/reader/concept.hpp"
#include "traces/reader/object_batch.hpp"

namespace kvsim {

/// libCacheSim's binary object traces: packed little-endian records of 24 bytes, u32 time (s), u64
/// object, u32 size (bytes), i64 number of the object's next access. The next access is passed
/// over: it follows from the trace.
struct OracleGeneralFormat {
  static constexpr std::string_view kName = "oracle_general";
  static constexpr std::string_view kDoc =
      "Packed binary records of time, object, size and next access, 24 bytes each (libCacheSim).";
  static constexpr std::size_t kRecord = 24;

  struct Config {};

  /// Without a header, only records that make sense tell: times that do not decrease, and next
  /// accesses that lead forward, to the same object.
  static int sniff(const Sample& sample) {
    if (sample.size && *sample.size % kRecord != 0) return certainty::kNo;
    const std::size_t count = sample.head.size() / kRecord;
    if (count == 0) return certainty::kNo;
    std::size_t proven = 0;
    std::uint32_t previous = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Record record = at(sample.head, i);
      if (record.time < previous) return certainty::kNo;
      previous = record.time;
      if (record.next == -1 || record.next == INT64_MAX) continue;
      // Writers count accesses from 0 or from 1.
      const auto next = static_cast<std::uint64_t>(record.next);
      if (record.next <= static_cast<std::int64_t>(i)) return certainty::kNo;
      if (next >= std::uint64_t{1} << 48) return certainty::kNo;
      if (next > count) continue;
      const bool from_one = at(sample.head, next - 1).id == record.id;
      const bool from_zero = next < count && at(sample.head, next).id == record.id;
      if (!from_one && !from_zero && next < count) return certainty::kNo;
      if (from_one || from_zero) ++proven;
    }
    return proven > 0 ? certainty::kCertain : certainty::kLikely;
  }

  static Trace read(TraceInput& input, const Config&) {
    ObjectBatch batch(input, true, true);
    std::uint64_t number = 0;
    for (;;) {
      const std::string_view bytes = input.next_units(kRecord);
      if (bytes.empty()) break;
      for (std::size_t i = 0; i < bytes.size() / kRecord; ++i) {
        const Record record = at(bytes, i);
        batch.add(record.id, record.size, TimeNs{record.time} * 1'000'000'000);
        ++number;
      }
    }
    if (input.leftover() > 0) {
      input.reject_record(BadRecord(fmt::format("{} bytes, allowed is a whole record of {}",
                                                input.leftover(), kRecord)),
                          number, number * kRecord);
    }
    return batch.finish(kName);
  }

 private:
  struct Record {
    std::uint32_t time;
    std::uint64_t id;
    std::uint32_t size;
    std::int64_t next;
  };

  static Record at(std::string_view bytes, std::size_t index) {
    const char* p = bytes.data() + index * kRecord;
    Record record;
    std::memcpy(&record.time, p, 4);
    std::memcpy(&record.id, p + 4, 8);
    std::memcpy(&record.size, p + 12, 4);
    std::memcpy(&record.next, p + 16, 8);
    return record;
  }
};

static_assert(TraceFormat<OracleGeneralFormat>);

}  // namespace kvsim
