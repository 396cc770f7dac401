#pragma once
// Fields that kvsim's own JSON Lines carry besides a request's content: who asked, and how.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/reader/json.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// `session` (or `session_id`), `parent`, `turn`, `category`, `tenant`, `priority`: each optional,
/// null meaning absent. Holds the texts that the row's fields refer to.
class RequestFields {
 public:
  static constexpr std::size_t kCount = 7;
  static constexpr std::array<std::string_view, kCount> kNames{
      "session", "session_id", "parent", "turn", "category", "tenant", "priority"};

  /// Call once a record, before anything of it is read: parents count records of the file.
  void begin_record() { request_of_record_.push_back(kNone); }

  /// Sets what `values`, in the order of kNames, say. Throws BadRecord.
  void read(std::span<const JsonValue> values, RequestRow& row);

  /// The record became request `number`.
  void accept(std::uint64_t number) {
    request_of_record_.back() = static_cast<std::uint32_t>(number);
  }

 private:
  std::vector<std::uint32_t> request_of_record_;  // kNone: skipped
  std::string session_, category_, tenant_;
};

}  // namespace kvsim
