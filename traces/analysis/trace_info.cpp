#include "traces/analysis/trace_info.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

constexpr double kNsPerSecond = 1e9;
constexpr std::size_t kProfileParts = 48;

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Counts by powers of two: bin b holds [2^b, 2^(b+1)) units, bin 0 everything below 2 units.
class Log2Histogram {
 public:
  void add(std::uint64_t units) {
    ++counts_[units == 0 ? 0 : static_cast<std::size_t>(std::bit_width(units)) - 1];
  }

  std::vector<TraceInfo::Bin> bins(double unit) const {
    std::size_t first = 0;
    std::size_t last = counts_.size();
    while (first < last && counts_[first] == 0) ++first;
    while (last > first && counts_[last - 1] == 0) --last;
    std::vector<TraceInfo::Bin> bins;
    for (std::size_t b = first; b < last; ++b) {
      const int power = static_cast<int>(b);
      bins.push_back({std::ldexp(unit, power), std::ldexp(unit, power + 1), counts_[b]});
    }
    return bins;
  }

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(64);
};

std::vector<TraceInfo::Feature> features_of(const Trace& trace) {
  const RequestColumns& r = trace.requests;
  const bool blocks = trace.blocks.has_value();
  return {
      {"times", !r.arrival.empty()},
      {"input tokens", !r.input_tokens.empty()},
      {"output tokens", !r.output_tokens.empty()},
      {"block ids", blocks && trace.blocks->block_size > 0},
      {"object ids", blocks && trace.blocks->block_size == 0},
      {"token ids", trace.tokens.has_value()},
      {"sizes", blocks && !trace.blocks->bytes.empty()},
      {"sessions", !r.session.empty()},
      {"parents", !r.parent.empty()},
      {"turns", !r.turn.empty()},
      {"categories", !r.category.empty()},
      {"tenants", !r.tenant.empty()},
      {"priorities", !r.priority.empty()},
      {"events", trace.events.has_value()},
  };
}

std::optional<Summary<std::uint64_t>> summary_of(const Column<std::uint32_t>& column) {
  if (column.empty()) return std::nullopt;
  std::vector<std::uint32_t> values(column.begin(), column.end());
  return summarise<std::uint64_t>(values);
}

TraceInfo::Times times_of(const Column<TimeNs>& arrival) {
  TraceInfo::Times times;
  const auto [earliest, latest] = std::minmax_element(arrival.begin(), arrival.end());
  const double duration = static_cast<double>(*latest - *earliest);
  times.duration_s = duration / kNsPerSecond;
  if (duration > 0) {
    times.request_rate = static_cast<double>(arrival.size()) / times.duration_s;
  }
  times.profile.assign(kProfileParts, 0);
  double sum_of_squares = 0;
  double sum = 0;
  for (std::size_t i = 0; i < arrival.size(); ++i) {
    const double since = static_cast<double>(arrival[i] - *earliest);
    const double share = duration > 0 ? since / duration : 0;
    ++times.profile[std::min(static_cast<std::size_t>(share * kProfileParts), kProfileParts - 1)];
    if (i == 0) continue;
    const double gap = static_cast<double>(arrival[i] - arrival[i - 1]) / kNsPerSecond;
    if (gap < 0) times.monotone = false;
    sum += gap;
    sum_of_squares += gap * gap;
  }
  // Gaps of a file that goes back in time say nothing of its load.
  if (times.monotone && sum > 0) {
    const double gaps = static_cast<double>(arrival.size() - 1);
    const double mean = sum / gaps;
    times.gap_variation = std::sqrt(std::max(0.0, sum_of_squares / gaps - mean * mean)) / mean;
  }
  return times;
}

TraceInfo::Sessions sessions_of(const RequestColumns& r) {
  TraceInfo::Sessions sessions;
  std::vector<std::uint32_t> requests(r.session_names.size());
  std::vector<std::uint64_t> last(r.session_names.size(), r.count);
  std::vector<double> gaps;
  for (std::uint64_t i = 0; i < r.count; ++i) {
    const std::uint32_t session = r.session[i];
    if (session == kNone) continue;
    ++sessions.requests;
    ++requests[session];
    if (!r.arrival.empty() && last[session] < r.count) {
      const TimeNs gap = r.arrival[i] - r.arrival[last[session]];
      gaps.push_back(static_cast<double>(std::max<TimeNs>(gap, 0)) / kNsPerSecond);
    }
    last[session] = i;
  }
  std::erase(requests, 0u);
  sessions.count = requests.size();
  for (const std::uint32_t n : requests) sessions.multi_request += n > 1 ? 1 : 0;
  sessions.per_session = summarise<std::uint64_t>(requests);
  if (!gaps.empty()) sessions.gap_s = summarise<double>(gaps);
  return sessions;
}

