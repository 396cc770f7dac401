#pragma once

#include <bit>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// hash((parent, (token, token, …))) as CPython 3.8 and later computes it on 64 bits, which is how
/// vLLM named blocks before it took SHA-256. The key's first eight bytes are the parent's hash, a
/// signed number; each four that follow are a token, unsigned. What a key lacks of its last word is
/// zeros, so a key of eight bytes or fewer is hash((number, ())).
///
/// An int hashes to itself modulo 2^61 - 1 with its sign, and what would be -1 to -2; a tuple is
/// one step of XXH64's lanes an element. PYTHONHASHSEED touches strings only: without a seed and
/// easily undone, it let one user's prompt name another's block (CVE-2025-25183).
class CPython {
 public:
  static constexpr std::string_view kName = "cpython";
  static constexpr std::string_view kDoc =
      "CPython's hash((parent, tokens)), vLLM's before SHA-256 (CPython 3.8, "
      "Objects/tupleobject.c and Python/pyhash.c).";
  static constexpr HashTraits kTraits{64, false, HashStrength::kStatistical};
  using Value = Digest64;
  struct Config {};

  CPython(const Config&, std::uint64_t) {}

  Value operator()(std::span<const std::byte> key) const {
    Tuple tokens;
    std::size_t at = 8;
    for (; at + 4 <= key.size(); at += 4) tokens.add(word<std::uint32_t>(key, at, 4));
    if (at < key.size()) tokens.add(word<std::uint32_t>(key, at, key.size() - at));
    Tuple block;
    block.add(hash_of_int(word<std::int64_t>(key, 0, key.size() < 8 ? key.size() : 8)));
    block.add(tokens.hash());
    return block.hash();
  }

  /// Of a tuple, from its elements' hashes.
  class Tuple {
   public:
    void add(std::uint64_t hash) {
      sum_ = std::rotl(sum_ + hash * 0xc2b2ae3d27d4eb4f, 31) * 0x9e3779b185ebca87;
      ++size_;
    }
    std::uint64_t hash() const {
      const std::uint64_t hash = sum_ + (size_ ^ kStart ^ 3527539);
      return hash == ~std::uint64_t{0} ? 1546275796 : hash;
    }

   private:
    static constexpr std::uint64_t kStart = 0x27d4eb2f165667c5;
    std::uint64_t sum_ = kStart;
    std::uint64_t size_ = 0;
  };

  /// hash(value).
  static std::uint64_t hash_of_int(std::int64_t value) {
    constexpr std::int64_t kPrime = (std::int64_t{1} << 61) - 1;
    const std::int64_t hash = value % kPrime;  // with the sign of `value`
    return static_cast<std::uint64_t>(hash == -1 ? -2 : hash);
  }

 private:
  template <class T>
  static T word(std::span<const std::byte> key, std::size_t at, std::size_t size) {
    T value{};
    if (size > 0) std::memcpy(&value, key.data() + at, size);
    return value;
  }
};

static_assert(HashFunction<CPython>);

}  // namespace kvsim
