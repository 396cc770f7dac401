#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim {

/// Cuts text into the pieces within which BPE merges. Each pattern cuts the pieces that the one
/// before it left: what it matches is a piece, and so is what lies between two matches.
///
/// Patterns are those of tokenizer.json files (Oniguruma's syntax), matched by PCRE2 with Unicode's
/// properties; `\s` is Unicode's White_Space, as there.
class PreTokenizer {
 public:
  /// Throws InputError naming `file`, the pattern and what is wrong with it.
  PreTokenizer(std::span<const std::string> patterns, std::string file);
  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;
  ~PreTokenizer();

  /// Appends the pieces of a text that is valid UTF-8. Throws InputError where a pattern needs more
  /// steps on this text than are allowed.
  void split(std::string_view text, std::vector<std::string_view>& pieces) const;

 private:
  struct Pattern;
  std::vector<Pattern> patterns_;
  std::string file_;
};

/// The patterns of the models that GGUF names in `tokenizer.ggml.pre`.
struct NamedPreTokenizer {
  std::string_view name;
  std::vector<std::string> patterns;
  bool whole_pieces_first = false;  ///< a piece that is a token is not merged anew
  bool composes = false;            ///< text is first brought to Unicode's form NFC
  bool adds_bos = false;            ///< where the file does not say
};
std::span<const NamedPreTokenizer> named_pre_tokenizers();

/// The pattern of GPT-2, which the pre-tokenizer "ByteLevel" stands for.
extern const std::string kGpt2Pattern;

}  // namespace kvsim
