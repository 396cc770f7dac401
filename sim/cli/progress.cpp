#include "sim/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

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
  std::string line =
      fmt::format("[{}{}]  {}/{} {}", std::string(filled, '#'), std::string(kBar - filled, '-'),
                  progress.done, progress.total, progress.what);
  if (progress.accesses_done > 0 && progress.seconds > 0) {
    const double rate = progress.accesses_done / progress.seconds;
    constexpr double kMillion = 1e6;
    line += rate < kMillion ? fmt::format("  {:.0f}", rate)
                            : fmt::format("  {:.1f} M", rate / kMillion);
    line += fmt::format(" {}/s  {} left", progress.unit, clock_text(progress.accesses_left / rate));
  }
  return line;
}

ProgressBar::ProgressBar(bool in_logs)
    : is_terminal_(isatty(STDERR_FILENO) != 0), in_logs_(in_logs) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::clear() {
  if (is_shown_) fmt::print(stderr, "{}", kClearLine);
  is_shown_ = false;
}

void ProgressBar::show(const Progress& progress) {
  if (!is_terminal_ && !in_logs_) return;
  // Not for what is over at once, and never oftener than can be read.
  using std::chrono::milliseconds;
  const double patience = is_terminal_ ? 0.3 : 30;
  const milliseconds pause(is_terminal_ ? 90 : 30'000);
  const auto now = std::chrono::steady_clock::now();
  if (progress.seconds < patience || (last_ && now - *last_ < pause)) return;
  last_ = now;
  if (!is_terminal_) {
    fmt::print(stderr, "{}\n", progress_line(progress));
    return;
  }
  is_shown_ = true;
  fmt::print(stderr, "{}{}", kClearLine, progress_line(progress));
  std::fflush(stderr);
}

std::function<void(std::size_t, std::size_t, const std::string&)> shown_on(ProgressBar& bar,
                                                                           std::string kind) {
  const auto began = std::chrono::steady_clock::now();
  return [&bar, began, kind = std::move(kind)](std::size_t done, std::size_t total,
                                               const std::string& what) {
    Progress progress;
    progress.done = done;
    progress.total = total;
    progress.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    const std::string text = fmt::format("{}: {}", kind, what);
    progress.what = text;
    bar.show(progress);
  };
}

}  // namespace kvsim::cli
