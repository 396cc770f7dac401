#pragma once
// What every benchmark here does beyond timing: it checks its answer first, and where it is about
// two variants, it runs them in turn.

#include <benchmark/benchmark.h>

#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "sim/engine/replay.hpp"

namespace kvsim::bench {

/// Whether the benchmark `name` answers right. `check` says what is wrong, or "" if nothing is; it
/// is called once, however often the library calls the benchmark to find its iterations. A wrong
/// answer skips the benchmark with an error and makes the program fail.
bool answers_right(benchmark::State& state, const std::string& name,
                   const std::function<std::string()>& check);

/// How many benchmarks answered wrong.
int wrong_answers();

/// The first count in which two replays differ, as "hits are 5, not 6", or "".
std::string difference(const ReplayCounts& found, const ReplayCounts& expected);

/// The first count in which the policy's form that replays `job` differs from its general one,
/// which serves blocks of any weight, or "".
std::string difference_to_general_form(const ReplayJob& job, const std::string& policy);

/// The middle value, or the mean of the two middle ones; of at least one.
double median(std::vector<double> values);

/// Processor time, which other programs on the machine disturb less than the time that passes.
template <class Work>
double seconds_of(const Work& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// Times `work` as the benchmark (with UseManualTime) and `other` right before it in each
/// iteration, so that both see the same machine. Returns the median of work's time over other's.
template <class Work, class Other>
double ratio_in_turn(benchmark::State& state, const Work& work, const Other& other) {
  std::vector<double> ratios;
  for ([[maybe_unused]] auto iteration : state) {
    const double others = seconds_of(other);
    const double own = seconds_of(work);
    state.SetIterationTime(own);
    ratios.push_back(own / others);
  }
  return median(std::move(ratios));
}

}  // namespace kvsim::bench
