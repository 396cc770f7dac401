#include <gtest/gtest.h>
#include <xxhash.h>

#include <cstring>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"
#include "traces/kvt_layout.hpp"
#include "traces/sha256.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim {
namespace {

using test::TemporaryFolder;

constexpr std::string_view kBlocks =
    R"({"timestamp": 0, "input_length": 1000, "output_length": 5, "hash_ids": [7, 9], "session": "a", "turn": 1}
{"timestamp": 3, "input_length": 512, "output_length": 0, "hash_ids": [7], "session": "b", "parent": 0, "priority": -1}
)";
constexpr std::string_view kTokens =
    R"({"timestamp": 1, "input_token_ids": [5, 6, 7], "output_token_ids": [8], "events": [[2, "lookup", 0, 1]]}
{"timestamp": 2, "input_token_ids": [5], "output_token_ids": [], "category": "c", "tenant": "t"}
)";

std::string kvt_bytes(const Trace& trace, const std::string& format = "kvt") {
  const TemporaryFolder folder;
  write_trace(trace, folder.path() / "t.kvt", format);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"t.kvt"}));
  return test::read_file(folder.path() / "t.kvt");
}

kvt::Header header_of(const std::string& file) {
  kvt::Header header;
  std::memcpy(&header, file.data(), sizeof header);
  return header;
}

/// Changes an entry of the directory, by name, and makes all checksums right again.
std::string with_entry(std::string file, std::string_view name, auto&& change) {
  kvt::Header header = header_of(file);
  bool found = false;
  for (std::uint32_t i = 0; i < header.columns; ++i) {
    kvt::Entry entry;
    char* at = file.data() + sizeof header + i * sizeof entry;
    std::memcpy(&entry, at, sizeof entry);
    if (std::string_view(entry.name.data()) != name) continue;
    change(entry, file);
    if (entry.offset + entry.stored_bytes <= file.size()) {
      entry.checksum = XXH64(file.data() + entry.offset, entry.stored_bytes, 0);
    }
    std::memcpy(at, &entry, sizeof entry);
    found = true;
  }
  EXPECT_TRUE(found) << name;
  header.directory_checksum =
      XXH64(file.data() + sizeof header, header.columns * sizeof(kvt::Entry), 0);
  header.header_checksum = XXH64(&header, offsetof(kvt::Header, header_checksum), 0);
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

template <class T>
std::string with_value(const std::string& file, std::string_view name, std::size_t index, T value) {
  return with_entry(file, name, [&](const kvt::Entry& entry, std::string& bytes) {
    std::memcpy(bytes.data() + entry.offset + index * sizeof value, &value, sizeof value);
  });
}

TEST(Kvt, KeepsEverything) {
  for (
      const std::string_view content :
      {kBlocks, kTokens, std::string_view("5\n6\n5\n"),
       std::string_view("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,1,2\n"),
       std::string_view("id,size,time\n1,10,5\n2,20,6\n1,30,7\n"),
       std::string_view(
           R"({"timestamp": "1", "input_length": 9, "output_length": 1, "hash_ids": {"history": [1]}})")}) {
    const Trace trace = test::read(content);
    for (const char* format : {"kvt", "kvt:zstd=true", "kvt:zstd=true,level=19"}) {
      const Trace again = test::read(kvt_bytes(trace, format));
      EXPECT_EQ(again.format, "kvt");
      test::expect_equal(trace, again);
    }
  }
}

TEST(Kvt, ColumnsOfAFileAreViewsOfIt) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "t.kvt";
  const Trace trace = test::read(kBlocks);
  write_trace(trace, path, "kvt");
  Trace opened = open_trace(path);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(opened.blocks->slot.data()) % kvt::kAlignment, 0u);
  // Views stay when the file is replaced, and when the trace is gone.
  write_trace(test::read("1\n"), path, "kvt");
  const Column<Slot> slots = opened.blocks->slot;
  opened = Trace{};
  EXPECT_EQ(test::values(slots), (std::vector<Slot>{0, 1, 0}));
}

