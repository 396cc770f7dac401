#include "model/tokenizer/pre_tokenizer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "model/tokenizer/byte_alphabet.hpp"
#include "tests/model/weights/file_builder.hpp"

namespace kvsim {
namespace {

using Pieces = std::vector<std::string_view>;

Pieces split(std::string_view name, std::string_view text) {
  for (const NamedPreTokenizer& named : named_pre_tokenizers()) {
    if (named.name != name) continue;
    Pieces pieces;
    PreTokenizer(named.patterns, "f").split(text, pieces);
    return pieces;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(PreTokenizer, Gpt2) {
  EXPECT_EQ(split("gpt-2", "Hello, world's  12 \n\n end "),
            (Pieces{"Hello", ",", " world", "'s", " ", " 12", " \n\n", " end", " "}));
  EXPECT_EQ(split("gpt-2", "été 日本 ½"), (Pieces{"été", " 日本", " ½"}));
  EXPECT_EQ(split("gpt-2", ""), Pieces{});
}

TEST(PreTokenizer, SmolLmCutsDigitsFirst) {
  EXPECT_EQ(split("smollm", "in 2024!"), (Pieces{"in", " ", "2", "0", "2", "4", "!"}));
  // With the digit gone, blanks in front of it end their piece.
  EXPECT_EQ(split("smollm", "a  7"), (Pieces{"a", "  ", "7"}));
}

TEST(PreTokenizer, Qwen2AndLlama) {
  EXPECT_EQ(split("qwen2", "I'LL pay (100)\r\n\n x"),
            (Pieces{"I", "'LL", " pay", " (", "1", "0", "0", ")\r\n\n", " x"}));
  EXPECT_EQ(split("llama-bpe", "pay 12345\tx"), (Pieces{"pay", " ", "123", "45", "\tx"}));
}

TEST(PreTokenizer, SpacesAreUnicodesWhiteSpace) {
  // U+2003 and U+0085 are, U+180E has not been since Unicode 6.3, U+200B never was.
  EXPECT_EQ(split("gpt-2", "a\u2003\u0085b"), (Pieces{"a", "\u2003", "\u0085", "b"}));
  EXPECT_EQ(split("gpt-2", "\u180e!"), Pieces{"\u180e!"});
  EXPECT_EQ(split("gpt-2", "\u200b!"), Pieces{"\u200b!"});
}

TEST(PreTokenizer, EmptyMatchesCutNothing) {
  const std::vector<std::string> patterns = {"x*"};
  Pieces pieces;
  PreTokenizer(patterns, "f").split("abxxc", pieces);
  EXPECT_EQ(pieces, (Pieces{"ab", "xx", "c"}));
}

TEST(PreTokenizer, NamesAPatternThatIsNotUnderstood) {
  const std::vector<std::string> patterns = {"(unclosed"};
  const std::string error = weight_tests::error_of([&] { PreTokenizer(patterns, "f"); });
  EXPECT_NE(error.find("f: the pre-tokenizer's pattern '(unclosed' is not understood"),
            std::string::npos)
      << error;
}

TEST(ByteAlphabet, TellsBytesApart) {
  EXPECT_EQ(byte_character(' '), "Ġ");
  EXPECT_EQ(byte_character('\n'), "Ċ");
  EXPECT_EQ(byte_character('A'), "A");
  EXPECT_EQ(byte_character(0xff), "ÿ");
  for (int byte = 0; byte < 256; ++byte) {
    const auto value = static_cast<unsigned char>(byte);
    EXPECT_EQ(token_bytes(byte_character(value)), std::string(1, static_cast<char>(value)));
  }
  EXPECT_EQ(token_bytes("日"), "日");  // no character of the alphabet
}

TEST(Utf8, EndsWhereItIsNoLongerValid) {
  EXPECT_EQ(valid_utf8("plain text and é日😀"), std::string_view("plain text and é日😀").size());
  for (const std::string_view bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe6\x97", "\xc3", "\xf0\x9f\x98"}) {
    EXPECT_EQ(valid_utf8("ok" + std::string(bad)), 2U);
  }
}

}  // namespace
}  // namespace kvsim
