#pragma once

#include <array>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include "sim/hash/concept.hpp"

namespace kvsim {

/// CRC-32C (Castagnoli), by SSE4.2's instruction where the processor has it, else by a table. The
/// seed, folded to 32 bits, is the CRC of what came before, so 0 gives the usual one. A linear
/// code: the seed changes which digests come out, never which keys of one length collide; and keys
/// of one length that differ in 32 adjacent bits or fewer never do.
class Crc32c {
 public:
  static constexpr std::string_view kName = "crc32c";
  static constexpr std::string_view kDoc =
      "CRC-32C, 32 bits, by SSE4.2 where there is (Castagnoli 1993; RFC 3720, appendix B.4).";
  static constexpr HashTraits kTraits{32, true, HashStrength::kStructural};
  using Value = Digest64;
  struct Config {};

  Crc32c(const Config&, std::uint64_t seed)
      : start_(~folded_seed(seed)), by_instruction_(has_instruction()) {}
  /// As on a processor without the instruction.
  static Crc32c by_table(std::uint64_t seed) {
    Crc32c hash({}, seed);
    hash.by_instruction_ = false;
    return hash;
  }

  Value operator()(std::span<const std::byte> key) const {
    return ~(by_instruction_ ? of_instruction(start_, key) : of_table(start_, key));
  }

 private:
  static bool has_instruction() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("sse4.2") != 0;
#else
    return false;
#endif
  }

#if defined(__x86_64__)
  [[gnu::target("sse4.2")]] static std::uint32_t of_instruction(std::uint32_t crc,
                                                                std::span<const std::byte> key) {
    const std::byte* at = key.data();
    std::size_t left = key.size();
    std::uint64_t wide = crc;
    for (; left >= 8; left -= 8, at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      wide = _mm_crc32_u64(wide, word);
    }
    crc = static_cast<std::uint32_t>(wide);
    for (; left > 0; --left, ++at) crc = _mm_crc32_u8(crc, std::to_integer<std::uint8_t>(*at));
    return crc;
  }
#else
  static std::uint32_t of_instruction(std::uint32_t crc, std::span<const std::byte> key) {
    return of_table(crc, key);
  }
#endif

  static std::uint32_t of_table(std::uint32_t crc, std::span<const std::byte> key) {
    for (const std::byte b : key) {
      crc = (crc >> 8) ^ kTable[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xff];
    }
    return crc;
  }

  static constexpr std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) * 0x82f63b78);
      table[i] = crc;
    }
    return table;
  }();

  std::uint32_t start_;
  bool by_instruction_;
};

static_assert(HashFunction<Crc32c>);

}  // namespace kvsim
