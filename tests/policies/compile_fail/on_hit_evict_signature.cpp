// An evicting on_hit takes what it cannot be given.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
  template <class Evict>
  void on_hit(Slot*, const Evict& evict) {
    evict(0);
  }
#else
  template <class Evict>
  void on_hit(const Access& a, const Evict& evict) {
    evict(a.slot);
  }
#endif
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
