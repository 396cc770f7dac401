#pragma once
// What a workload generator is: a plain struct with a name, a one-sentence doc, a Config that
// describes its fields, and a function from a Config and a seed to a Trace.

#include <concepts>
#include <cstdint>
#include <string_view>

#include "sim/core/fields.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// `generate(config, seed)` is a pure function: an equal config and seed give an equal trace. All
/// chance comes from kvsim::Rng and the samplers of sampling.hpp, never from std:: distributions,
/// whose streams differ between standard libraries.
template <class G>
concept TraceGenerator = requires(const typename G::Config& config, std::uint64_t seed) {
  { G::kName } -> std::convertible_to<std::string_view>;
  { G::kDoc } -> std::convertible_to<std::string_view>;
  { G::generate(config, seed) } -> std::same_as<Trace>;
  fields_of<typename G::Config>();
}
&&std::default_initializable<typename G::Config>;

}  // namespace kvsim
