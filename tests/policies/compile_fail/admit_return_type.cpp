// The optional admit, when there is one, must say yes or no.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
  void admit(const Access&) {}
#else
  bool admit(const Access&) { return true; }
#endif
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
