#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "traces/analysis/trace_info.hpp"

namespace kvsim {

namespace {

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t value) {
  const std::string digits = fmt::format("{}", value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

/// Grouped, with as many decimals as a small value needs.
std::string number(double value) {
  if (value >= 99.95) return grouped(static_cast<std::uint64_t>(std::llround(value)));
  if (value >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

std::string number(std::uint64_t value) { return grouped(value); }

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string bytes(std::uint64_t value) {
  constexpr std::array<std::string_view, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double scaled = static_cast<double>(value);
  std::size_t unit = 0;
  while (scaled >= 1024 && unit + 1 < kUnits.size()) {
    scaled /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", value) : fmt::format("{:.2f} {}", scaled, kUnits[unit]);
}

std::string duration(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 99.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 600) return fmt::format("{} s", whole);
  if (whole < 2 * 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  const std::uint64_t minutes = (whole + 30) / 60;
  if (minutes < 48 * 60) return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  const std::uint64_t hours = (minutes + 30) / 60;
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

/// A span of time in one unit, for tables and axes.
std::string brief_duration(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.1f} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86400);
}

/// One column a value, its height in eighths of the largest; a value above 0 is never blank.
std::string sparkline(const std::vector<std::uint64_t>& values) {
  constexpr std::array<std::string_view, 9> kHeights{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::uint64_t most = 1;
  for (const std::uint64_t v : values) most = std::max(most, v);
  std::string line;
  for (const std::uint64_t v : values) {
    const double eighths = 8 * static_cast<double>(v) / static_cast<double>(most);
    line += kHeights[static_cast<std::size_t>(std::ceil(eighths))];
  }
  return line;
}

std::string sparkline(const std::vector<TraceInfo::Bin>& bins) {
  std::vector<std::uint64_t> counts;
  for (const TraceInfo::Bin& b : bins) counts.push_back(b.count);
  return sparkline(counts);
}

/// Lines of label, figures and remark, in sections.
class Page {
 public:
  void line(std::string_view text) { fmt::format_to(out(), "{}\n", text); }

  void section(std::string_view title, std::string_view remark = {}) {
    fmt::format_to(out(), "\n{}", title);
    if (!remark.empty()) fmt::format_to(out(), "  ({})", remark);
    text_ += '\n';
  }

  /// A section whose lines are tables.
  void table(std::string_view title, std::string_view first) {
    fmt::format_to(out(), "\n{:<21}{:>15}{:>10}{:>10}{:>10}{:>12}\n", title, first, "mean",
                   "median", "p99", "max");
  }

  void figure(std::string_view label, std::string_view value, std::string_view remark = {}) {
    fmt::format_to(out(), "  {:<19}{:>15}", label, value);
    if (!remark.empty()) fmt::format_to(out(), "   {}", remark);
    text_ += '\n';
  }

  void figures(std::string_view label, std::string_view value, const std::array<std::string, 4>& f,
               std::string_view remark = {}) {
    fmt::format_to(out(), "  {:<19}{:>15}{:>10}{:>10}{:>10}{:>12}", label, value, f[0], f[1], f[2],
                   f[3]);
    if (!remark.empty()) fmt::format_to(out(), "  {}", remark);
    text_ += '\n';
  }

  void words(std::string_view label, std::string_view value) {
    fmt::format_to(out(), "  {:<19}{}\n", label, value);
  }

  /// Items, separated by commas, on as many lines as they take.
  void list(std::string_view label, const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) {
      const std::string_view comma = text.empty() ? "" : ", ";
      if (text.size() + comma.size() + item.size() + 1 > kWidth - 21) {
        words(label, text + ",");
        label = "";
        text = item;
      } else {
        text += comma;
        text += item;
      }
    }
    words(label, text.empty() ? "nothing" : text);
  }

  std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t kWidth = 100;

  std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }

  std::string text_;
};

template <class T>
std::array<std::string, 4> spread(const Summary<T>& s) {
  return {number(s.mean), number(s.median), number(s.p99), number(s.max)};
}

std::array<std::string, 4> durations(const Summary<double>& s) {
  return {brief_duration(s.mean), brief_duration(s.median), brief_duration(s.p99),
          brief_duration(s.max)};
}

/// What kind of block the trace speaks of, in the plural.
std::string_view noun(const TraceInfo& info) {
  return info.kind == "objects" ? "objects" : "blocks";
}

/// Content comes in one of three forms: a trace that has one does not lack the others, except that
/// only token ids leave block size and hash free.
bool is_missed(const TraceInfo& info, std::string_view feature) {
  if (feature == "block ids" || feature == "object ids") return info.kind == "lengths";
  if (feature == "token ids") return info.kind != "objects";
  return true;
}

void head(const TraceInfo& info, Page& page) {
  std::string kind = fmt::format("{}, {}", info.format, info.kind);
  if (info.kind == "lengths") kind = info.format + ", load without content";
  if (info.kind == "blocks")
    kind = fmt::format("{}, {}{} tokens a block", info.format,
                       info.format == "ragpulse" ? "at most " : "", info.block_size);
  if (info.kind == "tokens") {
    kind = fmt::format("{}, token ids, in blocks of {}", info.format, info.block_size);
  }
  page.line(fmt::format("{}  ({})", info.name, kind));
  std::vector<std::string> carried;
  std::vector<std::string> lacking;
  for (const TraceInfo::Feature& f : info.features) {
    if (f.carried) {
      carried.push_back(f.name);
    } else if (is_missed(info, f.name)) {
      lacking.push_back(f.name);
    }
  }
  page.list("carries", carried);
  page.list("lacks", lacking);
  if (info.skipped_records > 0) {
    page.words("skipped", grouped(info.skipped_records) + " malformed records");
  }
}

void volume(const TraceInfo& info, Page& page) {
  page.table("Volume", "total");
  page.figure("requests", grouped(info.requests));
  if (info.input_tokens) {
    page.figures("input tokens", grouped(info.input_tokens->sum), spread(*info.input_tokens),
                 "a request");
  }
  if (info.output_tokens) {
    page.figures("output tokens", grouped(info.output_tokens->sum), spread(*info.output_tokens),
                 "a request");
  }
  if (info.blocks) {
    const TraceInfo::Blocks& b = *info.blocks;
    if (b.sharing) {
      page.figures("block accesses", grouped(b.accesses), spread(b.per_request), "a request");
    } else {
      page.figure("accesses", grouped(b.accesses));
    }
    page.figure(fmt::format("distinct {}", noun(info)), grouped(b.distinct));
    if (b.footprint_bytes) {
      page.figure("footprint", bytes(*b.footprint_bytes),
                  fmt::format("{} bytes, each object once", grouped(*b.footprint_bytes)));
      page.figure("bytes accessed", bytes(*b.accessed_bytes),
                  fmt::format("{} bytes", grouped(*b.accessed_bytes)));
    }
  }
  if (info.events > 0) page.figure("recorded events", grouped(info.events));
}

void times(const TraceInfo::Times& t, Page& page) {
  page.section("Time");
  page.figure("duration", duration(t.duration_s),
              t.monotone ? "arrivals in order" : "arrivals not in order");
  page.figure(
      "request rate", number(t.request_rate) + " /s",
      t.gap_variation > 0
          ? fmt::format("deviation of gaps {:.2f} of their mean (Poisson: 1)", t.gap_variation)
          : "");
  if (t.duration_s > 0) page.words("arrivals", sparkline(t.profile));
}

void ceilings(const TraceInfo& info, Page& page) {
  const TraceInfo::Ceiling& o = info.blocks->object;
  const bool differ = info.blocks->prefix && info.blocks->prefix->hits != o.hits;
  const TraceInfo::Ceiling& p = differ ? *info.blocks->prefix : o;
  page.section("Ceilings", "nothing is ever evicted, only first accesses miss");
  if (differ) page.line(fmt::format("  {:<19}{:>15}{:>28}", "", "object reuse", "prefix reuse"));
  const auto row = [&](std::string_view name, double object, std::uint64_t object_hits,
                       double prefix, std::uint64_t prefix_hits) {
    std::string rest = grouped(object_hits);
    if (differ)
      rest = fmt::format("{:<13}{:>12}   {}", rest, percent(prefix), grouped(prefix_hits));
    page.figure(name, percent(object), rest);
  };
  row("block_hit", o.block_hit, o.hits, p.block_hit, p.hits);
  if (o.token_hit) row("token_hit", *o.token_hit, o.hit_tokens, *p.token_hit, p.hit_tokens);
  if (info.blocks->prefix) {
    row("request_hit", o.request_hit, o.hit_requests, p.request_hit, p.hit_requests);
  }
  if (o.byte_hit) row("byte_hit", *o.byte_hit, o.hit_bytes, *p.byte_hit, p.hit_bytes);
}

void reuse(const TraceInfo& info, Page& page) {
  const TraceInfo::Reuse& r = info.blocks->reuse;
  if (r.accesses.count == 0) {
    page.section("Reuse");
    page.figure("never used again", percent(r.never_reused), "of accesses");
    return;
  }
  const auto axis = [](double accesses) { return grouped(static_cast<std::uint64_t>(accesses)); };
  page.table("Reuse", "p90");
  page.figures("accesses between", number(r.accesses.p90), spread(r.accesses));
  if (r.seconds)
    page.figures("time between", brief_duration(r.seconds->p90), durations(*r.seconds));
  page.figure("never used again", percent(r.never_reused), "of accesses");
  if (!r.accesses_histogram.empty()) {
    page.words("accesses (log2)",
               fmt::format("{} {} {}", axis(r.accesses_histogram.front().from),
                           sparkline(r.accesses_histogram), axis(r.accesses_histogram.back().to)));
  }
  if (!r.seconds_histogram.empty()) {
    page.words(
        "time (log2)",
        fmt::format("{} {} {}", brief_duration(r.seconds_histogram.front().from),
                    sparkline(r.seconds_histogram), brief_duration(r.seconds_histogram.back().to)));
  }
}

void popularity(const TraceInfo& info, Page& page) {
  const TraceInfo::Popularity& p = info.blocks->popularity;
  const std::string of_distinct = fmt::format("of distinct {}", noun(info));
  page.section("Popularity");
  page.figure("most used", percent(p.top_block), "of accesses");
  page.figure("top 1 %", percent(p.top_1_percent), "of accesses");
  page.figure("top 10 %", percent(p.top_10_percent), "of accesses");
  page.figure("used once", percent(p.one_hit_wonders), of_distinct);
  if (p.zipf_exponent) {
    page.figure("Zipf exponent", fmt::format("{:.3f}", *p.zipf_exponent),
                fmt::format("R² {:.3f}, over log-spaced ranks", *p.zipf_r2));
  }
}

void sharing(const TraceInfo& info, Page& page) {
  const TraceInfo::Sharing& s = *info.blocks->sharing;
  const auto of_requests = [&](std::uint64_t n) {
    return fmt::format("{} of requests",
                       percent(static_cast<double>(n) / static_cast<double>(info.requests)));
  };
  page.table("Sharing", "");
  page.figures("shared prefix", "", spread(s.prefix_blocks), "blocks a request");
  page.figure("first blocks", grouped(s.first_blocks), "distinct");
  page.figure("first block shared", grouped(s.requests_sharing), of_requests(s.requests_sharing));
  page.figure("largest group", grouped(s.largest_group), of_requests(s.largest_group));
}

void sessions(const TraceInfo& info, Page& page) {
  if (!info.sessions && !info.parents) return;
  page.table("Sessions", "total");
  if (info.sessions) {
    const TraceInfo::Sessions& s = *info.sessions;
    page.figures("sessions", grouped(s.count), spread(s.per_session), "requests each");
    if (s.gap_s) page.figures("time between", "", durations(*s.gap_s), "of its requests");
    page.figure("of several requests", grouped(s.multi_request));
    if (s.requests < info.requests) {
      page.figure("requests in none", grouped(info.requests - s.requests));
    }
  }
  if (info.parents) {
    page.figure("with a parent", grouped(info.parents->requests),
                fmt::format("longest chain {} requests; {} requests are forked",
                            grouped(info.parents->max_depth), grouped(info.parents->branching)));
  }
}

void groups(const TraceInfo& info, Page& page) {
  constexpr std::size_t kShown = 8;
  const auto list = [&](std::string_view label, const std::vector<TraceInfo::Group>& groups) {
    if (groups.empty()) return;
    std::vector<std::string> items;
    for (std::size_t i = 0; i < std::min(groups.size(), kShown); ++i) {
      items.push_back(fmt::format(
          "{} {:.1f} %", groups[i].name,
          100 * static_cast<double>(groups[i].requests) / static_cast<double>(info.requests)));
    }
    if (groups.size() > kShown) {
      items.push_back(fmt::format("… {} more", grouped(groups.size() - kShown)));
    }
    page.list(label, items);
  };
  if (info.categories.empty() && info.tenants.empty()) return;
  page.section("Groups", "share of requests");
  list("categories", info.categories);
  list("tenants", info.tenants);
}

}  // namespace

std::string render_text(const TraceInfo& info) {
  Page page;
  head(info, page);
  volume(info, page);
  if (info.times) times(*info.times, page);
  if (info.blocks && info.blocks->accesses > 0) {
    ceilings(info, page);
    reuse(info, page);
    popularity(info, page);
    if (info.blocks->sharing) sharing(info, page);
  }
  sessions(info, page);
  groups(info, page);
  return page.take();
}

}  // namespace kvsim
