#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "model/tokenizer/pre_tokenizer.hpp"
#include "model/tokenizer/tokenizer_source.hpp"
#include "model/weights/json_file.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

namespace {

/// Far more than any vocabulary has; what bounds the memory that a damaged file can ask for.
constexpr std::uint64_t kMostTokens = 1U << 22U;

Token token_id(const JsonPlace& place) {
  const std::uint64_t id = place.integer();
  if (id >= kMostTokens) place.refuse(fmt::format("below {}", kMostTokens));
  return static_cast<Token>(id);
}

void put(TokenizerSource& source, Token id, std::string text, TokenizerSource::Kind kind) {
  if (id >= source.tokens.size()) source.tokens.resize(id + std::size_t{1});
  source.tokens[id] = {std::move(text), kind};
}

std::string escaped_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}#-/ ").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

/// Refuses a member that is there and not `allowed`.
void require_flag(const JsonPlace& place, std::string_view key, bool allowed) {
  if (const auto flag = place.find(key); flag && flag->boolean() != allowed) {
    flag->refuse(allowed ? "true" : "false");
  }
}

void read_pre_tokenizer(const JsonPlace& place, TokenizerSource& source) {
  const JsonPlace type = place.at("type");
  if (type.text() == "Sequence") {
    const JsonPlace parts = place.at("pretokenizers");
    for (std::size_t i = 0; i < parts.size(); ++i) read_pre_tokenizer(parts.at(i), source);
  } else if (type.text() == "Digits") {
    const auto each = place.find("individual_digits");
    source.patterns.emplace_back(each && each->boolean() ? "\\p{N}" : "\\p{N}+");
  } else if (type.text() == "Split") {
    const JsonPlace behavior = place.at("behavior");
    if (behavior.text() != "Isolated") behavior.refuse("Isolated");
    require_flag(place, "invert", false);
    const JsonPlace pattern = place.at("pattern");
    if (const auto regex = pattern.find("Regex")) {
      source.patterns.push_back(regex->text());
    } else {
      source.patterns.push_back(escaped_pattern(pattern.at("String").text()));
    }
  } else if (type.text() == "ByteLevel") {
    require_flag(place, "add_prefix_space", false);
    const auto regex = place.find("use_regex");
    if (!regex || regex->boolean()) source.patterns.push_back(kGpt2Pattern);
  } else {
    type.refuse("Sequence, Digits, Split, ByteLevel");
  }
}

/// Whether any part of the pre-tokenizer writes bytes in the byte alphabet.
bool is_byte_level(const JsonPlace& place) {
  if (place.at("type").text() == "ByteLevel") return true;
  const auto parts = place.find("pretokenizers");
  for (std::size_t i = 0; parts && i < parts->size(); ++i) {
    if (is_byte_level(parts->at(i))) return true;
  }
  return false;
}

void read_normalizer(const JsonPlace& place, TokenizerSource& source) {
  const JsonPlace type = place.at("type");
  if (type.text() == "Sequence") {
    const JsonPlace parts = place.at("normalizers");
    for (std::size_t i = 0; i < parts.size(); ++i) read_normalizer(parts.at(i), source);
  } else if (type.text() == "NFC") {
    source.composes = true;
  } else {
    type.refuse("NFC");
  }
}

void read_model(const JsonPlace& model, TokenizerSource& source) {
  if (const auto type = model.find("type"); type && type->text() != "BPE") type->refuse("BPE");
  for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (const auto affix = model.find(key); affix && !affix->text().empty()) affix->refuse("none");
  }
  if (const auto dropout = model.find("dropout"); dropout && dropout->number() != 0) {
    dropout->refuse("none");
  }
  require_flag(model, "byte_fallback", false);
  if (const auto whole = model.find("ignore_merges")) source.whole_pieces_first = whole->boolean();

  const JsonPlace vocab = model.at("vocab");
  if (!vocab.value().is_object()) vocab.refuse("an object");
  for (const auto& [text, id] : vocab.value().items()) {
    const Token token = token_id(vocab.at(text));
    if (token < source.tokens.size() &&
        source.tokens[token].kind != TokenizerSource::Kind::kAbsent) {
      vocab.fail(
          fmt::format("gives '{}' and '{}' the id {}", source.tokens[token].text, text, token));
    }
    put(source, token, text, TokenizerSource::Kind::kMerged);
  }
  if (const auto unknown = model.find("unk_token")) {
    require_flag(model, "fuse_unk", false);
    source.unknown = token_id(vocab.at(unknown->text()));
  }
  const JsonPlace merges = model.at("merges");
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const JsonPlace merge = merges.at(i);
    if (merge.value().is_array()) {  // from version 0.20 of the library on
      if (merge.size() != 2) merge.fail("has not two elements");
      source.merges.emplace_back(merge.at(std::size_t{0}).text(), merge.at(std::size_t{1}).text());
      continue;
    }
    const std::string& text = merge.text();
    const std::size_t blank = text.find(' ');
    if (blank == std::string::npos || blank == 0 ||
        text.find(' ', blank + 1) != std::string::npos || blank + 1 == text.size()) {
      merge.refuse("two tokens with a blank between them");
    }
    source.merges.emplace_back(text.substr(0, blank), text.substr(blank + 1));
  }
}

