#pragma once

#include <array>
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
  /// The digest of all bytes so far, once: as bytes or in hex.
  void digest(std::array<unsigned char, 32>& out);
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kvsim
