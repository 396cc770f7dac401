// Two components of one list must not share a name.
#include "sim/core/type_list.hpp"
#include "tests/policies/compile_fail/minimal.hpp"

namespace kvsim {

struct Other : Complete {
  using Complete::Complete;
#ifndef KVSIM_MISTAKE
  static constexpr std::string_view kName = "other";
#endif
};
static_assert(names_are_unique(TypeList<Complete, Other>{}));

}  // namespace kvsim
