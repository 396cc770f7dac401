#pragma once
// Random traces with a cache to replay them through, made and shrunk by RapidCheck.

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "policies/concept.hpp"

namespace kvsim::policy_tests {

struct Workload {
  enum class Sizes {
    kNone,     ///< every block is of size 1
    kSeen,     ///< policies see sizes, but each block takes one unit
    kWeighed,  ///< each block takes its size
  };
  std::vector<Slot> accesses;
  std::uint32_t slots = 1;           ///< accesses are below it
  std::vector<std::uint32_t> sizes;  ///< one a slot
  Sizes kind = Sizes::kNone;
  std::uint64_t capacity = 1;  ///< units
  std::uint64_t seed = 1;      ///< of the run's generator and of the test's own choices
  bool scattered_ids = false;  ///< ids are not the slots
};

void showValue(const Workload& workload, std::ostream& out);

/// The columns of a workload, and the contexts that point into them.
class WorkloadColumns {
 public:
  explicit WorkloadColumns(const Workload& workload);
  WorkloadColumns(const WorkloadColumns&) = delete;
  WorkloadColumns& operator=(const WorkloadColumns&) = delete;

  PolicyContext context(Rng& rng) const;
  Access at(Position position) const;
  std::uint64_t id(Slot s) const { return ids_[s]; }

 private:
  const Workload& workload_;
  std::vector<std::uint64_t> ids_;
  std::vector<Position> next_;
};

/// Which workloads a property is checked with.
struct WorkloadLimits {
  bool unit_only = false;         ///< without Sizes::kWeighed
  bool unsized = false;           ///< Sizes::kNone alone
  std::uint32_t accesses = 1500;  ///< at most
  int tests = 120;
};

/// Checks a property, which throws where it does not hold; "" or what RapidCheck says of the least
/// workload that breaks it. The seed is fixed unless RC_PARAMS is set.
std::string check_workloads(const WorkloadLimits& limits,
                            const std::function<void(const Workload&)>& property);

}  // namespace kvsim::policy_tests
