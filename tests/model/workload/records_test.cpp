#include "model/workload/records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/core/error.hpp"

namespace kvsim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Workload read(std::string_view content) {
  WorkloadRecords records;
  records.read("file", content);
  return records.finish("file");
}

std::string error_of(std::string_view content) {
  try {
    read(content);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string> texts(const WorkloadSession& session) {
  std::vector<std::string> all;
  for (const WorkloadTurn& turn : session.turns) all.push_back(turn.text);
  return all;
}

std::vector<std::string> names(const Workload& workload) {
  std::vector<std::string> all;
  for (const WorkloadSession& session : workload.sessions) all.push_back(session.name);
  return all;
}

TEST(WorkloadRecords, Turns) {
  const Workload w = read(
      "{\"question_id\": 81, \"category\": \"x\", \"turns\": [\"One?\", \"Two?\"]}\n"
      "\n"
      "{\"turns\": [\"Three?\"]}\n");
  ASSERT_EQ(w.sessions.size(), 2U);
  EXPECT_THAT(names(w), ElementsAre("81", "2"));
  EXPECT_THAT(texts(w.sessions[0]), ElementsAre("One?", "Two?"));
  EXPECT_TRUE(w.sessions[0].is_chat);
  EXPECT_EQ(w.sessions[0].system, "");
  EXPECT_EQ(w.turns(), 3U);
  EXPECT_FALSE(w.has_tokens);
  EXPECT_FALSE(w.has_times);
}

TEST(WorkloadRecords, MessagesWithoutTheRecordedReplies) {
  const Workload w = read(
      R"({"id": "s", "messages": [{"role": "system", "content": "Be brief."},
          {"role": "user", "content": "Hi"}, {"role": "assistant", "content": null},
          {"role": "tool", "content": "42"},
          {"role": "user", "content": [{"type": "text", "text": "a\n"},
                                       {"type": "text", "text": "b"}]}]}
         {"messages": [{"role": "user", "content": "Next"}]})");
  EXPECT_THAT(names(w), ElementsAre("s", "2"));
  EXPECT_EQ(w.sessions[0].system, "Be brief.");
  EXPECT_THAT(texts(w.sessions[0]), ElementsAre("Hi", "42", "a\nb"));
}

TEST(WorkloadRecords, ConversationsInAnArray) {
  const Workload w = read(
      R"([{"id": "c", "conversations": [{"from": "human", "value": "Hi"},
                                        {"from": "gpt", "value": "Ho"},
                                        {"from": "human", "value": ""}]},
          {"id": "nothing", "conversations": []},
          {"id": "c", "conversations": [{"from": "user", "value": "{\"quoted\": \"\\\"}"}]}])");
  EXPECT_THAT(names(w), ElementsAre("c", "c (2)"));
  EXPECT_THAT(texts(w.sessions[0]), ElementsAre("Hi"));
  EXPECT_THAT(texts(w.sessions[1]), ElementsAre("{\"quoted\": \"\\\"}"));
}

TEST(WorkloadRecords, PromptsOfASessionInTheOrderOfTheirTimes) {
  const Workload w = read(
      R"({"timestamp": 5000003, "input": "b", "output": "B", "session_id": "s"}
         {"timestamp": 5000001, "input": "x", "output": "X", "session_id": "t"}
         {"timestamp": 5000000, "input": "a", "output": "A", "session_id": "s"})");
  EXPECT_THAT(names(w), ElementsAre("s", "t"));
  EXPECT_THAT(texts(w.sessions[0]), ElementsAre("a", "b"));
  EXPECT_FALSE(w.sessions[0].is_chat);
  EXPECT_TRUE(w.has_times);
  EXPECT_EQ(w.sessions[0].turns[0].arrival, TimeNs{0});
  EXPECT_EQ(w.sessions[0].turns[1].arrival, TimeNs{3000});
  EXPECT_EQ(w.sessions[1].turns[0].arrival, TimeNs{1000});
}

