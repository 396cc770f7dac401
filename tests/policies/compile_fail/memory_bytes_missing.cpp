// No memory_bytes().
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Minimal {
  using Minimal::Minimal;
  void on_hit(const Access&) {}
  template <class Evictable>
  Slot victim(const Access&, const Evictable&) const {
    return kNoSlot;
  }
#ifndef KVSIM_MISTAKE
  std::size_t memory_bytes() const { return 0; }
#endif
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
