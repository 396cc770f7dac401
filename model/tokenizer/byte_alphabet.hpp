#pragma once

#include <string>
#include <string_view>

namespace kvsim {

/// Byte-level vocabularies write each byte as a printable character: `Ġ` is the blank. Printable
/// bytes of Latin-1 stand for themselves, the others, in order, for the characters from U+0100 on.
///
/// Source: `bytes_to_unicode` in encoder.py of openai/gpt-2.

/// The character of a byte, in UTF-8.
std::string byte_character(unsigned char byte);

/// The bytes that a token of such a vocabulary stands for; one with another character in it, such
/// as a blank, stands for itself.
std::string token_bytes(std::string_view token);

/// The length of the longest beginning of `text` that is valid UTF-8.
std::size_t valid_utf8(std::string_view text);

/// The length of the character that valid UTF-8 begins with.
std::size_t character_bytes(std::string_view text);

}  // namespace kvsim
