#pragma once
// The tokens of recurrent language models: words or bytes of plain text.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim::torch_models {

/// What a token is.
enum class TextUnit {
  kWord,  ///< words and punctuation marks; a line's end is one, too
  kByte,  ///< bytes, whatever they mean
};

/// The words of a text, in order: runs of letters, digits, apostrophes and bytes above 127; every
/// other visible character alone; and kSentenceEnd where a line that had any of them ends.
inline constexpr std::string_view kSentenceEnd = "<eos>";
std::vector<std::string_view> split_words(std::string_view text);

/// Token ids and what they stand for. Of words: 0 is every word that is not in it, 1 the sentence's
/// end, then come words by their frequency. Of bytes: the id is the byte.
class Vocabulary {
 public:
  static constexpr Token kUnknown = 0;
  static constexpr Token kEnd = 1;
  static constexpr std::size_t kBytes = 256;

  static Vocabulary of_bytes();
  /// The `most` most frequent of `words`, the two special ones included; equally frequent ones in
  /// alphabetical order.
  static Vocabulary of_words(std::span<const std::string_view> words, std::size_t most);

  TextUnit unit() const { return unit_; }
  std::size_t size() const { return unit_ == TextUnit::kByte ? kBytes : words_.size(); }
  Token id_of(std::string_view word) const;
  std::vector<Token> encode(std::string_view text) const;
  std::vector<Token> encode(std::span<const std::string_view> words) const;
  /// Words with spaces between them, sentence ends as line ends.
  std::string decode(std::span<const Token> tokens) const;

  /// The vocabulary as text, and back. `where` names it in messages. Throws InputError.
  std::string saved() const;
  static Vocabulary parse(std::string_view saved, const std::string& where);

 private:
  explicit Vocabulary(TextUnit unit) : unit_(unit) {}
  void add(std::string word);

  TextUnit unit_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, Token> ids_;
};

}  // namespace kvsim::torch_models
