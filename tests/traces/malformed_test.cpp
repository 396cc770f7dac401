// What readers say of content that does not say what it must: the place, the field, what was found
// and what is allowed.

#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

struct Case {
  const char* format;
  std::string content;
  std::vector<const char*> parts;  ///< of the message
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.format << ": " << c.content.substr(0, 80);
}

std::string mooncake(const std::string& fields) {
  return R"({"timestamp": 0, "input_length": 1, "output_length": 1, "hash_ids": [1]})"
         "\n{" +
         fields + "}\n";
}

std::string session(const std::string& request) {
  return R"({"id": "s", "block_size": 64, "requests": [)" + request + "]}\n";
}

std::vector<Case> cases() {
  const std::string rest = R"("input_length": 1, "output_length": 1, "hash_ids": [1])";
  const std::string time = R"("timestamp": 1, )";
  return {
      {"mooncake",
       mooncake("\"timestamp\": -1, " + rest),
       {"trace:2: field 'timestamp' is -1, allowed is a time from 0 to"}},
      {"mooncake", mooncake("\"timestamp\": 1e300, " + rest), {"trace:2: field 'timestamp'"}},
      {"mooncake", mooncake("\"timestamp\": \"0\", " + rest), {"'timestamp' is '0', allowed"}},
      {"mooncake", mooncake(rest), {"field 'timestamp' is missing, allowed is a time"}},
      {"mooncake",
       mooncake(time + R"("input_length": 4294967296, "output_length": 1, "hash_ids": [])"),
       {"field 'input_length' is 4294967296, allowed is an integer from 0 to 4294967295"}},
      {"mooncake",
       mooncake(time + R"("input_length": 1.5, "output_length": 1, "hash_ids": [1])"),
       {"field 'input_length' is 1.5"}},
      {"mooncake",
       mooncake(time + R"("input_length": 1, "output_length": -1, "hash_ids": [1])"),
       {"field 'output_length' is -1"}},
      {"mooncake",
       mooncake(time + R"("input_length": 513, "output_length": 1, "hash_ids": [1, -2])"),
       {"trace:2: field 'hash_ids[1]' is -2, allowed is an integer from 0 to "
        "18446744073709551615"}},
      {"mooncake",
       mooncake(time + R"("input_length": 513, "output_length": 1, "hash_ids": [1, 2.5])"),
       {"field 'hash_ids[1]' is 2.5"}},
      {"mooncake",
       mooncake(time + R"("input_length": 513, "output_length": 1, "hash_ids": {"a": 1})"),
       {"field 'hash_ids' is an object, allowed is an array of integers"}},
      {"mooncake",
       mooncake(time + R"("input_length": 513, "output_length": 1, "hash_ids": [1])"),
       {"field 'hash_ids' is 1 ids, allowed is 2, which cover input_length 513 at 512 tokens a "
        "block; another block size: --format mooncake:block_size=N"}},
      {"mooncake",
       mooncake(time + "\"timestamp\": 2, " + rest),
       {"trace:2: field 'timestamp' is given twice"}},
      {"mooncake",
       mooncake(time + rest + ", \"parent\": 1"),
       {"field 'parent' is 1, allowed is the 0-based number of an earlier request, 0 to 0"}},
      {"mooncake", mooncake(time + rest + ", \"turn\": 4294967295"), {"field 'turn'"}},
      {"mooncake", mooncake(time + rest + ", \"priority\": 3000000000"), {"field 'priority'"}},
      {"mooncake",
       mooncake(time + rest + ", \"session\": [1]"),
       {"field 'session' is an array of 1, allowed is a string or an integer"}},
      {"mooncake", mooncake(time + "\"hash_ids\": [1"), {"trace:2: not valid JSON"}},
      {"mooncake", mooncake(time + rest) + "[]\n", {"trace:3: the line is an array of 0"}},
      {"mooncake", mooncake(time + rest) + "{} {}\n", {"trace:3: not valid JSON"}},
      {"mooncake", std::string(5000, '[') + "\n", {"trace:1: not valid JSON"}},
      {"mooncake", "{\"timestamp\": \"\xff\xfe\"}\n", {"trace:1: not valid JSON"}},
      {"bailian",
       R"({"chat_id": "x", "parent_chat_id": -1, "timestamp": 0, "input_length": 1, "output_length": 1, "type": "text", "turn": 1, "hash_ids": [1]})",
       {"field 'chat_id' is 'x', allowed is an integer"}},
      {"bailian",
       R"({"chat_id": 1, "parent_chat_id": -1, "timestamp": 0, "input_length": 17, "output_length": 1, "type": "text", "turn": 1, "hash_ids": [1]})",
       {"allowed is 2", "at 16 tokens a block"}},
      {"bailian",
       R"({"chat_id": 1, "timestamp": 0, "input_length": 1, "output_length": 1, "type": 7, "turn": 1, "hash_ids": [1]})",
       {"field 'type' is 7, allowed is a string"}},
      {"tokens",
       R"({"timestamp": 0, "input_token_ids": [1, 4294967296]})",
       {"trace:1: field 'input_token_ids[1]' is 4294967296, allowed is an integer from 0 to "
        "4294967295"}},
      {"tokens", R"({"timestamp": 0, "output_token_ids": [1]})", {"'input_token_ids' is missing"}},
      {"tokens",
       R"({"timestamp": 0, "input_token_ids": [1], "input_tok_ids": [1]})",
       {"'input_tok_ids' is given besides input_token_ids"}},
      {"tokens",
       R"({"arrival_time_ns": 0, "input_toks": 2, "input_tok_ids": [1]})",
       {"field 'input_toks' is 2, allowed is 1, the number of token ids"}},
      {"tokens", R"({"arrival_time_ns": 0, "sub_requests": []})", {"'sub_requests'"}},
      {"tokens",
       R"({"timestamp": 0, "input_token_ids": [1], "events": [[0, "hit", 0, 1]]})",
       {"field 'events[0][1]' is 'hit', allowed is 'lookup', 'insert' or 'release'"}},
      {"tokens",
       R"({"timestamp": 0, "input_token_ids": [1], "events": [[0, "lookup", 0]]})",
       {"field 'events[0]' is an array of 3, allowed is [sequence"}},
      {"tokens",
       R"({"timestamp": 0, "input_token_ids": [1], "events": [[0, "lookup", 0, 4294967295]]})",
       {"field 'events[0]' is blocks 0 to 4294967295, allowed is blocks of the request's 1 "
        "tokens"}},
      {"tokens",
       R"({"timestamp": 0, "input_token_ids": [1], "events": [[0, "lookup", 0, 1], [0, "insert", 0, 1]]})",
       {"requests 0 and 0", "sequence number 0"}},
      {"azure_llm",
       "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16,1,1\n",
       {"trace:2: field 'TIMESTAMP' is '2023-11-16', allowed is a date and time"}},
      {"azure_llm", "TIMESTAMP,ContextTokens\n", {"trace: no column 'GeneratedTokens'"}},
      {"azure_llm",
       "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,1\n",
       {"trace:2: the line has 2 columns, but 'GeneratedTokens' is column 3"}},
      {"burstgpt",
       "Timestamp,Request tokens,Response tokens\n1,x,2\n",
       {"trace:2: field 'Request tokens' is 'x', allowed is an integer from 0 to 4294967295"}},
      {"burstgpt",
       "Timestamp,Request tokens,Response tokens,Log Type\n1,1,2,\xff\n",
       {"trace:2: field 'Log Type' is '\\xff', allowed is text in UTF-8"}},
      {"oracle_general",
       test::oracle_record(1, 2, 3, -1) + "abc",
       {"trace: record 1 (byte 24): 3 bytes, allowed is a whole record of 24"}},
      {"int32", "abcdefg", {"trace: record 1 (byte 4): 3 bytes, allowed is a whole integer of 4"}},
      {"ragpulse",
       R"({"timestamp": "x", "input_length": 1, "output_length": 1, "hash_ids": {}})",
       {"field 'timestamp' is 'x', allowed is a time in seconds"}},
      {"ragpulse",
       R"({"timestamp": "1", "input_length": 1, "output_length": 1, "hash_ids": {"other": [1]}})",
       {"field 'hash_ids' is an object with 'other', allowed is sys_prompt, passages_ids"}},
      {"ragpulse",
       R"({"timestamp": "1", "input_length": 1, "output_length": 1, "hash_ids": {"history": ["a"]}})",
       {"field 'hash_ids.history[0]' is 'a'"}},
      {"ragpulse",
       R"({"timestamp": "1", "input_length": 1, "output_length": 1, "hash_ids": {"history": [1], "history": [2]}})",
       {"field 'hash_ids.history' is given twice"}},
      {"kv_cache_tester",
       session(R"({"t": 0, "in": 64, "out": 1, "runs": [[1, 4000000000]]})"),
       {"trace:1: field 'requests[0].runs[0]' is [1, 4000000000], allowed is [first id, count from "
        "1 "
        "to 16777216]"}},
      {"kv_cache_tester",
       session(R"({"t": 0, "in": 64, "out": 1, "runs": [[1, 0]]})"),
       {"runs[0]"}},
      {"kv_cache_tester",
       session(R"({"t": 0, "in": 64, "out": 1, "runs": [[1, 1, 1]]})"),
       {"runs[0]"}},
      {"kv_cache_tester",
       session(R"({"t": 0, "in": 64, "out": 1, "runs": [[9999999999999, 1]]})"),
       {"field 'requests[0].runs[0][0]' is 9999999999999"}},
      {"kv_cache_tester",
       session(R"({"t": 0, "in": 64, "out": 1, "runs": [[1, 2]]})"),
       {"field 'requests[0]' is of 2 blocks, allowed is 1, the full blocks of its 64 tokens"}},
      {"kv_cache_tester",
       session(R"({"t": 0, "in": 64, "out": 1})"),
       {"requests[0].runs' is missing"}},
      {"kv_cache_tester",
       session(
           R"({"t": 0, "agent_id": "a", "requests": [{"t": 0, "agent_id": "b", "requests": []}]})"),
       {"requests[0].requests[0].requests", "none within a sub-agent"}},
      {"kv_cache_tester", R"({"id": "s", "block_size": 0, "requests": []})", {"'block_size' is 0"}},
      {"kv_cache_tester",
       session(R"({"t": 0, "in": 64, "out": 1, "hash_ids": [1]})") +
           R"({"id": "s", "block_size": 32, "requests": []})",
       {"trace:2: field 'block_size' is 32, allowed is 64, as in the sessions before"}},
      {"lis",
       "1 999999999999 0 0\n",
       {"trace:1: field 'count' is '999999999999', allowed is an integer from 0 to 16777216"}},
      {"lis", "1 1 0\n", {"field 'request' is missing"}},
      {"lis", "1 1 0 0 0\n", {"'0' behind the fourth number"}},
      {"lis", "1 x 0 0\n", {"field 'count' is 'x'"}},
      {"lis", "18446744073709551615 2 0 0\n", {"field 'start' is 18446744073709551615"}},
      {"ids", "1\n-2\n", {"trace:2: field 'id' is '-2', allowed is an integer from 0 to"}},
      {"ids", "1\n2 3\n", {"trace:2: field 'id' is '2 3'"}},
      {"ids", "99999999999999999999\n", {"trace:1: field 'id'"}},
      {"ids", "1\n\x01\xff\n", {"'\\x01\\xff'"}},
      {"ids", "*\n", {"trace: holds no request"}},
      {"csv", "id\nx\n", {"trace:2: field 'id' is 'x', allowed is an integer"}},
      {"csv:id=key", "id\n1\n", {"trace: no column 'key'; the header has id"}},
      {"csv:id=key,header=false", "1\n", {"column 'key': without a header, columns are numbers"}},
      {"csv", "id,size\n1,4294967296\n", {"field 'size' is '4294967296'"}},
      {"csv", "id,time\n1,-1\n", {"field 'time' is '-1'"}},
      {"csv", "size,id\n1\n", {"the line has 1 columns, but 'id' is column 2"}},
      {"csv", "id\n\"1\n", {"trace:2: a quoted value has no closing quote"}},
      {"kvt", "12345678", {"trace: is 8 bytes long"}},
  };
}

