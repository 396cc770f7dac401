#pragma once
// Sixteen control bytes, looked at in one go.

#include <array>
#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace kvsim {

/// What a control byte says of its place: a tag of 7 bits where there is an entry, or else these,
/// which are negative.
using Control = std::int8_t;
inline constexpr Control kEmptyPlace = -128;
inline constexpr Control kTombstone = -2;
inline constexpr unsigned kGroupSize = 16;

struct alignas(kGroupSize) ControlGroup {
  std::array<Control, kGroupSize> bytes;
};

/// The places of a group for which something holds, as bits.
class PlacesInGroup {
 public:
  explicit PlacesInGroup(std::uint32_t bits) : bits_(bits) {}
  explicit operator bool() const { return bits_ != 0; }
  unsigned first() const { return static_cast<unsigned>(std::countr_zero(bits_)); }
  void drop_first() { bits_ &= bits_ - 1; }
  bool operator==(const PlacesInGroup&) const = default;

 private:
  std::uint32_t bits_;
};

/// One byte after another: for processors without SSE2, and what it is tested against.
struct PortableGroup {
  static PlacesInGroup equal_to(const ControlGroup& group, Control control) {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < kGroupSize; ++i) {
      bits |= static_cast<std::uint32_t>(group.bytes[i] == control) << i;
    }
    return PlacesInGroup(bits);
  }
  /// Places without an entry.
  static PlacesInGroup open(const ControlGroup& group) {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < kGroupSize; ++i) {
      bits |= static_cast<std::uint32_t>(group.bytes[i] < 0) << i;
    }
    return PlacesInGroup(bits);
  }
};

#if defined(__SSE2__)
struct SseGroup {
  static PlacesInGroup equal_to(const ControlGroup& group, Control control) {
    return PlacesInGroup(static_cast<std::uint32_t>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(load(group), _mm_set1_epi8(control)))));
  }
  static PlacesInGroup open(const ControlGroup& group) {
    return PlacesInGroup(static_cast<std::uint32_t>(_mm_movemask_epi8(load(group))));
  }

 private:
  static __m128i load(const ControlGroup& group) {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(group.bytes.data()));
  }
};
using NativeGroup = SseGroup;
#else
using NativeGroup = PortableGroup;
#endif

}  // namespace kvsim
