// kvsim_bench: see bench/README.md.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "bench/workload.hpp"

namespace {

using kvsim::bench::Settings;

void add_options(CLI::App& app, Settings& settings) {
  app.add_option("--accesses", settings.accesses, "accesses of the Zipf trace")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{4'000'000'000}))
      ->envname("KVSIM_BENCH_ACCESSES")
      ->capture_default_str();
  app.add_option("--objects", settings.objects, "objects that it draws from")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->envname("KVSIM_BENCH_OBJECTS")
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "its seed")->capture_default_str();
  app.footer(
      "Options of Google Benchmark, the most useful ones:\n"
      "  --benchmark_filter=REGEX      only what matches, as policy/lru or /zipf/10%\n"
      "  --benchmark_list_tests        names only\n"
      "  --benchmark_min_time=SECONDS  of each benchmark\n"
      "  --benchmark_repetitions=N     with mean, median and deviation\n"
      "  --benchmark_out=FILE          JSON beside the table\n\n"
      "Example, the yardstick at its size:\n"
      "  kvsim_bench --accesses 20000000 --objects 1000000 --benchmark_filter=yardstick\n\n"
      "Exits with 1 if any benchmark answered wrong or none matched, 2 on a usage error.");
}

int run(int argc, char** argv) {
  CLI::App app{
      "Times kvsim's policies, passes, curves, readers, hash functions and tables. Each benchmark "
      "checks its answer first.",
      "kvsim_bench"};
  Settings& settings = kvsim::bench::settings();
  add_options(app, settings);
  // Google Benchmark would answer --help without these options.
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--help" || std::string_view(argv[i]) == "-h") {
      fmt::print("{}", app.help());
      return 0;
    }
  }
  benchmark::Initialize(&argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "kvsim_bench: {}; --help shows what there is\n", e.what());
    return 2;
  }
  benchmark::AddCustomContext("zipf_accesses", std::to_string(settings.accesses));
  benchmark::AddCustomContext("zipf_objects", std::to_string(settings.objects));
  benchmark::AddCustomContext("zipf_seed", std::to_string(settings.seed));

  kvsim::bench::register_policies();
  kvsim::bench::register_passes();
  kvsim::bench::register_curves();
  kvsim::bench::register_readers();
  kvsim::bench::register_hashes();
  kvsim::bench::register_tables();
  kvsim::bench::register_yardstick();
  const bool any = benchmark::RunSpecifiedBenchmarks() > 0;
  benchmark::Shutdown();
  if (const int wrong = kvsim::bench::wrong_answers(); wrong > 0) {
    fmt::print(stderr, "kvsim_bench: {} benchmark{} answered wrong\n", wrong,
               wrong == 1 ? "" : "s");
    return 1;
  }
  return any ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "kvsim_bench: {}\n", e.what());
    return 1;
  }
}
