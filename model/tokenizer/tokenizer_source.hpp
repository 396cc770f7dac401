#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// What a tokenizer's file says, whichever it is.
struct TokenizerSource {
  enum class Kind : std::uint8_t {
    kAbsent,   ///< no token has this id
    kMerged,   ///< in the byte alphabet, made by merges
    kFixed,    ///< its text stands for it wherever it is
    kControl,  ///< the same, where the caller allows
  };
  struct Entry {
    std::string text;
    Kind kind = Kind::kAbsent;
  };

  std::string file;
  std::vector<Entry> tokens;  ///< by id
  std::vector<std::pair<std::string, std::string>> merges;
  std::vector<std::string> patterns;  ///< of the pre-tokenizer
  bool whole_pieces_first = false;
  bool composes = false;  ///< NFC
  std::optional<Token> unknown;
  std::optional<Token> bos;
  std::optional<Token> eos;
  bool adds_bos = false;
  std::string chat_template;  ///< Jinja; empty if there is none
};

/// The `tokenizer.ggml.*` keys of a GGUF file. Throws InputError naming file and key.
TokenizerSource read_gguf_tokenizer(std::span<const std::byte> bytes, const std::string& file);

/// A tokenizer.json and, where not empty, a tokenizer_config.json. Throws InputError naming file
/// and JSON pointer, also for what a tokenizer of this kind does not do (other normalisers,
/// pre-tokenizers, affixes).
TokenizerSource read_json_tokenizer(std::string_view tokenizer, std::string_view config,
                                    const std::string& file);

}  // namespace kvsim
