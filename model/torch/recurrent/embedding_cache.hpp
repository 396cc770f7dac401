#pragma once
// Word vectors behind a cache: the key-value cache that language models had first. The matrix lies
// in a file, and a table of the simulator's finds the rows that are held in memory, which any of
// its policies may choose.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/engine/block_keys.hpp"
#include "sim/engine/replay.hpp"
#include "sim/metrics/result.hpp"
#include "sim/table/driven_table.hpp"

namespace kvsim::torch_models {

/// A matrix of float32 in a weight file, read row by row with pread.
class EmbeddingStore {
 public:
  /// Throws InputError where the file has no such matrix of float32.
  EmbeddingStore(const std::filesystem::path& path, const std::string& tensor);
  ~EmbeddingStore();
  EmbeddingStore(const EmbeddingStore&) = delete;
  EmbeddingStore& operator=(const EmbeddingStore&) = delete;

  std::size_t rows() const { return rows_; }
  std::size_t width() const { return width_; }
  /// Throws InputError where the system refuses.
  void read(Token row, std::span<float> out) const;

 private:
  std::string name_;
  int fd_ = -1;
  std::uint64_t offset_ = 0;
  std::size_t rows_ = 0, width_ = 0;
};

struct EmbeddingCacheConfig {
  PolicySpec policy;
  std::uint64_t capacity = 0;  ///< rows, from 1 on
  KeySpec keys;                ///< checked; of a token's id, as eight little-endian bytes
  ComponentSpec table{"linear_probing", {}};  ///< checked_table(); not `dense`
  double load = 0.8;                          ///< the capacity over the table's places
  std::uint64_t seed = 1;                     ///< of the policy
};

struct EmbeddingCounts {
  std::uint64_t lookups = 0;
  std::uint64_t hits = 0;
  std::uint64_t false_hits = 0;  ///< of the hits, those of another token's entry with the same key
  CacheCounts cache;
  std::uint64_t rows_read = 0;  ///< from the store
  ProbeLengths found, not_found;
};

/// Rows by token. What is counted is what a replay of the tokens as an object trace counts, at
/// equal policy, capacity and keys. A false hit touches the entry that it finds, as in a cache that
/// knows keys alone; but here it is seen, and its row comes from the store.
class EmbeddingCache {
 public:
  virtual ~EmbeddingCache() = default;
  /// Writes the tokens' rows one after another: tokens.size() × width floats.
  virtual void lookup(std::span<const Token> tokens, std::span<float> out) = 0;
  virtual EmbeddingCounts counts() const = 0;
};

/// `store` must outlive it. Throws InputError as make_live_cache() and checked_table() do.
std::unique_ptr<EmbeddingCache> make_embedding_cache(const EmbeddingStore& store,
                                                     const EmbeddingCacheConfig& config);

/// A stream of tokens, with the cache and without it.
struct EmbeddingRun {
  EmbeddingCounts counts;
  bool is_equal = true;  ///< both gave the same rows
  double seconds_with = 0, seconds_without = 0;
};

/// Looks the tokens up in stretches of `stretch`, each with the cache and straight from the store,
/// in turn first.
EmbeddingRun run_embedding_cache(
    const EmbeddingStore& store, const EmbeddingCacheConfig& config, std::span<const Token> tokens,
    std::size_t stretch = 1024,
    const std::function<void(std::size_t done, std::size_t total)>& on_progress = {});

/// The tokens as an object trace, a request each.
Trace object_trace(std::span<const Token> tokens);

/// The run as results files record it. `name` is the stream's.
RunResult result_of(const EmbeddingRun& run, const EmbeddingCacheConfig& config,
                    const EmbeddingStore& store, std::span<const Token> tokens,
                    const std::string& name);

}  // namespace kvsim::torch_models
