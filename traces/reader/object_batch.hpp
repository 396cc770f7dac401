#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "traces/reader/input.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Accesses to objects on their way to a TraceBuilder, handed over many at a time.
class ObjectBatch {
 public:
  /// `with_sizes`, `with_times`: whether the trace carries what add() is given of them.
  explicit ObjectBatch(const TraceInput& input, bool with_sizes = false, bool with_times = false)
      : input_(input),
        builder_(TraceBuilder::Kind::kObjects, 0, input.spill()),
        ids_(kSize),
        sizes_(with_sizes ? kSize : 0),
        times_(with_times ? kSize : 0) {}

  void add(std::uint64_t id, std::uint32_t size = 0, TimeNs time = 0) {
    ids_[count_] = id;
    if (!sizes_.empty()) sizes_[count_] = size;
    if (!times_.empty()) times_[count_] = time;
    if (++count_ == kSize) flush();
  }
  /// `count` successive ids.
  void add_run(std::uint64_t first, std::uint64_t count) {
    input_.check_accesses(builder_.accesses() + count_, count);
    for (std::uint64_t i = 0; i < count; ++i) add(first + i);
  }

  Trace finish(std::string_view format) {
    flush();
    return builder_.finish("", std::string(format));
  }

 private:
  static constexpr std::size_t kSize = 4096;

  void flush() {
    if (count_ == 0) return;
    input_.check_accesses(builder_.accesses(), count_);
    builder_.add_objects(std::span(ids_).first(count_), front(sizes_), front(times_));
    count_ = 0;
  }
  template <class T>
  std::span<const T> front(const std::vector<T>& values) const {
    return std::span(values).first(std::min(count_, values.size()));
  }

  const TraceInput& input_;
  TraceBuilder builder_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> sizes_;
  std::vector<TimeNs> times_;
};

}  // namespace kvsim
