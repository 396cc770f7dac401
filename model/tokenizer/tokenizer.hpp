#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// One message of a chat.
struct ChatMessage {
  std::string role;  ///< `system`, `user`, `assistant`
  std::string content;
};

/// A byte-level BPE tokenizer (GPT-2's kind), from a GGUF file's metadata or a Hugging Face
/// tokenizer.json: text is cut into pieces by the model's own patterns, the bytes of each piece are
/// merged by rank, and tokens with a fixed text of their own are told apart before that.
///
/// Text is bytes: what is no UTF-8 is encoded byte by byte. decode(encode(text)) is the text again,
/// unless the vocabulary lacks one of its bytes (SmolLM2's lacks six control characters and some
/// bytes of four-byte characters; they are left out, as Hugging Face's tokenizers leave them out)
/// or the model normalises text first (Qwen2: NFC). All functions are safe from several threads.
class Tokenizer {
 public:
  /// The tokenizer of a model: a .gguf file, a Hugging Face folder, or a tokenizer.json. Throws
  /// InputError naming file and key or JSON pointer, what was found and what is allowed.
  static Tokenizer open(const std::filesystem::path& path);
  /// The same from a GGUF file's bytes, or from JSON texts (`config`: tokenizer_config.json, with
  /// chat template and names of special tokens; may be empty); `name` stands for the file.
  static Tokenizer from_gguf(std::span<const std::byte> bytes, const std::string& name);
  static Tokenizer from_json(std::string_view tokenizer, std::string_view config,
                             const std::string& name);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// The ids of a text. `special` says whether the texts of control tokens (`<|im_end|>`) stand for
  /// those tokens or are text like any other, as what users write should be. No beginning-of-text
  /// token is added: see adds_bos().
  std::vector<Token> encode(std::string_view text, bool special) const;

  /// The bytes that tokens stand for, control tokens by their text; ids without a token give
  /// nothing.
  std::string decode(std::span<const Token> tokens) const;

  /// A chat in the model's ChatML: `<|im_start|>ROLE\nCONTENT<|im_end|>\n` a message, in front of
  /// them the template's own system message where it has one and the chat begins with another role,
  /// and `<|im_start|>assistant\n` at the end if asked for. Throws InputError if the model has no
  /// such template.
  std::string chat_text(std::span<const ChatMessage> messages, bool add_generation_prompt) const;
  /// Its ids. Control tokens' texts in a content stand for these tokens, as in Hugging Face's
  /// apply_chat_template.
  std::vector<Token> encode_chat(std::span<const ChatMessage> messages,
                                 bool add_generation_prompt) const;

  /// The token with exactly this text, if there is one.
  std::optional<Token> find(std::string_view text) const;

  std::optional<Token> bos() const;
  std::optional<Token> eos() const;
  /// Whether the model expects bos() in front of a text.
  bool adds_bos() const;
  /// One more than the largest id.
  std::size_t size() const;

 private:
  struct Parts;
  explicit Tokenizer(std::unique_ptr<const Parts> parts);

  std::unique_ptr<const Parts> parts_;
};

}  // namespace kvsim
