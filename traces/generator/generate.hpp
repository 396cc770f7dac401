#pragma once
// Workload generators by name.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/fields.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// What there is to know of a generator without its type.
struct GeneratorInfo {
  std::string name;
  std::string doc;  ///< one sentence and the source
  std::vector<FieldInfo> fields;
};

/// Every generator, in the order of generators.list.
const std::vector<GeneratorInfo>& generators();

/// The workload `name` with these parameters, made in memory: an equal name, parameters and seed
/// give an equal trace. Throws InputError if there is no such generator (with the nearest name), or
/// a parameter is unknown, given twice, of the wrong type or out of range.
Trace generate(const std::string& name, const Params& params, std::uint64_t seed);

/// Every parameter of `name` with the value that generate() would use, defaults included, for
/// provenance. Throws as generate() does.
Params resolve_generator_params(const std::string& name, const Params& params);

}  // namespace kvsim
