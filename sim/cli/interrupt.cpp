#include "sim/cli/interrupt.hpp"

#include <unistd.h>

#include <csignal>
#include <utility>

namespace kvsim::cli {

namespace {

// A signal handler sees nothing but globals.
std::string note;

void say_note(int signal) {
  if (isatty(STDERR_FILENO) != 0) (void)!write(STDERR_FILENO, "\r\x1b[K", 4);
  (void)!write(STDERR_FILENO, note.data(), note.size());
  // The default action was restored when the handler was entered.
  raise(signal);
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

}  // namespace

InterruptNote::InterruptNote(std::string text) {
  note = std::move(text);
  for (const int signal : {SIGINT, SIGTERM})
    handle(signal, say_note, static_cast<int>(SA_RESETHAND));
}

InterruptNote::~InterruptNote() {
  for (const int signal : {SIGINT, SIGTERM}) handle(signal, SIG_DFL, 0);
}

}  // namespace kvsim::cli
