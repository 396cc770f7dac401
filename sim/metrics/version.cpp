#include "sim/metrics/version.hpp"

#include "sim/metrics/provenance.hpp"

namespace kvsim {

std::string_view kvsim_version() { return kBuiltVersion; }
std::string_view git_revision() { return kBuiltRevision; }

}  // namespace kvsim
