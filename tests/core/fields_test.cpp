#include "sim/core/fields.hpp"

#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {
namespace {

enum class Colour { kRed, kGreen };

struct Config {
  double share = 0.1;
  std::uint32_t count = 4;
  bool fast = false;
  Colour colour = Colour::kRed;
  static auto fields() {
    return std::tuple(field("share", &Config::share, 0, 1, "a share"),
                      field("count", &Config::count, 1, 8, "a count"),
                      field("fast", &Config::fast, "a switch"),
                      field("colour", &Config::colour, {"red", "green"}, "a choice"));
  }
};

std::string message_of(const Params& params) {
  try {
    (void)parse_config<Config>(params, "thing 'x'");
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

TEST(Fields, DefaultsStayWhereNothingIsGiven) {
  const Config config = parse_config<Config>({}, "thing 'x'");
  EXPECT_EQ(config.share, 0.1);
  EXPECT_EQ(config.count, 4U);
  EXPECT_FALSE(config.fast);
  EXPECT_EQ(config.colour, Colour::kRed);
}

TEST(Fields, ReadsEachType) {
  const Config config = parse_config<Config>({{"share", parse_param_value("0.25")},
                                              {"count", parse_param_value("8")},
                                              {"fast", parse_param_value("true")},
                                              {"colour", parse_param_value("green")}},
                                             "thing 'x'");
  EXPECT_EQ(config.share, 0.25);
  EXPECT_EQ(config.count, 8U);
  EXPECT_TRUE(config.fast);
  EXPECT_EQ(config.colour, Colour::kGreen);
}

TEST(Fields, ResolvedParamsReadBackAsTheSameConfig) {
  Config config;
  config.share = 1.0 / 3.0;
  config.colour = Colour::kGreen;
  Params written;
  for (const auto& [name, value] : resolved_params(config)) {
    written.emplace_back(name, parse_param_value(to_text(value)));
  }
  const Config again = parse_config<Config>(written, "thing 'x'");
  EXPECT_EQ(again.share, config.share);
  EXPECT_EQ(again.colour, config.colour);
}

TEST(Fields, RefusesWithPlaceFoundAndAllowed) {
  EXPECT_EQ(message_of({{"share", 1.5}}),
            "thing 'x': parameter 'share' is '1.5', allowed is a number from 0 to 1");
  EXPECT_EQ(message_of({{"count", 2.5}}),
            "thing 'x': parameter 'count' is '2.5', allowed is an integer from 1 to 8");
  EXPECT_EQ(message_of({{"fast", std::int64_t{1}}}),
            "thing 'x': parameter 'fast' is '1', allowed is true or false");
  EXPECT_EQ(message_of({{"colour", std::string("blue")}}),
            "thing 'x': parameter 'colour' is 'blue', allowed is red, green");
  EXPECT_NE(message_of({{"shar", 0.5}}).find("did you mean 'share'?"), std::string::npos);
  EXPECT_EQ(message_of({{"share", 0.5}, {"share", 0.5}}),
            "thing 'x': parameter 'share' is given twice");
  EXPECT_NE(message_of({{"share", parse_param_value("nan")}}), "");
}

TEST(NearestName, FindsTypingErrorsOnly) {
  const std::vector<std::string> names = {"lru", "s3fifo", "sieve"};
  EXPECT_EQ(nearest_name("s3fif", names), "s3fifo");
  EXPECT_EQ(nearest_name("seive", names), "sieve");
  EXPECT_EQ(nearest_name("S3-Fifo", names), "s3fifo");
  EXPECT_EQ(nearest_name("completely-other", names), "");
}

template <class Draws>
void expect_uniform(Draws& draws) {
  std::vector<int> seen(10, 0);
  for (int i = 0; i < 100000; ++i) ++seen[draws.below(10)];
  double chi_square = 0;
  for (int n : seen) chi_square += (n - 10000.0) * (n - 10000.0) / 10000.0;
  EXPECT_LT(chi_square, 27.9);  // 9 degrees of freedom, p = 0.001
}

TEST(Rng, BelowIsInRangeAndUniform) {
  Rng rng(7);
  expect_uniform(rng);
}

TEST(Rng, HalfWordsAreUniformAndTakeTheUpperHalfFirst) {
  Rng rng(7);
  HalfWordDraws draws(rng);
  expect_uniform(draws);
  Rng words(8);
  Rng halves(8);
  HalfWordDraws two(halves);
  constexpr std::uint32_t kBound = 1U << 31;  // nothing is rejected
  for (int i = 0; i < 10; ++i) {
    const std::uint64_t word = words.next();
    EXPECT_EQ(two.below(kBound), word >> 33);
    EXPECT_EQ(two.below(kBound), (word & 0xffffffffU) >> 1);
  }
}

}  // namespace
}  // namespace kvsim
