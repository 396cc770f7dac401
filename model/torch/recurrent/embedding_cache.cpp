#include "model/torch/recurrent/embedding_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "model/weights/weight_file.hpp"
#include "sim/core/error.hpp"
#include "sim/engine/live_cache.hpp"
#include "sim/hash/collisions.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/metrics/measure.hpp"
#include "sim/table/probe_tally.hpp"
#include "sim/table/table_list.hpp"  // made from tables.list
#include "traces/trace_builder.hpp"

namespace kvsim::torch_models {

EmbeddingStore::EmbeddingStore(const std::filesystem::path& path, const std::string& tensor)
    : name_(path.string()) {
  const WeightFile file = WeightFile::open(path);
  const TensorInfo* info = file.find(tensor);
  if (info == nullptr || info->type != StoredType::kF32 || info->shape.size() != 2 ||
      info->bytes == 0) {
    throw InputError(fmt::format("{}: no matrix '{}' of F32", name_, tensor));
  }
  name_ = file.file_name(*info);
  offset_ = info->offset;
  rows_ = info->shape[0];
  width_ = info->shape[1];
  fd_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw InputError(fmt::format("{}: {}", name_, std::strerror(errno)));
}

EmbeddingStore::~EmbeddingStore() {
  if (fd_ >= 0) ::close(fd_);
}

void EmbeddingStore::read(Token row, std::span<float> out) const {
  const std::size_t bytes = width_ * sizeof(float);
  char* to = reinterpret_cast<char*>(out.data());
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t n =
        ::pread(fd_, to + done, bytes - done, static_cast<off_t>(offset_ + row * bytes + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw InputError(fmt::format("{}: vector {} cannot be read: {}", name_, row,
                                   n == 0 ? "the file ends before it" : std::strerror(errno)));
    }
    done += static_cast<std::size_t>(n);
  }
}

namespace {

using Clock = std::chrono::steady_clock;

// Every token's key: its digest's low word, whose other bits are 0.
std::vector<std::uint64_t> keys_of(std::size_t tokens, const KeySpec& spec) {
  std::vector<std::uint64_t> ids(tokens);
  for (std::size_t t = 0; t < tokens; ++t) ids[t] = t;
  std::vector<Digest> digests(tokens);
  make_hasher(spec.hash, spec.seed)
      ->digest_many(std::as_bytes(std::span(ids)), sizeof(std::uint64_t), digests);
  std::vector<std::uint64_t> keys;
  for (const Digest& digest : digests) {
    keys.push_back(truncated(digest, std::min(spec.bits, 64U)).words[0]);
  }
  return keys;
}

template <HashTable T>
class TableCache : public EmbeddingCache {
 public:
  TableCache(const EmbeddingStore& store, const EmbeddingCacheConfig& config,
             const typename T::Config& table)
      : store_(store),
        width_(store.width()),
        key_(keys_of(store.rows(), config.keys)),
        slot_(store.rows(), kNoSlot),
        rows_(config.capacity * width_),
        table_(table, {config.capacity, config.load}),
        live_(make_live_cache(config.policy, config.capacity,
                              static_cast<std::uint32_t>(store.rows()), config.seed)) {
    for (std::uint64_t row = config.capacity; row > 0; --row) {
      free_.push_back(static_cast<std::uint32_t>(row - 1));
    }
    live_->observe_evictions([this](Slot slot) {
      // A policy that inserts first may give up the new entry itself.
      if (slot == entering_) return;
      Probes probes;
      table_.erase(entries_[slot].key, probes);
      free_.push_back(entries_[slot].row);
    });
  }

  void lookup(std::span<const Token> tokens, std::span<float> out) override {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const float* row = find(tokens[i]);
      float* to = out.data() + i * width_;
      if (row != nullptr) {
        std::copy_n(row, width_, to);
      } else {
        read(tokens[i], to);
      }
    }
  }

  EmbeddingCounts counts() const override {
    EmbeddingCounts counts = counts_;
    counts.cache = live_->counts();
    if (T::kCountsProbes) {
      counts.found = found_.lengths();
      counts.not_found = not_found_.lengths();
    }
    return counts;
  }

 private:
  using Probes = std::conditional_t<T::kCountsProbes, ProbeCounter, NoProbes>;
  struct Entry {
    std::uint64_t key = 0;
    Token owner = 0;
    std::uint32_t row = 0;
  };

