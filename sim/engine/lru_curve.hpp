#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/replay.hpp"

namespace kvsim {

/// What LRU hits at every capacity in blocks, from one pass. LRU is a stack algorithm: a block is
/// resident exactly if fewer distinct blocks than the capacity were used since it was (Mattson,
/// Gecsei, Slutz and Traiger 1970, "Evaluation techniques for storage hierarchies").
class LruCurve {
 public:
  /// `hits[c]` and `tokens[c]`: what a cache of `c` blocks hits that one of `c - 1` does not.
  LruCurve(std::vector<std::uint64_t> hits, std::vector<std::uint64_t> tokens,
           std::uint64_t accesses, std::uint64_t input_tokens);

  /// Of a cache of `capacity` blocks.
  std::uint64_t hits(std::uint64_t capacity) const { return at(hits_, capacity); }
  std::uint64_t hit_tokens(std::uint64_t capacity) const { return at(tokens_, capacity); }
  std::uint64_t accesses() const { return accesses_; }
  std::uint64_t tokens() const { return input_tokens_; }
  /// The smallest capacity that a larger one never beats.
  std::uint64_t largest_useful() const { return hits_.size() - 1; }

 private:
  static std::uint64_t at(const std::vector<std::uint64_t>& sums, std::uint64_t capacity) {
    return sums[capacity < sums.size() ? capacity : sums.size() - 1];
  }

  std::vector<std::uint64_t> hits_;  // summed up
  std::vector<std::uint64_t> tokens_;
  std::uint64_t accesses_;
  std::uint64_t input_tokens_;
};

/// The curve of a stream without recorded events, for either reuse; warm-up by share. An access
/// costs a step a level of PrefixSums, of which there are four for a million blocks; memory is 21
/// bytes a distinct block, and for moments 16 more.
LruCurve lru_curve(const AccessStream& stream, Reuse reuse, const Warmup& warmup);

/// What LRU hits at every capacity in bytes, where objects have sizes: an access hits exactly if
/// the object and the distinct objects used since it was take no more than the capacity together
/// (Mattson et al. 1970: the top of the stack that fits).
///
/// That is what a replay hits at every capacity that holds the largest object: it evicts from the
/// stack's end and no more than must go, so that it holds the top that fits. A smaller cache
/// refuses objects larger than itself, which here push out what lies below them.
class LruByteCurve {
 public:
  /// `needed`: of each access that hits in some cache, the least capacity that it hits at.
  LruByteCurve(std::vector<std::uint64_t> needed, std::uint64_t accesses);

  /// Of a cache of `capacity` bytes.
  std::uint64_t hits(std::uint64_t capacity) const;
  std::uint64_t accesses() const { return accesses_; }

 private:
  std::vector<std::uint64_t> needed_;  // ascending
  std::uint64_t accesses_;
};

/// The curve of a stream of objects with sizes, with object reuse; warm-up by share. An object's
/// size is that of its slot. Holds eight bytes an access besides some 35 a distinct object.
LruByteCurve lru_byte_curve(const AccessStream& stream, const Warmup& warmup);

}  // namespace kvsim
