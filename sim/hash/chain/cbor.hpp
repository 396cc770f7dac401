#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/hash/chain/bytes.hpp"

namespace kvsim {

/// Writes CBOR (RFC 8949) as cbor2 and fxamacker/cbor do in their canonical modes: every length and
/// integer in its shortest form, every container with its length in front.
class CborWriter {
 public:
  explicit CborWriter(Bytes& out) : out_(out) {}

  void none() { out_.push_back(std::byte{0xf6}); }
  void unsigned_integer(std::uint64_t value) { head(0, value); }
  void integer(std::int64_t value) {
    if (value >= 0) {
      head(0, static_cast<std::uint64_t>(value));
    } else {
      head(1, ~static_cast<std::uint64_t>(value));
    }
  }
  void bytes(std::span<const std::byte> value) {
    head(2, value.size());
    append(out_, value);
  }
  void text(std::string_view value) {
    head(3, value.size());
    append(out_, bytes_of(value));
  }
  /// What follows: as many items, or keys with their values.
  void begin_tuple(std::size_t items) { head(4, items); }
  void end_tuple(std::size_t) {}
  void begin_map(std::size_t pairs) { head(5, pairs); }
  void tokens(std::span<const Token> tokens) {
    begin_tuple(tokens.size());
    for (const Token token : tokens) unsigned_integer(token);
  }
  void finish() {}

 private:
  void head(unsigned major, std::uint64_t value) {
    const unsigned log = value < 24            ? 0
                         : value < 0x100       ? 1
                         : value < 0x10000     ? 2
                         : value < 0x100000000 ? 3
                                               : 4;
    if (log == 0) {
      out_.push_back(static_cast<std::byte>(major << 5 | value));
      return;
    }
    out_.push_back(static_cast<std::byte>(major << 5 | (23 + log)));
    for (unsigned shift = 8u << (log - 1); shift > 0;) {
      shift -= 8;
      out_.push_back(static_cast<std::byte>(value >> shift));
    }
  }

  Bytes& out_;
};

}  // namespace kvsim
