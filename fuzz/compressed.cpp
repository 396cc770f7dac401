// Reads arbitrary bytes as a compressed file, to its end or to 64 MiB.

#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/core/error.hpp"
#include "traces/reader/byte_source.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = std::size_t{64} << 20;
  static std::array<char, 1u << 16> piece;
  try {
    const auto source = kvsim::memory_source({reinterpret_cast<const char*>(data), size}, "fuzz");
    std::size_t all = 0;
    while (all < kMost) {
      const std::size_t n = source->read(piece);
      if (n == 0) break;
      all += n;
    }
  } catch (const kvsim::InputError&) {
  }
  return 0;
}