  // The row in memory, or null where the store has to answer.
  const float* find(Token token) {
    ++counts_.lookups;
    const std::uint64_t key = key_[token];
    const Slot slot = slot_of(token);
    Probes probes;
    const Slot* found = table_.find(key, probes);
    if constexpr (T::kCountsProbes) (found != nullptr ? found_ : not_found_).add(probes.count);
    if (found != nullptr) {
      const Slot resident = *found;
      ++counts_.hits;
      const Entry entry = entries_[resident];
      live_->hit(resident);  // which may evict it
      if (entry.owner == token) return rows_.data() + entry.row * width_;
      ++counts_.false_hits;
      return nullptr;
    }
    entering_ = slot;
    live_->access(slot);
    entering_ = kNoSlot;
    if (!live_->contains(slot)) return nullptr;  // declined
    const std::uint32_t row = free_.back();
    free_.pop_back();
    entries_[slot] = {key, token, row};
    Probes inserting;
    table_.insert(key, slot, inserting);
    float* place = rows_.data() + row * width_;
    read(token, place);
    return place;
  }

  // Slots in order of the tokens' first appearance, as in a trace of them; tokens with one key
  // share the first one's.
  Slot slot_of(Token token) {
    if (slot_[token] == kNoSlot) {
      const auto next = static_cast<Slot>(entries_.size());
      entries_.emplace_back();
      slot_[token] = first_.try_emplace(key_[token], next).first->second;
    }
    return slot_[token];
  }

  void read(Token token, float* to) {
    store_.read(token, {to, width_});
    ++counts_.rows_read;
  }

  const EmbeddingStore& store_;
  const std::size_t width_;
  const std::vector<std::uint64_t> key_;           // by token
  std::vector<Slot> slot_;                         // by token
  std::unordered_map<std::uint64_t, Slot> first_;  // the first slot with a key
  std::vector<Entry> entries_;                     // by slot
  std::vector<float> rows_;
  std::vector<std::uint32_t> free_;
  T table_;
  std::unique_ptr<LiveCache> live_;
  Slot entering_ = kNoSlot;
  EmbeddingCounts counts_;
  ProbeTally found_, not_found_;
};

}  // namespace

std::unique_ptr<EmbeddingCache> make_embedding_cache(const EmbeddingStore& store,
                                                     const EmbeddingCacheConfig& config) {
  const ComponentSpec table = checked_table(config.table);
  check_load(table.name, config.load);
  std::unique_ptr<EmbeddingCache> cache;
  for_each_type(TableList{}, [&]<class T>() {
    if (table.name != T::kName) return;
    cache = std::make_unique<TableCache<T>>(
        store, config,
        parse_config<typename T::Config>(table.params, fmt::format("table '{}'", table.name)));
  });
  if (cache == nullptr) {
    throw InputError(fmt::format("table '{}' holds no keys; allowed is another one", table.name));
  }
  return cache;
}

EmbeddingRun run_embedding_cache(const EmbeddingStore& store, const EmbeddingCacheConfig& config,
                                 std::span<const Token> tokens, std::size_t stretch,
                                 const std::function<void(std::size_t, std::size_t)>& on_progress) {
  const std::unique_ptr<EmbeddingCache> cache = make_embedding_cache(store, config);
  const std::size_t width = store.width();
  std::vector<float> with(stretch * width);
  std::vector<float> without(stretch * width);
  EmbeddingRun run;
  bool is_with_first = true;
  for (std::size_t begin = 0; begin < tokens.size(); begin += stretch) {
    const auto part = tokens.subspan(begin, std::min(stretch, tokens.size() - begin));
    const auto timed = [](double& seconds, auto&& work) {
      const auto start = Clock::now();
      work();
      seconds += std::chrono::duration<double>(Clock::now() - start).count();
    };
    const auto look_up = [&] { timed(run.seconds_with, [&] { cache->lookup(part, with); }); };
    if (is_with_first) look_up();
    timed(run.seconds_without, [&] {
      for (std::size_t i = 0; i < part.size(); ++i) {
        store.read(part[i], std::span(without).subspan(i * width, width));
      }
    });
    if (!is_with_first) look_up();
    is_with_first = !is_with_first;
    const std::size_t floats = part.size() * width;
    run.is_equal =
        run.is_equal && std::memcmp(with.data(), without.data(), floats * sizeof(float)) == 0;
    if (on_progress) on_progress(begin + part.size(), tokens.size());
  }
  run.counts = cache->counts();
  return run;
}

Trace object_trace(std::span<const Token> tokens) {
  TraceBuilder builder(TraceBuilder::Kind::kObjects);
  for (const Token token : tokens) builder.add_object(token, 0);
  return builder.finish("tokens", "ids");
}