TEST(WorkloadRecords, TokenTraces) {
  const Workload w = read(
      "{\"timestamp\": 10, \"session\": \"a\", \"input_token_ids\": [1,2,3], "
      "\"output_token_ids\": [4]}\n"
      "{\"timestamp\": 12, \"input_token_ids\": [7]}\n"
      "{\"timestamp\": 13, \"parent\": 1, \"input_token_ids\": [7, 8]}\n"
      "{\"timestamp\": 15, \"session\": \"a\", \"input_token_ids\": [1,2,3,4,5]}\n");
  ASSERT_TRUE(w.has_tokens);
  EXPECT_THAT(names(w), ElementsAre("a", "2"));
  EXPECT_THAT(w.sessions[0].turns[1].tokens, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(w.sessions[0].turns[0].output_tokens, 1U);
  EXPECT_EQ(w.sessions[0].turns[1].output_tokens, std::nullopt);
  EXPECT_EQ(w.sessions[0].turns[0].arrival, TimeNs{0});
  EXPECT_EQ(w.sessions[0].turns[1].arrival, TimeNs{5'000'000});
  EXPECT_THAT(w.sessions[1].turns[1].tokens, ElementsAre(7, 8));
  EXPECT_FALSE(w.sessions[0].is_chat);
}

TEST(WorkloadRecords, TokenTracesInOtherNames) {
  const Workload w = read(
      "{\"input_toks\": 2, \"output_toks\": 3, \"arrival_time_ns\": 7, \"input_tok_ids\": [5, 6], "
      "\"output_tok_ids\": [7, 8, 9]}\n");
  EXPECT_THAT(w.sessions.at(0).turns.at(0).tokens, ElementsAre(5, 6));
  EXPECT_EQ(w.sessions[0].turns[0].output_tokens, 3U);
}

TEST(WorkloadRecords, OtherTextIsOnePrompt) {
  const Workload w = read("\xEF\xBB\xBFOnce upon a time,\n\nthere was a caf\xC3\xA9.\n");
  ASSERT_EQ(w.turns(), 1U);
  EXPECT_EQ(w.sessions[0].turns[0].text, "Once upon a time,\n\nthere was a caf\xC3\xA9.\n");
  EXPECT_FALSE(w.sessions[0].is_chat);
}

TEST(WorkloadRecords, TextAndTokensDoNotMix) {
  WorkloadRecords records;
  records.read("a", "{\"turns\": [\"x\"]}");
  EXPECT_THROW(records.read("b", "{\"timestamp\": 1, \"input_token_ids\": [1]}"), InputError);
}

TEST(WorkloadRecords, ErrorsNameLineAndField) {
  EXPECT_THAT(error_of("{\"turns\": [\"a\"]}\n{\"turns\": [\"a\", 7]}\n"),
              HasSubstr("file:2: field 'turns[1]' is 7, allowed is"));
  EXPECT_THAT(error_of("{\"messages\": [{\"role\": \"wizard\", \"content\": \"\"}]}"),
              HasSubstr("file:1: field 'messages[0].role' is 'wizard', allowed is one of user,"));
  EXPECT_THAT(error_of("{\"messages\": [{\"role\": \"user\"}]}"),
              HasSubstr("field 'messages[0].content' is missing"));
  EXPECT_THAT(error_of("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"},\n"
                       "{\"role\": \"system\", \"content\": \"b\"}]}"),
              HasSubstr("field 'messages[1].role' is 'system', allowed is a system message only"));
  EXPECT_THAT(error_of("{\"messages\": [{\"role\": \"user\", \"content\": "
                       "[{\"type\": \"image_url\", \"image_url\": {}}]}]}"),
              HasSubstr("field 'messages[0].content[0].type' is 'image_url', allowed"));
  EXPECT_THAT(error_of("{\"timestamp\": -1, \"input\": \"x\"}"),
              HasSubstr("field 'timestamp' is -1, allowed is a time"));
  EXPECT_THAT(error_of("{\"hash_ids\": [1], \"timestamp\": 3}"),
              HasSubstr("file:1: the record's fields are 'hash_ids, timestamp', allowed is one of "
                        "turns, messages, conversations, input and input_token_ids"));
  EXPECT_THAT(error_of("{\"input\": \"x\", \"turns\": []}"), HasSubstr("allowed is one of"));
  EXPECT_THAT(error_of("{\"timestamp\": 1, \"input_token_ids\": [-1]}"),
              HasSubstr("file:1: field 'input_token_ids[0]' is -1"));
}

TEST(WorkloadRecords, BrokenFilesAreRefused) {
  EXPECT_EQ(error_of(""), "file: asks nothing");
  EXPECT_EQ(error_of("\n \n"), "file: asks nothing");
  EXPECT_EQ(error_of("[]"), "file: asks nothing");
  EXPECT_EQ(error_of("{\"turns\": []}"), "file: asks nothing");
  EXPECT_EQ(error_of("{\"turns\": [\"a\"]}\n{\"turns\": [\"a\""),
            "file:2: the object that begins here does not end");
  EXPECT_EQ(error_of("[{\"turns\": [\"a\"]}"), "file:1: the array does not end");
  EXPECT_EQ(error_of("[{\"turns\": [\"a\"]},\n]"), "file:2: ']' where an object should begin");
  EXPECT_EQ(error_of("[{\"turns\": [\"a\"]}\n{\"turns\": [\"a\"]}]"),
            "file:2: no comma between two objects");
  EXPECT_EQ(error_of("[{\"turns\": [\"a\"]}]\n{}"),
            "file:2: more follows the array that ends here");
  EXPECT_EQ(error_of("[1, 2]"), "file:1: '1, 2]' where an object should begin");
  EXPECT_THAT(error_of("{\"turns\": [\"a\",]}"), HasSubstr("file:1: not valid JSON"));
  EXPECT_THAT(error_of("ab\xff"), HasSubstr("file: is no text in UTF-8"));
  EXPECT_THAT(error_of(std::string_view("a\0b", 3)), HasSubstr("file: is no text in UTF-8"));
}

}  // namespace
}  // namespace kvsim
