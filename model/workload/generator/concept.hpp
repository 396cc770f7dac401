#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include "model/workload/workload.hpp"
#include "sim/core/fields.hpp"

namespace kvsim {

/// What makes up a workload: a plain struct with a name, a sentence, a Config with its fields, and
/// a function from a Config, its seed included, to sessions. An equal Config gives equal sessions:
/// all chance comes from kvsim::Rng.
template <class G>
concept WorkloadGenerator = requires(const typename G::Config& config) {
  { G::kName } -> std::convertible_to<std::string_view>;
  { G::kDoc } -> std::convertible_to<std::string_view>;
  { G::generate(config) } -> std::same_as<std::vector<WorkloadSession>>;
  fields_of<typename G::Config>();
}
&&std::default_initializable<typename G::Config>;

}  // namespace kvsim
