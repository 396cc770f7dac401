#include "model/tokenizer/tokenizer.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <utility>

#include "model/tokenizer/bpe.hpp"
#include "model/tokenizer/byte_alphabet.hpp"
#include "model/tokenizer/pre_tokenizer.hpp"
#include "model/tokenizer/tokenizer_source.hpp"
#include "sim/core/error.hpp"
#include "sim/core/mapped_file.hpp"

namespace kvsim {

namespace {

using Kind = TokenizerSource::Kind;

constexpr std::string_view kMessageStart = "<|im_start|>";
constexpr std::string_view kMessageEnd = "<|im_end|>";
/// BPE counts positions in a piece in 32 bits; longer texts are for callers to cut.
constexpr std::size_t kLongestText = std::size_t{1} << 31U;

/// Finds texts of tokens in a text: at the first place where one begins, the longest.
class FixedTexts {
 public:
  void add(std::string text, Token token) { texts_.push_back({std::move(text), token}); }

  void finish() {
    std::sort(texts_.begin(), texts_.end(),
              [](const auto& a, const auto& b) { return a.text < b.text; });
    for (const Entry& entry : texts_) begins_[static_cast<unsigned char>(entry.text[0])] = true;
  }

  struct Found {
    std::size_t begin;
    std::size_t size;
    Token token;
  };

  /// The first from `from` on.
  std::optional<Found> find(std::string_view text, std::size_t from) const {
    for (std::size_t begin = from; begin < text.size(); ++begin) {
      if (!begins_[static_cast<unsigned char>(text[begin])]) continue;
      if (const auto found = longest_at(text, begin)) return found;
    }
    return std::nullopt;
  }

 private:
  struct Entry {
    std::string text;
    Token token;
  };

  /// Narrows the sorted texts down to those that agree with ever more of the text.
  std::optional<Found> longest_at(std::string_view text, std::size_t begin) const {
    std::optional<Found> longest;
    auto low = texts_.begin();
    auto high = texts_.end();
    for (std::size_t size = 0; low != high; ++size) {
      if (low->text.size() == size) {
        longest = Found{begin, size, low->token};
        ++low;
      }
      if (begin + size == text.size()) break;
      const auto wanted = static_cast<unsigned char>(text[begin + size]);
      const auto at = [size](const Entry& entry) {
        return static_cast<unsigned char>(entry.text[size]);
      };
      low = std::partition_point(low, high, [&](const Entry& e) { return at(e) < wanted; });
      high = std::partition_point(low, high, [&](const Entry& e) { return at(e) == wanted; });
    }
    return longest;
  }

  std::vector<Entry> texts_;
  std::array<bool, 256> begins_{};
};

/// A text in Unicode's form NFC.
std::string composed(std::string_view text) {
  utf8proc_uint8_t* result = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &result,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (size < 0) return std::string(text);
  std::string form(reinterpret_cast<const char*>(result), static_cast<std::size_t>(size));
  std::free(result);  // NOLINT: utf8proc's own allocation
  return form;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

/// The system message that a ChatML template writes where the chat has none: the first text between
/// `<|im_start|>system\n` and `<|im_end|>` with nothing of the template's language in between.
std::string default_system_message(std::string_view chat_template) {
  for (const std::string_view line_end : {"\n", "\\n"}) {
    const std::string opening = fmt::format("{}system{}", kMessageStart, line_end);
    for (std::size_t at = chat_template.find(opening); at != std::string_view::npos;
         at = chat_template.find(opening, at + 1)) {
      const std::size_t begin = at + opening.size();
      const std::size_t end = chat_template.find(kMessageEnd, begin);
      if (end == std::string_view::npos) break;
      const std::string_view message = chat_template.substr(begin, end - begin);
      if (message.find_first_of("'\"{}\\") == std::string_view::npos) return std::string(message);
    }
  }
  return "";
}

}  // namespace

struct Tokenizer::Parts {
  std::string file;
  std::vector<std::string> bytes;  ///< what each token stands for
  Bpe bpe;
  PreTokenizer pre_tokenizer;
  bool composes = false;
  /// Where whole pieces are looked up before they are merged: the tokens by their bytes.
  std::optional<boost::unordered_flat_map<std::string, Token>> whole_pieces;
  FixedTexts always_fixed;
  FixedTexts fixed;                                    ///< with control tokens
  std::vector<std::pair<std::string, Token>> by_text;  // sorted
  std::optional<Token> bos;
  std::optional<Token> eos;
  bool adds_bos = false;
  bool has_chat = false;
  std::string system_message;

