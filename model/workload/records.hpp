#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/workload/workload.hpp"
#include "traces/reader/json.hpp"

namespace kvsim {

struct Trace;

/// Makes sessions of what files hold, of one file after the other.
class WorkloadRecords {
 public:
  /// Reads a file's content, whatever it is. Throws InputError naming `name`, line and field.
  void read(const std::string& name, std::string_view content);
  /// What was read, its times from the earliest on. `name` is the workload's file. Throws
  /// InputError if nothing is asked.
  Workload finish(const std::string& name);

 private:
  void read_objects(const std::string& name, std::string_view content);
  void read_object(const JsonValue& object, const std::string& number);
  void read_turns(const JsonValue& turns);
  void read_messages(const JsonValue& messages, std::string_view field, std::string_view role_field,
                     std::string_view text_field);
  void read_prompt(const JsonValue& input, const JsonValue& session, const JsonValue& timestamp,
                   const std::string& number);
  void read_tokens(const Trace& trace);

  /// A session of that name, or where there is one already, of a name made from it.
  std::size_t new_session(std::string name);
  /// Adds a turn that asks something.
  void add_turn(std::size_t session, WorkloadTurn turn);
  /// Throws InputError where text and tokens meet in one workload.
  void expect_tokens(const std::string& name, bool tokens);

  JsonParser parser_;
  Workload workload_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::optional<bool> has_tokens_;
};

}  // namespace kvsim
