#pragma once
// Results as JSON: the schema `kvsim.results/1`, documented in reports/schema.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/metrics/hash_audit.hpp"
#include "sim/metrics/hash_bench.hpp"
#include "sim/metrics/provenance.hpp"
#include "sim/metrics/result.hpp"
#include "sim/metrics/training.hpp"

namespace kvsim {

inline constexpr std::string_view kResultsSchema = "kvsim.results/1";

/// A results file.
struct Results {
  Provenance provenance;
  std::vector<RunResult> runs;
  std::vector<Curve> curves;
  std::optional<HashAudit> hash_audit;
  std::optional<HashBench> hash_bench;
  std::optional<TrainingResult> training;
};

/// One run as one line of JSON, in the schema's order of fields. Equal runs give equal text, and
/// parse_run reads it back without loss.
std::string to_json(const RunResult& run);
/// Throws InputError if `text` is no run.
RunResult parse_run(std::string_view text);

/// The whole file: an object whose runs stand on one line each.
std::string to_json(const Results& results);

/// Writes the file, whole or not at all. Throws InputError if it cannot be written.
void write_results(const std::filesystem::path& path, const Results& results);
/// Throws InputError unless a file could be written at `path`: to be known before hours of work.
void check_writable(const std::filesystem::path& path);

}  // namespace kvsim
