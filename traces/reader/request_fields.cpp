#include "traces/reader/request_fields.hpp"

#include <fmt/format.h>

#include "traces/reader/input.hpp"

namespace kvsim {

namespace {

bool given(const JsonValue& value) { return value.present() && !json_is_null(value); }

}  // namespace

void RequestFields::read(std::span<const JsonValue> values, RequestRow& row) {
  const auto [session, session_id, parent, turn, category, tenant, priority] =
      std::array{values[0], values[1], values[2], values[3], values[4], values[5], values[6]};
  if (given(session)) {
    session_ = json_name(session, "session");
    row.session = session_;
  } else if (given(session_id)) {
    session_ = json_name(session_id, "session_id");
    row.session = session_;
  }
  if (given(parent)) {
    const std::size_t record = request_of_record_.size() - 1;
    if (!json_is_number(parent) || json_i64(parent, "parent") >= 0) {
      const std::uint64_t number = json_u64(parent, "parent", 0xffffffffu);
      if (number >= record) {
        bad_field("parent", std::to_string(number),
                  record == 0 ? "null, since no request comes before"
                              : fmt::format("the 0-based number of an earlier request, 0 to {}",
                                            record - 1));
      }
      // A parent that was skipped leaves its children without one.
      if (request_of_record_[number] != kNone) row.parent = request_of_record_[number];
    }
  }
  if (given(turn)) row.turn = static_cast<std::uint32_t>(json_u64(turn, "turn", kNone - 1));
  if (given(category)) {
    category_ = json_name(category, "category");
    row.category = category_;
  }
  if (given(tenant)) {
    tenant_ = json_name(tenant, "tenant");
    row.tenant = tenant_;
  }
  if (given(priority)) {
    const std::int64_t value = json_i64(priority, "priority");
    if (value < INT32_MIN || value > INT32_MAX) {
      bad_field("priority", std::to_string(value),
                fmt::format("an integer from {} to {}", INT32_MIN, INT32_MAX));
    }
    row.priority = static_cast<std::int32_t>(value);
  }
}

}  // namespace kvsim
