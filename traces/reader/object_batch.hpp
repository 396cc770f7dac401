#pragma once

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
        builder_(TraceBuilder::Kind::kObjects),
        with_sizes_(with_sizes),
        with_times_(with_times) {
    ids_.reserve(kSize);
    sizes_.reserve(kSize);
    times_.reserve(kSize);
  }

  void add(std::uint64_t id, std::uint32_t size = 0, TimeNs time = 0) {
    ids_.push_back(id);
    sizes_.push_back(size);
    times_.push_back(time);
    if (ids_.size() == kSize) flush();
  }
  /// `count` successive ids.
  void add_run(std::uint64_t first, std::uint64_t count) {
    input_.check_accesses(builder_.accesses() + ids_.size(), count);
    for (std::uint64_t i = 0; i < count; ++i) add(first + i);
  }

  Trace finish(std::string_view format) {
    flush();
    return builder_.finish("", std::string(format));
  }

 private:
  static constexpr std::size_t kSize = 4096;

  void flush() {
    input_.check_accesses(builder_.accesses(), ids_.size());
    builder_.add_objects(
        ids_,
        with_sizes_ ? std::span<const std::uint32_t>(sizes_) : std::span<const std::uint32_t>{},
        with_times_ ? std::span<const TimeNs>(times_) : std::span<const TimeNs>{});
    ids_.clear();
    sizes_.clear();
    times_.clear();
  }

  const TraceInput& input_;
  TraceBuilder builder_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> sizes_;
  std::vector<TimeNs> times_;
  bool with_sizes_;
  bool with_times_;
};

}  // namespace kvsim