TraceInfo::Parents parents_of(const Column<std::uint32_t>& parent) {
  TraceInfo::Parents parents;
  std::vector<std::uint32_t> depth(parent.size(), 1);
  std::vector<std::uint32_t> children(parent.size());
  for (std::size_t i = 0; i < parent.size(); ++i) {
    if (parent[i] < i) {
      ++parents.requests;
      depth[i] = depth[parent[i]] + 1;
      if (++children[parent[i]] == 2) ++parents.branching;
    }
    parents.max_depth = std::max<std::uint64_t>(parents.max_depth, depth[i]);
  }
  return parents;
}

std::vector<TraceInfo::Group> groups_of(const Column<std::uint32_t>& column,
                                        const TextColumn& names) {
  if (column.empty()) return {};
  std::vector<TraceInfo::Group> groups;
  for (std::size_t n = 0; n < names.size(); ++n) groups.push_back({std::string(names[n]), 0});
  for (const std::uint32_t value : column) {
    if (value != kNone) ++groups[value].requests;
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.requests > b.requests; });
  return groups;
}

/// One pass over the accesses, with what it leaves for later.
class BlockPass {
 public:
  BlockPass(const RequestColumns& requests, const BlockColumns& blocks)
      : requests_(requests),
        blocks_(blocks),
        last_position_(blocks.distinct, kNever),
        uses_(blocks.distinct) {
    if (!requests.arrival.empty()) last_request_.resize(blocks.distinct);
  }

  TraceInfo::Blocks run() {
    info_.accesses = blocks_.accesses();
    info_.distinct = blocks_.distinct;
    if (!blocks_.bytes.empty()) info_.footprint_bytes = info_.accessed_bytes = 0;
    const bool prompts = blocks_.block_size > 0;
    if (prompts) info_.prefix = TraceInfo::Ceiling{};
    per_request_.reserve(requests_.count);
    for (std::uint64_t r = 0; r < requests_.count; ++r) visit(r);

    finish(info_.object);
    if (info_.prefix) finish(*info_.prefix);
    if (info_.footprint_bytes) {
      for (const std::uint32_t b : blocks_.bytes) *info_.footprint_bytes += b;
    }
    info_.per_request = summarise<std::uint64_t>(per_request_);
    finish_reuse();
    if (prompts) info_.sharing = sharing();
    info_.popularity = popularity();
    return std::move(info_);
  }

 private:
  void visit(std::uint64_t r) {
    const std::uint64_t begin = blocks_.begin(r);
    const std::uint64_t end = blocks_.end(r);
    std::uint64_t hits = 0;
    // Prefix reuse looks the whole request up before it inserts any of its blocks.
    std::uint64_t prefix = 0;
    while (info_.prefix && begin + prefix < end &&
           last_position_[blocks_.slot[begin + prefix]] != kNever) {
      ++prefix;
    }
    std::uint64_t tokens_left =
        requests_.input_tokens.empty() ? 0 : std::uint64_t{requests_.input_tokens[r]};
    for (std::uint64_t p = begin; p < end; ++p) {
      const Slot slot = blocks_.slot[p];
      const Position last = last_position_[slot];
      const std::uint64_t tokens = tokens_of(r, tokens_left);
      tokens_left -= std::min(tokens, tokens_left);
      const std::uint64_t bytes = bytes_of(p, slot);
      if (info_.accessed_bytes) *info_.accessed_bytes += bytes;
      if (last != kNever) {
        ++hits;
        count_hit(info_.object, tokens, bytes);
        reuse(r, static_cast<Position>(p), slot, last);
      }
      if (p < begin + prefix) count_hit(*info_.prefix, tokens, bytes);
      last_position_[slot] = static_cast<Position>(p);
      if (!last_request_.empty()) last_request_[slot] = static_cast<std::uint32_t>(r);
      ++uses_[slot];
    }
    per_request_.push_back(static_cast<std::uint32_t>(end - begin));
    if (hits > 0) ++info_.object.hit_requests;
    if (!info_.prefix) return;
    if (prefix > 0) ++info_.prefix->hit_requests;
    prefix_blocks_.push_back(static_cast<std::uint32_t>(prefix));
  }

