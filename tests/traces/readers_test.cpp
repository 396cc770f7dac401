#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

using test::read;
using test::slots_of;
using test::values;
using U32s = std::vector<std::uint32_t>;
using Slots = std::vector<Slot>;

TEST(Mooncake, Requests) {
  const Trace trace =
      read(R"({"timestamp": 0, "input_length": 1000, "output_length": 5, "hash_ids": [7, 9]}

{"hash_ids": [7], "timestamp": 1500.25, "input_length": 512, "output_length": 0, "unknown": {"x": []}}
{"timestamp": 1600, "input_length": 0, "output_length": 1, "hash_ids": []})");
  EXPECT_EQ(trace.format, "mooncake");
  EXPECT_EQ(trace.name, "trace");
  EXPECT_EQ(trace.requests.count, 3u);
  EXPECT_EQ(values(trace.requests.arrival), (std::vector<TimeNs>{0, 1'500'250'000, 1'600'000'000}));
  EXPECT_EQ(values(trace.requests.input_tokens), (U32s{1000, 512, 0}));
  EXPECT_EQ(values(trace.requests.output_tokens), (U32s{5, 0, 1}));
  EXPECT_EQ(trace.blocks->block_size, 512u);
  EXPECT_EQ(slots_of(*trace.blocks, 0), (Slots{0, 1}));
  EXPECT_EQ(slots_of(*trace.blocks, 1), (Slots{0}));
  EXPECT_EQ(slots_of(*trace.blocks, 2), (Slots{}));
  EXPECT_EQ(values(trace.blocks->id), (std::vector<std::uint64_t>{7, 9}));
  EXPECT_TRUE(trace.requests.session.empty());
}

TEST(Mooncake, BlockSizeByOptionAndBySpec) {
  const std::string line =
      R"({"timestamp": 0, "input_length": 33, "output_length": 5, "hash_ids": [7, 9, 1]})";
  EXPECT_EQ(read(line, "mooncake:block_size=16").blocks->block_size, 16u);
  OpenOptions options;
  options.block_size = 16;
  EXPECT_EQ(read_trace(line, "t", options).blocks->block_size, 16u);
}

TEST(Mooncake, WhoAsked) {
  const Trace trace = read(
      R"({"timestamp": 0, "input_length": 1, "output_length": 5, "hash_ids": [7], "session": "a", "turn": 1, "priority": -3}
{"timestamp": 0, "input_length": 1, "output_length": 5, "hash_ids": [7], "session_id": 12, "parent": 0, "category": "chat", "tenant": "t"}
{"timestamp": 0, "input_length": 1, "output_length": 5, "hash_ids": [7], "session": null, "parent": -1})");
  const RequestColumns& r = trace.requests;
  EXPECT_EQ(values(r.session), (U32s{0, 1, kNone}));
  EXPECT_EQ(r.session_names[1], "12");
  EXPECT_EQ(values(r.parent), (U32s{kNone, 0, kNone}));
  EXPECT_EQ(values(r.turn), (U32s{1, kNone, kNone}));
  EXPECT_EQ(values(r.priority), (std::vector<std::int32_t>{-3, 0, 0}));
  EXPECT_EQ(r.category_names[r.category[1]], "chat");
  EXPECT_EQ(r.tenant_names[r.tenant[1]], "t");
}

TEST(Mooncake, SkippedRecordsAreCountedAndNoParents) {
  const Trace trace = read(
      R"({"timestamp": 0, "input_length": 1, "output_length": 5, "hash_ids": [7]}
{"timestamp": 0, "input_length": 1, "output_length": 5, "hash_ids": "x"}
{"timestamp": 0, "input_length": 1, "output_length": 5, "hash_ids": [7], "parent": 1}
{"timestamp": 0, "input_length": 1, "output_length": 5, "hash_ids": [7], "parent": 2}
not JSON)",
      "mooncake", true);
  EXPECT_EQ(trace.skipped_records, 2u);
  EXPECT_EQ(trace.requests.count, 3u);
  EXPECT_EQ(values(trace.requests.parent), (U32s{kNone, kNone, 1}));
}

