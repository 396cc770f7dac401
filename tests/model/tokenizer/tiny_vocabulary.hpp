#pragma once
// A small byte-level vocabulary in both forms that are read.

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "model/tokenizer/byte_alphabet.hpp"
#include "tests/model/weights/file_builder.hpp"

namespace kvsim::tokenizer_tests {

using Merges = std::vector<std::pair<std::string, std::string>>;

struct Vocabulary {
  std::vector<std::string> tokens;  ///< by id: bytes, merged ones, control tokens, one fixed text
  Merges merges;
  std::size_t control_begin = 0;
};

/// All bytes, what the merges make, and `<|end|>`, `<|im_start|>`, `<|im_end|>` and `<fixed>`.
inline Vocabulary make_vocabulary(Merges merges) {
  Vocabulary vocabulary;
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.tokens.push_back(byte_character(static_cast<unsigned char>(byte)));
  }
  for (const auto& [left, right] : merges) vocabulary.tokens.push_back(left + right);
  vocabulary.merges = std::move(merges);
  vocabulary.control_begin = vocabulary.tokens.size();
  for (const char* text : {"<|end|>", "<|im_start|>", "<|im_end|>", "<fixed>"}) {
    vocabulary.tokens.emplace_back(text);
  }
  return vocabulary;
}

inline Vocabulary hello_vocabulary() {
  return make_vocabulary({{"h", "e"},
                          {"l", "l"},
                          {"he", "ll"},
                          {"hell", "o"},
                          {"Ġ", "w"},
                          {"o", "r"},
                          {"Ġw", "or"},
                          {"l", "d"},
                          {"Ġwor", "ld"},
                          {"1", "2"}});
}

inline const std::string kChatTemplate =
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}{% "
    "endif %}"
    "{{ '<|im_start|>' + message['role'] }}";

inline weight_tests::GgufBuilder gguf_of(const Vocabulary& vocabulary, const std::string& pre) {
  std::vector<std::int32_t> types(vocabulary.tokens.size(), 1);
  for (std::size_t i = vocabulary.control_begin; i < types.size(); ++i) types[i] = 3;
  types.back() = 4;
  std::vector<std::string> merges;
  for (const auto& [left, right] : vocabulary.merges) merges.push_back(left + " " + right);
  weight_tests::GgufBuilder gguf;
  gguf.text("tokenizer.ggml.model", "gpt2")
      .text("tokenizer.ggml.pre", pre)
      .texts("tokenizer.ggml.tokens", vocabulary.tokens)
      .integers("tokenizer.ggml.token_type", types)
      .texts("tokenizer.ggml.merges", merges)
      .u32("tokenizer.ggml.bos_token_id", static_cast<std::uint32_t>(vocabulary.control_begin + 1))
      .u32("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(vocabulary.control_begin + 2))
      .text("tokenizer.chat_template", kChatTemplate);
  return gguf;
}

inline nlohmann::json json_of(const Vocabulary& vocabulary) {
  nlohmann::json vocab = nlohmann::json::object();
  nlohmann::json added = nlohmann::json::array();
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (i < vocabulary.control_begin) {
      vocab[vocabulary.tokens[i]] = i;
    } else {
      added.push_back({{"id", i},
                       {"content", vocabulary.tokens[i]},
                       {"special", i + 1 < vocabulary.tokens.size()},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false}});
    }
  }
  nlohmann::json merges = nlohmann::json::array();
  for (const auto& [left, right] : vocabulary.merges) merges.push_back(left + " " + right);
  return {{"added_tokens", added},
          {"normalizer", nullptr},
          {"pre_tokenizer",
           {{"type", "Sequence"},
            {"pretokenizers",
             {{{"type", "Digits"}, {"individual_digits", true}},
              {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}}}}}},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}}}};
}

}  // namespace kvsim::tokenizer_tests
