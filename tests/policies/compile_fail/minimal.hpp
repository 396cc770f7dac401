#pragma once

#include "policies/concept.hpp"

namespace kvsim {

/// The least that a policy is, without its hooks on hits, victims and memory, which the cases add.
struct Minimal {
  static constexpr std::string_view kName = "minimal";
  static constexpr std::string_view kDoc = "Evicts nothing (nobody).";
  struct Config {};
  explicit Minimal(const Config&, const PolicyContext&) {}
  void on_insert(const Access&) {}
  void on_remove(Slot) {}
  void check_invariants() const {}
};

/// The same with all of them.
struct Complete : Minimal {
  using Minimal::Minimal;
  void on_hit(const Access&) {}
  template <class Evictable>
  Slot victim(const Access&, const Evictable&) const {
    return kNoSlot;
  }
  std::size_t memory_bytes() const { return 0; }
};
static_assert(EvictionPolicy<Complete>);

}  // namespace kvsim
