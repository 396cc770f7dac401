#include "model/tokenizer/byte_alphabet.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace kvsim {

namespace {

constexpr bool is_printable(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
}

constexpr std::uint32_t kShifted = 0x100;

constexpr std::array<std::uint16_t, 256> kCharacters = [] {
  std::array<std::uint16_t, 256> characters{};
  std::uint32_t next = kShifted;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    characters[byte] = static_cast<std::uint16_t>(is_printable(byte) ? byte : next++);
  }
  return characters;
}();

/// The byte of each character; -1 where it has none.
constexpr std::array<std::int16_t, 0x200> kBytes = [] {
  std::array<std::int16_t, 0x200> bytes{};
  for (auto& byte : bytes) byte = -1;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    bytes[kCharacters[byte]] = static_cast<std::int16_t>(byte);
  }
  return bytes;
}();

unsigned char at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool is_continued(std::string_view text, std::size_t i) {
  return i < text.size() && (at(text, i) & 0xc0U) == 0x80;
}

/// The length of the valid character at the beginning, 0 if there is none.
std::size_t valid_character(std::string_view text) {
  const unsigned first = at(text, 0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || !is_continued(text, 1)) return 0;
  if (first < 0xe0) return 2;
  const unsigned second = at(text, 1);
  if (!is_continued(text, 2)) return 0;
  if (first < 0xf0) {  // neither longer than needed nor half a surrogate pair
    return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ? 0 : 3;
  }
  if (first > 0xf4 || !is_continued(text, 3)) return 0;
  return (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ? 0 : 4;
}

}  // namespace

std::string byte_character(unsigned char byte) {
  const unsigned character = kCharacters[byte];
  if (character < 0x80) return {static_cast<char>(character)};
  return {static_cast<char>(0xc0U | character >> 6U),
          static_cast<char>(0x80U | (character & 0x3fU))};
}

std::string token_bytes(std::string_view token) {
  std::string bytes;
  for (std::size_t i = 0; i < token.size();) {
    unsigned character = at(token, i);
    std::size_t length = 1;
    if (character >= 0xc2 && character < 0xc8 && is_continued(token, i + 1)) {
      character = (character & 0x1fU) << 6U | (at(token, i + 1) & 0x3fU);
      length = 2;
    } else if (character >= 0x80) {
      return std::string(token);
    }
    if (kBytes[character] < 0) return std::string(token);
    bytes += static_cast<char>(kBytes[character]);
    i += length;
  }
  return bytes;
}

std::size_t valid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    // Eight bytes of ASCII at a time.
    std::uint64_t word = 0;
    if (text.size() - i >= sizeof word) {
      std::memcpy(&word, text.data() + i, sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        i += sizeof word;
        continue;
      }
    }
    const std::size_t length = valid_character(text.substr(i));
    if (length == 0) break;
    i += length;
  }
  return i;
}

std::size_t character_bytes(std::string_view text) {
  const unsigned first = at(text, 0);
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

}  // namespace kvsim
