#include "experiments/partial.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"
#include "sim/metrics/provenance.hpp"
#include "sim/metrics/result_json.hpp"
#include "traces/sha256.hpp"

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

std::string header_of(const PartialIdentity& identity) {
  const Json json{{"schema", "kvsim.partial/1"},
                  {"kvsim_version", kvsim_version()},
                  {"git_revision", git_revision()},
                  {"config_sha256", identity.config_sha256},
                  {"trace_sha256", identity.trace_sha256}};
  return json.dump();
}

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

// Which part of the header differs, in words.
std::string difference(const std::string& found, const std::string& expected) {
  const Json a = Json::parse(found, nullptr, false);
  const Json b = Json::parse(expected);
  if (!a.is_object()) return "is no file of unfinished results";
  const auto differs = [&](const char* key) { return !a.contains(key) || a[key] != b[key]; };
  if (differs("schema")) return "is no file of unfinished results";
  if (differs("config_sha256")) return "belongs to another configuration";
  if (differs("trace_sha256")) return "was made with other contents of the traces";
  return "was made by another build of kvsim";
}

}  // namespace

PartialResults::PartialResults(std::filesystem::path path, const PartialIdentity& identity,
                               bool resume)
    : path_(std::move(path)) {
  const std::string header = header_of(identity);
  if (resume) load(header);
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

void PartialResults::load(const std::string& header) {
  std::ifstream stream(path_, std::ios::binary);
  std::string line;
  if (!stream || !std::getline(stream, line)) return;
  if (line != header) {
    throw InputError(fmt::format("{}: {}: nothing to resume (run without --resume to start anew)",
                                 path_.string(), difference(line, header)));
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
