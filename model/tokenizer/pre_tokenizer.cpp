#include "model/tokenizer/pre_tokenizer.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <utility>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "model/tokenizer/byte_alphabet.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

constexpr std::size_t kLongestPattern = 4096;
constexpr std::uint32_t kMostSteps = 10'000'000;  // PCRE2's own default
constexpr std::uint32_t kMostMemory = 20'000;     // KiB, of its default 20 million

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

/// PCRE2's own `\s` has U+180E, which Unicode took out of White_Space in version 6.3.
std::string with_unicode_spaces(std::string_view pattern) {
  constexpr std::string_view kSpaces = "\\t-\\r\\x{85}\\p{Z}";
  std::string changed;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      const char next = pattern[++i];
      if (next == 's') {
        changed += in_class ? std::string(kSpaces) : fmt::format("[{}]", kSpaces);
      } else if (next == 'S' && !in_class) {
        changed += fmt::format("[^{}]", kSpaces);
      } else {
        changed += {'\\', next};
      }
      continue;
    }
    if (pattern[i] == '[') in_class = true;
    if (pattern[i] == ']') in_class = false;
    changed += pattern[i];
  }
  return changed;
}

}  // namespace

struct PreTokenizer::Pattern {
  std::string text;
  std::unique_ptr<pcre2_code, FreeCode> code;
};

PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;
PreTokenizer::~PreTokenizer() = default;

PreTokenizer::PreTokenizer(std::span<const std::string> patterns, std::string file)
    : file_(std::move(file)) {
  for (const std::string& text : patterns) {
    if (text.size() > kLongestPattern) {
      throw InputError(fmt::format("{}: a pattern of the pre-tokenizer has {} bytes (allowed: {})",
                                   file_, text.size(), kLongestPattern));
    }
    const std::string own = with_unicode_spaces(text);
    int error = 0;
    PCRE2_SIZE offset = 0;
    // \C, which matches a byte, would cut characters.
    pcre2_code* code =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(own.data()), own.size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (code == nullptr) {
      throw InputError(fmt::format("{}: the pre-tokenizer's pattern '{}' is not understood: {}",
                                   file_, text, message_of(error)));
    }
    patterns_.push_back({text, std::unique_ptr<pcre2_code, FreeCode>(code)});
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // where it cannot, matching works without
  }
}

void PreTokenizer::split(std::string_view text, std::vector<std::string_view>& pieces) const {
  const std::size_t kept = pieces.size();
  if (!text.empty()) pieces.push_back(text);
  const std::unique_ptr<pcre2_match_data, FreeMatch> match(pcre2_match_data_create(1, nullptr));
  const std::unique_ptr<pcre2_match_context, FreeContext> context(
      pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kMostSteps);
  pcre2_set_heap_limit(context.get(), kMostMemory);
  std::vector<std::string_view> cut;
  for (const Pattern& pattern : patterns_) {
    cut.clear();
    for (std::size_t p = kept; p < pieces.size(); ++p) {
      const std::string_view piece = pieces[p];
      std::size_t begin = 0;  // of what is in no piece yet
      std::size_t from = 0;
      while (from < piece.size()) {
        const int found =
            pcre2_match(pattern.code.get(), reinterpret_cast<PCRE2_SPTR>(piece.data()),
                        piece.size(), from, PCRE2_NO_UTF_CHECK, match.get(), context.get());
        if (found == PCRE2_ERROR_NOMATCH) break;
        if (found < 0) {
          throw InputError(
              fmt::format("{}: the pre-tokenizer's pattern '{}' fails on this text: {}", file_,
                          pattern.text, message_of(found)));
        }
        const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match.get());
        if (ends[1] <= ends[0] || ends[0] < begin) {  // nothing, or backwards by \K
          from += character_bytes(piece.substr(from));
          continue;
        }
        if (ends[0] > begin) cut.push_back(piece.substr(begin, ends[0] - begin));
        cut.push_back(piece.substr(ends[0], ends[1] - ends[0]));
        begin = from = ends[1];
      }
      if (begin < piece.size()) cut.push_back(piece.substr(begin));
    }
    pieces.resize(kept);
    pieces.insert(pieces.end(), cut.begin(), cut.end());
  }
}

const std::string kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::span<const NamedPreTokenizer> named_pre_tokenizers() {
  // Names: `get_vocab_base_pre` of llama.cpp's conversion. Patterns: GPT-2's encoder.py; the
  // tokenizer.json files of SmolLM2, Qwen2 and Llama 3.
  const auto with_digits = [](std::string_view digits) {
    return fmt::format(R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{}|)"
                       R"( ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
                       digits);
  };
  static const std::vector<NamedPreTokenizer> named = {
      {"gpt-2", {kGpt2Pattern}},
      {"smollm", {R"(\p{N})", kGpt2Pattern}},
      {"qwen2", {with_digits(R"(\p{N})")}, false, true},
      {"llama-bpe", {with_digits(R"(\p{N}{1,3})")}, true, false, true},
  };
  return named;
}

}  // namespace kvsim