  /// Tokens of the request's next block, of which `left` tokens are not yet in earlier ones.
  std::uint64_t tokens_of(std::uint64_t r, std::uint64_t left) const {
    if (!blocks_.tokens_per_block.empty()) return blocks_.tokens_per_block[r];
    return std::min<std::uint64_t>(blocks_.block_size, left);
  }

  std::uint64_t bytes_of(std::uint64_t p, Slot slot) const {
    if (!blocks_.access_bytes.empty()) return blocks_.access_bytes[p];
    return blocks_.bytes.empty() ? 0 : blocks_.bytes[slot];
  }

  static void count_hit(TraceInfo::Ceiling& ceiling, std::uint64_t tokens, std::uint64_t bytes) {
    ++ceiling.hits;
    ceiling.hit_tokens += tokens;
    ceiling.hit_bytes += bytes;
  }

  void reuse(std::uint64_t r, Position p, Slot slot, Position last) {
    reuse_accesses_.push_back(p - last);
    accesses_histogram_.add(p - last);
    if (last_request_.empty()) return;
    const TimeNs gap =
        std::max<TimeNs>(0, requests_.arrival[r] - requests_.arrival[last_request_[slot]]);
    reuse_ns_.push_back(gap);
    // In units of 2^-10 s.
    seconds_histogram_.add(
        static_cast<std::uint64_t>(static_cast<double>(gap) / kNsPerSecond * 1024));
  }

  void finish(TraceInfo::Ceiling& ceiling) const {
    ceiling.block_hit = ratio(ceiling.hits, info_.accesses);
    ceiling.request_hit = ratio(ceiling.hit_requests, requests_.count);
    if (blocks_.block_size > 0 && !requests_.input_tokens.empty()) {
      std::uint64_t input = 0;
      for (const std::uint32_t tokens : requests_.input_tokens) input += tokens;
      ceiling.token_hit = ratio(ceiling.hit_tokens, input);
    }
    if (info_.accessed_bytes) ceiling.byte_hit = ratio(ceiling.hit_bytes, *info_.accessed_bytes);
  }

  void finish_reuse() {
    TraceInfo::Reuse& reuse = info_.reuse;
    reuse.never_reused = ratio(info_.distinct, info_.accesses);
    reuse.accesses = summarise<std::uint64_t>(reuse_accesses_);
    reuse.accesses_histogram = accesses_histogram_.bins(1);
    reuse_accesses_ = {};
    if (last_request_.empty()) return;
    Summary<double> seconds = summarise<double>(reuse_ns_);
    for (double* value : {&seconds.sum, &seconds.mean, &seconds.min, &seconds.median, &seconds.p90,
                          &seconds.p99, &seconds.max}) {
      *value /= kNsPerSecond;
    }
    reuse.seconds = seconds;
    reuse.seconds_histogram = seconds_histogram_.bins(1.0 / 1024);
  }

  TraceInfo::Sharing sharing() {
    TraceInfo::Sharing sharing;
    sharing.prefix_blocks = summarise<std::uint64_t>(prefix_blocks_);
    std::vector<std::uint32_t> requests(blocks_.distinct);  // by first block
    for (std::uint64_t r = 0; r < requests_.count; ++r) {
      if (blocks_.begin(r) < blocks_.end(r)) ++requests[blocks_.slot[blocks_.begin(r)]];
    }
    for (const std::uint32_t n : requests) {
      if (n > 0) ++sharing.first_blocks;
      if (n > 1) sharing.requests_sharing += n;
      sharing.largest_group = std::max<std::uint64_t>(sharing.largest_group, n);
    }
    return sharing;
  }

