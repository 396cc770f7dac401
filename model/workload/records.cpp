#include "model/workload/records.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "model/workload/json_objects.hpp"
#include "sim/core/error.hpp"
#include "traces/reader/input.hpp"
#include "traces/reader/kvt_file.hpp"
#include "traces/reader/numbers.hpp"
#include "traces/reader/open_trace.hpp"
#include "traces/reader/sniff.hpp"
#include "traces/trace.hpp"

namespace kvsim {
namespace {

enum class Role { kUser, kAssistant, kSystem };

/// Who speaks, in the names of OpenAI's interface and of ShareGPT's files. What a tool says is
/// asked of the model, as what a user says is.
Role role_of(const JsonValue& value, std::string_view field) {
  static constexpr std::array<std::pair<std::string_view, Role>, 13> kRoles{{
      {"user", Role::kUser},
      {"human", Role::kUser},
      {"tool", Role::kUser},
      {"function", Role::kUser},
      {"system", Role::kSystem},
      {"developer", Role::kSystem},
      {"assistant", Role::kAssistant},
      {"model", Role::kAssistant},
      {"gpt", Role::kAssistant},
      {"chatgpt", Role::kAssistant},
      {"bing", Role::kAssistant},
      {"bard", Role::kAssistant},
      {"palm", Role::kAssistant},
  }};
  const std::string_view name = json_string(value, field);
  std::vector<std::string_view> allowed;
  for (const auto& [known, role] : kRoles) {
    if (known == name) return role;
    allowed.push_back(known);
  }
  bad_field(field, quoted(name), fmt::format("one of {}", fmt::join(allowed, ", ")));
}

/// A message's text: as such, or as parts of type `text`, one after the other.
std::string text_of(const JsonValue& value, std::string_view field) {
  if (!json_is_array(value)) return std::string(json_string(value, field));
  std::vector<JsonValue> parts;
  json_items(value, field, parts);
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", field, i);
    const auto [type, part] =
        json_pick(parts[i], place, std::array<std::string_view, 2>{"type", "text"});
    if (json_string(type, place + ".type") != "text") {
      bad_field(place + ".type", json_text(type), "\"text\"");
    }
    text += json_string(part, place + ".text");
  }
  return text;
}

/// The name that a record gives itself, or else its number.
std::string name_of(std::span<const JsonValue> names, const std::string& number) {
  for (const JsonValue& name : names) {
    if (name.present() && !json_is_null(name)) return json_name(name, "the record's name");
  }
  return number;
}

}  // namespace

void WorkloadRecords::read(const std::string& name, std::string_view content) {
  const std::string_view text = without_bom(content);
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return;
  const std::string_view head = text.substr(start, TraceInput::kHead);
  const JsonShape shape(head);
  const bool has_tokens = shape.has("input_token_ids") || shape.has("input_tok_ids");
  if (has_tokens || is_kvt(content)) {
    expect_tokens(name, true);
    OpenOptions options;
    options.format = has_tokens ? "tokens" : "kvt";
    const Trace trace = read_trace(content, name, options);
    if (!trace.tokens) {
      throw InputError(fmt::format("{}: its requests are block ids, allowed are token ids", name));
    }
    read_tokens(trace);
    return;
  }
  expect_tokens(name, false);
  if (head.front() == '{' || head.front() == '[') {
    read_objects(name, text);
  } else if (is_text(text) && is_utf8(text)) {
    WorkloadTurn turn;
    turn.text = text;
    add_turn(new_session(trace_name(name)), std::move(turn));
  } else {
    throw InputError(fmt::format(
        "{}: is no text in UTF-8, allowed are JSON Lines, a JSON array, a token trace or text",
        name));
  }
}

void WorkloadRecords::expect_tokens(const std::string& name, bool tokens) {
  if (has_tokens_.value_or(tokens) != tokens) {
    throw InputError(fmt::format("{}: holds {} where the files before it hold {}", name,
                                 tokens ? "token ids" : "text", tokens ? "text" : "token ids"));
  }
  has_tokens_ = tokens;
}

void WorkloadRecords::read_objects(const std::string& name, std::string_view content) {
  JsonObjects objects(content, name);
  std::uint64_t number = 0;
  while (const auto text = objects.next()) {
    try {
      read_object(parser_.parse_copy(*text), std::to_string(++number));
    } catch (const BadRecord& bad) {
      objects.fail(bad.what());
    }
  }
}

void WorkloadRecords::read_object(const JsonValue& object, const std::string& number) {
  static constexpr std::array<std::string_view, 8> kFields{
      "turns",      "messages", "conversations", "input",
      "session_id", "id",       "question_id",   "timestamp"};
  const auto f = json_pick(object, "the record", kFields);
  const auto kinds = std::count_if(f.begin(), f.begin() + 4,
                                   [](const JsonValue& value) { return value.present(); });
  if (kinds != 1) {
    std::vector<std::pair<std::string_view, JsonValue>> members;
    json_members(object, "the record", members);
    std::vector<std::string_view> names;
    for (const auto& [name, value] : members) names.push_back(name);
    const std::string found = fmt::format("{}", fmt::join(names, ", "));
    throw BadRecord(fmt::format(
        "the record's fields are {}, allowed is one of turns, messages, conversations, input and "
        "input_token_ids",
        quoted(std::string_view(found))));
  }
  if (f[3].present()) return read_prompt(f[3], f[4], f[7], number);

  const std::size_t session = new_session(name_of(std::span(f).subspan(4, 3), number));
  workload_.sessions[session].is_chat = true;
  if (f[0].present()) {
    read_turns(f[0]);
  } else if (f[1].present()) {
    read_messages(f[1], "messages", "role", "content");
  } else {
    read_messages(f[2], "conversations", "from", "value");
  }
}

