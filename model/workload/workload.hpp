#pragma once
// What real models are asked: sessions of turns, from files or made up. Without LibTorch and
// without a tokenizer: text stays text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// One thing asked. Either `text` or `tokens` is given, the same throughout a workload.
struct WorkloadTurn {
  std::string text;           ///< the user's message, or the whole prompt: see WorkloadSession
  std::vector<Token> tokens;  ///< the whole prompt, as ids
  std::optional<std::uint32_t> output_tokens;  ///< how many were generated, where recorded
  std::optional<TimeNs> arrival;               ///< since the workload's origin, where recorded
};

/// Turns that follow each other: one is asked when the one before has been answered.
struct WorkloadSession {
  std::string name;
  std::string system;    ///< system message of a chat; empty: the model's own
  bool is_chat = false;  ///< turns are user messages, and the history is put before each; else
                         ///< each is a whole prompt
  std::vector<WorkloadTurn> turns;
};

struct Workload {
  std::string name;
  bool has_tokens = false;  ///< turns are token ids; else text
  bool has_times = false;   ///< every turn has an arrival
  std::vector<WorkloadSession> sessions;
  std::string sha256;  ///< of the file; empty where it was made up

  std::uint64_t turns() const;
};

/// Opens a file, or makes one up: `chat:sessions=8,turns=12` (a file of that name is `./chat`).
/// Files, told by content, plain or compressed, or in a tar archive: JSON Lines or a JSON array of
/// records with `turns` (MT-Bench), `messages` (role, content), `conversations` (FastChat,
/// ShareGPT) or `input` and `session_id` (LMCache's agent traces, `timestamp` in µs); requests with
/// token ids (`tokens` traces); other text is one prompt. Recorded replies are dropped, since the
/// model answers itself; what a tool says is a turn. What asks nothing, an empty message or a
/// session without turns, is left out. Where there are times, a session's turns are in their order,
/// and the origin is the earliest. At most 1 GiB, decompressed, is read. Throws InputError naming
/// file, line and field, what was found and what is allowed.
Workload open_workload(std::string_view spec);

/// What can be made up, with parameters.
std::vector<ComponentInfo> list_workload_generators();

}  // namespace kvsim
