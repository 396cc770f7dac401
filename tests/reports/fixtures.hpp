#pragma once
// Results files as a simulator would write them, made up by formula.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kvsim::reports::testing {

using Json = nlohmann::ordered_json;

/// 22 labels, two of them Belady's.
std::vector<std::string> all_policies();

/// The hit blocks of 100,000 that the made-up runs state: distinct for every policy, capacity and
/// seed, growing with the capacity, Belady's above all.
std::uint64_t hits_of(const std::string& policy, std::uint64_t capacity, std::uint64_t seed = 1);

/// One run with every part that a replay writes.
Json make_run(const std::string& trace, const std::string& policy, std::uint64_t capacity,
              std::uint64_t seed = 1, std::uint64_t repeat = 0);

/// A results file of the runs.
Json make_results(const Json& runs);

/// Each of the traces × policies × capacities.
Json sweep(const std::vector<std::string>& traces, const std::vector<std::string>& policies,
           const std::vector<std::uint64_t>& capacities);

/// A folder of its own, gone when the test ends.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes a text or a JSON value into a file of the folder.
  std::filesystem::path write(const std::string& name, const std::string& text) const;
  std::filesystem::path write(const std::string& name, const Json& json) const;

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& path);
std::size_t occurrences(const std::string& text, const std::string& part);
/// The names in a folder, sorted.
std::vector<std::string> names_in(const std::filesystem::path& folder);

}  // namespace kvsim::reports::testing
