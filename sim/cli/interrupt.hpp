#pragma once

#include <string>

namespace kvsim::cli {

/// While it lives, a process that is interrupted (SIGINT) or asked to end (SIGTERM) says `text` on
/// standard error before it does. One at a time.
class InterruptNote {
 public:
  explicit InterruptNote(std::string text);
  ~InterruptNote();
  InterruptNote(const InterruptNote&) = delete;
  InterruptNote& operator=(const InterruptNote&) = delete;
};

}  // namespace kvsim::cli
