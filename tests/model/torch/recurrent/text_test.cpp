#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "model/torch/recurrent/ngrams.hpp"
#include "model/torch/recurrent/vocabulary.hpp"
#include "sim/core/error.hpp"

namespace kvsim::torch_models {
namespace {

TEST(Words, AreRunsMarksAndLineEnds) {
  const auto words = split_words("Don't stop,\n\n  caf\xc3\xa9 2x--\t<eos>");
  const std::vector<std::string_view> expected{
      "Don't", "stop", ",", "<eos>", "caf\xc3\xa9", "2x", "-", "-", "<", "eos", ">", "<eos>"};
  EXPECT_EQ(words, expected);
  EXPECT_TRUE(split_words(" \n\n ").empty());
}

TEST(Vocabulary, KeepsTheMostFrequentWords) {
  const auto words = split_words("b a a c\nc a b d");
  const Vocabulary vocabulary = Vocabulary::of_words(words, 4);  // a 3, b 2, c 2, d 1
  EXPECT_EQ(vocabulary.size(), 4);
  EXPECT_EQ(
      vocabulary.encode("a b c d\n"),
      (std::vector<Token>{2, 3, Vocabulary::kUnknown, Vocabulary::kUnknown, Vocabulary::kEnd}));
  EXPECT_EQ(vocabulary.decode(std::vector<Token>{2, 3, 1, 0}), "a b\n<unk>");
}

TEST(Vocabulary, ComesBackAsSaved) {
  const Vocabulary words = Vocabulary::of_words(split_words("one two, two three"), 100);
  const Vocabulary again = Vocabulary::parse(words.saved(), "here");
  EXPECT_EQ(again.saved(), words.saved());
  EXPECT_EQ(again.encode("three two"), words.encode("three two"));
  const Vocabulary bytes = Vocabulary::parse(Vocabulary::of_bytes().saved(), "here");
  EXPECT_EQ(bytes.unit(), TextUnit::kByte);
  EXPECT_EQ(bytes.encode("\xff"
                         "a"),
            (std::vector<Token>{255, 97}));
}

TEST(Vocabulary, RefusesWhatIsNone) {
  for (const char* saved : {"", "words\n", "word\n", "word\na\nb\n", "word\n<unk>\n<eos>\na\na\n",
                            "word\n<unk>\n<eos>\n\n", "word\n<unk>\n<eos>\na"}) {
    EXPECT_THROW(Vocabulary::parse(saved, "here"), InputError) << saved;
  }
}

TEST(Unigram, CountsPlusOne) {
  const std::vector<Token> text{0, 1, 1, 2};
  const UnigramModel model(text, 4);
  EXPECT_DOUBLE_EQ(model.probability(0, 1), 3.0 / 8);
  EXPECT_DOUBLE_EQ(model.probability(2, 3), 1.0 / 8);
  EXPECT_EQ(model.likeliest(0), 1);
}

// By hand: the pairs of 0 1 0 1 0 2 are (0,1) twice, (1,0) twice, (0,2) once: D = 1 / (1 + 2·2).
// Before 0 stands 1, before 1 and 2 stands 0: three once, none twice, so that the lower discount is
// 1, and what precedes says nothing but an even chance.
TEST(Bigram, IsKneserNey) {
  const std::vector<Token> text{0, 1, 0, 1, 0, 2};
  const BigramModel model(text, 4);
  const double d = 1.0 / 5;
  EXPECT_NEAR(model.probability(0, 1), (2 - d) / 3 + d * 2 / 3 / 4, 1e-12);
  EXPECT_NEAR(model.probability(0, 3), d * 2 / 3 / 4, 1e-12);
  EXPECT_NEAR(model.probability(2, 3), 1.0 / 4, 1e-12);  // nothing ever followed 2
  EXPECT_EQ(model.likeliest(0), 1);
  EXPECT_EQ(model.likeliest(1), 0);
}

TEST(Bigram, IsADistributionAndKnowsItsLikeliest) {
  rc::check([] {
    constexpr Token kVocabulary = 6;
    const auto text =
        *rc::gen::container<std::vector<Token>>(rc::gen::inRange<Token>(0, kVocabulary));
    RC_PRE(!text.empty());
    const BigramModel model(text, kVocabulary);
    for (Token previous = 0; previous < kVocabulary; ++previous) {
      double sum = 0;
      Token likeliest = 0;
      for (Token next = 0; next < kVocabulary; ++next) {
        const double p = model.probability(previous, next);
        sum += p;
        if (p > model.probability(previous, likeliest)) likeliest = next;
      }
      RC_ASSERT(std::abs(sum - 1) < 1e-9);
      RC_ASSERT(model.likeliest(previous) == likeliest);
    }
  });
}

}  // namespace
}  // namespace kvsim::torch_models
