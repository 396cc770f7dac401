#pragma once

#include <cstdint>
#include <random>

namespace kvsim {

/// The one seeded generator of a run. Its stream is fixed by the C++ standard (mt19937_64), and the
/// bounded draws below are our own, so that a seed gives the same run with every standard library.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }

  /// Uniform in [0, bound), bound > 0, by multiplication with rejection (Lemire 2019, unbiased).
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>(next()) * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
      const std::uint64_t threshold = (0 - bound) % bound;
      while (static_cast<std::uint64_t>(product) < threshold) {
        product = static_cast<Wide>(next()) * bound;
      }
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::mt19937_64 engine_;
};

/// Draws below 2^32 at half the price: two from each word of the generator, its upper half first.
class HalfWordDraws {
 public:
  explicit HalfWordDraws(Rng& rng) : rng_(rng) {}

  /// Uniform in [0, bound), bound > 0, as Rng::below() is.
  std::uint32_t below(std::uint32_t bound) {
    std::uint64_t product = std::uint64_t{next()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t threshold = (0 - bound) % bound;
      while (static_cast<std::uint32_t>(product) < threshold) {
        product = std::uint64_t{next()} * bound;
      }
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

 private:
  std::uint32_t next() {
    has_half_ = !has_half_;
    if (!has_half_) return static_cast<std::uint32_t>(word_);
    word_ = rng_.next();
    return static_cast<std::uint32_t>(word_ >> 32);
  }

  Rng& rng_;
  std::uint64_t word_ = 0;
  bool has_half_ = false;
};

}  // namespace kvsim
