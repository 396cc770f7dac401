#pragma once
// Audits and benchmarks of hash functions as JSON: the sections `hash_audit` and `hash_bench` of
// results files.

#include <string>

#include "sim/metrics/hash_audit.hpp"
#include "sim/metrics/hash_bench.hpp"

namespace kvsim {

std::string to_json(const HashAudit& audit);
std::string to_json(const HashBench& bench);

}  // namespace kvsim
