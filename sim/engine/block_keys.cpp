#include "sim/engine/block_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "sim/core/column_builder.hpp"
#include "sim/core/error.hpp"
#include "sim/engine/block_chain.hpp"
#include "sim/hash/collisions.hpp"
#include "sim/hash/hasher.hpp"

namespace kvsim {

namespace {

// Words of digests are no random numbers: whatever function made them is under test.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t seed = 0;
    for (const std::uint64_t word : digest.words) boost::hash_combine(seed, word);
    return seed;
  }
};

// The first access to each touched block, in order: slot, request and number of the block in it.
template <class F>
void for_each_first_access(const AccessStream& stream, F&& f) {
  std::vector<bool> seen(stream.distinct, false);
  for (std::uint64_t r = 0; r < stream.requests; ++r) {
    const std::uint64_t begin = stream.begin(r);
    const std::uint64_t end = stream.end(r);
    Slot parent = kNoSlot;
    for (std::uint64_t b = 0; b < end - begin; ++b) {
      const Slot s =
          stream.slot[stream.touch_order == TouchOrder::kHeadFirst ? begin + b : end - 1 - b];
      if (!seen[s]) {
        seen[s] = true;
        f(s, parent, r, b);
      }
      parent = s;
    }
  }
}

class KeyMaker {
 public:
  KeyMaker(const AccessStream& stream, const KeySpec& spec) : stream_(stream) {
    keys_.spec = spec;
    keys_.word.assign(stream.distinct, 0);
    keys_.first.assign(stream.distinct, kNoSlot);
  }

  BlockKeys make() {
    if (!has_tokens()) {
      hash_ids();
    } else if (keys_.spec.chain.name == kOwnChain) {
      hash_tokens();
    } else {
      hash_chain();
    }
    keys_.keys = keys_.representative.size();
    keys_.inputs = keys_.blocks;
    if (keys_.spec.bits > 64) count_words();
    if (keys_.keys == keys_.blocks) {
      keys_.first.clear();
    } else if (has_tokens() && keys_.spec.chain.name == kOwnChain) {
      keys_.inputs -= repeated_inputs();
    }
    return std::move(keys_);
  }

 private:
  bool has_tokens() const { return stream_.trace->tokens.has_value(); }
  unsigned bits() const { return keys_.spec.bits; }

  std::span<const Token> tokens_of(std::uint64_t r, std::uint64_t b) const {
    const TokenColumns& tokens = *stream_.trace->tokens;
    const std::uint64_t first = tokens.offset[r] + b * stream_.block_size;
    const std::uint64_t end = stream_.has_events
                                  ? tokens.offset[r + 1]
                                  : tokens.offset[r] + stream_.trace->requests.input_tokens[r];
    return tokens.token.span().subspan(first,
                                       std::min<std::uint64_t>(stream_.block_size, end - first));
  }

  void hash_ids() {
    constexpr std::size_t kBatch = 4096;
    const std::unique_ptr<Hasher> hasher = make_hasher(keys_.spec.hash, keys_.spec.seed);
    std::vector<Slot> slots;
    std::vector<std::uint64_t> ids;
    std::vector<Digest> digests(kBatch);
    const auto flush = [&] {
      hasher->digest_many(std::as_bytes(std::span(ids)), sizeof(std::uint64_t),
                          std::span(digests).first(ids.size()));
      for (std::size_t i = 0; i < ids.size(); ++i) take(slots[i], truncated(digests[i], bits()));
      slots.clear();
      ids.clear();
    };
    for_each_first_access(stream_, [&](Slot s, Slot, std::uint64_t, std::uint64_t) {
      slots.push_back(s);
      ids.push_back(stream_.id.empty() ? s : stream_.id[s]);
      if (ids.size() == kBatch) flush();
    });
    flush();
  }

  void hash_tokens() {
    BlockChain chain(keys_.spec);
    std::vector<Digest> wide;  // keys of more than a word
    if (bits() > 64) wide.resize(stream_.distinct);
    for_each_first_access(stream_, [&](Slot s, Slot parent, std::uint64_t r, std::uint64_t b) {
      Digest before;
      if (parent != kNoSlot) before = wide.empty() ? widened(keys_.word[parent]) : wide[parent];
      const Digest key = chain.next(before, parent == kNoSlot, tokens_of(r, b));
      if (!wide.empty()) wide[s] = key;
      take(s, key);
    });
  }

  void hash_chain() {
    BlockChain chain(keys_.spec);
    std::vector<Digest> whole(stream_.distinct);
    for_each_first_access(stream_, [&](Slot s, Slot parent, std::uint64_t r, std::uint64_t b) {
      const bool is_first = parent == kNoSlot;
      whole[s] = chain.next(is_first ? chain.root() : whole[parent], is_first, tokens_of(r, b));
      take(s, chain.key(whole[s]));
    });
  }

  void take(Slot s, const Digest& key) {
    ++keys_.blocks;
    keys_.word[s] = key.words[0];
    const bool is_wide = bits() > 64;
    const auto [slot, is_new] =
        is_wide ? insert(of_digest_, key, s) : insert(of_word_, key.words[0], s);
    keys_.first[s] = slot;
    if (is_new) keys_.representative.push_back(s);
  }