TEST(Kvt, StoresItsDigest) {
  const std::string file = kvt_bytes(test::read(kBlocks));
  Sha256 sha;
  sha.update(std::string_view(file).substr(sizeof(kvt::Header)));
  const Trace trace = test::read(file);
  EXPECT_EQ(trace.sha256, sha.hex());
  EXPECT_EQ(trace_sha256(trace), trace.sha256);
}

TEST(Kvt, IsTheSameFileEveryTime) {
  EXPECT_EQ(kvt_bytes(test::read(kTokens)), kvt_bytes(test::read(kTokens)));
}

TEST(Kvt, MayBeCompressedAsAWhole) {
  const Trace trace = test::read(kTokens);
  const std::string file = kvt_bytes(trace);
  test::expect_equal(trace, test::read(test::xz(file)));
  test::expect_equal(trace, test::read(test::zstd(file)));
}

TEST(Kvt, EveryCutIsRefused) {
  const std::string file = kvt_bytes(test::read(kBlocks), "kvt:zstd=true");
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_THROW(test::read(file.substr(0, size), "kvt"), InputError) << size;
  }
  EXPECT_THROW(test::read(file + "x", "kvt"), InputError);
}

TEST(Kvt, EveryChangedByteIsRefusedOrHarmless) {
  const Trace trace = test::read(kBlocks);
  const std::string file = kvt_bytes(trace);
  int read = 0;
  for (std::size_t i = 0; i < file.size(); ++i) {
    std::string changed = file;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    try {
      // Only bytes between columns belong to nothing.
      test::expect_equal(trace, test::read(changed, "kvt"));
      ++read;
    } catch (const InputError&) {
    }
  }
  EXPECT_LT(read, static_cast<int>(file.size()) / 2);
}

TEST(Kvt, IndicesOutOfBoundsAreRefused) {
  const std::string blocks = kvt_bytes(test::read(kBlocks));
  const std::string tokens = kvt_bytes(test::read(kTokens));
  const std::string objects = kvt_bytes(test::read("id,size\n1,10\n2,20\n1,30\n"));
  struct Change {
    std::string file;
    const char* part;
  };
  const Change changes[] = {
      {with_value<Slot>(blocks, "block.slot", 1, 2), "'block.slot' refers to 2, allowed is less"},
      {with_value<Slot>(blocks, "block.slot", 1, kNoSlot), "'block.slot' refers to 4294967295"},
      {with_value<std::uint64_t>(blocks, "block.offset", 1, 9), "'block.offset' is no ascending"},
      {with_value<std::uint64_t>(blocks, "block.offset", 2, 2), "'block.offset' is no ascending"},
      {with_value<std::uint64_t>(blocks, "block.offset", 0, 1), "'block.offset' is no ascending"},
      {with_value<std::uint32_t>(blocks, "request.session", 0, 2), "'request.session' refers to 2"},
      {with_value<std::uint32_t>(blocks, "request.parent", 1, 2), "'request.parent' refers to 2"},
      {with_value<std::uint64_t>(blocks, "session_name.offset", 1, UINT64_MAX), "ascending"},
      {with_value<char>(blocks, "session_name.text", 1, '\xff'), "text 1 that is not UTF-8"},
      {with_value<std::uint64_t>(blocks, "trace.requests", 0, 3), "allowed are"},
      {with_value<std::uint64_t>(blocks, "trace.requests", 0, UINT64_MAX), "allowed is at most"},
      {with_value<std::uint32_t>(blocks, "trace.distinct", 0, 1), "'block.slot' refers to 1"},
      {with_value<std::uint32_t>(blocks, "trace.distinct", 0, 3), "'block.id' has 2 values"},
      {with_value<std::uint32_t>(blocks, "trace.distinct", 0, 1U << 31),
       "'trace.distinct' is 2147483648"},
      {with_value<std::uint64_t>(objects, "trace.requests", 0, 2), "'block.slot' has 3 values"},
      {with_value<std::uint64_t>(tokens, "token.offset", 1, 5), "'token.offset' gives request 0"},
      {with_value<std::uint32_t>(tokens, "request.input_tokens", 0, 4), "gives request 0"},
      {with_value<std::uint8_t>(tokens, "event.kind", 0, 3), "'event.kind' is 3"},
      {with_value<std::uint32_t>(tokens, "event.request", 0, 2), "'event.request' refers to 2"},
      {with_value<std::uint32_t>(tokens, "event.count", 0, UINT32_MAX), "'event.count' of event 0"},
  };
  for (const Change& change : changes) {
    const std::string message = test::error_of(change.file, "kvt");
    EXPECT_NE(message.find(change.part), std::string::npos)
        << "'" << message << "' lacks " << change.part;
    EXPECT_EQ(message.find("corrupt"), std::string::npos) << message;
  }
}

