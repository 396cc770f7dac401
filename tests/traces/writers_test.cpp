#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"
#include "traces/trace_builder.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim {
namespace {

using test::TemporaryFolder;

std::string written(const Trace& trace, const std::string& format, std::uint32_t block_size = 0) {
  const TemporaryFolder folder;
  WriteOptions options;
  options.block_size = block_size;
  write_trace(trace, folder.path() / "out", format, options);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"out"}));
  return test::read_file(folder.path() / "out");
}

std::string refusal(const Trace& trace, const std::string& format) {
  const TemporaryFolder folder;
  folder.write("out", "before");
  try {
    write_trace(trace, folder.path() / "out", format);
  } catch (const InputError& error) {
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"out"})) << "left something behind";
    EXPECT_EQ(test::read_file(folder.path() / "out"), "before");
    return error.what();
  }
  return "";
}

const std::string kMooncake =
    R"({"timestamp": 0, "input_length": 1000, "output_length": 5, "hash_ids": [7, 9], "session": "a\"\\\u0001é", "turn": 1, "priority": -2}
{"timestamp": 1500.25, "input_length": 512, "output_length": 0, "hash_ids": [7], "parent": 0, "category": "c", "tenant": "t", "priority": 0}
)";

Trace objects() { return test::read("time,id,size\n1.5,70,10\n2,80,20\n2,70,10\n3,70,15\n"); }

TEST(Writers, MooncakeRoundTrip) {
  const Trace trace = test::read(kMooncake);
  const std::string text = written(trace, "mooncake");
  EXPECT_EQ(
      text,
      R"({"timestamp": 0, "input_length": 1000, "output_length": 5, "hash_ids": [7, 9], "session": "a\"\\\u0001é", "turn": 1, "priority": -2}
{"timestamp": 1500.25, "input_length": 512, "output_length": 0, "hash_ids": [7], "parent": 0, "category": "c", "tenant": "t", "priority": 0}
)");
  test::expect_equal(trace, test::read(text));
}

TEST(Writers, BailianRoundTrip) {
  const std::string text =
      R"({"chat_id": 0, "parent_chat_id": -1, "timestamp": 0.5, "input_length": 17, "output_length": 2, "type": "text", "turn": 1, "hash_ids": [1, 2]}
{"chat_id": 1, "parent_chat_id": 0, "timestamp": 61.114, "input_length": 33, "output_length": 2, "type": "search", "turn": 2, "hash_ids": [1, 3, 4]}
)";
  EXPECT_EQ(written(test::read(text), "bailian"), text);
}

TEST(Writers, TokensRoundTrip) {
  const std::string text =
      R"({"timestamp": 46.926808, "session": "s", "input_token_ids": [5, 6, 7], "output_token_ids": [8], "events": [[0, "lookup", 0, 1], [2, "insert", 1, 1]]}
{"timestamp": 50, "session": "s", "parent": 0, "input_token_ids": [5], "output_token_ids": [], "events": [[1, "release", 0, 1]]}
)";
  const Trace trace = test::read(text);
  EXPECT_EQ(written(trace, "tokens"), text);
  test::expect_equal(trace, test::read(written(trace, "tokens")));
}

TEST(Writers, OracleGeneralRoundTrip) {
  const Trace trace = objects();
  const std::string bytes = written(trace, "oracle_general");
  EXPECT_EQ(bytes, test::oracle_record(1, 70, 10, 3) + test::oracle_record(2, 80, 20, -1) +
                       test::oracle_record(2, 70, 10, 4) + test::oracle_record(3, 70, 15, -1));
  const Trace again = test::read(bytes);
  EXPECT_EQ(again.format, "oracle_general");
  EXPECT_EQ(test::values(again.blocks->access_bytes), test::values(trace.blocks->access_bytes));
}

TEST(Writers, CsvRoundTrip) {
  const Trace trace = objects();
  EXPECT_EQ(written(trace, "csv"), "time,id,size\n1.5,70,10\n2,80,20\n2,70,10\n3,70,15\n");
  test::expect_equal(trace, test::read(written(trace, "csv")));
}

