#include "model/torch/recurrent/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/core/error.hpp"

namespace kvsim::torch_models {

namespace {

constexpr std::string_view kUnknownWord = "<unk>";
constexpr std::string_view kWordHeading = "word\n";
constexpr std::string_view kByteHeading = "byte\n";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_part_of_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' ||
         byte > 127;
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  bool line_has_words = false;
  const auto end_line = [&] {
    if (std::exchange(line_has_words, false)) words.push_back(kSentenceEnd);
  };
  for (std::size_t i = 0; i < text.size();) {
    if (is_space(text[i])) {
      if (text[i] == '\n') end_line();
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    if (is_part_of_word(text[i])) {
      while (end < text.size() && is_part_of_word(text[end])) ++end;
    }
    words.push_back(text.substr(i, end - i));
    line_has_words = true;
    i = end;
  }
  end_line();
  return words;
}

Vocabulary Vocabulary::of_bytes() { return Vocabulary(TextUnit::kByte); }

Vocabulary Vocabulary::of_words(std::span<const std::string_view> words, std::size_t most) {
  std::unordered_map<std::string_view, std::size_t> counts;
  for (const std::string_view word : words) ++counts[word];
  counts.erase(kSentenceEnd);
  std::vector<std::pair<std::string_view, std::size_t>> ranked(counts.begin(), counts.end());
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  Vocabulary vocabulary(TextUnit::kWord);
  vocabulary.add(std::string(kUnknownWord));
  vocabulary.add(std::string(kSentenceEnd));
  for (const auto& [word, count] : ranked) {
    if (vocabulary.size() >= most) break;
    vocabulary.add(std::string(word));
  }
  return vocabulary;
}

void Vocabulary::add(std::string word) {
  ids_.emplace(word, static_cast<Token>(words_.size()));
  words_.push_back(std::move(word));
}

Token Vocabulary::id_of(std::string_view word) const {
  const auto found = ids_.find(std::string(word));
  return found == ids_.end() ? kUnknown : found->second;
}

std::vector<Token> Vocabulary::encode(std::string_view text) const {
  if (unit_ == TextUnit::kWord) return encode(split_words(text));
  std::vector<Token> tokens;
  tokens.reserve(text.size());
  for (const char c : text) tokens.push_back(static_cast<unsigned char>(c));
  return tokens;
}

std::vector<Token> Vocabulary::encode(std::span<const std::string_view> words) const {
  std::vector<Token> tokens;
  tokens.reserve(words.size());
  for (const std::string_view word : words) tokens.push_back(id_of(word));
  return tokens;
}

std::string Vocabulary::decode(std::span<const Token> tokens) const {
  std::string text;
  for (const Token token : tokens) {
    if (unit_ == TextUnit::kByte) {
      text += static_cast<char>(token);
    } else if (token == kEnd) {
      text += '\n';
    } else {
      if (!text.empty() && text.back() != '\n') text += ' ';
      text += words_[token];
    }
  }
  return text;
}

std::string Vocabulary::saved() const {
  if (unit_ == TextUnit::kByte) return std::string(kByteHeading);
  std::string text(kWordHeading);
  for (const std::string& word : words_) {
    text += word;
    text += '\n';
  }
  return text;
}

Vocabulary Vocabulary::parse(std::string_view saved, const std::string& where) {
  const auto refuse = [&](const std::string& what) {
    throw InputError(fmt::format("{}: {}", where, what));
  };
  if (saved == kByteHeading) return of_bytes();
  if (!saved.starts_with(kWordHeading)) {
    refuse("no vocabulary, which starts with a line 'word' or 'byte'");
  }
  if (!saved.ends_with('\n')) refuse("cut off within a word");
  saved.remove_prefix(kWordHeading.size());
  Vocabulary vocabulary(TextUnit::kWord);
  while (!saved.empty()) {
    const std::size_t end = saved.find('\n');
    const std::string_view word = saved.substr(0, end);
    saved.remove_prefix(end + 1);
    if (word.empty()) refuse(fmt::format("token {} is an empty word", vocabulary.size()));
    if (vocabulary.ids_.contains(std::string(word))) {
      refuse(fmt::format("token {} is '{}', which token {} is already", vocabulary.size(), word,
                         vocabulary.id_of(word)));
    }
    vocabulary.add(std::string(word));
  }
  if (vocabulary.size() < 2 || vocabulary.words_[kUnknown] != kUnknownWord ||
      vocabulary.words_[kEnd] != kSentenceEnd) {
    refuse(fmt::format("does not start with {} and {}", kUnknownWord, kSentenceEnd));
  }
  return vocabulary;
}

}  // namespace kvsim::torch_models
