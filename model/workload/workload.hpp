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

/// Opens a file, or makes one up: `chat:sessions=8,turns=12`. Files, told by content, plain or
/// compressed, or in a tar archive: JSON Lines with `turns` (MT-Bench), `messages` (role, content),
/// `input` and `session_id` (LMCache's agent traces) or token ids (`tokens` traces); a JSON array
/// with `conversations` (FastChat, ShareGPT); other text is one prompt. Throws InputError naming
/// file, line and field, what was found and what is allowed.
Workload open_workload(std::string_view spec);

/// What can be made up, with parameters.
std::vector<ComponentInfo> list_workload_generators();

}  // namespace kvsim
