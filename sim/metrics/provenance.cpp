#include "sim/metrics/provenance.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <array>
#include <ctime>
#include <fstream>
#include <thread>

#include "traces/sha256.hpp"

namespace kvsim {

namespace {

// The value of the first line that begins with `key`, without what separates them and quotes.
std::string value_in_file(const char* path, std::string_view key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const std::size_t first = line.find_first_not_of(" \t:=\"", key.size());
    const std::size_t last = line.find_last_not_of(" \t\"");
    if (first != std::string::npos) return line.substr(first, last - first + 1);
  }
  return "unknown";
}

}  // namespace

TraceProvenance provenance_of(const Trace& trace, std::string_view path) {
  TraceProvenance provenance;
  provenance.name = trace.name;
  provenance.path = path;
  provenance.format = trace.format;
  provenance.requests = trace.requests.count;
  provenance.skipped_records = trace.skipped_records;
  if (trace.blocks) {
    provenance.accesses = trace.blocks->accesses();
    provenance.distinct_blocks = trace.blocks->distinct;
  }
  return provenance;
}

std::string sha256_of(std::string_view text) {
  Sha256 sha;
  sha.update(text);
  return sha.hex();
}

HostInfo host_info() {
  HostInfo host;
  utsname names{};
  if (uname(&names) == 0) {
    host.name = names.nodename;
    host.os = fmt::format("{} ({} {}, {})", value_in_file("/etc/os-release", "PRETTY_NAME"),
                          names.sysname, names.release, names.machine);
  }
  host.cpu = value_in_file("/proc/cpuinfo", "model name");
  host.cores = std::thread::hardware_concurrency();
  return host;
}

std::string compiler_name() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

std::string iso_time(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto ms = duration_cast<milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:03}Z", text.data(), ms % 1000);
}

}  // namespace kvsim
