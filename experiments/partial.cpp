#include "experiments/partial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"
#include "sim/core/placed.hpp"
#include "sim/metrics/provenance.hpp"
#include "sim/metrics/result_json.hpp"
#include "traces/sha256.hpp"

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

std::string checksum(std::size_t index, const std::string& run) {
  Sha256 sha;
  sha.update(fmt::format("{} ", index));
  sha.update(run);
  return sha.hex();
}

std::string line_of(std::size_t index, const RunResult& result) {
  const std::string run = to_json(result);
  return fmt::format("{{\"index\":{},\"sha256\":\"{}\",\"run\":{}}}\n", index, checksum(index, run),
                     run);
}

// Nothing where the line is torn or altered.
std::optional<std::pair<std::size_t, RunResult>> read_line(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("index") || !json.contains("sha256") ||
      !json.contains("run") || !json["index"].is_number_unsigned()) {
    return std::nullopt;
  }
  const auto index = json["index"].get<std::size_t>();
  const std::string run = json["run"].dump();
  if (json["sha256"] != checksum(index, run)) return std::nullopt;
  return std::pair(index, parse_run(run));
}

}  // namespace

std::string identity_text(const PartialIdentity& identity) {
  const Json json{{"schema", "kvsim.partial/1"},
                  {"kvsim_version", kvsim_version()},
                  {"git_revision", git_revision()},
                  {"config_sha256", identity.config_sha256},
                  {"trace_sha256", identity.trace_sha256}};
  return json.dump();
}

std::string identity_difference(const std::string& found, const std::string& expected) {
  if (found == expected) return "";
  const Json a = Json::parse(found, nullptr, false);
  const Json b = Json::parse(expected);
  const auto differs = [&](const char* key) { return !a.contains(key) || a[key] != b[key]; };
  if (!a.is_object() || differs("schema")) throw InputError("is no file of unfinished results");
  if (differs("config_sha256")) return "another configuration";
  if (differs("trace_sha256")) return "other contents of the traces";
  return "another build of kvsim";
}

std::filesystem::path partial_of(const std::filesystem::path& results, std::optional<Part> part) {
  if (!part) return results.string() + ".partial";
  return fmt::format("{}.partial-{}-of-{}", results.string(), part->number, part->of);
}

std::vector<std::filesystem::path> partials_of_parts(const std::filesystem::path& results) {
  const std::filesystem::path folder = results.has_parent_path() ? results.parent_path() : ".";
  const std::string start = results.filename().string() + ".partial-";
  constexpr std::string_view kOf = "-of-";
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(start)) continue;
    const std::string_view rest = std::string_view(name).substr(start.size());
    const std::size_t of = rest.find(kOf);
    if (of == std::string_view::npos) continue;
    if (is_number(rest.substr(0, of)) && is_number(rest.substr(of + kOf.size()))) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::size_t count_finished(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string line;
  if (!stream || !std::getline(stream, line)) return 0;
  std::size_t count = 0;
  while (std::getline(stream, line)) count += read_line(line) ? 1U : 0U;
  return count;
}

PartialResults::PartialResults(std::filesystem::path path, const PartialIdentity& identity,
                               bool resume, const std::vector<std::filesystem::path>& others)
    : path_(std::move(path)) {
  const std::string header = identity_text(identity);
  if (resume) load(path_, header);
  for (const auto& other : others) load(other, header);
  // Rewritten without what was torn, so that appending starts on a line of its own.
  OutputFile fresh(path_);
  fresh.write(header + "\n");
  for (const auto& [index, run] : finished_) fresh.write(line_of(index, run));
  fresh.commit();
  file_ = std::fopen(path_.c_str(), "ab");
  if (file_ == nullptr) {
    throw InputError(
        fmt::format("{}: cannot be appended to: {}", path_.string(), std::strerror(errno)));
  }
}

PartialResults::~PartialResults() {
  if (file_ != nullptr) std::fclose(file_);
}

void PartialResults::load(const std::filesystem::path& path, const std::string& header) {
  std::ifstream stream(path, std::ios::binary);
  std::string line;
  if (!stream || !std::getline(stream, line)) return;
  const std::string difference =
      placed(path.string(), [&] { return identity_difference(line, header); });
  if (!difference.empty()) {
    throw InputError(fmt::format("{}: belongs to {}: nothing to resume (remove it to start anew)",
                                 path.string(), difference));
  }
  while (std::getline(stream, line)) {
    if (auto entry = read_line(line)) finished_.insert(std::move(*entry));
  }
}

void PartialResults::add(std::size_t index, const RunResult& run) {
  const std::string line = line_of(index, run);
  if (std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fflush(file_) != 0) {
    throw InputError(
        fmt::format("{}: cannot be appended to: {}", path_.string(), std::strerror(errno)));
  }
}

}  // namespace kvsim
