// The optional on_miss answers nothing.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
  bool on_miss(const Access&) { return true; }
#else
  void on_miss(const Access&) {}
#endif
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
