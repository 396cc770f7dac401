#include "tests/reports/fixtures.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

namespace kvsim::reports::testing {
namespace {

constexpr std::uint64_t kAccesses = 100000;
constexpr std::uint64_t kDistinct = 40000;
constexpr std::uint64_t kBlockBytes = 65536;

}  // namespace

std::vector<std::string> all_policies() {
  return {"fifo",        "lru",
          "mru",         "random",
          "clock",       "sieve",
          "s3fifo",      "slru",
          "2q",          "arc",
          "car",         "lirs",
          "lru_k",       "lfu",
          "perfect_lfu", "lfuda",
          "gdsf",        "hyperbolic",
          "wtinylfu",    "lecar",
          "belady",      "belady:bypass=true"};
}

std::uint64_t hits_of(const std::string& policy, std::uint64_t capacity, std::uint64_t seed) {
  const auto policies = all_policies();
  const auto it = std::find(policies.begin(), policies.end(), policy);
  const auto rank = static_cast<std::uint64_t>(it - policies.begin());
  const auto base =
      static_cast<std::uint64_t>(8000 * std::log2(1.0 + static_cast<double>(capacity) / 500.0));
  const std::uint64_t noise = policy == "random" ? 40 * (seed - 1) : 0;
  return base + 37 * rank + noise;
}

Json make_run(const std::string& trace, const std::string& policy, std::uint64_t capacity,
              std::uint64_t seed, std::uint64_t repeat) {
  const std::uint64_t hits = hits_of(policy, capacity, seed);
  const double ratio = static_cast<double>(hits) / kAccesses;
  return {{"trace", trace},
          {"policy", policy},
          {"policy_config", Json::object()},
          {"reuse", "prefix"},
          {"organisation", "flat"},
          {"block_size", 512},
          {"capacity",
           {{"blocks", capacity},
            {"bytes", capacity * kBlockBytes},
            {"share", static_cast<double>(capacity) / kDistinct}}},
          {"hash", {{"name", "xxh3_64"}, {"bits", 64}, {"seed", 0}, {"chain", "kvsim"}}},
          {"table", {{"name", "dense"}}},
          {"warmup", {{"share", 0.0}, {"requests", 0}}},
          {"seed", seed},
          {"repeat", repeat},
          {"touch_order", "head_first"},
          {"lookup", "all"},
          {"counts",
           {{"requests", 5000},
            {"accesses", kAccesses},
            {"hits", hits},
            {"misses", kAccesses - hits},
            {"tokens", kAccesses * 512},
            {"hit_tokens", hits * 500},
            {"insertions", kAccesses - hits},
            {"evictions", kAccesses - hits - std::min(capacity, kAccesses - hits)},
            {"rejected", 0}}},
          {"ratios", {{"block_hit", ratio}, {"token_hit", ratio * 500 / 512}}},
          {"memory", {{"metadata_bytes", 480000}, {"metadata_bytes_per_block", 12.0}}},
          {"replay", {{"seconds", 0.01}, {"accesses_per_second", 1e7}, {"shared_runs", 1}}}};
}

Json make_results(const Json& runs) {
  return {{"schema", "kvsim.results/1"},
          {"provenance",
           {{"kvsim_version", "0.1.0"},
            {"git_revision", "4f2a91c"},
            {"config", {{"policies", {"lru"}}, {"note", "<b>&"}}},
            {"config_sha256", std::string(64, 'c')},
            {"traces",
             {{{"name", "conversation"},
               {"path", "conversation.jsonl"},
               {"format", "mooncake"},
               {"sha256", std::string(64, 'a')},
               {"requests", 5000},
               {"accesses", kAccesses},
               {"distinct_blocks", kDistinct}}}},
            {"seeds", {1}},
            {"host", {{"name", "bench"}, {"cpu", "a CPU"}, {"cores", 2}, {"os", "Linux"}}},
            {"compiler", "g++ 12.2.0"},
            {"started", "2026-01-02T03:04:05Z"},
            {"finished", "2026-01-02T03:05:05Z"}}},
          {"runs", runs}};
}

Json sweep(const std::vector<std::string>& traces, const std::vector<std::string>& policies,
           const std::vector<std::uint64_t>& capacities) {
  Json runs = Json::array();
  for (const std::string& trace : traces) {
    for (const std::string& policy : policies) {
      for (const std::uint64_t capacity : capacities) {
        runs.push_back(make_run(trace, policy, capacity));
      }
    }
  }
  return runs;
}

Folder::Folder() {
  std::random_device device;
  path_ = std::filesystem::temp_directory_path() /
          ("kvsim_reports_test_" + std::to_string(device()) + std::to_string(device()));
  std::filesystem::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Folder::write(const std::string& name, const std::string& text) const {
  const auto target = path_ / name;
  std::filesystem::create_directories(target.parent_path());
  std::ofstream(target, std::ios::binary) << text;
  return target;
}

std::filesystem::path Folder::write(const std::string& name, const Json& json) const {
  return write(name, json.dump());
}

std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace kvsim::reports::testing
