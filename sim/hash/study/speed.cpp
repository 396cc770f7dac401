#include "sim/hash/study/speed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "sim/core/ids.hpp"
#include "sim/core/rng.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/table/measure_lookups.hpp"

namespace kvsim {

namespace {

using Clock = std::chrono::steady_clock;

// The key of the last block of a prompt.
class ChainedPrompt {
 public:
  virtual ~ChainedPrompt() = default;
  virtual Digest last_key(std::span<const Token> prompt) = 0;
};

class OwnChainedPrompt : public ChainedPrompt {
 public:
  OwnChainedPrompt(const ComponentSpec& hash, std::size_t block_tokens, bool many_at_once)
      : hasher_(make_hasher(hash, 0)),
        parent_bytes_(digest_bytes(hash_traits(hash.name).bits)),
        block_bytes_(4 * block_tokens),
        many_at_once_(many_at_once) {}

  Digest last_key(std::span<const Token> prompt) override {
    std::vector<std::byte> key(parent_bytes_ + block_bytes_);
    Digest digest;
    const auto bytes = std::as_bytes(prompt);
    for (std::size_t at = 0; at + block_bytes_ <= bytes.size(); at += block_bytes_) {
      std::memcpy(key.data(), digest.words.data(), parent_bytes_);
      std::memcpy(key.data() + parent_bytes_, bytes.data() + at, block_bytes_);
      if (many_at_once_) {
        hasher_->digest_many(key, key.size(), {&digest, 1});
      } else {
        digest = hasher_->digest(key);
      }
    }
    return digest;
  }

 private:
  std::unique_ptr<Hasher> hasher_;
  std::size_t parent_bytes_;
  std::size_t block_bytes_;
  bool many_at_once_;
};

class EngineChainedPrompt : public ChainedPrompt {
 public:
  EngineChainedPrompt(const ComponentSpec& chain, std::size_t block_tokens)
      : chain_(make_chain(chain)), block_tokens_(block_tokens) {}

  Digest last_key(std::span<const Token> prompt) override {
    Digest digest = chain_->root();
    for (std::size_t at = 0; at + block_tokens_ <= prompt.size(); at += block_tokens_) {
      digest = chain_->next(digest, at == 0, prompt.subspan(at, block_tokens_), {});
    }
    return digest;
  }