  explicit Parts(const TokenizerSource& source);
  void add_merges(const TokenizerSource& source);
  std::optional<Token> find(std::string_view text) const;

  struct Work {
    Bpe::Scratch scratch;
    std::vector<std::string_view> pieces;
    std::vector<Token> ids;
  };
  void encode_text(std::string_view text, Work& work) const;
  void encode_valid(std::string_view text, Work& work) const;
};

Tokenizer::Parts::Parts(const TokenizerSource& source)
    : file(source.file),
      pre_tokenizer(source.patterns, source.file),
      composes(source.composes),
      bos(source.bos),
      eos(source.eos),
      adds_bos(source.adds_bos && source.bos) {
  bytes.resize(source.tokens.size());
  for (std::size_t id = 0; id < source.tokens.size(); ++id) {
    const auto& [text, kind] = source.tokens[id];
    if (kind == Kind::kAbsent) continue;
    bytes[id] = kind == Kind::kMerged ? token_bytes(text) : text;
    const auto token = static_cast<Token>(id);
    by_text.emplace_back(text, token);
    if (text.empty()) continue;
    if (kind == Kind::kFixed) always_fixed.add(text, token);
    if (kind != Kind::kMerged) fixed.add(text, token);
  }
  always_fixed.finish();
  fixed.finish();
  std::sort(by_text.begin(), by_text.end());
  const auto twice =
      std::adjacent_find(by_text.begin(), by_text.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice != by_text.end()) {
    throw InputError(fmt::format("{}: tokens {} and {} both are '{}'", file, twice->second,
                                 std::next(twice)->second, twice->first));
  }
  add_merges(source);
  if (source.whole_pieces_first) {
    whole_pieces.emplace();
    for (std::size_t id = 0; id < source.tokens.size(); ++id) {
      if (source.tokens[id].kind == Kind::kMerged) {
        whole_pieces->emplace(bytes[id], static_cast<Token>(id));
      }
    }
  }
  has_chat = source.chat_template.find(kMessageStart) != std::string::npos && find(kMessageStart) &&
             find(kMessageEnd);
  if (has_chat) system_message = default_system_message(source.chat_template);
}

void Tokenizer::Parts::add_merges(const TokenizerSource& source) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto value = static_cast<unsigned char>(byte);
    const auto token = find(byte_character(value));
    if (token) {
      bpe.set_byte(value, *token);
    } else if (source.unknown) {
      bpe.set_byte(value, *source.unknown);
    }
  }
  bpe.reserve(source.merges.size());
  std::uint32_t rank = 0;
  for (const auto& [left, right] : source.merges) {
    const auto known = [&](const std::string& text) {
      const auto token = find(text);
      if (!token) {
        throw InputError(fmt::format("{}: merge {} ('{}' and '{}') needs '{}', which is no token",
                                     file, rank, left, right, text));
      }
      return *token;
    };
    bpe.add_merge(known(left), known(right), rank, known(left + right));
    ++rank;
  }
}

std::optional<Token> Tokenizer::Parts::find(std::string_view text) const {
  const auto found =
      std::lower_bound(by_text.begin(), by_text.end(), text,
                       [](const auto& entry, std::string_view t) { return entry.first < t; });
  if (found == by_text.end() || found->first != text) return std::nullopt;
  return found->second;
}

/// Text without fixed tokens. What is no UTF-8 has no characters that a pattern could match: each
/// such stretch is a piece.
void Tokenizer::Parts::encode_text(std::string_view text, Work& work) const {
  while (!text.empty()) {
    const std::size_t valid = valid_utf8(text);
    if (valid > 0) {
      encode_valid(text.substr(0, valid), work);
      text.remove_prefix(valid);
      continue;
    }
    std::size_t invalid = 1;
    while (invalid < text.size() && valid_utf8(text.substr(invalid, 4)) == 0) ++invalid;
    bpe.encode(text.substr(0, invalid), work.scratch, work.ids);
    text.remove_prefix(invalid);
  }
}