class Malformed : public testing::TestWithParam<Case> {};

TEST_P(Malformed, IsRefusedWithPlaceFieldFoundAndAllowed) {
  const std::string message = test::error_of(GetParam().content, GetParam().format);
  ASSERT_FALSE(message.empty()) << "was read";
  for (const char* part : GetParam().parts) {
    EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks: " << part;
  }
}

TEST_P(Malformed, ThrowsNothingElseWhenSkipped) {
  try {
    test::read(GetParam().content, GetParam().format, true);
  } catch (const InputError&) {
    // What no skipping can mend, or nothing left.
  }
}

INSTANTIATE_TEST_SUITE_P(All, Malformed, testing::ValuesIn(cases()));

TEST(Skipping, LeavesNothingOfARecordThatItSkips) {
  const Trace trace = test::read(
      session(
          R"({"t": 0, "in": 64, "out": 1, "hash_ids": [1]}, {"t": 0, "in": 64, "out": 1, "hash_ids": [1, 2]})") +
          session(R"({"t": 0, "in": 64, "out": 1, "hash_ids": [1]})"),
      "kv_cache_tester", true);
  EXPECT_EQ(trace.requests.count, 1u);
  EXPECT_EQ(trace.blocks->accesses(), 1u);
  EXPECT_EQ(trace.skipped_records, 1u);
}

TEST(Skipping, CountsLinesAndRecords) {
  EXPECT_EQ(test::read("1\nx\n2\ny\n", "ids", true).skipped_records, 2u);
  EXPECT_EQ(
      test::read(test::oracle_record(1, 2, 3, -1) + "abc", "oracle_general", true).skipped_records,
      1u);
  EXPECT_NE(test::error_of("x\n", "ids").find("trace:1"), std::string::npos);
  try {
    test::read("x\ny\n", "ids", true);
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("2 malformed records were skipped"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace kvsim