  /// Blocks in order of use follow from how many blocks have each count, without sorting them.
  TraceInfo::Popularity popularity() const {
    TraceInfo::Popularity popularity;
    if (info_.distinct == 0) return popularity;
    const std::uint32_t most = *std::max_element(uses_.begin(), uses_.end());
    std::vector<std::uint32_t> blocks_with(std::size_t{most} + 1);
    for (const std::uint32_t n : uses_) ++blocks_with[n];
    popularity.top_block = ratio(most, info_.accesses);
    if (most >= 1) popularity.one_hit_wonders = ratio(blocks_with[1], info_.distinct);
    popularity.top_1_percent = top_share(blocks_with, (info_.distinct + 99) / 100);
    popularity.top_10_percent = top_share(blocks_with, (info_.distinct + 9) / 10);
    fit_zipf(blocks_with, popularity);
    return popularity;
  }

  double top_share(const std::vector<std::uint32_t>& blocks_with, std::uint64_t blocks) const {
    std::uint64_t accesses = 0;
    for (std::size_t n = blocks_with.size() - 1; n > 0 && blocks > 0; --n) {
      const std::uint64_t taken = std::min<std::uint64_t>(blocks, blocks_with[n]);
      accesses += taken * n;
      blocks -= taken;
    }
    return ratio(accesses, info_.accesses);
  }

  static void fit_zipf(const std::vector<std::uint32_t>& blocks_with,
                       TraceInfo::Popularity& popularity) {
    constexpr std::size_t kLeastUses = 5;
    constexpr int kLeastPoints = 8;
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    std::uint64_t rank = 0;  // blocks with more uses than the current count
    std::uint64_t next = 1;  // rank of the next point
    int step = 0;
    for (std::size_t uses = blocks_with.size() - 1; uses >= kLeastUses; --uses) {
      rank += blocks_with[uses];
      while (next <= rank) {
        const double x = std::log(static_cast<double>(next));
        const double y = std::log(static_cast<double>(uses));
        n += 1;
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
        syy += y * y;
        const std::uint64_t before = next;
        while (next == before) next = static_cast<std::uint64_t>(std::exp2(++step / 4.0));
      }
    }
    if (n < kLeastPoints) return;
    const double var_x = sxx - sx * sx / n;
    const double var_y = syy - sy * sy / n;
    const double cov = sxy - sx * sy / n;
    if (var_y < 1e-9 * n) return;  // all equally popular: no law to fit
    popularity.zipf_exponent = -cov / var_x;
    popularity.zipf_r2 = cov * cov / (var_x * var_y);
  }

  const RequestColumns& requests_;
  const BlockColumns& blocks_;
  TraceInfo::Blocks info_;
  std::vector<Position> last_position_;
  std::vector<std::uint32_t> last_request_;  ///< by slot; empty without times
  std::vector<std::uint32_t> uses_;          ///< by slot
  std::vector<std::uint32_t> per_request_;
  std::vector<std::uint32_t> prefix_blocks_;
  std::vector<Position> reuse_accesses_;
  std::vector<TimeNs> reuse_ns_;
  Log2Histogram accesses_histogram_;
  Log2Histogram seconds_histogram_;
};

}  // namespace

TraceInfo analyse(const Trace& trace, const AnalyseOptions& options) {
  TraceInfo info;
  info.name = trace.name;
  info.path = trace.path.string();
  info.format = trace.format;
  info.features = features_of(trace);
  info.requests = trace.requests.count;
  info.skipped_records = trace.skipped_records;
  info.events = trace.events ? trace.events->size() : 0;
  info.input_tokens = summary_of(trace.requests.input_tokens);
  info.output_tokens = summary_of(trace.requests.output_tokens);
  if (!trace.requests.arrival.empty()) info.times = times_of(trace.requests.arrival);
  if (!trace.requests.session.empty()) info.sessions = sessions_of(trace.requests);
  if (!trace.requests.parent.empty()) info.parents = parents_of(trace.requests.parent);
  info.categories = groups_of(trace.requests.category, trace.requests.category_names);
  info.tenants = groups_of(trace.requests.tenant, trace.requests.tenant_names);

  if (trace.blocks) {
    info.kind = trace.is_object_trace() ? "objects" : "blocks";
    info.block_size = trace.blocks->block_size;
    info.blocks = BlockPass(trace.requests, *trace.blocks).run();
  } else if (trace.tokens) {
    if (options.block_size == 0) {
      throw InputError("block size is 0, allowed is an integer of at least 1");
    }
    info.kind = "tokens";
    info.block_size = options.block_size;
    info.blocks = BlockPass(trace.requests, block_tokens(trace, options.block_size)).run();
  } else {
    info.kind = "lengths";
  }
  return info;
}

}  // namespace kvsim
