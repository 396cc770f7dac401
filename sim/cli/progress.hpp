#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "experiments/runner.hpp"

namespace kvsim::cli {

/// A progress bar on standard error with rate and time left, where that is a terminal; else
/// nothing. Taken away when it is destroyed, so that messages and prompts start on a clean line.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(const Progress& progress);

 private:
  bool is_terminal_;
  bool is_shown_ = false;
  std::optional<std::chrono::steady_clock::time_point> last_;
};

/// The bar's line: `[######----]  23/55 runs  41.2 M accesses/s  0:03 left`.
std::string progress_line(const Progress& progress);

}  // namespace kvsim::cli
