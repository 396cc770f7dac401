#include "model/tokenizer/tokenizer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "model/fetch/fetch.hpp"
#include "model/tokenizer/bpe.hpp"
#include "tests/model/tokenizer/tiny_vocabulary.hpp"

namespace kvsim {
namespace {

using namespace tokenizer_tests;
using weight_tests::bytes_of;
using weight_tests::error_of;
using weight_tests::Folder;
using weight_tests::write_file;
using Ids = std::vector<Token>;

Tokenizer from_gguf(const Vocabulary& vocabulary, const std::string& pre = "smollm") {
  const std::string bytes = gguf_of(vocabulary, pre).build();
  return Tokenizer::from_gguf(bytes_of(bytes), "f");
}

std::vector<std::string> texts_of(const Tokenizer& tokenizer, std::string_view text, bool special) {
  std::vector<std::string> texts;
  for (const Token token : tokenizer.encode(text, special)) {
    texts.push_back(tokenizer.decode(std::span(&token, 1)));
  }
  return texts;
}

/// Both forms must say the same.
class BothForms : public testing::TestWithParam<bool> {
 protected:
  Tokenizer make() const {
    if (GetParam()) return from_gguf(hello_vocabulary());
    const nlohmann::json config = {{"bos_token", "<|im_start|>"},
                                   {"eos_token", {{"content", "<|im_end|>"}}},
                                   {"chat_template", kChatTemplate}};
    return Tokenizer::from_json(json_of(hello_vocabulary()).dump(), config.dump(), "f");
  }
};
INSTANTIATE_TEST_SUITE_P(Tokenizer, BothForms, testing::Bool(),
                         [](const auto& p) { return p.param ? "Gguf" : "Json"; });

TEST_P(BothForms, MergesByRank) {
  const Tokenizer tokenizer = make();
  EXPECT_EQ(texts_of(tokenizer, "hello world", false),
            (std::vector<std::string>{"hello", " world"}));
  EXPECT_EQ(texts_of(tokenizer, "hell or", false), (std::vector<std::string>{"hell", " ", "or"}));
  EXPECT_EQ(texts_of(tokenizer, "12", false),
            (std::vector<std::string>{"1", "2"}));  // digits apart
  EXPECT_EQ(tokenizer.encode("", true), Ids{});
  EXPECT_EQ(tokenizer.size(), hello_vocabulary().tokens.size());
}

TEST_P(BothForms, ControlTokensOnRequest) {
  const Tokenizer tokenizer = make();
  const Token end = *tokenizer.find("<|end|>");
  const Token fixed = *tokenizer.find("<fixed>");
  EXPECT_EQ(tokenizer.encode("<|end|>", true), Ids{end});
  EXPECT_GT(tokenizer.encode("<|end|>", false).size(), 1U);
  EXPECT_EQ(tokenizer.encode("<fixed>", true), Ids{fixed});
  EXPECT_EQ(tokenizer.encode("<fixed>", false), Ids{fixed});
  EXPECT_EQ(texts_of(tokenizer, "<<|end|>hello<|en", true),
            (std::vector<std::string>{"<", "<|end|>", "hello", "<", "|", "e", "n"}));
  EXPECT_EQ(tokenizer.bos(), tokenizer.find("<|im_start|>"));
  EXPECT_EQ(tokenizer.eos(), tokenizer.find("<|im_end|>"));
  EXPECT_FALSE(tokenizer.adds_bos());
}

TEST_P(BothForms, Chat) {
  const Tokenizer tokenizer = make();
  const std::vector<ChatMessage> chat = {{"user", "hello"}};
  const std::string expected =
      "<|im_start|>system\nBe "
      "kind.<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n";
  EXPECT_EQ(tokenizer.chat_text(chat, true), expected);
  EXPECT_EQ(tokenizer.encode_chat(chat, true), tokenizer.encode(expected, true));
  const std::vector<ChatMessage> own = {{"system", "x"}, {"user", "y"}};
  EXPECT_EQ(tokenizer.chat_text(own, false),
            "<|im_start|>system\nx<|im_end|>\n<|im_start|>user\ny<|im_end|>\n");
}

RC_GTEST_PROP(Tokenizer, DecodingGivesTheTextAgain, (const std::vector<std::uint8_t>& bytes)) {
  static const Tokenizer tokenizer = from_gguf(hello_vocabulary());
  const std::string text(bytes.begin(), bytes.end());
  RC_ASSERT(tokenizer.decode(tokenizer.encode(text, false)) == text);
}

RC_GTEST_PROP(Tokenizer, DecodingMarkedTextGivesItAgain, ()) {
  static const Tokenizer tokenizer = from_gguf(hello_vocabulary(), "gpt-2");
  std::string text;
  for (const std::string& part : *rc::gen::container<std::vector<std::string>>(
           rc::gen::element<std::string>("<|end|>", "<|", "|>", "hello", " ", "  ", "\n", "12", "é",
                                         "日", "\xf0\x9f", "\xff", "<fixed>"))) {
    text += part;
  }
  RC_ASSERT(tokenizer.decode(tokenizer.encode(text, true)) == text);
  RC_ASSERT(tokenizer.decode(tokenizer.encode(text, false)) == text);
}

/// The twin: of all neighbours, the leftmost with the lowest rank, looked for anew each time.
std::vector<std::string> naive_bpe(std::vector<std::string> symbols, const Merges& merges) {
  for (;;) {
    std::size_t best = merges.size();
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found =
          std::find(merges.begin(), merges.end(), std::pair(symbols[i], symbols[i + 1]));
      const auto rank = static_cast<std::size_t>(found - merges.begin());
      if (rank < best) {
        best = rank;
        at = i;
      }
    }
    if (best == merges.size()) return symbols;
    symbols[at] += symbols[at + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

RC_GTEST_PROP(Bpe, EqualsTheNaiveTwin, ()) {
  std::vector<std::string> tokens = {"a", "b", "c"};
  Merges merges;
  for (int i = *rc::gen::inRange(0, 16); i > 0; --i) {
    const std::string left = *rc::gen::elementOf(tokens);
    const std::string right = *rc::gen::elementOf(tokens);
    if (std::find(tokens.begin(), tokens.end(), left + right) != tokens.end()) continue;
    tokens.push_back(left + right);
    merges.emplace_back(left, right);
  }
  const auto id = [&](const std::string& text) {
    return static_cast<Token>(std::find(tokens.begin(), tokens.end(), text) - tokens.begin());
  };
  Bpe bpe;
  for (const char c : {'a', 'b', 'c'})
    bpe.set_byte(static_cast<unsigned char>(c), id(std::string(1, c)));
  for (std::uint32_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    bpe.add_merge(id(left), id(right), rank, id(left + right));
  }
  // A byte without a token is left out, so that its neighbours meet.
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("aaabbbccd")));
  std::vector<std::string> symbols;
  for (const char c : text) {
    if (c != 'd') symbols.emplace_back(1, c);
  }
  Ids expected;
  for (const std::string& symbol : naive_bpe(symbols, merges)) expected.push_back(id(symbol));
  Bpe::Scratch scratch;
  Ids found;
  bpe.encode(text, scratch, found);
  RC_ASSERT(found == expected);
}

TEST(Tokenizer, WholePiecesFirst) {
  // "abc" is a token that no merge leads to where "b c" goes before "a b".
  Vocabulary vocabulary = make_vocabulary({{"b", "c"}, {"a", "b"}, {"ab", "c"}});
  EXPECT_EQ(texts_of(from_gguf(vocabulary, "gpt-2"), "abc", false),
            (std::vector<std::string>{"a", "bc"}));
  EXPECT_EQ(texts_of(from_gguf(vocabulary, "llama-bpe"), "abc", false),
            (std::vector<std::string>{"abc"}));
  EXPECT_TRUE(from_gguf(vocabulary, "llama-bpe").adds_bos());
}

TEST(Tokenizer, Qwen2Composes) {
  const Tokenizer tokenizer = from_gguf(hello_vocabulary(), "qwen2");
  EXPECT_EQ(tokenizer.encode("e\u0301", false), tokenizer.encode("\u00e9", false));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("e\u0301\xff", false)), "\u00e9\xff");
}

