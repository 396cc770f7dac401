#include "sim/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace kvsim::cli {

namespace {

constexpr std::string_view kClearLine = "\r\x1b[K";

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

std::string progress_line(const Progress& progress) {
  constexpr std::size_t kBar = 30;
  const std::size_t filled = progress.total == 0 ? kBar : kBar * progress.done / progress.total;
  std::string line = fmt::format("[{}{}]  {}/{} runs", std::string(filled, '#'),
                                 std::string(kBar - filled, '-'), progress.done, progress.total);
  if (progress.accesses_done > 0 && progress.seconds > 0) {
    const double rate = progress.accesses_done / progress.seconds;
    line += fmt::format("  {:.1f} M accesses/s  {} left", rate / 1e6,
                        clock_text(progress.accesses_left / rate));
  }
  return line;
}

ProgressBar::ProgressBar() : is_terminal_(isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (is_shown_) fmt::print(stderr, "{}", kClearLine);
}

void ProgressBar::show(const Progress& progress) {
  if (!is_terminal_) return;
  // Not for what is over at once, and never oftener than can be read.
  constexpr double kPatience = 0.3;
  constexpr auto kPause = std::chrono::milliseconds(90);
  const auto now = std::chrono::steady_clock::now();
  if (progress.seconds < kPatience || (last_ && now - *last_ < kPause)) return;
  last_ = now;
  is_shown_ = true;
  fmt::print(stderr, "{}{}", kClearLine, progress_line(progress));
  std::fflush(stderr);
}

}  // namespace kvsim::cli
