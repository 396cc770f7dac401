#pragma once
// The layout of `.kvt` files, as FORMAT.md describes it, shared by reader and writer.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "sim/core/column.hpp"
#include "traces/trace.hpp"

namespace kvsim::kvt {

inline constexpr std::string_view kMagic{"\x89KVT\r\n\x1a\n", 8};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kAlignment = 64;

/// The first bytes of a file. Integers are little-endian.
struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t columns;                 ///< entries of the directory, which follows the header
  std::uint64_t file_size;               ///< bytes
  std::uint64_t directory_checksum;      ///< XXH64, seed 0, of the directory
  std::array<unsigned char, 32> sha256;  ///< of all bytes behind the header
  std::array<char, 56> reserved;         ///< zero
  std::uint64_t header_checksum;         ///< XXH64, seed 0, of the bytes before it
};
static_assert(sizeof(Header) == 128 && std::is_trivially_copyable_v<Header>);

enum class Type : std::uint8_t { kU8 = 1, kU32 = 2, kI32 = 3, kU64 = 4, kI64 = 5 };
enum class Encoding : std::uint8_t { kPlain = 0, kZstd = 1 };

/// One column: an array of `count` values, at `offset`, a multiple of kAlignment.
struct Entry {
  std::array<char, 32> name;  ///< padded with zero bytes
  Type type;
  Encoding encoding;
  std::array<char, 6> reserved;  ///< zero
  std::uint64_t count;
  std::uint64_t offset;          ///< of the first stored byte, from the beginning of the file
  std::uint64_t stored_bytes;    ///< plain: count times the type's size
  std::uint64_t checksum;        ///< XXH64, seed 0, of the stored bytes
  std::array<char, 24> padding;  ///< zero
};
static_assert(sizeof(Entry) == 96 && std::is_trivially_copyable_v<Entry>);

inline std::size_t size_of(Type type) {
  switch (type) {
    case Type::kU8:
      return 1;
    case Type::kU32:
    case Type::kI32:
      return 4;
    case Type::kU64:
    case Type::kI64:
      return 8;
  }
  return 0;
}

template <class T>
constexpr Type type_of() {
  if constexpr (sizeof(T) == 1) {
    return Type::kU8;
  } else if constexpr (sizeof(T) == 4) {
    return std::is_signed_v<T> ? Type::kI32 : Type::kU32;
  } else {
    static_assert(sizeof(T) == 8);
    return std::is_signed_v<T> ? Type::kI64 : Type::kU64;
  }
}

/// Calls `f(name, column)` for every column of the parts that the trace has: the one list that
/// reader and writer share.
template <class F>
void visit_texts(std::string_view offsets_name, std::string_view text_name, auto& texts, F&& f) {
  f(offsets_name, texts.offset);
  f(text_name, texts.text);
}

template <class F>
void visit_columns(auto& trace, F&& f) {
  auto& requests = trace.requests;
  f("request.arrival", requests.arrival);
  f("request.input_tokens", requests.input_tokens);
  f("request.output_tokens", requests.output_tokens);
  f("request.session", requests.session);
  f("request.parent", requests.parent);
  f("request.turn", requests.turn);
  f("request.category", requests.category);
  f("request.tenant", requests.tenant);
  f("request.priority", requests.priority);
  visit_texts("session_name.offset", "session_name.text", requests.session_names, f);
  visit_texts("category_name.offset", "category_name.text", requests.category_names, f);
  visit_texts("tenant_name.offset", "tenant_name.text", requests.tenant_names, f);
  if (trace.blocks) {
    auto& blocks = *trace.blocks;
    f("block.offset", blocks.offset);
    f("block.slot", blocks.slot);
    f("block.id", blocks.id);
    f("block.bytes", blocks.bytes);
    f("block.access_bytes", blocks.access_bytes);
    f("block.tokens_per_block", blocks.tokens_per_block);
  }
  if (trace.tokens) {
    f("token.offset", trace.tokens->offset);
    f("token.token", trace.tokens->token);
  }
  if (trace.events) {
    f("event.request", trace.events->request);
    f("event.kind", trace.events->kind);
    f("event.first", trace.events->first);
    f("event.count", trace.events->count);
  }
}

/// Columns of one value that say what the trace is; those of parts that it lacks are absent.
inline constexpr std::string_view kRequests = "trace.requests";     ///< u64
inline constexpr std::string_view kBlockSize = "trace.block_size";  ///< u32, with blocks
inline constexpr std::string_view kDistinct = "trace.distinct";     ///< u32, with blocks
inline constexpr std::string_view kEvents = "trace.events";         ///< u64, with events

}  // namespace kvsim::kvt