void Tokenizer::Parts::encode_valid(std::string_view text, Work& work) const {
  std::string form;
  if (composes && !is_ascii(text)) {
    form = composed(text);
    text = form;
  }
  work.pieces.clear();
  pre_tokenizer.split(text, work.pieces);
  for (const std::string_view piece : work.pieces) {
    if (whole_pieces) {
      if (const auto whole = whole_pieces->find(std::string(piece)); whole != whole_pieces->end()) {
        work.ids.push_back(whole->second);
        continue;
      }
    }
    bpe.encode(piece, work.scratch, work.ids);
  }
}

Tokenizer::Tokenizer(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::from_gguf(std::span<const std::byte> bytes, const std::string& name) {
  return Tokenizer(std::make_unique<const Parts>(read_gguf_tokenizer(bytes, name)));
}

Tokenizer Tokenizer::from_json(std::string_view tokenizer, std::string_view config,
                               const std::string& name) {
  return Tokenizer(std::make_unique<const Parts>(read_json_tokenizer(tokenizer, config, name)));
}

Tokenizer Tokenizer::open(const std::filesystem::path& path) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  const auto file = is_folder ? path / "tokenizer.json" : path;
  const MappedFile content = map_file(file);
  const std::string_view text(content.bytes.data(), content.bytes.size());
  if (text.starts_with("GGUF")) return from_gguf(std::as_bytes(content.bytes), file.string());
  const auto beside = file.parent_path() / "tokenizer_config.json";
  MappedFile config;
  if (std::filesystem::exists(beside, error)) config = map_file(beside);
  TokenizerSource source = read_json_tokenizer(
      text, std::string_view(config.bytes.data(), config.bytes.size()), file.string());
  // From version 4.52 on, transformers writes the template into a file of its own.
  const auto chat = file.parent_path() / "chat_template.jinja";
  if (source.chat_template.empty() && std::filesystem::exists(chat, error)) {
    const MappedFile jinja = map_file(chat);
    source.chat_template.assign(jinja.bytes.data(), jinja.bytes.size());
  }
  return Tokenizer(std::make_unique<const Parts>(source));
}

std::vector<Token> Tokenizer::encode(std::string_view text, bool special) const {
  if (text.size() > kLongestText) {
    throw InputError(
        fmt::format("a text of {} bytes is too long to be tokenised at once (allowed: {})",
                    text.size(), kLongestText));
  }
  const FixedTexts& fixed = special ? parts_->fixed : parts_->always_fixed;
  Parts::Work work;
  std::size_t begin = 0;
  while (const auto found = fixed.find(text, begin)) {
    parts_->encode_text(text.substr(begin, found->begin - begin), work);
    work.ids.push_back(found->token);
    begin = found->begin + found->size;
  }
  parts_->encode_text(text.substr(begin), work);
  return std::move(work.ids);
}

std::string Tokenizer::decode(std::span<const Token> tokens) const {
  std::string text;
  for (const Token token : tokens) {
    if (token < parts_->bytes.size()) text += parts_->bytes[token];
  }
  return text;
}

std::string Tokenizer::chat_text(std::span<const ChatMessage> messages,
                                 bool add_generation_prompt) const {
  if (!parts_->has_chat) {
    throw InputError(fmt::format("{}: the model has no chat template of the form {}ROLE…{}",
                                 parts_->file, kMessageStart, kMessageEnd));
  }
  std::string text;
  const auto add = [&](std::string_view role, std::string_view content) {
    text += fmt::format("{}{}\n{}{}\n", kMessageStart, role, content, kMessageEnd);
  };
  if (!parts_->system_message.empty() && !messages.empty() && messages[0].role != "system") {
    add("system", parts_->system_message);
  }
  for (const ChatMessage& message : messages) add(message.role, message.content);
  if (add_generation_prompt) text += fmt::format("{}assistant\n", kMessageStart);
  return text;
}

std::vector<Token> Tokenizer::encode_chat(std::span<const ChatMessage> messages,
                                          bool add_generation_prompt) const {
  return encode(chat_text(messages, add_generation_prompt), true);
}

std::optional<Token> Tokenizer::find(std::string_view text) const { return parts_->find(text); }
std::optional<Token> Tokenizer::bos() const { return parts_->bos; }
std::optional<Token> Tokenizer::eos() const { return parts_->eos; }
bool Tokenizer::adds_bos() const { return parts_->adds_bos; }
std::size_t Tokenizer::size() const { return parts_->bytes.size(); }

}  // namespace kvsim