TEST(Tokenizer, OpensAFolder) {
  const Folder folder;
  write_file(folder / "tokenizer.json", json_of(hello_vocabulary()).dump());
  write_file(folder / "tokenizer_config.json",
             R"({"eos_token": "<|end|>", "add_bos_token": false})");
  write_file(folder / "chat_template.jinja", kChatTemplate);
  const Tokenizer tokenizer = Tokenizer::open(folder.path());
  EXPECT_EQ(tokenizer.eos(), tokenizer.find("<|end|>"));
  EXPECT_FALSE(tokenizer.bos());
  EXPECT_NE(tokenizer.chat_text(std::vector<ChatMessage>{{"user", "x"}}, false).find("Be kind."),
            std::string::npos);
}

TEST(Tokenizer, BosByTemplate) {
  nlohmann::json json = json_of(hello_vocabulary());
  json["post_processor"] = {
      {"type", "Sequence"},
      {"processors",
       {{{"type", "ByteLevel"}},
        {{"type", "TemplateProcessing"},
         {"single", {{{"SpecialToken", {{"id", "<|end|>"}}}}, {{"Sequence", {{"id", "A"}}}}}}}}}};
  const Tokenizer tokenizer = Tokenizer::from_json(json.dump(), "", "f");
  EXPECT_TRUE(tokenizer.adds_bos());
  EXPECT_EQ(tokenizer.bos(), tokenizer.find("<|end|>"));
}