TEST(Bailian, ChatsAndTheirRoots) {
  const Trace trace = read(
      R"({"chat_id": 50, "parent_chat_id": -1, "timestamp": 0.5, "input_length": 17, "output_length": 2, "type": "text", "turn": 1, "hash_ids": [1, 2]}
{"chat_id": 60, "parent_chat_id": 50, "timestamp": 61.114, "input_length": 33, "output_length": 2, "type": "search", "turn": 2, "hash_ids": [1, 3, 4]}
{"chat_id": 70, "parent_chat_id": 60, "timestamp": 62, "input_length": 1, "output_length": 2, "type": "text", "turn": 3, "hash_ids": [1]}
{"chat_id": 80, "parent_chat_id": 9, "timestamp": 63, "input_length": 1, "output_length": 2, "type": "text", "turn": 4, "hash_ids": [1]})");
  const RequestColumns& r = trace.requests;
  EXPECT_EQ(trace.format, "bailian");
  EXPECT_EQ(trace.blocks->block_size, 16u);
  EXPECT_EQ(r.arrival[1], 61'114'000'000);
  EXPECT_EQ(values(r.parent), (U32s{kNone, 0, 1, kNone}));
  EXPECT_EQ(values(r.session), (U32s{0, 0, 0, 1}));
  EXPECT_EQ(r.session_names[0], "50");
  EXPECT_EQ(r.session_names[1], "9");
  EXPECT_EQ(values(r.turn), (U32s{1, 2, 3, 4}));
  EXPECT_EQ(values(r.category), (U32s{0, 1, 0, 0}));
}

TEST(Tokens, BothSpellings) {
  const Trace own = read(
      R"({"timestamp": 46.926808, "session": "s", "parent": null, "input_token_ids": [5, 6, 7], "output_token_ids": [8]}
{"timestamp": 50, "session": "s", "parent": 0, "input_token_ids": [5, 6, 7, 8], "output_token_ids": []})");
  EXPECT_EQ(own.format, "tokens");
  EXPECT_FALSE(own.blocks.has_value());
  EXPECT_EQ(values(own.tokens->offset), (std::vector<std::uint64_t>{0, 4, 8}));
  EXPECT_EQ(values(own.tokens->token), (std::vector<Token>{5, 6, 7, 8, 5, 6, 7, 8}));
  EXPECT_EQ(values(own.requests.input_tokens), (U32s{3, 4}));
  EXPECT_EQ(values(own.requests.parent), (U32s{kNone, 0}));
  EXPECT_EQ(own.requests.arrival[0], 46'926'808);
  const Trace other = read(
      R"({"input_toks": 3, "output_toks": 1, "arrival_time_ns": 46926808, "input_tok_ids": [5, 6, 7], "output_tok_ids": [8]})");
  EXPECT_EQ(other.format, "tokens");
  EXPECT_EQ(other.requests.arrival[0], 46'926'808);
  EXPECT_EQ(values(other.tokens->token), (std::vector<Token>{5, 6, 7, 8}));
}

TEST(Tokens, Events) {
  const Trace trace = read(
      R"({"timestamp": 0, "input_token_ids": [5, 6, 7], "output_token_ids": [8], "events": [[2, "lookup", 0, 1], [9, "insert", 1, 1]]}
{"timestamp": 0, "input_token_ids": [5], "events": [[3, "release", 0, 1]]})");
  ASSERT_TRUE(trace.events);
  EXPECT_EQ(values(trace.events->request), (U32s{0, 1, 0}));
  EXPECT_EQ(trace.events->kind[0], EventKind::kLookup);
  EXPECT_EQ(trace.events->kind[1], EventKind::kRelease);
  EXPECT_EQ(trace.events->kind[2], EventKind::kInsert);
  EXPECT_EQ(values(trace.events->first), (U32s{0, 0, 1}));
  EXPECT_EQ(values(trace.events->count), (U32s{1, 1, 1}));
}

TEST(Tokens, EventsLeftOut) {
  const std::string_view text =
      R"({"timestamp": 0, "input_token_ids": [5, 6, 7], "events": [[2, "lookup", 0, 1]]})";
  OpenOptions options;
  options.format = "tokens:events=false";
  const Trace trace = read_trace(text, "memory", options);
  EXPECT_FALSE(trace.events);
  EXPECT_EQ(values(trace.tokens->token), (std::vector<Token>{5, 6, 7}));
  // They are read all the same.
  EXPECT_THROW(
      read_trace(R"({"timestamp": 0, "input_token_ids": [5], "events": [[2]]})", "memory", options),
      InputError);
}

TEST(AzureLlm, TimesFromTheEarliest) {
  const Trace trace = read(
      "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:17:04.5,4808,10\r\n"
      "2023-11-16 18:17:03.25,3180,8\r\n");
  EXPECT_EQ(trace.format, "azure_llm");
  EXPECT_EQ(values(trace.requests.arrival), (std::vector<TimeNs>{1'250'000'000, 0}));
  EXPECT_EQ(values(trace.requests.input_tokens), (U32s{4808, 3180}));
  EXPECT_FALSE(trace.blocks || trace.tokens);
}

TEST(BurstGpt, OldAndNewColumns) {
  const Trace old = read(
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
      "5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,1087,0,1087,API log\n");
  EXPECT_EQ(old.format, "burstgpt");
  EXPECT_EQ(values(old.requests.arrival), (std::vector<TimeNs>{5'000'000'000, 45'000'000'000}));
  EXPECT_EQ(values(old.requests.output_tokens), (U32s{18, 0}));
  EXPECT_EQ(old.requests.category_names[1], "API log");
  EXPECT_TRUE(old.requests.session.empty());
  const Trace newer = read(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log "
      "Type\n"
      "5.5,12,0.7,ChatGPT,472,18,490,Conversation log\n6,,1,GPT-4,1,2,3,API log\n");
  EXPECT_EQ(values(newer.requests.session), (U32s{0, kNone}));
  EXPECT_EQ(newer.requests.session_names[0], "12");
  EXPECT_EQ(newer.requests.arrival[0], 5'500'000'000);
}

TEST(OracleGeneral, Records) {
  const Trace trace =
      read(test::oracle_record(5, 1u << 30, 512, 3) + test::oracle_record(5, 9, 64, -1) +
           test::oracle_record(6, 1u << 30, 512, -1));
  EXPECT_EQ(trace.format, "oracle_general");
  EXPECT_TRUE(trace.is_object_trace());
  EXPECT_EQ(values(trace.blocks->slot), (Slots{0, 1, 0}));
  EXPECT_EQ(values(trace.blocks->bytes), (U32s{512, 64}));
  EXPECT_EQ(values(trace.requests.arrival),
            (std::vector<TimeNs>{5'000'000'000, 5'000'000'000, 6'000'000'000}));
}

TEST(RagPulse, PathsInOrderOfTime) {
  const Trace trace = read(
      R"({"timestamp": "10", "input_length": 30, "output_length": 1, "hash_ids": {"sys_prompt": [1], "passages_ids": [2, 3], "history": [], "web_search": [], "user_input": []}, "session_id": "b"}
{"timestamp": "5", "input_length": 3000, "output_length": 1, "hash_ids": {"sys_prompt": [1], "passages_ids": [3]}, "session_id": "a"}
{"timestamp": "10", "input_length": 5, "output_length": 1, "hash_ids": {"passages_ids": [1], "history": [1]}}
{"timestamp": 11, "input_length": 7, "output_length": 1, "hash_ids": {}}
)");
  EXPECT_EQ(trace.format, "ragpulse");
  EXPECT_EQ(trace.requests.arrival[0], 5'000'000'000);
  EXPECT_EQ(trace.requests.session_names[trace.requests.session[0]], "a");
  EXPECT_EQ(slots_of(*trace.blocks, 0), (Slots{0, 1}));
  // The same passage behind another one is another block, the same prompt the same one.
  EXPECT_EQ(slots_of(*trace.blocks, 1), (Slots{0, 2, 3}));
  // The same id in another component is another block.
  EXPECT_EQ(slots_of(*trace.blocks, 2), (Slots{4, 5}));
  EXPECT_EQ(trace.requests.session[2], kNone);
  // 3000/2 is more than 512; 30/3; 5/2 is a half, rounded up; nothing.
  EXPECT_EQ(values(trace.blocks->tokens_per_block), (U32s{512, 10, 3, 0}));
  EXPECT_TRUE(trace.blocks->id.empty());
}

constexpr std::string_view kNested =
    R"({"id": "s1", "block_size": 64, "requests": [
  {"t": 0.0, "type": "n", "in": 130, "out": 1, "hash_ids": [1, 2]},
  {"t": 5.5, "type": "subagent", "agent_id": "a1", "requests": [
    {"t": 0.0, "type": "n", "in": 64, "out": 2, "hash_ids": [9]},
    {"t": 1.5, "type": "n", "in": 128, "out": 3, "hash_ids": [9, 10]}]},
  {"t": 9.0, "type": "s", "in": 200, "out": 4, "hash_ids": [1, 2, 3]}]})";

TEST(KvCacheTester, SessionsWithSubAgents) {
  const Trace trace = read(kNested);
  const RequestColumns& r = trace.requests;
  EXPECT_EQ(trace.format, "kv_cache_tester");
  EXPECT_EQ(trace.blocks->block_size, 64u);
  EXPECT_EQ(values(r.arrival),
            (std::vector<TimeNs>{0, 5'500'000'000, 7'000'000'000, 9'000'000'000}));
  EXPECT_EQ(values(r.input_tokens), (U32s{130, 64, 128, 200}));
  EXPECT_EQ(values(r.parent), (U32s{kNone, kNone, 1, 0}));
  EXPECT_EQ(values(r.turn), (U32s{1, 1, 2, 2}));
  EXPECT_EQ(r.category_names[r.category[0]], "main");
  EXPECT_EQ(r.category_names[r.category[1]], "subagent");
  EXPECT_EQ(values(trace.blocks->slot), (Slots{0, 1, 2, 2, 3, 0, 1, 4}));
}

TEST(KvCacheTester, RunsAreTheSameTrace) {
  const Trace runs = read(
      R"({"id":"s1","models":["m"],"block_size":64,"requests":[{"t":0.0,"in":130,"out":1,"runs":[[1,2]]},{"t":5.5,"in":64,"out":2,"runs":[[9,1]],"agent":"a1"},{"t":7.0,"in":128,"out":3,"runs":[[9,2]],"agent":"a1"},{"t":9.0,"in":200,"out":4,"runs":[[1,3]]}]})");
  test::expect_equal(read(kNested), runs);
}

TEST(KvCacheTester, IdsAreLocalToASession) {
  const std::string line =
      R"({"id": "A", "block_size": 64, "requests": [{"t": 0, "in": 130, "out": 1, "hash_ids": [0, 2]}]})";
  const Trace trace = read(line + "\n" + line + "\n");
  EXPECT_EQ(trace.requests.count, 2u);
  EXPECT_EQ(values(trace.blocks->slot), (Slots{0, 1, 2, 3}));
  EXPECT_EQ(values(trace.blocks->id), (std::vector<std::uint64_t>{0, 2, 3, 5}));
}

TEST(KvCacheTester, AFolderInOrderOfNames) {
  const test::TemporaryFolder folder;
  folder.write(
      "b.json",
      R"({"id": "B", "block_size": 64, "requests": [{"t": 0, "in": 64, "out": 1, "hash_ids": [5]}]})");
  folder.write("a.json", kNested);
  folder.write(".hidden", "not a trace");
  const Trace trace = open_trace(folder.path());
  EXPECT_EQ(trace.requests.count, 5u);
  EXPECT_EQ(trace.requests.session_names[0], "s1");
  EXPECT_EQ(trace.requests.session_names[1], "B");
  EXPECT_EQ(trace_sha256(trace).size(), 64u);
  OpenOptions options;
  options.format = "mooncake";
  EXPECT_THROW(open_trace(folder.path(), options), InputError);
}

TEST(Int32, LittleEndianIds) {
  const Trace trace =
      read(test::int32_record(0xb8000001) + test::int32_record(3) + test::int32_record(0xb8000001),
           "int32");
  EXPECT_EQ(trace.format, "int32");
  EXPECT_EQ(values(trace.blocks->id), (std::vector<std::uint64_t>{0xb8000001, 3}));
  EXPECT_EQ(values(trace.blocks->slot), (Slots{0, 1, 0}));
}

TEST(Lis, LinesAreRuns) {
  const Trace trace = read("10 3 0 0\n 11\t1 0 1 \r\n5 0 0 2\n");
  EXPECT_EQ(trace.format, "lis");
  EXPECT_EQ(trace.requests.count, 4u);
  EXPECT_EQ(values(trace.blocks->id), (std::vector<std::uint64_t>{10, 11, 12}));
  EXPECT_EQ(values(trace.blocks->slot), (Slots{0, 1, 2, 1}));
}

TEST(Ids, MarkersAndBlankLinesArePassedOver) {
  const Trace trace = read("5\r\n\n*\n 7 \n5\n* a mark\n18446744073709551615");
  EXPECT_EQ(trace.format, "ids");
  EXPECT_EQ(values(trace.blocks->slot), (Slots{0, 1, 0, 2}));
  EXPECT_EQ(trace.blocks->id[2], UINT64_MAX);
}

TEST(Csv, ColumnsByName) {
  const Trace trace =
      read("version,time,op,size,lbn\n1,5.5,2a,512,42\n1,6,2a,100,43\n1,6,28,512,42\n",
           "csv:id=lbn,size=size,time=time");
  EXPECT_EQ(values(trace.blocks->slot), (Slots{0, 1, 0}));
  EXPECT_EQ(values(trace.blocks->bytes), (U32s{512, 100}));
  EXPECT_EQ(trace.requests.arrival[0], 5'500'000'000);
}

TEST(Csv, DefaultsFollowTheHeader) {
  const Trace trace = read("\xef\xbb\xbfTime,ID\n1,5\n2,5\n");
  EXPECT_EQ(trace.format, "csv");
  EXPECT_EQ(trace.requests.arrival[1], 2'000'000'000);
  EXPECT_TRUE(trace.blocks->bytes.empty());
}

TEST(Csv, ColumnsByNumberTextIdsUnitsAndQuotes) {
  const Trace trace = read("7 \"a b\" 3\n8 x 4\n9 \"a b\" 3\n",
                           "csv:time=1,id=2,size=3,header=false,delimiter=space,id_type=text,"
                           "time_unit=ms");
  EXPECT_EQ(values(trace.blocks->slot), (Slots{0, 1, 0}));
  EXPECT_EQ(values(trace.blocks->bytes), (U32s{3, 4}));
  EXPECT_EQ(trace.requests.arrival[0], 7'000'000);
}

TEST(Csv, SizeNamedAndTimeNot) {
  const Trace trace = read("time,id,bytes\n1,5,10\n", "csv:size=bytes");
  EXPECT_EQ(trace.blocks->bytes[0], 10u);
  EXPECT_EQ(trace.requests.arrival[0], 1'000'000'000);
}

TEST(Formats, AreListedWithTheirOptions) {
  const std::vector<FormatInfo> formats = list_formats();
  std::vector<std::string> names;
  for (const FormatInfo& format : formats) {
    names.push_back(format.name);
    EXPECT_FALSE(format.doc.empty()) << format.name;
  }
  for (const char* name :
       {"mooncake", "bailian", "tokens", "azure_llm", "burstgpt", "oracle_general", "ragpulse",
        "kv_cache_tester", "int32", "lis", "ids", "csv", "kvt"}) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
  const auto csv = std::find_if(formats.begin(), formats.end(),
                                [](const FormatInfo& f) { return f.name == "csv"; });
  EXPECT_EQ(csv->fields.front().name, "id");
  EXPECT_EQ(csv->fields.front().type, "text");
}

}  // namespace
}  // namespace kvsim
