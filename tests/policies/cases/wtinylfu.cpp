#include "policies/frequency/wtinylfu.hpp"

#include <map>
#include <memory>

#include "policies/structures/frequency_sketch.hpp"
#include "policies/structures/residents.hpp"
#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/share.hpp"
#include "tests/policies/twins/wtinylfu.hpp"
#include "tests/policies/twins/wtinylfu_libcachesim.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<WTinyLfu>() {
  const auto twin = [](const WTinyLfu::Config& config,
                       const PolicyContext& context) -> std::unique_ptr<twins::Twin> {
    if (config.variant == WTinyLfu::Variant::kLibcachesim) {
      return std::make_unique<twins::WTinyLfuLibCacheSim>(context.capacity);
    }
    const auto sketch = std::make_shared<FrequencySketch>(typical_residents(context));
    const auto slots = std::make_shared<std::map<twins::Id, Slot>>();
    for (Slot s = 0; s < context.slots; ++s) (*slots)[context.id(s)] = s;
    twins::WTinyLfu::Parameters parameters;
    parameters.window_units = context.capacity - twins::share(context.capacity, 1 - config.window);
    parameters.protected_units =
        twins::share(context.capacity - parameters.window_units, config.protected_share);
    parameters.record = [sketch, slots](twins::Id id) { sketch->record(slots->at(id)); };
    parameters.estimate = [sketch, slots](twins::Id id) { return sketch->estimate(slots->at(id)); };
    return std::make_unique<twins::WTinyLfu>(context.capacity, parameters);
  };
  return {
      make_case<WTinyLfu>("", twin), make_case<WTinyLfu>("window=0.3,protected=0.5", twin),
      make_case<WTinyLfu>("window=1", twin),
      make_case<WTinyLfu>("variant=libcachesim", twin, {.unit_only = true, .bytes_per_slot = 24})};
}

}  // namespace kvsim::policy_tests
