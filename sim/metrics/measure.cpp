#include "sim/metrics/measure.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace kvsim {

std::string_view name_of(GroupBy by) {
  switch (by) {
    case GroupBy::kCategory:
      return "category";
    case GroupBy::kSession:
      return "session";
    case GroupBy::kTenant:
      return "tenant";
    case GroupBy::kHour:
      break;
  }
  return "hour";
}

LoadOfRequests::LoadOfRequests(const AccessStream& stream, std::uint32_t block_bytes,
                               bool ignore_size)
    : stream_(&stream), block_bytes_(block_bytes), ignore_size_(ignore_size) {
  if (!stream.has_events) return;
  const EventColumns& events = *stream.trace->events;
  recorded_.resize(stream.requests, 0);
  for (std::size_t e = 0; e < events.size(); ++e) {
    if (events.kind[e] == EventKind::kLookup) recorded_[events.request[e]] += events.count[e];
  }
}

RequestLoad LoadOfRequests::operator[](std::uint64_t request) const {
  RequestLoad load;
  load.accesses = recorded_.empty() ? stream_->lookups_of(request) : recorded_[request];
  if (has_tokens()) load.tokens = stream_->trace->requests.input_tokens[request];
  if (counts_sizes()) {
    for (std::uint64_t i = stream_->begin(request); i < stream_->end(request); ++i) {
      load.bytes += stream_->bytes_at(i);
    }
  } else {
    load.bytes = load.accesses * block_bytes_;
  }
  return load;
}

Counts counts_of(const ReplayCounts& counts, const LoadOfRequests& load) {
  Counts result;
  result.requests = counts.requests;
  result.accesses = counts.accesses;
  result.hits = counts.hits;
  result.misses = counts.accesses - counts.hits;
  if (load.has_tokens()) {
    result.tokens = counts.tokens;
    result.hit_tokens = counts.hit_tokens;
  }
  if (load.has_bytes()) {
    result.bytes = counts.bytes;
    result.hit_bytes = counts.hit_bytes;
  }
  result.insertions = counts.cache.insertions;
  result.evictions = counts.cache.evictions;
  result.rejected = counts.cache.rejected;
  return result;
}

Ratios ratios_of(const Counts& counts, std::uint64_t request_hits) {
  const auto ratio = [](std::optional<std::uint64_t> part, std::optional<std::uint64_t> whole) {
    if (!part || !whole || *whole == 0) return std::optional<double>();
    return std::optional(static_cast<double>(*part) / static_cast<double>(*whole));
  };
  return {ratio(counts.hits, counts.accesses), ratio(counts.hit_tokens, counts.tokens),
          ratio(request_hits, counts.requests), ratio(counts.hit_bytes, counts.bytes)};
}

namespace {

Grouping group_by_name(const Column<std::uint32_t>& column, const TextColumn& names) {
  Grouping grouping;
  for (std::size_t i = 0; i < names.size(); ++i) grouping.names.emplace_back(names[i]);
  const auto none = static_cast<std::uint32_t>(names.size());
  std::string without = "(none)";
  while (std::find(grouping.names.begin(), grouping.names.end(), without) != grouping.names.end()) {
    without = "(" + without + ")";  // a name that the trace does not use itself
  }
  grouping.names.push_back(without);
  grouping.group.reserve(column.size());
  for (const std::uint32_t value : column) grouping.group.push_back(std::min(value, none));
  return grouping;
}

Grouping group_by_hour(const Column<TimeNs>& arrival) {
  constexpr TimeNs kHourNs = 3'600'000'000'000;
  const auto [first, last] = std::minmax_element(arrival.begin(), arrival.end());
  constexpr TimeNs kMostHours = 1'000'000;
  if ((*last - *first) / kHourNs >= kMostHours) {
    throw InputError(fmt::format("its arrival times span more than {} hours", kMostHours));
  }
  Grouping grouping;
  for (TimeNs hour = 0; hour <= (*last - *first) / kHourNs; ++hour) {
    grouping.names.push_back(fmt::format("{}", hour));
  }
  grouping.group.reserve(arrival.size());
  for (const TimeNs time : arrival) {
    grouping.group.push_back(static_cast<std::uint32_t>((time - *first) / kHourNs));
  }
  return grouping;
}

}  // namespace

Grouping group_requests(const Trace& trace, GroupBy by) {
  const RequestColumns& r = trace.requests;
  const bool carried = by == GroupBy::kCategory  ? !r.category.empty()
                       : by == GroupBy::kSession ? !r.session.empty()
                       : by == GroupBy::kTenant  ? !r.tenant.empty()
                                                 : !r.arrival.empty();
  if (!carried) {
    std::vector<std::string_view> has;
    if (!r.category.empty()) has.push_back("category");
    if (!r.session.empty()) has.push_back("session");
    if (!r.tenant.empty()) has.push_back("tenant");
    if (!r.arrival.empty()) has.push_back("hour");
    throw InputError(fmt::format("trace '{}' cannot be grouped by {}, which it does not carry{}{}",
                                 trace.name, name_of(by), has.empty() ? "" : "; it can be by ",
                                 fmt::join(has, ", ")));
  }
  switch (by) {
    case GroupBy::kCategory:
      return group_by_name(r.category, r.category_names);
    case GroupBy::kSession:
      return group_by_name(r.session, r.session_names);
    case GroupBy::kTenant:
      return group_by_name(r.tenant, r.tenant_names);
    case GroupBy::kHour:
      break;
  }
  return group_by_hour(r.arrival);
}

std::vector<GroupResult> measure_groups(const Grouping& grouping, const LoadOfRequests& load,
                                        const std::vector<RequestOutcome>& outcomes,
                                        std::uint64_t warmup_requests) {
  std::vector<ReplayCounts> sums(grouping.names.size());
  for (std::uint64_t r = warmup_requests; r < outcomes.size(); ++r) {
    const RequestOutcome& outcome = outcomes[r];
    const RequestLoad asked = load[r];
    ReplayCounts& sum = sums[grouping.group[r]];
    ++sum.requests;
    sum.accesses += asked.accesses;
    sum.hits += outcome.hit_blocks;
    sum.request_hits += outcome.hit_blocks > 0 ? 1 : 0;
    sum.tokens += asked.tokens;
    sum.hit_tokens += outcome.hit_tokens;
    sum.bytes += asked.bytes;
    sum.hit_bytes += load.hit_bytes(outcome);
    sum.cache.insertions += outcome.insertions;
    sum.cache.evictions += outcome.evictions;
    sum.cache.rejected += outcome.rejected;
  }
  std::vector<GroupResult> groups;
  for (std::size_t g = 0; g < sums.size(); ++g) {
    if (sums[g].requests == 0) continue;
    GroupResult group{grouping.names[g], counts_of(sums[g], load), {}};
    group.ratios = ratios_of(group.counts, sums[g].request_hits);
    groups.push_back(std::move(group));
  }
  return groups;
}

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace kvsim
