#pragma once
// What device functions hash, read in place: neither a block's tokens nor its parent's key are
// copied in front of each other. Of the standard library, only what runs on a GPU.

#include <cstddef>
#include <cstdint>

#include "sim/core/host_device.hpp"

namespace kvsim::device {

/// A digest of up to 256 bits, zero-extended, laid out as kvsim::Digest is.
struct DigestWords {
  std::uint64_t word[4];
};

/// The low `bits` (1 … 256), as truncated() keeps them.
KVSIM_HOST_DEVICE inline DigestWords cut(DigestWords digest, unsigned bits) {
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned from = 64 * i;
    if (bits <= from) {
      digest.word[i] = 0;
    } else if (bits < from + 64) {
      digest.word[i] &= (std::uint64_t{1} << (bits - from)) - 1;
    }
  }
  return digest;
}

KVSIM_HOST_DEVICE inline std::uint32_t rotated_left(std::uint32_t x, unsigned by) {
  return x << by | x >> (32 - by);
}
KVSIM_HOST_DEVICE inline std::uint64_t rotated_left(std::uint64_t x, unsigned by) {
  return x << by | x >> (64 - by);
}
KVSIM_HOST_DEVICE inline std::uint32_t swapped_bytes(std::uint32_t x) {
  x = (x & 0x00ff00ff) << 8 | (x >> 8 & 0x00ff00ff);
  return rotated_left(x, 16);
}
KVSIM_HOST_DEVICE inline std::uint64_t swapped_bytes(std::uint64_t x) {
  return std::uint64_t{swapped_bytes(static_cast<std::uint32_t>(x))} << 32 |
         swapped_bytes(static_cast<std::uint32_t>(x >> 32));
}

/// Bytes in one piece, of any length. Reads are little-endian, at any offset within size().
class Bytes {
 public:
  KVSIM_HOST_DEVICE Bytes(const unsigned char* data, std::uint64_t size)
      : data_(data), size_(size) {}

  KVSIM_HOST_DEVICE std::uint64_t size() const { return size_; }
  KVSIM_HOST_DEVICE std::uint8_t u8(std::uint64_t at) const { return data_[at]; }
  KVSIM_HOST_DEVICE std::uint32_t u32(std::uint64_t at) const {
    return std::uint32_t{u8(at)} | std::uint32_t{u8(at + 1)} << 8 |
           std::uint32_t{u8(at + 2)} << 16 | std::uint32_t{u8(at + 3)} << 24;
  }
  KVSIM_HOST_DEVICE std::uint64_t u64(std::uint64_t at) const {
    return u32(at) | std::uint64_t{u32(at + 4)} << 32;
  }

 private:
  const unsigned char* data_;
  std::uint64_t size_;
};

/// A parent's key, of 8, 16 or 32 bytes, followed by a block's tokens. As its size is a multiple of
/// four bytes, no function reads a word of it elsewhere than at a multiple of four.
class BlockMessage {
 public:
  KVSIM_HOST_DEVICE BlockMessage(const DigestWords& parent, unsigned parent_bytes,
                                 const std::uint32_t* tokens, std::uint64_t count)
      : parent_(parent), parent_bytes_(parent_bytes), tokens_(tokens), count_(count) {}

  KVSIM_HOST_DEVICE std::uint64_t size() const { return parent_bytes_ + 4 * count_; }
  KVSIM_HOST_DEVICE std::uint8_t u8(std::uint64_t at) const {
    return static_cast<std::uint8_t>(u32(at & ~std::uint64_t{3}) >> (8 * (at & 3)));
  }
  KVSIM_HOST_DEVICE std::uint32_t u32(std::uint64_t at) const {
    if (at >= parent_bytes_) return tokens_[(at - parent_bytes_) / 4];
    return static_cast<std::uint32_t>(parent_.word[at / 8] >> (8 * (at & 4)));
  }
  KVSIM_HOST_DEVICE std::uint64_t u64(std::uint64_t at) const {
    return u32(at) | std::uint64_t{u32(at + 4)} << 32;
  }

 private:
  DigestWords parent_;
  unsigned parent_bytes_;
  const std::uint32_t* tokens_;
  std::uint64_t count_;
};

}  // namespace kvsim::device
