// No victim().
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Minimal {
  using Minimal::Minimal;
  void on_hit(const Access&) {}
#ifndef KVSIM_MISTAKE
  template <class Evictable>
  Slot victim(const Access&, const Evictable&) const {
    return kNoSlot;
  }
#endif
  std::size_t memory_bytes() const { return 0; }
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
