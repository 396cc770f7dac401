#pragma once
// Where a results file comes from: enough to run it again and to know whether it is the same.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "traces/trace.hpp"

namespace kvsim {

/// kvsim's version, such as "0.1.0".
std::string_view kvsim_version();
/// The git revision it was built from, with "-dirty" behind it where the tree differed; "unknown"
/// outside of a repository.
std::string_view git_revision();

struct TraceProvenance {
  std::string name;
  std::string path;  ///< as given
  std::string format;
  std::string sha256;  ///< in hex; empty: not computed
  std::uint64_t requests = 0;
  std::uint64_t accesses = 0;         ///< 0: unknown, as for traces of token ids
  std::uint64_t distinct_blocks = 0;  ///< 0: unknown
  std::uint64_t skipped_records = 0;  ///< malformed, and passed over as asked
};
/// What is known of a trace without reading its file again: no SHA-256.
TraceProvenance provenance_of(const Trace& trace, std::string_view path);

struct HostInfo {
  std::string name;
  std::string cpu;
  unsigned cores = 0;  ///< usable by this process
  std::string os;
};
HostInfo host_info();

/// The compiler that built kvsim, such as "gcc 12.2.0".
std::string compiler_name();

/// UTC in ISO 8601 with milliseconds, such as "2024-05-01T09:30:00.125Z".
std::string iso_time(std::chrono::system_clock::time_point time);

/// Lower-case, in hex.
std::string sha256_of(std::string_view text);

struct Provenance {
  std::string config;         ///< the resolved configuration, every default included, as JSON
  std::string config_sha256;  ///< of that text, in hex
  std::vector<TraceProvenance> traces;
  std::vector<std::uint64_t> seeds;
  std::chrono::system_clock::time_point started;
  std::chrono::system_clock::time_point finished;
};

}  // namespace kvsim
