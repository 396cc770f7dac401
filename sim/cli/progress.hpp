#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "experiments/runner.hpp"

namespace kvsim::cli {

/// A progress bar on standard error with rate and time left, where that is a terminal. Taken away
/// when it is destroyed, so that messages and prompts start on a clean line. Elsewhere nothing, or,
/// where `in_logs`, a line now and then: a launcher's processes have no terminal.
class ProgressBar {
 public:
  explicit ProgressBar(bool in_logs = false);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(const Progress& progress);
  /// Takes it away until it is shown again.
  void clear();

 private:
  bool is_terminal_;
  bool in_logs_;
  bool is_shown_ = false;
  std::optional<std::chrono::steady_clock::time_point> last_;
};

/// Shows a study's progress on the bar, which must outlive it: `kind: what it is about`.
std::function<void(std::size_t done, std::size_t total, const std::string& what)> shown_on(
    ProgressBar& bar, std::string kind);

/// The bar's line: `[######----]  23/55 runs  41.2 M accesses/s  0:03 left`.
std::string progress_line(const Progress& progress);

}  // namespace kvsim::cli