 private:
  std::unique_ptr<Chain> chain_;
  std::size_t block_tokens_;
};

// One function at one block size.
struct Contestant {
  HashSpeed speed;
  std::unique_ptr<ChainedPrompt> prompt;
  Digest key;
  std::vector<double> seconds;  ///< a block, one a round
};

void check(bool holds, const Contestant& contestant) {
  if (holds) return;
  throw std::logic_error(
      fmt::format("{} (chain {}) gives other keys for the same blocks of {} tokens",
                  contestant.speed.hash, contestant.speed.chain, contestant.speed.block_tokens));
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<Contestant> contestants_of(const HashSpeedOptions& options,
                                       std::span<const Token> prompt) {
  std::vector<Contestant> all;
  for (const ComponentSpec& hash : options.hashes) {
    for (const std::uint64_t tokens : options.block_tokens) {
      Contestant one{{label_of(hash), std::string(kOwnChain), tokens, 0, 0, 0},
                     std::make_unique<OwnChainedPrompt>(hash, tokens, false),
                     {},
                     {}};
      one.key = one.prompt->last_key(prompt);
      check(OwnChainedPrompt(hash, tokens, true).last_key(prompt) == one.key, one);
      all.push_back(std::move(one));
    }
  }
  for (const ComponentSpec& chain : options.chains) {
    const std::string hash = make_chain(chain)->hash_name();
    for (const std::uint64_t tokens : options.block_tokens) {
      Contestant one{{hash, label_of(chain), tokens, 0, 0, 0},
                     std::make_unique<EngineChainedPrompt>(chain, tokens),
                     {},
                     {}};
      one.key = one.prompt->last_key(prompt);
      check(EngineChainedPrompt(chain, tokens).last_key(prompt) == one.key, one);
      all.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace

std::vector<HashSpeed> time_hashes(const HashSpeedOptions& options) {
  constexpr std::uint64_t kVocabulary = 128'000;
  Rng rng(1);
  const std::uint64_t longest =
      *std::max_element(options.block_tokens.begin(), options.block_tokens.end());
  std::vector<Token> prompt(std::max(options.prompt_tokens, longest));
  for (Token& token : prompt) token = static_cast<Token>(rng.below(kVocabulary));

  std::vector<Contestant> all = contestants_of(options, prompt);
  const std::size_t total = all.size() * options.rounds;
  std::size_t done = 0;
  for (std::uint64_t round = 0; round < options.rounds; ++round) {
    for (Contestant& one : all) {
      if (options.on_progress) options.on_progress(done++, total, one.speed.hash);
      const std::uint64_t blocks = prompt.size() / one.speed.block_tokens;
      std::uint64_t hashed = 0;
      Digest key;
      const auto began = Clock::now();
      std::chrono::duration<double> took{};
      while (took.count() < options.seconds_per_round || hashed == 0) {
        key = one.prompt->last_key(prompt);
        hashed += blocks;
        took = Clock::now() - began;
      }
      check(key == one.key, one);
      one.seconds.push_back(took.count() / static_cast<double>(hashed));
    }
  }
  std::vector<HashSpeed> speeds;
  for (Contestant& one : all) {
    one.speed.seconds_per_block = median(std::move(one.seconds));
    one.speed.blocks_per_second = 1 / one.speed.seconds_per_block;
    one.speed.bytes_per_second =
        4 * static_cast<double>(one.speed.block_tokens) * one.speed.blocks_per_second;
    speeds.push_back(std::move(one.speed));
  }
  return speeds;
}

std::vector<TableSpeed> time_tables(const TableSpeedOptions& options) {
  const std::size_t total = options.tables.size() * options.loads.size() * options.entries.size();
  std::vector<TableSpeed> speeds;
  for (const std::uint64_t entries : options.entries) {
    for (const double load : options.loads) {
      for (const ComponentSpec& table : options.tables) {
        if (options.on_progress) options.on_progress(speeds.size(), total, label_of(table));
        TableSpeed speed;
        speed.table = label_of(table);
        speed.load = load;
        for (const LookupTiming& timing : time_lookups(
                 table, load, entries, std::min(4 * entries, options.most_lookups), options.seed)) {
          (timing.hit ? speed.hit_ns : speed.miss_ns) = timing.ns;
          speed.entries = timing.entries;
          speed.memory_bytes = timing.memory_bytes;
        }
        speed.memory_bytes_per_block =
            static_cast<double>(speed.memory_bytes) / static_cast<double>(speed.entries);
        speeds.push_back(std::move(speed));
      }
    }
  }
  return speeds;
}

PrefillTime modelled_prefill(const CostModel& model, std::uint64_t prompt_tokens,
                             double cached_share) {
  const auto cached =
      std::min(static_cast<std::uint64_t>(static_cast<double>(prompt_tokens) * cached_share),
               prompt_tokens - 1);
  PrefillTime time;
  time.kind = "modelled";
  time.prompt_tokens = prompt_tokens;
  time.cached_share = cached_share;
  time.seconds = model.prefill_seconds(cached, prompt_tokens - cached);
  time.model = model.shape().name;
  time.device = model.device();
  time.assumptions = model.assumptions();
  return time;
}

std::vector<HashingShare> hashing_shares(const std::vector<HashSpeed>& speeds,
                                         const PrefillTime& prefill) {
  std::vector<HashingShare> shares;
  for (const HashSpeed& speed : speeds) {
    HashingShare share{speed.hash, speed.chain, speed.block_tokens, 0, 0};
    const std::uint64_t blocks = prefill.prompt_tokens / speed.block_tokens;
    share.seconds = speed.seconds_per_block * static_cast<double>(blocks);
    const bool measured = prefill.kind == "measured";
    share.share = share.seconds / (prefill.seconds + (measured ? 0 : share.seconds));
    shares.push_back(std::move(share));
  }
  return shares;
}

}  // namespace kvsim
