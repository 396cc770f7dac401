#pragma once

#include <memory>
#include <span>
#include <string>

namespace kvsim {

/// SHA-256 over bytes given piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const char> bytes);
  /// The digest of all bytes so far, in hex. Once.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kvsim
