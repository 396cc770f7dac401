#pragma once
// Element types of keys and values, sixteen bytes of them at a time, for host and device alike.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "sim/core/host_device.hpp"
#ifdef __CUDACC__
#include <cuda_fp16.h>
#endif

namespace kvsim::kernels {

/// What a key or value is stored as. An int8 element q stands for q × scale, its row's scale being
/// the row's largest magnitude / 127. Floats are rounded to nearest, ties to even.
enum class Element : std::uint8_t { kFloat32, kFloat16, kBfloat16, kInt8 };

constexpr std::size_t bytes_of(Element element) {
  if (element == Element::kFloat32) return 4;
  return element == Element::kInt8 ? 1 : 2;
}

constexpr const char* name_of(Element element) {
  switch (element) {
    case Element::kFloat32:
      return "float32";
    case Element::kFloat16:
      return "float16";
    case Element::kBfloat16:
      return "bfloat16";
    case Element::kInt8:
      return "int8";
  }
  return "";
}

KVSIM_HOST_DEVICE inline std::uint32_t bits_of(float x) {
#ifdef __CUDA_ARCH__
  return __float_as_uint(x);
#else
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
#endif
}

KVSIM_HOST_DEVICE inline float float_of(std::uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __uint_as_float(bits);
#else
  float x = 0;
  std::memcpy(&x, &bits, sizeof x);
  return x;
#endif
}

/// Each type has its Bits, value(bits), and bits(value).
struct Float32 {
  static constexpr Element kElement = Element::kFloat32;
  using Bits = std::uint32_t;
  KVSIM_HOST_DEVICE static float value(Bits bits) { return float_of(bits); }
  KVSIM_HOST_DEVICE static Bits bits(float x) { return bits_of(x); }
};

/// IEEE 754's binary16: 5 bits of exponent, 10 of fraction.
struct Float16 {
  static constexpr Element kElement = Element::kFloat16;
  using Bits = std::uint16_t;

  KVSIM_HOST_DEVICE static float value(Bits bits) {
#ifdef __CUDA_ARCH__
    return __half2float(__ushort_as_half(bits));
#else
    const std::uint32_t sign = std::uint32_t{bits & 0x8000U} << 16;
    const std::uint32_t rest = bits & 0x7fffU;
    if (rest >= 0x7c00) return float_of(sign | 0x7f800000U | rest << 13);  // infinity, NaN
    if (rest < 0x0400) {                                                   // subnormal, zero
      const float magnitude = static_cast<float>(rest) * 0x1p-24F;
      return float_of(sign | bits_of(magnitude));
    }
    return float_of(sign | ((rest << 13) + (112U << 23)));
#endif
  }