  template <class Map, class Key>
  static std::pair<Slot, bool> insert(Map& map, const Key& key, Slot s) {
    const auto [it, is_new] = map.try_emplace(key, s);
    return {it->second, is_new};
  }

  void count_words() {
    boost::unordered_flat_set<std::uint64_t> words;
    for (const Slot s : keys_.representative) words.insert(keys_.word[s]);
    keys_.words_differ = words.size() == keys_.representative.size();
  }

  // Blocks whose parents' keys coincide and whose tokens are equal are hashed from one input, and
  // then collide by any function. Returns how many are so besides the first of each.
  std::uint64_t repeated_inputs() const {
    std::vector<bool> is_shared(stream_.distinct, false);  // by key slot
    for_each_first_access(stream_, [&](Slot s, Slot, std::uint64_t, std::uint64_t) {
      if (keys_.first[s] != s) is_shared[keys_.first[s]] = true;
    });
    // A first block's parent is a key of zeros, which a block may have, too.
    const auto zero = of_word_.find(0);
    const Slot no_parent = zero == of_word_.end() ? kNoSlot : zero->second;
    if (no_parent != kNoSlot) is_shared[no_parent] = true;
    // Tokens by 128 bits of a function that the trace's author did not choose them against.
    const auto low = make_hasher({"xxh3_64", {}}, 0x9e3779b97f4a7c15);
    const auto high = make_hasher({"xxh3_64", {}}, 0xbf58476d1ce4e5b9);
    boost::unordered_flat_set<Digest, DigestHash> inputs;
    std::uint64_t repeated = 0;
    for_each_first_access(stream_, [&](Slot, Slot parent, std::uint64_t r, std::uint64_t b) {
      const Slot parent_key = parent == kNoSlot ? no_parent : keys_.first[parent];
      if (parent_key == kNoSlot || !is_shared[parent_key]) return;
      const auto bytes = std::as_bytes(tokens_of(r, b));
      const Digest input{
          {parent_key, bytes.size(), low->digest(bytes).words[0], high->digest(bytes).words[0]}};
      repeated += inputs.insert(input).second ? 0U : 1U;
    });
    return repeated;
  }

  const AccessStream& stream_;
  BlockKeys keys_;
  boost::unordered_flat_map<std::uint64_t, Slot> of_word_;
  boost::unordered_flat_map<Digest, Slot, DigestHash> of_digest_;
};

unsigned bits_of(const KeySpec& spec) {
  return spec.chain.name == kOwnChain ? hash_traits(spec.hash.name).bits
                                      : make_chain(spec.chain)->bits();
}

}  // namespace

KeySpec checked(KeySpec spec) {
  spec.chain = checked_chain(spec.chain);
  if (spec.chain.name == kOwnChain) {
    spec.hash = checked_hash(spec.hash);
    (void)make_hasher(spec.hash, spec.seed);
  } else {
    spec.hash = {make_chain(spec.chain)->hash_name(), {}};
    if (spec.seed != 0) {
      throw InputError(fmt::format(
          "chain '{}': has its seed by its own rules, but hash seed {} is given; allowed is 0",
          spec.chain.name, spec.seed));
    }
  }
  spec.bits = checked_bits(spec.hash.name, spec.bits, bits_of(spec));
  return spec;
}

void check_keys(const AccessStream& stream, const KeySpec& spec) {
  if (spec.chain.name == kOwnChain || stream.trace->tokens) return;
  throw InputError(
      fmt::format("trace '{}': chain '{}' hashes token ids, which it does not carry; allowed is "
                  "chain {}, which hashes its ids",
                  stream.trace->name, spec.chain.name, kOwnChain));
}

double BlockKeys::expected_collisions() const {
  return kvsim::expected_collisions(static_cast<double>(blocks), spec.bits);
}

double BlockKeys::p_value() const { return collision_p_value(inputs - keys, inputs, spec.bits); }

BlockKeys make_block_keys(const AccessStream& stream, const KeySpec& spec) {
  const KeySpec complete = checked(spec);
  check_keys(stream, complete);
  return KeyMaker(stream, complete).make();
}

AccessStream keyed_stream(const AccessStream& stream, const BlockKeys& keys) {
  AccessStream keyed = stream;
  if (keys.first.empty()) return keyed;
  ColumnBuilder<Slot> slots;
  Slot* out = slots.extend(stream.slot.size());
  for (std::size_t i = 0; i < stream.slot.size(); ++i) out[i] = keys.first[stream.slot[i]];
  keyed.slot = slots.take();
  keyed.next = {};
  keyed.previous = {};
  if (stream.has_sizes() && stream.access_bytes.empty()) {
    // What a request asks for is its own blocks' bytes, whoever's entry answers.
    ColumnBuilder<std::uint32_t> bytes;
    std::uint32_t* each = bytes.extend(stream.slot.size());
    for (std::size_t i = 0; i < stream.slot.size(); ++i) each[i] = stream.bytes[stream.slot[i]];
    keyed.access_bytes = bytes.take();
  }
  return keyed;
}

}  // namespace kvsim
