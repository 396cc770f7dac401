// The optional on_miss, when there is one, must take an access.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
  void on_miss(Slot*) {}
#else
  void on_miss(const Access&) {}
#endif
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