void WorkloadRecords::read_turns(const JsonValue& turns) {
  std::vector<JsonValue> items;
  json_items(turns, "turns", items);
  for (std::size_t i = 0; i < items.size(); ++i) {
    WorkloadTurn turn;
    turn.text = json_string(items[i], fmt::format("turns[{}]", i));
    add_turn(workload_.sessions.size() - 1, std::move(turn));
  }
}

void WorkloadRecords::read_messages(const JsonValue& messages, std::string_view field,
                                    std::string_view role_field, std::string_view text_field) {
  std::vector<JsonValue> items;
  json_items(messages, field, items);
  bool begun = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", field, i);
    const auto [role_value, text] =
        json_pick(items[i], place, std::array<std::string_view, 2>{role_field, text_field});
    const std::string role_place = fmt::format("{}.{}", place, role_field);
    const Role role = role_of(role_value, role_place);
    if (role == Role::kSystem) {
      if (begun) bad_field(role_place, json_text(role_value), "a system message only first");
      std::string& system = workload_.sessions.back().system;
      if (!system.empty()) system += "\n\n";
      system += text_of(text, fmt::format("{}.{}", place, text_field));
      continue;
    }
    begun = true;
    if (role == Role::kAssistant) continue;
    WorkloadTurn turn;
    turn.text = text_of(text, fmt::format("{}.{}", place, text_field));
    add_turn(workload_.sessions.size() - 1, std::move(turn));
  }
}

void WorkloadRecords::read_prompt(const JsonValue& input, const JsonValue& session,
                                  const JsonValue& timestamp, const std::string& number) {
  constexpr double kNsPerUs = 1e3;
  WorkloadTurn turn;
  turn.text = json_string(input, "input");
  if (timestamp.present()) turn.arrival = json_time(timestamp, "timestamp", kNsPerUs);
  if (!session.present() || json_is_null(session)) {
    add_turn(new_session(number), std::move(turn));
    return;
  }
  const std::string name = json_name(session, "session_id");
  const auto known = by_name_.find(name);
  add_turn(known == by_name_.end() ? new_session(name) : known->second, std::move(turn));
}

void WorkloadRecords::read_tokens(const Trace& trace) {
  const RequestColumns& requests = trace.requests;
  std::vector<std::size_t> session_of_name(requests.session_names.size(),
                                           std::numeric_limits<std::size_t>::max());
  std::vector<std::size_t> session_of_request;
  for (std::uint64_t r = 0; r < requests.count; ++r) {
    const std::uint32_t name = requests.session.empty() ? kNone : requests.session[r];
    const std::uint32_t parent = requests.parent.empty() ? kNone : requests.parent[r];
    std::size_t session = 0;
    if (name != kNone) {
      std::size_t& known = session_of_name[name];
      if (known == std::numeric_limits<std::size_t>::max()) {
        known = new_session(std::string(requests.session_names[name]));
      }
      session = known;
    } else if (parent != kNone) {
      session = session_of_request[parent];
    } else {
      session = new_session(std::to_string(r + 1));
    }
    session_of_request.push_back(session);
    WorkloadTurn turn;
    const Token* first = trace.tokens->token.data() + trace.tokens->offset[r];
    turn.tokens.assign(first, first + requests.input_tokens[r]);
    if (!requests.output_tokens.empty() && requests.output_tokens[r] != 0) {
      turn.output_tokens = requests.output_tokens[r];
    }
    if (!requests.arrival.empty()) turn.arrival = requests.arrival[r];
    add_turn(session, std::move(turn));
  }
}

std::size_t WorkloadRecords::new_session(std::string name) {
  const std::size_t index = workload_.sessions.size();
  std::string unique = name;
  for (std::size_t n = 2; !by_name_.try_emplace(unique, index).second; ++n) {
    unique = fmt::format("{} ({})", name, n);
  }
  workload_.sessions.push_back({});
  workload_.sessions.back().name = std::move(unique);
  return index;
}

void WorkloadRecords::add_turn(std::size_t session, WorkloadTurn turn) {
  if (turn.text.empty() && turn.tokens.empty()) return;
  workload_.sessions[session].turns.push_back(std::move(turn));
}

Workload WorkloadRecords::finish(const std::string& name) {
  std::erase_if(workload_.sessions, [](const WorkloadSession& s) { return s.turns.empty(); });
  if (workload_.sessions.empty()) throw InputError(fmt::format("{}: asks nothing", name));
  workload_.has_tokens = has_tokens_.value_or(false);
  workload_.has_times = true;
  TimeNs earliest = std::numeric_limits<TimeNs>::max();
  for (const WorkloadSession& session : workload_.sessions) {
    for (const WorkloadTurn& turn : session.turns) {
      workload_.has_times = workload_.has_times && turn.arrival;
      if (turn.arrival) earliest = std::min(earliest, *turn.arrival);
    }
  }
  for (WorkloadSession& session : workload_.sessions) {
    for (WorkloadTurn& turn : session.turns) {
      if (turn.arrival) *turn.arrival -= earliest;
    }
    // Recorders write a call when it ends, agents have several at a time.
    if (workload_.has_times) {
      std::stable_sort(
          session.turns.begin(), session.turns.end(),
          [](const WorkloadTurn& a, const WorkloadTurn& b) { return *a.arrival < *b.arrival; });
    }
  }
  return std::move(workload_);
}

}  // namespace kvsim