RunResult result_of(const EmbeddingRun& run, const EmbeddingCacheConfig& config,
                    const EmbeddingStore& store, std::span<const Token> tokens,
                    const std::string& name) {
  const EmbeddingCounts& counts = run.counts;
  std::vector<std::uint8_t> appears(store.rows(), 0);
  for (const Token token : tokens) appears[token] = 1;
  const std::vector<std::uint64_t> keys = keys_of(store.rows(), config.keys);
  std::vector<std::uint64_t> distinct_keys;
  for (std::size_t t = 0; t < keys.size(); ++t) {
    if (appears[t] != 0) distinct_keys.push_back(keys[t]);
  }
  const std::size_t distinct = distinct_keys.size();
  std::sort(distinct_keys.begin(), distinct_keys.end());
  distinct_keys.erase(std::unique(distinct_keys.begin(), distinct_keys.end()), distinct_keys.end());

  RunResult result;
  result.trace = name;
  result.policy = label_of(config.policy);
  result.policy_config = resolved_params(config.policy);
  result.reuse = name_of(Reuse::kObject);
  result.organisation = "flat";
  const std::uint64_t row_bytes = store.width() * sizeof(float);
  result.capacity.blocks = config.capacity;
  result.capacity.bytes = config.capacity * row_bytes;
  if (distinct > 0) {
    result.capacity.share = static_cast<double>(config.capacity) / static_cast<double>(distinct);
  }
  result.hash = HashResult{label_of(config.keys.hash), config.keys.bits, config.keys.seed,
                           label_of(config.keys.chain)};
  result.table.name = label_of(config.table);
  result.table.load = config.load;
  result.warmup.share = 0;
  result.seed = config.seed;
  result.touch_order = name_of(TouchOrder::kHeadFirst);
  result.lookup = name_of(Lookup::kAll);
  result.counts.requests = result.counts.accesses = counts.lookups;
  result.counts.hits = counts.hits;
  result.counts.misses = counts.lookups - counts.hits;
  result.counts.insertions = counts.cache.insertions;
  result.counts.evictions = counts.cache.evictions;
  result.counts.rejected = counts.cache.rejected;
  CollisionResult collisions;
  collisions.keys.observed = distinct - distinct_keys.size();
  const unsigned bits = std::min(config.keys.bits, 64U);
  collisions.keys.expected = expected_collisions(static_cast<double>(distinct), bits);
  collisions.keys.p_value = collision_p_value(collisions.keys.observed, distinct, bits);
  collisions.keys.beyond_chance = collisions.keys.p_value < kBeyondChance;
  collisions.false_hits = counts.false_hits;
  collisions.affected_requests = counts.false_hits;
  const auto lengths = [](const ProbeLengths& measured) -> std::optional<ProbeLengthResult> {
    if (measured.lookups == 0) return std::nullopt;
    ProbeLengthResult lengths_result;
    lengths_result.lookups = measured.lookups;
    lengths_result.mean = measured.mean;
    lengths_result.p99 = measured.p99;
    lengths_result.max = measured.max;
    for (std::size_t length = 0; length < measured.histogram.size(); ++length) {
      if (measured.histogram[length] == 0) continue;
      lengths_result.histogram.emplace_back(length, measured.histogram[length]);
    }
    return lengths_result;
  };
  collisions.found = lengths(counts.found);
  collisions.not_found = lengths(counts.not_found);
  if (counts.lookups > 0) {
    const auto of_lookups = [&](std::uint64_t n) {
      return static_cast<double>(n) / static_cast<double>(counts.lookups);
    };
    result.ratios.block_hit = result.ratios.request_hit = of_lookups(counts.hits);
    collisions.false_hit_ratio = of_lookups(counts.false_hits);
    SpeedupResult speedup;
    speedup.kind = "measured";
    speedup.throughput = run.seconds_without / run.seconds_with;
    speedup.assumptions = {{"what", std::string("embedding look-ups")},
                           {"store", std::string("file, float32, pread a row")},
                           {"row_bytes", static_cast<std::int64_t>(row_bytes)},
                           {"seconds_with", run.seconds_with},
                           {"seconds_without", run.seconds_without},
                           {"rows_read", static_cast<std::int64_t>(counts.rows_read)},
                           {"same_rows", run.is_equal}};
    result.speedup.push_back(std::move(speedup));
  }
  result.collisions = std::move(collisions);
  result.replay.seconds = run.seconds_with;
  result.replay.peak_rss_bytes = peak_rss_bytes();
  if (run.seconds_with > 0) {
    result.replay.accesses_per_second = static_cast<double>(counts.lookups) / run.seconds_with;
  }
  return result;
}

}  // namespace kvsim::torch_models