TEST(Tokenizer, MergesAsPairs) {
  nlohmann::json json = json_of(hello_vocabulary());
  nlohmann::json pairs = nlohmann::json::array();
  for (const auto& [left, right] : hello_vocabulary().merges) pairs.push_back({left, right});
  json["model"]["merges"] = pairs;
  EXPECT_EQ(Tokenizer::from_json(json.dump(), "", "f").encode("hello", false).size(), 1U);
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

TEST(Tokenizer, JsonNamesWhatIsWrong) {
  const auto error_with = [](const std::string& pointer, const nlohmann::json& value) {
    nlohmann::json json = json_of(hello_vocabulary());
    json[nlohmann::json::json_pointer(pointer)] = value;
    return error_of([&] { Tokenizer::from_json(json.dump(), "", "f"); });
  };
  expect_contains(error_with("/model/type", "Unigram"),
                  "f: /model/type: is \"Unigram\" (allowed: BPE)");
  expect_contains(error_with("/model/merges/0", "h"), "f: /model/merges/0: is \"h\" (allowed: two");
  expect_contains(error_with("/model/merges/0", "h q"), "merge 0 ('h' and 'q') needs 'hq'");
  expect_contains(error_with("/model/vocab/h", 3.5), "f: /model/vocab/h: is 3.5");
  expect_contains(error_with("/model/vocab/h", 1U << 30U),
                  "f: /model/vocab/h: is 1073741824 (allowed:");
  expect_contains(error_with("/model/vocab/h", 65), "the id 65");
  expect_contains(error_with("/model/end_of_word_suffix", "</w>"), "/model/end_of_word_suffix");
  expect_contains(error_with("/added_tokens/0/lstrip", true), "f: /added_tokens/0/lstrip: is true");
  expect_contains(error_with("/added_tokens/0/content", ""), "f: /added_tokens/0/content");
  expect_contains(error_with("/normalizer", {{"type", "Lowercase"}}), "f: /normalizer/type");
  expect_contains(error_with("/pre_tokenizer", {{"type", "Whitespace"}}),
                  "no part of type ByteLevel");
  expect_contains(error_of([] { Tokenizer::from_json("{", "", "f"); }),
                  "f: is no valid JSON at byte");
  expect_contains(error_of([] {
                    Tokenizer::from_json(json_of(hello_vocabulary()).dump(),
                                         R"({"eos_token": "?!"})", "f");
                  }),
                  "f (tokenizer_config.json): /eos_token: is \"?!\"");
}

TEST(Tokenizer, GgufNamesWhatIsWrong) {
  const auto error_in = [](const weight_tests::GgufBuilder& gguf) {
    const std::string bytes = gguf.build();
    return error_of([&] { Tokenizer::from_gguf(bytes_of(bytes), "f"); });
  };
  expect_contains(error_in(weight_tests::GgufBuilder()),
                  "f: key 'tokenizer.ggml.model' is not there");
  expect_contains(error_in(weight_tests::GgufBuilder().text("tokenizer.ggml.model", "llama")),
                  "is 'llama' (allowed: gpt2");
  expect_contains(error_in(gguf_of(hello_vocabulary(), "jais")),
                  "key 'tokenizer.ggml.pre' is 'jais' (allowed: gpt-2, smollm, qwen2, llama-bpe)");
  Vocabulary twice = hello_vocabulary();
  twice.tokens[300 - 40] = "hell";
  expect_contains(error_in(gguf_of(twice, "smollm")), "both are 'hell'");
  Vocabulary single = hello_vocabulary();
  single.merges[0] = {"he", ""};
  expect_contains(error_in(gguf_of(single, "smollm")), "has 'he ' (allowed: two tokens)");
}

TEST(Tokenizer, ALongTextIsNoTrouble) {
  const Tokenizer tokenizer = from_gguf(hello_vocabulary());
  // One piece of a megabyte; a quadratic merge would take hours.
  std::string word;
  while (word.size() < 1'000'000) word += "hellold";
  const auto began = std::chrono::steady_clock::now();
  const Ids ids = tokenizer.encode(word, true);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
  EXPECT_EQ(tokenizer.decode(ids), word);
  EXPECT_EQ(tokenizer.encode(std::string(1'000'000, '<'), true).size(), 1'000'000U);
}

TEST(SmolLm2, Tokenizes) {
  const auto path = cached_model("smollm2");
  if (!path) GTEST_SKIP() << "SmolLM2 is not in the cache: kvsim model fetch smollm2 gets it";
  const Tokenizer tokenizer = Tokenizer::open(*path);
  EXPECT_EQ(tokenizer.size(), 49152U);
  // Ids by the package tokenizers 0.23.3 over the same vocabulary (tests/parity/smollm2.py).
  EXPECT_EQ(tokenizer.encode("In 2024, Zoë's 3 cats slept.\n\n  Why?", true),
            (Ids{788, 216, 34, 32, 34, 36, 28, 26336, 26547, 506, 216, 35, 7680, 31633, 30, 8866,
                 4896, 47}));
  EXPECT_EQ(tokenizer.encode("日本 😀<|im_end|>", true), (Ids{23274, 115, 40993, 40303, 218, 2}));
  const std::vector<ChatMessage> chat = {{"user", "Hi"}};
  EXPECT_EQ(tokenizer.chat_text(chat, true),
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging "
            "Face<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
}

}  // namespace
}  // namespace kvsim
