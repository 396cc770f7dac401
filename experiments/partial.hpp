#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/metrics/result.hpp"

namespace kvsim {

/// What finished runs belong to: a configuration and its traces' content.
struct PartialIdentity {
  std::string config_sha256;
  std::vector<std::string> trace_sha256;
};

/// The finished runs of an experiment that is under way, in an append-only file of JSON Lines: a
/// header that says whose they are, then a line a run with its index in the plan and a checksum. A
/// line that a killed process left torn is passed over.
class PartialResults {
 public:
  /// Without `resume`, starts anew. With it, keeps the runs in the file, if there is one; throws
  /// InputError if they are another experiment's or another version's.
  PartialResults(std::filesystem::path path, const PartialIdentity& identity, bool resume);
  ~PartialResults();
  PartialResults(const PartialResults&) = delete;
  PartialResults& operator=(const PartialResults&) = delete;

  /// Runs that were in the file, by index.
  const std::map<std::size_t, RunResult>& finished() const { return finished_; }
  /// Appends a run, at once.
  void add(std::size_t index, const RunResult& run);

 private:
  void load(const std::string& header);

  std::filesystem::path path_;
  std::map<std::size_t, RunResult> finished_;
  std::FILE* file_ = nullptr;
};

}  // namespace kvsim
