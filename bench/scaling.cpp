// kvsim_scaling: what an access costs as traces grow longer and caches larger, as a table and two
// plots.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "bench/bare_loop.hpp"
#include "bench/harness.hpp"
#include "bench/workload.hpp"
#include "reports/draw/chart.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"

namespace {

using namespace kvsim;         // NOLINT(google-build-using-namespace): a program of one file
using namespace kvsim::bench;  // NOLINT(google-build-using-namespace)

constexpr const char* kPolicies[] = {"lru", "s3fifo", "arc", "wtinylfu"};
constexpr const char* kBareLoop = "bare loop";
/// Accesses to an object, on average.
constexpr std::uint64_t kAccessesPerObject = 20;

struct Options {
  std::vector<std::uint64_t> lengths = {1'000'000,  2'000'000,  5'000'000,
                                        10'000'000, 20'000'000, 50'000'000};
  std::uint64_t accesses = 20'000'000;
  std::vector<double> shares = {0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.8};
  int rounds = 3;
  std::filesystem::path folder;
};

Settings size_of(std::uint64_t accesses) {
  return {accesses, std::max<std::uint64_t>(1, accesses / kAccessesPerObject), 1};
}

/// The lines of a plot, which grow point by point.
class Lines {
 public:
  Lines() {
    for (const char* policy : kPolicies) add(policy, {series_.size(), 0});
    add(kBareLoop, {reports::kInk, 0});
  }

  /// Measures each line at `x`: nanoseconds an access, the least of some rounds.
  void measure(double x, const Workload& w, double share, int rounds) {
    BareLoop bare(w.stream);
    bare.run();  // its pages come at the first touch
    std::vector<double> least(series_.size(), std::numeric_limits<double>::infinity());
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t i = 0; i < series_.size(); ++i) {
        const bool is_bare = series_[i].label == kBareLoop;
        least[i] = std::min(least[i], is_bare ? seconds_of([&] { bare.run(); })
                                              : replay_seconds(w, share, series_[i].policy));
      }
    }
    fmt::print("{:>12.4g}", x);
    for (std::size_t i = 0; i < series_.size(); ++i) {
      const double ns = 1e9 * least[i] / static_cast<double>(w.accesses());
      series_[i].points.push_back({x, ns, ns, ns, 1});
      fmt::print("  {:>9.2f}", ns);
    }
    fmt::print("\n");
    std::fflush(stdout);
  }

  void print_head(std::string_view x) const {
    fmt::print("{:>12}", x);
    for (const reports::Series& series : series_) fmt::print("  {:>9}", series.label);
    fmt::print("   ns an access\n");
  }

  const std::vector<reports::Series>& series() const { return series_; }

 private:
  void add(const char* label, reports::SeriesStyle style) {
    series_.push_back({label, label, style, {}});
  }
  static double replay_seconds(const Workload& w, double share, const std::string& policy) {
    const PolicySpec spec = parse_policy(policy);
    return seconds_of([&] { benchmark::DoNotOptimize(replay(w.job(share), spec)); });
  }

  std::vector<reports::Series> series_;
};

void draw(const std::filesystem::path& file, const std::string& title, const std::string& subtitle,
          const reports::Axis& x, const Lines& lines) {
  reports::LineChart chart;
  chart.x = x;
  chart.y = {"nanoseconds an access", "ns_per_access", reports::Unit::kNumber, false};
  chart.series = lines.series();
  OutputFile out(file);
  out.write(reports::draw_line_chart(chart, {{}, title, subtitle, chart, ""},
                                     reports::Dress::kStandalone));
  out.commit();
}

/// Each policy's form that is timed counts what its general form counts.
void check(const Workload& w) {
  for (const char* const policy : kPolicies) {
    const std::string wrong = difference_to_general_form(w.job(0.1), policy);
    if (!wrong.empty()) throw InputError(fmt::format("{} answers wrong: {}", policy, wrong));
  }
}

void over_accesses(const Options& options) {
  Lines lines;
  lines.print_head("accesses");
  for (const std::uint64_t accesses : options.lengths) {
    const auto w = zipf_workload(size_of(accesses));
    if (accesses == options.lengths.front()) check(*w);
    lines.measure(static_cast<double>(accesses), *w, 0.1, options.rounds);
  }
  draw(options.folder / "cost_over_accesses.svg", "Cost of an access as traces grow",
       fmt::format("Zipf(1.0), {} accesses an object, capacity 10 % of the objects",
                   kAccessesPerObject),
       {"accesses", "accesses", reports::Unit::kRate, true}, lines);
}

void over_capacity(const Options& options) {
  const auto w = zipf_workload(size_of(options.accesses));
  check(*w);
  Lines lines;
  lines.print_head("capacity");
  for (const double share : options.shares) lines.measure(share, *w, share, options.rounds);
  draw(options.folder / "cost_over_capacity.svg", "Cost of an access as caches grow",
       fmt::format("Zipf(1.0), {} accesses over {} objects",
                   reports::format_tick(reports::Unit::kRate, static_cast<double>(w->accesses())),
                   reports::format_tick(reports::Unit::kRate,
                                        static_cast<double>(size_of(options.accesses).objects))),
       {"capacity, share of the objects", "capacity_share", reports::Unit::kRatio, true}, lines);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Measures what an access costs as traces grow longer (cost_over_accesses.svg) and caches "
      "larger (cost_over_capacity.svg), beside a bare loop over the same accesses.",
      "kvsim_scaling"};
  app.add_option("-o,--output", options.folder, "folder for the plots")
      ->required()
      ->check(CLI::ExistingDirectory);
  const auto accesses = CLI::Range(std::uint64_t{1'000}, std::uint64_t{4'000'000'000});
  app.add_option("--lengths", options.lengths, "accesses of the traces that grow")
      ->delimiter(',')
      ->check(accesses)
      ->capture_default_str();
  app.add_option("--accesses", options.accesses, "accesses of the trace of the second plot")
      ->check(accesses)
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "replays of which the fastest counts")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.footer("Example: kvsim_scaling -o bench/images");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "kvsim_scaling: {}; --help shows what there is\n", e.what());
    return 2;
  }
  std::sort(options.lengths.begin(), options.lengths.end());
  over_accesses(options);
  over_capacity(options);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "kvsim_scaling: {}\n", e.what());
    return 1;
  }
}
