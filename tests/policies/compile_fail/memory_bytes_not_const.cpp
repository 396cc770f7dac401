// memory_bytes() must not need to change the policy.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
  std::size_t memory_bytes() { return 0; }
#else
  std::size_t memory_bytes() const { return 0; }
#endif
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
