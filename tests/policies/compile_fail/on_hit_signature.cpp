// on_hit takes more than an access.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
  void on_hit(const Access&, int) {}
#else
  void on_hit(const Access&) {}
#endif
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
