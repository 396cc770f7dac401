// What each reader does a second, on a file that the format's own writer made, or, where it has
// none, a few lines here.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "bench/workload.hpp"
#include "sim/core/error.hpp"
#include "traces/reader/open_trace.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim::bench {

namespace {

namespace fs = std::filesystem;

/// A folder that goes away with the program.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / fmt::format("kvsim_bench.{}", ::getpid())) {
    fs::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

struct Sizes {
  std::uint64_t requests = 0, accesses = 0, distinct = 0;
};

Sizes sizes_of(const Trace& trace) {
  if (trace.blocks) {
    return {trace.requests.count, trace.blocks->accesses(), trace.blocks->distinct};
  }
  if (!trace.tokens) return {trace.requests.count, 0, 0};
  const BlockColumns blocks = block_tokens(trace, kChatBlockSize);
  return {trace.requests.count, blocks.accesses(), blocks.distinct};
}

Sizes sizes_of(const Workload& w) {
  return {w.trace.requests.count, w.accesses(), w.stream.distinct};
}

struct TraceFile {
  fs::path path;
  Sizes written;
};

/// The Zipf trace's number of requests, each of some times and lengths and of no content.
std::string load_csv(std::string_view header, const char* format) {
  std::string text(header);
  for (std::uint64_t i = 0; i < settings().accesses; ++i) {
    fmt::format_to(std::back_inserter(text), fmt::runtime(format), i / 3600 % 24, i / 60 % 60,
                   i % 60, i, 1 + i % 4000, i % 500);
  }
  return text;
}

/// The chat's requests, one a piece of text.
template <class Write>
std::string each_chat_request(Write write) {
  const Workload& w = workload(WorkloadName::kChat);
  std::string text;
  for (std::uint64_t r = 0; r < w.stream.requests; ++r) {
    const auto slots = w.stream.slot.span().subspan(
        w.stream.begin(r), static_cast<std::size_t>(w.stream.end(r) - w.stream.begin(r)));
    write(text, r, fmt::format("[{}]", fmt::join(slots, ", ")));
  }
  return text;
}

std::string azure_llm() {
  return load_csv("TIMESTAMP,ContextTokens,GeneratedTokens\n",
                  "2023-11-16 {0:02}:{1:02}:{2:02}.5,{4},{5}\n");
}

std::string burstgpt() {
  return load_csv("Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n",
                  "{3},ChatGPT,{4},{5},0,API log\n");
}

std::string ragpulse() {
  return each_chat_request([](std::string& text, std::uint64_t r, const std::string& blocks) {
    fmt::format_to(std::back_inserter(text),
                   R"({{"timestamp": "{}", "input_length": {}, "output_length": 9, )"
                   R"("hash_ids": {{"user_input": {}}}, "session_id": "a"}})"
                   "\n",
                   r, workload(WorkloadName::kChat).trace.requests.input_tokens[r], blocks);
  });
}

std::string kv_cache_tester() {
  const std::string requests =
      each_chat_request([](std::string& text, std::uint64_t r, const std::string& blocks) {
        fmt::format_to(std::back_inserter(text),
                       R"({}{{"t": {}, "in": {}, "out": 9, "hash_ids": {}}})", r == 0 ? "" : ", ",
                       r, workload(WorkloadName::kChat).trace.requests.input_tokens[r], blocks);
      });
  return fmt::format(R"({{"id": "s", "block_size": {}, "requests": [{}]}})", kChatBlockSize,
                     requests);
}

bool has_writer(const std::string& format) {
  const std::vector<FormatInfo> writers = list_writers();
  return std::any_of(writers.begin(), writers.end(),
                     [&](const FormatInfo& w) { return w.name == format; });
}

/// Objects where the format carries them, else the chat's requests.
Sizes write_with_writer(const std::string& format, const fs::path& path) {
  const bool fill = format == "oracle_general";
  try {
    write_trace(workload(WorkloadName::kZipf).trace, path, fill ? format + ":fill=true" : format);
    return sizes_of(workload(WorkloadName::kZipf));
  } catch (const InputError&) {
    write_trace(workload(WorkloadName::kChat).trace, path, format, {kChatBlockSize});
    return sizes_of(workload(WorkloadName::kChat));
  }
}

Sizes write_text(const fs::path& path, const std::string& text, const Sizes& sizes) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw InputError(fmt::format("{}: cannot be written", path.string()));
  return sizes;
}

const TraceFile& file_of(const std::string& format) {
  static const TemporaryFolder folder;
  static std::map<std::string, TraceFile> files;
  const auto known = files.find(format);
  if (known != files.end()) return known->second;
  TraceFile file{folder / format, {}};
  const Sizes load = {settings().accesses, 0, 0};
  if (has_writer(format)) {
    file.written = write_with_writer(format, file.path);
  } else if (format == "azure_llm") {
    file.written = write_text(file.path, azure_llm(), load);
  } else if (format == "burstgpt") {
    file.written = write_text(file.path, burstgpt(), load);
  } else if (format == "ragpulse") {
    file.written = write_text(file.path, ragpulse(), sizes_of(workload(WorkloadName::kChat)));
  } else if (format == "kv_cache_tester") {
    file.written =
        write_text(file.path, kv_cache_tester(), sizes_of(workload(WorkloadName::kChat)));
  } else {
    throw InputError(fmt::format(
        "format '{}' has no writer: bench/readers.cpp must say how a file of it is made", format));
  }
  return files.emplace(format, file).first->second;
}

void open_file(benchmark::State& state, const std::string& name, const std::string& format) {
  const TraceFile& file = file_of(format);
  OpenOptions options;
  options.format = format;
  // Formats that leave a block's tokens open.
  if (format == "mooncake" || format == "bailian") options.block_size = kChatBlockSize;
  const auto check = [&]() -> std::string {
    const Sizes read = sizes_of(open_trace(file.path, options));
    if (read.requests == file.written.requests && read.accesses == file.written.accesses &&
        read.distinct == file.written.distinct) {
      return "";
    }
    return fmt::format("{} requests, {} accesses, {} distinct, not {}, {}, {}", read.requests,
                       read.accesses, read.distinct, file.written.requests, file.written.accesses,
                       file.written.distinct);
  };
  if (!answers_right(state, name, check)) return;
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(open_trace(file.path, options));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(file.written.requests));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(fs::file_size(file.path)));
}

}  // namespace

void register_readers() {
  for (const FormatInfo& format : list_formats()) {
    const std::string name = "reader/" + format.name;
    benchmark::RegisterBenchmark(name.c_str(), [=, f = format.name](benchmark::State& state) {
      open_file(state, name, f);
    })->Unit(benchmark::kMillisecond);
  }
}

}  // namespace kvsim::bench
