#pragma once

#include <optional>
#include <string>

namespace kvsim {

/// A text that another rank sent.
struct Message {
  int from = 0;
  std::string text;
};

/// What ranks, the processes of a distributed experiment, tell each other. Texts from one rank to
/// another arrive whole and in the order in which they were sent. For one thread, which is the one
/// that made it. Header alone, so that what implements it need link nothing of kvsim.
class Messenger {
 public:
  virtual ~Messenger() = default;

  virtual int rank() const = 0;  ///< of this process, from 0 on
  virtual int size() const = 0;  ///< how many ranks there are
  /// Cores that this process may use, those that it shares with other ranks divided among them; at
  /// least 1.
  virtual unsigned cores() const = 0;

  /// Returns at once; the text is on its way. Throws std::length_error over 2 GiB.
  virtual void send(int to, std::string text) = 0;
  /// A text that has arrived, or nothing: never waits.
  virtual std::optional<Message> receive() = 0;
};

}  // namespace kvsim
