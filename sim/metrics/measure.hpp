#pragma once
// From what a replay counted to what its result says.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/replay.hpp"
#include "sim/engine/stream.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim {

/// What a trace's requests can be divided by.
enum class GroupBy { kCategory, kSession, kTenant, kHour };

std::string_view name_of(GroupBy by);

/// The look-ups of one request.
struct RequestLoad {
  std::uint64_t accesses = 0;  ///< blocks looked up
  std::uint64_t tokens = 0;
  std::uint64_t bytes = 0;
};

/// What each request of a stream asks for, and which of tokens and bytes are known at all.
class LoadOfRequests {
 public:
  /// `block_bytes` and `ignore_size` as in ReplayJob; the stream must outlive this.
  LoadOfRequests(const AccessStream& stream, std::uint32_t block_bytes, bool ignore_size);

  bool has_tokens() const { return stream_->has_tokens(); }
  bool has_bytes() const { return counts_sizes() || block_bytes_ != 0; }
  RequestLoad operator[](std::uint64_t request) const;
  /// Bytes in the blocks that the request hit.
  std::uint64_t hit_bytes(const RequestOutcome& outcome) const {
    return counts_sizes() ? outcome.hit_bytes : std::uint64_t{outcome.hit_blocks} * block_bytes_;
  }

 private:
  bool counts_sizes() const { return stream_->has_sizes() && !ignore_size_; }

  const AccessStream* stream_;
  std::uint32_t block_bytes_;
  bool ignore_size_;
  std::vector<std::uint32_t> recorded_;  ///< blocks looked up by recorded events; else empty
};

/// Counts and ratios of a whole replay.
Counts counts_of(const ReplayCounts& counts, const LoadOfRequests& load);
Ratios ratios_of(const Counts& counts, std::uint64_t request_hits);

/// Requests in groups: a group's number for each request, and the groups' names.
struct Grouping {
  std::vector<std::uint32_t> group;
  std::vector<std::string> names;
};

/// Groups by category, session or tenant in the trace's order of them, "(none)" for a request
/// without; by hour since the trace's earliest arrival, "0", "1", …. Throws InputError if the trace
/// does not carry what is asked.
Grouping group_requests(const Trace& trace, GroupBy by);

/// Counts and ratios of each group that has a counted request, those after `warmup_requests`.
std::vector<GroupResult> measure_groups(const Grouping& grouping, const LoadOfRequests& load,
                                        const std::vector<RequestOutcome>& outcomes,
                                        std::uint64_t warmup_requests);

/// The largest memory that this process has held so far.
std::uint64_t peak_rss_bytes();

}  // namespace kvsim
