// The optional admit must be public, or the framework would pass it over in silence.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
 private:
#endif
  bool admit(const Access&) { return true; }
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
