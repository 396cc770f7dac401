// Policies behind admission filters, as further cases.

#include <algorithm>
#include <map>
#include <memory>

#include "policies/admission/filtered.hpp"
#include "policies/admission/max_size.hpp"
#include "policies/admission/tinylfu.hpp"
#include "policies/cost_aware/gdsf.hpp"
#include "policies/recency/lru.hpp"
#include "policies/recency/slru.hpp"
#include "policies/structures/frequency_sketch.hpp"
#include "policies/structures/residents.hpp"
#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/filtered_lru.hpp"
#include "tests/policies/twins/share.hpp"

namespace kvsim::policy_tests {

std::vector<PolicyCase> filtered_cases() {
  using Filters = TypeList<TinyLfuAdmission, MaxSizeAdmission>;
  using FilteredLru = Filtered<Lru, Filters>;
  const auto twin = [](const FilteredLru::Config& config, const PolicyContext& context) {
    twins::FilteredLru::Parameters parameters;
    for (const auto& filter : config.filters) {
      if (const auto* bound = std::get_if<MaxSizeAdmission::Config>(&filter)) {
        parameters.largest =
            std::max<std::uint64_t>(1, twins::share(context.capacity, bound->share));
        continue;
      }
      const auto sketch = std::make_shared<FrequencySketch>(typical_residents(context));
      const auto slots = std::make_shared<std::map<twins::Id, Slot>>();
      for (Slot s = 0; s < context.slots; ++s) (*slots)[context.id(s)] = s;
      parameters.record = [sketch, slots](twins::Id id) { sketch->record(slots->at(id)); };
      parameters.estimate = [sketch, slots](twins::Id id) {
        return sketch->estimate(slots->at(id));
      };
    }
    return std::make_unique<twins::FilteredLru>(context.capacity, parameters);
  };
  const TinyLfuAdmission::Config tinylfu;
  const MaxSizeAdmission::Config max_size;
  const CaseTraits alone{.needs_twin = false};
  return {make_case_of<FilteredLru>("tinylfu+lru", {{}, {tinylfu}}, twin),
          make_case_of<FilteredLru>("max_size+lru", {{}, {max_size}}, twin),
          make_case_of<FilteredLru>("max_size+tinylfu+lru", {{}, {max_size, tinylfu}}, twin),
          make_case_of<Filtered<Slru, Filters>>("tinylfu+slru", {{}, {tinylfu}}, nullptr, alone),
          make_case_of<Filtered<Gdsf, Filters>>("tinylfu+gdsf", {{}, {tinylfu}}, nullptr, alone)};
}

}  // namespace kvsim::policy_tests