  KVSIM_HOST_DEVICE static Bits bits(float x) {
#ifdef __CUDA_ARCH__
    return __half_as_ushort(__float2half_rn(x));
#else
    const std::uint32_t all = bits_of(x);
    const std::uint32_t sign = all >> 16 & 0x8000U;
    const std::uint32_t rest = all & 0x7fffffffU;
    if (rest > 0x7f800000U) return static_cast<Bits>(sign | 0x7fffU);   // NaN
    if (rest >= 0x477ff000U) return static_cast<Bits>(sign | 0x7c00U);  // rounds beyond 65504
    if (rest < 0x38800000U) {  // below the least normal number: a multiple of 2^-24
      // Adding 1/2 leaves a float whose last bit is worth 2^-24: the processor rounds.
      const float rounded = float_of(rest) + 0.5F;
      return static_cast<Bits>(sign | (bits_of(rounded) - bits_of(0.5F)));
    }
    const std::uint32_t even = rest >> 13 & 1;
    return static_cast<Bits>(sign | ((rest - (112U << 23) + 0xfffU + even) >> 13));
#endif
  }
};

/// A float32's upper half.
struct Bfloat16 {
  static constexpr Element kElement = Element::kBfloat16;
  using Bits = std::uint16_t;
  KVSIM_HOST_DEVICE static float value(Bits bits) { return float_of(std::uint32_t{bits} << 16); }
  KVSIM_HOST_DEVICE static Bits bits(float x) {
    const std::uint32_t all = bits_of(x);
    if ((all & 0x7fffffffU) > 0x7f800000U) return static_cast<Bits>(all >> 16 | 0x40U);  // NaN
    return static_cast<Bits>((all + 0x7fffU + (all >> 16 & 1)) >> 16);
  }
};

/// In units of the row's scale.
struct Int8 {
  static constexpr Element kElement = Element::kInt8;
  using Bits = std::uint8_t;
  KVSIM_HOST_DEVICE static float value(Bits bits) {
    return static_cast<float>(static_cast<std::int8_t>(bits));
  }
  KVSIM_HOST_DEVICE static Bits bits(float x) {
    // 1.5 × 2^23 leaves a float no bits below 1: the processor rounds.
    x = x < -127.0F ? -127.0F : x <= 127.0F ? x : 127.0F;
    return static_cast<Bits>(bits_of(x + 0x1.8p23F) & 0xffU);
  }
};

/// What a thread reads or writes at once.
struct alignas(16) Vector {
  std::uint32_t word[4];
};

template <class E>
inline constexpr int kPerVector = 16 / static_cast<int>(sizeof(typename E::Bits));

KVSIM_HOST_DEVICE inline Vector load(const void* from) {
  Vector v;
#ifdef __CUDA_ARCH__
  const uint4 u = *static_cast<const uint4*>(from);
  v = {{u.x, u.y, u.z, u.w}};
#else
  std::memcpy(&v, from, sizeof v);
#endif
  return v;
}

KVSIM_HOST_DEVICE inline void store(void* to, const Vector& v) {
#ifdef __CUDA_ARCH__
  *static_cast<uint4*>(to) = make_uint4(v.word[0], v.word[1], v.word[2], v.word[3]);
#else
  std::memcpy(to, &v, sizeof v);
#endif
}

#ifdef __CUDA_ARCH__
#define KVSIM_UNROLL _Pragma("unroll")
#else
#define KVSIM_UNROLL
#endif

/// A vector's kPerVector<E> values.
template <class E>
KVSIM_HOST_DEVICE void unpack(const Vector& v, float* values) {
  constexpr int kPerWord = kPerVector<E> / 4;
  KVSIM_UNROLL
  for (int i = 0; i < kPerVector<E>; ++i) {
    values[i] = E::value(
        static_cast<typename E::Bits>(v.word[i / kPerWord] >> (32 / kPerWord * (i % kPerWord))));
  }
}

template <class E>
KVSIM_HOST_DEVICE Vector pack(const float* values) {
  constexpr int kPerWord = kPerVector<E> / 4;
  Vector v{};
  KVSIM_UNROLL
  for (int i = 0; i < kPerVector<E>; ++i) {
    v.word[i / kPerWord] |= std::uint32_t{E::bits(values[i])} << (32 / kPerWord * (i % kPerWord));
  }
  return v;
}

/// One value of an array of floats; the array's type is known only when the program runs.
KVSIM_HOST_DEVICE inline float load_float(Element element, const void* array, std::int64_t at) {
  switch (element) {
    case Element::kFloat16:
      return Float16::value(static_cast<const std::uint16_t*>(array)[at]);
    case Element::kBfloat16:
      return Bfloat16::value(static_cast<const std::uint16_t*>(array)[at]);
    default:
      return static_cast<const float*>(array)[at];
  }
}

KVSIM_HOST_DEVICE inline void store_float(Element element, void* array, std::int64_t at, float x) {
  switch (element) {
    case Element::kFloat16:
      static_cast<std::uint16_t*>(array)[at] = Float16::bits(x);
      return;
    case Element::kBfloat16:
      static_cast<std::uint16_t*>(array)[at] = Bfloat16::bits(x);
      return;
    default:
      static_cast<float*>(array)[at] = x;
  }
}

/// call<E>() of the element's type.
template <class Call>
void with_element(Element element, const Call& call) {
  switch (element) {
    case Element::kFloat32:
      return call.template operator()<Float32>();
    case Element::kFloat16:
      return call.template operator()<Float16>();
    case Element::kBfloat16:
      return call.template operator()<Bfloat16>();
    case Element::kInt8:
      return call.template operator()<Int8>();
  }
}

}  // namespace kvsim::kernels
