// Reads arbitrary bytes as a kvt file. Checksums, which no mutation would hit, are made right first
// where the directory allows, so that what lies behind them is tried, too.

#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "fuzz/check_trace.hpp"
#include "fuzz/replay_trace.hpp"
#include "sim/core/error.hpp"
#include "traces/kvt_layout.hpp"
#include "traces/reader/open_trace.hpp"

namespace {

using kvsim::kvt::Entry;
using kvsim::kvt::Header;

void correct_checksums(std::string& file) {
  Header header;
  if (file.size() < sizeof header) return;
  std::memcpy(&header, file.data(), sizeof header);
  kvsim::kvt::kMagic.copy(header.magic.data(), header.magic.size());
  header.version = kvsim::kvt::kVersion;
  header.file_size = file.size();
  header.columns = static_cast<std::uint32_t>(
      std::min<std::size_t>(header.columns, (file.size() - sizeof header) / sizeof(Entry)));
  for (std::uint32_t i = 0; i < header.columns; ++i) {
    Entry entry;
    char* at = file.data() + sizeof header + i * sizeof entry;
    std::memcpy(&entry, at, sizeof entry);
    if (entry.offset <= file.size() && entry.stored_bytes <= file.size() - entry.offset) {
      entry.checksum = XXH64(file.data() + entry.offset, entry.stored_bytes, 0);
    }
    std::memcpy(at, &entry, sizeof entry);
  }
  header.directory_checksum = XXH64(file.data() + sizeof header, header.columns * sizeof(Entry), 0);
  header.header_checksum = XXH64(&header, offsetof(Header, header_checksum), 0);
  std::memcpy(file.data(), &header, sizeof header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  for (const bool corrected : {false, true}) {
    if (corrected) correct_checksums(file);
    kvsim::OpenOptions options;
    options.format = "kvt";
    try {
      const kvsim::Trace trace = kvsim::read_trace(file, "fuzz", options);
      kvsim::check_trace(trace);
      kvsim::replay_trace(trace);
    } catch (const kvsim::InputError&) {
    }
  }
  return 0;
}
