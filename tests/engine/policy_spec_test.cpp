#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {
namespace {

TEST(PolicySpec, PiecesWithEqualsBelongToThePolicyBefore) {
  const auto specs = parse_policy_list("s3fifo:small=0.2,ghost=0.5,lru,tinylfu+slru:segments=2");
  ASSERT_EQ(specs.size(), 3U);
  EXPECT_EQ(label_of(specs[0]), "s3fifo:small=0.2,ghost=0.5");
  EXPECT_EQ(label_of(specs[1]), "lru");
  EXPECT_EQ(label_of(specs[2]), "tinylfu+slru:segments=2");
  ASSERT_EQ(specs[2].admission.size(), 1U);
}

TEST(PolicySpec, SpacesAroundPiecesMeanNothing) {
  const auto specs =
      parse_policy_list(" lru, tinylfu + slru:segments=2 , s3fifo:small=0.2, ghost=0.5");
  ASSERT_EQ(specs.size(), 3U);
  EXPECT_EQ(label_of(specs[1]), "tinylfu+slru:segments=2");
  EXPECT_EQ(label_of(specs[2]), "s3fifo:small=0.2,ghost=0.5");
}

std::string message_of(std::string_view text) {
  try {
    (void)parse_policy_list(text);
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

TEST(PolicySpec, ErrorsNameTheNearest) {
  EXPECT_NE(message_of("s3fif").find("did you mean 's3fifo'?"), std::string::npos);
  EXPECT_NE(message_of("s3fifo:smal=0.1").find("did you mean 'small'?"), std::string::npos);
  EXPECT_NE(message_of("tinylf+lru").find("did you mean 'tinylfu'?"), std::string::npos);
  EXPECT_NE(message_of("S3-FIFO").find("did you mean 's3fifo'?"), std::string::npos);
  EXPECT_NE(message_of("LRUK").find("did you mean 'lru_k'?"), std::string::npos);
  EXPECT_NE(message_of("2_q").find("did you mean '2q'?"), std::string::npos);
  EXPECT_NE(message_of("tinylfu").find("did you mean 'wtinylfu'?"), std::string::npos);
  EXPECT_NE(message_of("lru:x=1+tinylfu").find("did you mean 'tinylfu+lru:x=1'?"),
            std::string::npos);
  EXPECT_NE(message_of("max_size").find("as in 'max_size+lru'"), std::string::npos);
  EXPECT_NE(message_of("s3fifo:small"), "");
  EXPECT_NE(message_of(""), "");
  EXPECT_NE(message_of("lru,,fifo"), "");
  EXPECT_NE(message_of("lru:k=2"), "");
}

TEST(PolicySpec, WhatSaysTheDefaultIsDropped) {
  EXPECT_EQ(label_of(parse_policy("s3fifo:small=0.1")), "s3fifo");
  EXPECT_EQ(label_of(parse_policy("max_size:share=0.1+slru:segments=4,variant=paper")),
            "max_size+slru:variant=paper");
}

TEST(PolicySpec, AFilterIsGivenOnce) {
  EXPECT_NE(message_of("max_size:share=0.5+max_size:share=0.2+lru").find("given twice"),
            std::string::npos);
}

TEST(PolicySpec, EveryPolicyIsListedWithADocAndResolves) {
  EXPECT_EQ(list_policies().size(), 22U);
  for (const ComponentInfo& info : list_policies()) {
    EXPECT_GT(info.doc.size(), 20U) << info.name;
    EXPECT_EQ(resolved_params(parse_policy(info.name)).size(), info.fields.size()) << info.name;
  }
}

}  // namespace
}  // namespace kvsim