// Lengths are divided by it.
TEST(Kvt, BlocksWithoutTokensAreRefused) {
  const std::string file = kvt_bytes(test::read(
      R"({"timestamp": 0, "input_length": 0, "output_length": 1, "hash_ids": {}}
{"timestamp": 1, "input_length": 9, "output_length": 1, "hash_ids": {"history": [7]}}
)",
      "ragpulse"));
  EXPECT_EQ(test::read(file).blocks->tokens_per_block[0], 0u) << "without blocks";
  EXPECT_NE(test::error_of(with_value<std::uint32_t>(file, "block.tokens_per_block", 1, 0), "kvt")
                .find("'block.tokens_per_block' is 0 for request 1"),
            std::string::npos);
}

TEST(Kvt, DirectoriesThatLieAreRefused) {
  const std::string file = kvt_bytes(test::read(kBlocks));
  const auto with = [&](auto member, auto value) {
    return test::error_of(
        with_entry(file, "block.slot",
                   [&](kvt::Entry& entry, std::string&) {
                     entry.*member =
                         static_cast<std::remove_reference_t<decltype(entry.*member)>>(value);
                   }),
        "kvt");
  };
  EXPECT_NE(with(&kvt::Entry::type, 4).find("allowed are"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::type, 3).find("has type 3"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::type, 0).find("unknown type"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::encoding, 7).find("unknown encoding"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::encoding, 1).find("corrupt"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::offset, 1).find("not aligned"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::offset, 0).find("outside"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::offset, UINT64_MAX - 63).find("outside"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::stored_bytes, UINT64_MAX).find("outside"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::count, UINT64_MAX / 4 + 4).find("too many"), std::string::npos);
  EXPECT_NE(with(&kvt::Entry::count, 2).find("allowed are 8 for 2"), std::string::npos);
}

TEST(Kvt, OtherVersionsAreRefused) {
  std::string file = kvt_bytes(test::read(kBlocks));
  file[8] = 2;
  EXPECT_NE(test::error_of(file).find("kvt version 2, allowed is 1"), std::string::npos);
}

/// Sets the first byte of a column.
std::string with_first_byte(std::string file, std::string_view column, char byte) {
  kvt::Entry entry;
  for (std::size_t at = sizeof(kvt::Header);; at += sizeof entry) {
    std::memcpy(&entry, file.data() + at, sizeof entry);
    if (std::string_view(entry.name.data()) == column) break;
  }
  file[entry.offset] = byte;
  return file;
}

TEST(Kvt, ChecksumsOfSmallColumnsAreAlwaysCompared) {
  const std::string file =
      with_first_byte(kvt_bytes(test::read(kBlocks)), "request.output_tokens", 77);
  for (const char* format : {"kvt", "kvt:verify=true"}) {
    EXPECT_NE(test::error_of(file, format).find("'request.output_tokens' is corrupt"),
              std::string::npos);
  }
}

TEST(Kvt, ChecksumsOfLargeColumnsAreComparedWhereAsked) {
  std::string ids;
  for (int i = 0; i < 300000; ++i) ids += std::to_string(i % 1000) + "\n";
  const std::string file = with_first_byte(kvt_bytes(test::read(ids)), "block.slot", 77);
  EXPECT_NE(test::error_of(file, "kvt:verify=true").find("'block.slot' is corrupt"),
            std::string::npos);
  EXPECT_EQ(test::read(file).blocks->slot[0], 77u);
}

}  // namespace
}  // namespace kvsim
