#include <gtest/gtest.h>

#include <map>
#include <random>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

Trace make(const std::vector<std::pair<std::vector<Token>, std::vector<Token>>>& requests) {
  TraceBuilder builder(TraceBuilder::Kind::kTokens);
  for (const auto& [in, out] : requests) {
    builder.begin_request({});
    builder.add_tokens(in, out);
  }
  return builder.finish("t", "test");
}

/// Blocks by whole path, in a map of whole prefixes.
void expect_naive(const Trace& trace, std::uint32_t block_size, bool with_output) {
  const BlockColumns blocks = block_tokens(trace, block_size, with_output);
  std::map<std::vector<Token>, Slot> naive;
  std::size_t access = 0;
  for (std::uint64_t r = 0; r < trace.requests.count; ++r) {
    std::vector<Token> tokens;
    const std::uint64_t end = with_output
                                  ? trace.tokens->offset[r + 1]
                                  : trace.tokens->offset[r] + trace.requests.input_tokens[r];
    for (std::uint64_t i = trace.tokens->offset[r]; i < end; ++i) {
      tokens.push_back(trace.tokens->token[i]);
    }
    ASSERT_EQ(blocks.begin(r), access);
    for (std::size_t at = 0; at < tokens.size(); at += block_size) {
      const std::size_t stop = std::min<std::size_t>(at + block_size, tokens.size());
      if (with_output && stop - at < block_size) break;
      const std::vector<Token> prefix(tokens.begin(),
                                      tokens.begin() + static_cast<std::ptrdiff_t>(stop));
      const Slot expected =
          naive.try_emplace(prefix, static_cast<Slot>(naive.size())).first->second;
      ASSERT_LT(access, blocks.accesses());
      ASSERT_EQ(blocks.slot[access], expected) << "request " << r << ", token " << at;
      ++access;
    }
  }
  EXPECT_EQ(access, blocks.accesses());
  EXPECT_EQ(blocks.distinct, naive.size());
  EXPECT_EQ(blocks.block_size, block_size);
  EXPECT_TRUE(blocks.id.empty());
}

TEST(BlockTokens, EqualANaiveMapOfPrefixes) {
  std::mt19937_64 random(5);
  std::vector<std::pair<std::vector<Token>, std::vector<Token>>> requests;
  for (int r = 0; r < 200; ++r) {
    std::vector<Token> in, out;
    // Few tokens, so that prefixes are shared; some requests go on where an earlier one ended.
    if (r > 0 && random() % 2 == 0) {
      const auto& earlier = requests[random() % requests.size()];
      in = earlier.first;
      in.insert(in.end(), earlier.second.begin(), earlier.second.end());
    }
    for (auto n = random() % 40; n > 0; --n) in.push_back(static_cast<Token>(random() % 2));
    for (auto n = random() % 10; n > 0; --n) out.push_back(static_cast<Token>(random() % 2));
    if (in.size() < 300) requests.emplace_back(in, out);
  }
  const Trace trace = make(requests);
  for (const std::uint32_t size : {1u, 2u, 3u, 7u, 16u, 1000u, 0xffffffffu}) {
    expect_naive(trace, size, false);
    expect_naive(trace, size, true);
  }
}

TEST(BlockTokens, APartBlockIsNotTheBlockItBegins) {
  const Trace trace = make({{{1, 2, 3}, {}}, {{1, 2, 3, 4}, {}}, {{1, 2, 3}, {}}});
  const BlockColumns blocks = block_tokens(trace, 4);
  EXPECT_EQ(test::values(blocks.slot), (std::vector<Slot>{0, 1, 0}));
}

TEST(BlockTokens, SameTokensAfterAnotherHistoryAreAnotherBlock) {
  const Trace trace = make({{{1, 1, 1, 1}, {}}});
  EXPECT_EQ(test::values(block_tokens(trace, 2).slot), (std::vector<Slot>{0, 1}));
}

TEST(BlockTokens, RefusesWhatHasNoTokens) {
  EXPECT_THROW(block_tokens(test::read("1\n2\n"), 16), InputError);
  EXPECT_THROW(block_tokens(make({{{1}, {}}}), 0), InputError);
}

}  // namespace
}  // namespace kvsim
