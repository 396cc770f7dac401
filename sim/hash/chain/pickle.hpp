#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "sim/hash/chain/bytes.hpp"

namespace kvsim {

/// Writes what CPython's pickle.dumps(value, protocol=5) gives for None, integers, bytes, text and
/// tuples of them (pickletools; PEP 3154): frames of 64 KiB, and a memo that nothing ever reads
/// back. CPython refers back to an object that it meets a second time; here every object is taken
/// for one of its own, which differs only where the very same text object occurs twice in a key, or
/// two texts of one same character do.
class PickleWriter {
 public:
  explicit PickleWriter(Bytes& out) : out_(out) {
    put(0x80);  // PROTO
    put(5);
  }

  void none() {
    begin_object();
    opcode(0x4e);  // NONE
  }

  void integer(std::int64_t value) {
    begin_object();
    open_frame();
    if (value >= 0 && value < 0x100) {
      put(0x4b);  // BININT1
      append_little_endian(out_, static_cast<std::uint64_t>(value), 1);
    } else if (value >= 0 && value < 0x10000) {
      put(0x4d);  // BININT2
      append_little_endian(out_, static_cast<std::uint64_t>(value), 2);
    } else if (value == static_cast<std::int32_t>(value)) {
      put(0x4a);  // BININT
      append_little_endian(out_, static_cast<std::uint64_t>(value), 4);
    } else {
      put(0x8a);  // LONG1: as few bytes as hold value and sign
      std::size_t size = 5;
      while (size < 8 && value >> (8 * size - 1) != 0 && value >> (8 * size - 1) != -1) ++size;
      put(static_cast<std::uint8_t>(size));
      append_little_endian(out_, static_cast<std::uint64_t>(value), size);
    }
  }

  void bytes(std::span<const std::byte> value) { payload(0x43, 0x42, value); }
  void text(std::string_view value) { payload(0x8c, 0x58, bytes_of(value)); }

  /// Around as many items.
  void begin_tuple(std::size_t items) {
    begin_object();
    if (items > 3) opcode(0x28);  // MARK
  }
  void end_tuple(std::size_t items) {
    if (items == 0) {
      opcode(0x29);  // EMPTY_TUPLE, which is not memoized
      return;
    }
    opcode(items <= 3 ? static_cast<std::uint8_t>(0x84 + items) : 0x74);  // TUPLE1 … TUPLE3, TUPLE
    opcode(kMemoize);
  }
  void tokens(std::span<const Token> tokens) {
    begin_tuple(tokens.size());
    for (const Token token : tokens) integer(token);
    end_tuple(tokens.size());
  }

  void finish() {
    opcode(0x2e);  // STOP
    close_frame();
  }

 private:
  static constexpr std::uint8_t kMemoize = 0x94;
  static constexpr std::size_t kFrameTarget = 64 * 1024;
  static constexpr std::size_t kSmallestFrame = 4;
  static constexpr std::size_t kFrameHead = 9;  // FRAME and its length
  static constexpr std::size_t kNoFrame = ~std::size_t{0};

  void put(std::uint8_t byte) { out_.push_back(std::byte{byte}); }
  void opcode(std::uint8_t code) {
    open_frame();
    put(code);
  }

  void payload(std::uint8_t short_code, std::uint8_t code, std::span<const std::byte> value) {
    begin_object();
    if (value.size() >= kFrameTarget) {
      close_frame();  // large ones stand between frames
    } else {
      open_frame();
    }
    if (value.size() < 0x100) {
      put(short_code);
      append_little_endian(out_, value.size(), 1);
    } else {
      put(code);
      append_little_endian(out_, value.size(), 4);
    }
    append(out_, value);
    opcode(kMemoize);
  }

  void begin_object() {
    if (frame_ != kNoFrame && out_.size() - frame_ - kFrameHead >= kFrameTarget) close_frame();
  }
  void open_frame() {
    if (frame_ != kNoFrame) return;
    frame_ = out_.size();
    out_.resize(out_.size() + kFrameHead);
  }
  void close_frame() {
    if (frame_ == kNoFrame) return;
    const auto head = out_.begin() + static_cast<std::ptrdiff_t>(frame_);
    const std::uint64_t size = out_.size() - frame_ - kFrameHead;
    if (size >= kSmallestFrame) {
      *head = std::byte{0x95};  // FRAME
      std::memcpy(&out_[frame_ + 1], &size, sizeof size);
    } else {
      out_.erase(head, head + kFrameHead);
    }
    frame_ = kNoFrame;
  }

  Bytes& out_;
  std::size_t frame_ = kNoFrame;  // where the open frame begins
};

}  // namespace kvsim
