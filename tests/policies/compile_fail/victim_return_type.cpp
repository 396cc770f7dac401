// victim() names a block by something other than its slot.
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Mistaken : Complete {
  using Complete::Complete;
#ifdef KVSIM_MISTAKE
  using Named = std::int64_t;
#else
  using Named = Slot;
#endif
  template <class Evictable>
  Named victim(const Access&, const Evictable&) const {
    return 0;
  }
};
static_assert(EvictionPolicy<Mistaken>);

}  // namespace kvsim