TEST(Writers, IdsInt32AndLisRoundTrips) {
  const Trace trace = test::read("5\n6\n7\n5\n5\n4000000000\n");
  for (const char* format : {"ids", "int32", "lis"}) {
    test::expect_equal(trace, test::read(written(trace, format), format));
  }
  EXPECT_EQ(written(trace, "lis"), "5 3 0 0\n5 1 0 1\n5 1 0 2\n4000000000 1 0 3\n");
}

TEST(Writers, BlocksBecomeAccessesInOrder) {
  EXPECT_EQ(written(test::read(kMooncake), "ids"), "7\n9\n7\n");
  EXPECT_EQ(written(test::read(kMooncake), "csv"), "time,id\n0,7\n0,9\n1.50025,7\n");
  EXPECT_EQ(written(test::read(kMooncake), "oracle_general:fill=true"),
            test::oracle_record(0, 7, 1, 3) + test::oracle_record(0, 9, 1, -1) +
                test::oracle_record(1, 7, 1, -1));
}

TEST(Writers, TokensBecomeBlocksAtABlockSize) {
  const Trace trace = test::read(
      R"({"timestamp": 0, "input_token_ids": [5, 6, 7], "output_token_ids": [8]}
{"timestamp": 1, "input_token_ids": [5, 6], "output_token_ids": []})");
  EXPECT_EQ(written(trace, "mooncake", 2),
            "{\"timestamp\": 0, \"input_length\": 3, \"output_length\": 1, \"hash_ids\": [0, 1]}\n"
            "{\"timestamp\": 1, \"input_length\": 2, \"output_length\": 0, \"hash_ids\": [0]}\n");
  EXPECT_NE(refusal(trace, "mooncake").find("without a block size"), std::string::npos);
}

TEST(Writers, SayWhatTheTraceLacks) {
  const Trace ids = test::read("5\n6\n");
  const Trace load =
      test::read("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,1,2\n");
  EXPECT_NE(refusal(ids, "mooncake").find("only objects"), std::string::npos);
  EXPECT_NE(refusal(ids, "tokens").find("carries no token ids"), std::string::npos);
  EXPECT_NE(refusal(ids, "oracle_general").find("carries no object sizes"), std::string::npos);
  EXPECT_NE(refusal(load, "ids").find("only load"), std::string::npos);
  EXPECT_NE(refusal(test::read("18446744073709551615\n"), "int32").find("more than 32 bits"),
            std::string::npos);
  EXPECT_EQ(written(test::read("18446744073709551615\n"), "int32:renumber=true"),
            test::int32_record(0));
  const Trace floor = test::read(
      R"({"id": "s", "block_size": 64, "requests": [{"t": 0, "in": 130, "out": 1, "hash_ids": [1, 2]}]})");
  EXPECT_NE(refusal(floor, "mooncake").find("do not cover its input of 130"), std::string::npos);
  const Trace rag = test::read(
      R"({"timestamp": "1", "input_length": 9, "output_length": 1, "hash_ids": {"history": [1]}})");
  EXPECT_NE(refusal(rag, "bailian").find("blocks of one size"), std::string::npos);
}

TEST(Writers, RefuseUnknownNamesAndOptions) {
  const Trace ids = test::read("5\n");
  EXPECT_NE(refusal(ids, "idz").find("did you mean 'ids'"), std::string::npos);
  EXPECT_NE(refusal(ids, "kvt:zst=true").find("did you mean 'zstd'"), std::string::npos);
  EXPECT_NE(refusal(ids, "azure_llm").find("unknown format to write"), std::string::npos);
}

TEST(Writers, NameTheFileThatCannotBeWritten) {
  try {
    write_trace(test::read("5\n"), "/no/such/folder/out", "ids");
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("/no/such/folder/out"), std::string::npos);
  }
}

TEST(Writers, AreListed) {
  std::vector<std::string> names;
  for (const FormatInfo& info : list_writers()) names.push_back(info.name);
  EXPECT_EQ(names.front(), "kvt");
  EXPECT_EQ(names.size(), 9u);
}

}  // namespace
}  // namespace kvsim
