#include <fmt/format.h>

#include <algorithm>

#include "model/tokenizer/pre_tokenizer.hpp"
#include "model/tokenizer/tokenizer_source.hpp"
#include "model/weights/gguf.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

namespace {

// `llama_token_type` in llama.h, which `tokenizer.ggml.token_type` holds.
constexpr std::int64_t kNormal = 1;
constexpr std::int64_t kUnknown = 2;
constexpr std::int64_t kControl = 3;
constexpr std::int64_t kUserDefined = 4;
constexpr std::int64_t kUnused = 5;

TokenizerSource::Kind kind_of(std::int64_t type) {
  switch (type) {
    case kUnknown:
    case kControl:
      return TokenizerSource::Kind::kControl;
    case kUserDefined:
      return TokenizerSource::Kind::kFixed;
    case kUnused:
      return TokenizerSource::Kind::kAbsent;
    default:
      return TokenizerSource::Kind::kMerged;
  }
}

[[noreturn]] void fail(const std::string& file, std::string_view key, std::string_view what) {
  throw InputError(fmt::format("{}: key '{}' {}", file, key, what));
}

const NamedPreTokenizer& find_pre_tokenizer(const std::string& file, std::string_view name) {
  std::string names;
  for (const NamedPreTokenizer& named : named_pre_tokenizers()) {
    if (named.name == name) return named;
    names += (names.empty() ? "" : ", ") + std::string(named.name);
  }
  fail(file, "tokenizer.ggml.pre", fmt::format("is '{}' (allowed: {})", name, names));
}

}  // namespace

TokenizerSource read_gguf_tokenizer(std::span<const std::byte> bytes, const std::string& file) {
  const GgufContent content = read_gguf(bytes, file);
  const GgufMetadata& metadata = content.metadata;
  const auto model = metadata.text("tokenizer.ggml.model");
  if (!model) fail(file, "tokenizer.ggml.model", "is not there");
  if (*model != "gpt2") {
    fail(file, "tokenizer.ggml.model",
         fmt::format("is '{}' (allowed: gpt2, byte-level BPE)", *model));
  }
  const auto texts = metadata.texts("tokenizer.ggml.tokens");
  if (!texts) fail(file, "tokenizer.ggml.tokens", "is not there");
  const auto types = metadata.integers("tokenizer.ggml.token_type");
  if (types && types->size() != texts->size()) {
    fail(file, "tokenizer.ggml.token_type",
         fmt::format("has {} elements, and there are {} tokens", types->size(), texts->size()));
  }
  TokenizerSource source;
  source.file = file;
  source.tokens.reserve(texts->size());
  for (std::size_t i = 0; i < texts->size(); ++i) {
    source.tokens.push_back({std::string((*texts)[i]), kind_of(types ? (*types)[i] : kNormal)});
  }
  const auto merges = metadata.texts("tokenizer.ggml.merges");
  if (!merges) fail(file, "tokenizer.ggml.merges", "is not there");
  source.merges.reserve(merges->size());
  for (const std::string_view merge : *merges) {
    const std::size_t blank = merge.find(' ', 1);
    if (blank == std::string_view::npos || blank + 1 == merge.size()) {
      fail(file, "tokenizer.ggml.merges", fmt::format("has '{}' (allowed: two tokens)", merge));
    }
    source.merges.emplace_back(merge.substr(0, blank), merge.substr(blank + 1));
  }
  const NamedPreTokenizer& pre =
      find_pre_tokenizer(file, metadata.text("tokenizer.ggml.pre").value_or("gpt-2"));
  source.patterns = pre.patterns;
  source.whole_pieces_first = pre.whole_pieces_first;
  source.composes = pre.composes;
  const auto id = [&](std::string_view key) -> std::optional<Token> {
    const auto found = metadata.integer(key);
    if (!found) return std::nullopt;
    if (*found >= source.tokens.size()) {
      fail(file, key, fmt::format("is {}, and there are {} tokens", *found, source.tokens.size()));
    }
    return static_cast<Token>(*found);
  };
  source.bos = id("tokenizer.ggml.bos_token_id");
  source.eos = id("tokenizer.ggml.eos_token_id");
  source.adds_bos = metadata.boolean("tokenizer.ggml.add_bos_token").value_or(pre.adds_bos);
  source.chat_template = metadata.text("tokenizer.chat_template").value_or("");
  return source;
}

}  // namespace kvsim
