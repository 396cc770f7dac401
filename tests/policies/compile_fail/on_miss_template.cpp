// A template of the optional on_miss's name is taken for it, and must fit.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
  template <class T>
  void on_miss(const Access&, T) {}
#else
  void on_miss(const Access&) {}
#endif
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
