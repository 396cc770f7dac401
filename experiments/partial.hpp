#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/metrics/result.hpp"

namespace kvsim {

/// What finished runs belong to: a configuration and its traces' content.
struct PartialIdentity {
  std::string config_sha256;
  std::vector<std::string> trace_sha256;
};

/// That, and the build of kvsim, as one line of JSON.
std::string identity_text(const PartialIdentity& identity);
/// How two such lines differ: "another configuration", "other contents of the traces", "another
/// build of kvsim"; empty: not at all. Throws InputError if the first is no such line.
std::string identity_difference(const std::string& found, const std::string& expected);

/// One of several parts into which an experiment's runs are dealt, for jobs that know nothing of
/// each other.
struct Part {
  std::size_t number = 1;  ///< from 1 to `of`
  std::size_t of = 1;
};
/// Where finished runs are kept until all are: `RESULTS.json.partial`, of a part
/// `RESULTS.json.partial-3-of-10`.
std::filesystem::path partial_of(const std::filesystem::path& results,
                                 std::optional<Part> part = {});
/// The files of parts that there are, of however many.
std::vector<std::filesystem::path> partials_of_parts(const std::filesystem::path& results);

/// How many finished runs the file holds, whosever they are; 0 where there is none.
std::size_t count_finished(const std::filesystem::path& path);

/// The finished runs of an experiment that is under way, in an append-only file of JSON Lines: a
/// header that says whose they are, then a line a run with its index in the plan and a checksum. A
/// line that a killed process left torn is passed over.
class PartialResults {
 public:
  /// Without `resume`, starts anew. With it, keeps the runs in the file, if there is one, and takes
  /// those in `others` too; throws InputError if they are another experiment's or another
  /// version's.
  PartialResults(std::filesystem::path path, const PartialIdentity& identity, bool resume,
                 const std::vector<std::filesystem::path>& others = {});
  ~PartialResults();
  PartialResults(const PartialResults&) = delete;
  PartialResults& operator=(const PartialResults&) = delete;

  /// Runs that were in the file, by index.
  const std::map<std::size_t, RunResult>& finished() const { return finished_; }
  /// Appends a run, at once.
  void add(std::size_t index, const RunResult& run);

 private:
  void load(const std::filesystem::path& path, const std::string& header);

  std::filesystem::path path_;
  std::map<std::size_t, RunResult> finished_;
  std::FILE* file_ = nullptr;
};

}  // namespace kvsim