void read_added_tokens(const JsonPlace& added, TokenizerSource& source) {
  for (std::size_t i = 0; i < added.size(); ++i) {
    const JsonPlace token = added.at(i);
    for (const std::string_view key : {"single_word", "lstrip", "rstrip"}) {
      require_flag(token, key, false);
    }
    const JsonPlace content = token.at("content");
    if (content.text().empty()) content.refuse("text that is not empty");
    const auto special = token.find("special");
    put(source, token_id(token.at("id")), content.text(),
        special && special->boolean() ? TokenizerSource::Kind::kControl
                                      : TokenizerSource::Kind::kFixed);
  }
}

/// The text of the token that a template puts in front of every text, if it does.
std::optional<std::string> token_in_front(const JsonPlace& processor) {
  const std::string& type = processor.at("type").text();
  if (type == "Sequence") {
    const JsonPlace parts = processor.at("processors");
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (auto found = token_in_front(parts.at(i))) return found;
    }
  } else if (type == "TemplateProcessing") {
    const JsonPlace single = processor.at("single");
    if (single.size() > 0) {
      if (const auto token = single.at(std::size_t{0}).find("SpecialToken")) {
        return token->at("id").text();
      }
    }
  }
  return std::nullopt;
}

std::optional<Token> find_token(const TokenizerSource& source, const std::string& text) {
  const auto found =
      std::find_if(source.tokens.begin(), source.tokens.end(), [&](const auto& token) {
        return token.kind != TokenizerSource::Kind::kAbsent && token.text == text;
      });
  if (found == source.tokens.end()) return std::nullopt;
  return static_cast<Token>(found - source.tokens.begin());
}

/// A token by its text, in tokenizer_config.json's two forms.
std::optional<Token> named_token(const JsonPlace& config, std::string_view key,
                                 const TokenizerSource& source) {
  const auto named = config.find(key);
  if (!named) return std::nullopt;
  const JsonPlace text = named->value().is_object() ? named->at("content") : *named;
  const auto found = find_token(source, text.text());
  if (!found) text.refuse("texts of tokens");
  return found;
}

void read_config(std::string_view text, const std::string& file, TokenizerSource& source) {
  const nlohmann::json json = parse_json(text, file);
  const JsonPlace config(json, file);
  source.bos = named_token(config, "bos_token", source);
  source.eos = named_token(config, "eos_token", source);
  if (const auto adds = config.find("add_bos_token")) source.adds_bos = adds->boolean();
  const auto chat = config.find("chat_template");
  if (!chat) return;
  if (!chat->value().is_array()) {
    source.chat_template = chat->text();
    return;
  }
  for (std::size_t i = 0; i < chat->size(); ++i) {  // several, by name
    if (chat->at(i).at("name").text() == "default") {
      source.chat_template = chat->at(i).at("template").text();
    }
  }
}

}  // namespace

TokenizerSource read_json_tokenizer(std::string_view tokenizer, std::string_view config,
                                    const std::string& file) {
  const nlohmann::json json = parse_json(tokenizer, file);
  const JsonPlace root(json, file);
  TokenizerSource source;
  source.file = file;
  read_model(root.at("model"), source);
  if (const auto added = root.find("added_tokens")) read_added_tokens(*added, source);
  if (const auto normalizer = root.find("normalizer")) read_normalizer(*normalizer, source);
  const JsonPlace pre = root.at("pre_tokenizer");
  if (!is_byte_level(pre)) pre.fail("has no part of type ByteLevel: only byte-level BPE is read");
  read_pre_tokenizer(pre, source);
  if (!config.empty()) read_config(config, file + " (tokenizer_config.json)", source);
  if (const auto processor = root.find("post_processor")) {
    if (const auto front = token_in_front(*processor)) {
      const auto token = find_token(source, *front);
      if (!token) processor->fail(fmt::format("names '{}', which is no token", *front));
      if (!source.bos) source.bos = token;
      source.adds_bos = source.bos == token;
    }
  }
  return source;
}

}  // namespace kvsim
