#include "sim/table/measure_lookups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <span>
#include <stdexcept>

#include "sim/core/rng.hpp"
#include "sim/core/scrambled.hpp"
#include "sim/table/driven_table.hpp"
#include "sim/table/places.hpp"
#include "sim/table/table_list.hpp"  // made from tables.list

namespace kvsim {

namespace {

constexpr std::size_t kRounds = 5;

std::uint64_t entries_at(double load, std::uint64_t about) {
  const double power = std::round(std::log2(static_cast<double>(about) / load));
  return std::max(static_cast<std::uint64_t>(load * std::exp2(power)), std::uint64_t{1});
}

/// Random keys by number, all different.
class Keys {
 public:
  explicit Keys(std::uint64_t seed) : start_(scrambled(seed)) {}
  std::uint64_t operator[](std::uint64_t number) const { return scrambled(start_ + number); }

 private:
  std::uint64_t start_;
};

std::logic_error wrong_answer(std::string_view table) {
  return std::logic_error(fmt::format("table '{}' answers look-ups wrong", table));
}

/// What look-ups find, added up; misses count 2^32.
template <class T>
std::uint64_t sum_of_lookups(const T& table, std::span<const std::uint64_t> keys) {
  NoProbes none;
  std::uint64_t sum = 0;
  for (const std::uint64_t key : keys) {
    const Slot* found = table.find(key, none);
    sum += found != nullptr ? *found : std::uint64_t{1} << 32;
  }
  return sum;
}

template <class T>
double median_ns(const T& table, std::span<const std::uint64_t> keys, std::uint64_t expected_sum) {
  using Clock = std::chrono::steady_clock;
  std::array<double, kRounds + 1> ns{};
  for (double& of_round : ns) {
    const Clock::time_point start = Clock::now();
    const std::uint64_t sum = sum_of_lookups(table, keys);
    const std::chrono::duration<double, std::nano> taken = Clock::now() - start;
    if (sum != expected_sum) throw wrong_answer(T::kName);
    of_round = taken.count() / static_cast<double>(keys.size());
  }
  // The first round warmed up.
  std::nth_element(ns.begin() + 1, ns.begin() + 1 + kRounds / 2, ns.end());
  return ns[1 + kRounds / 2];
}

template <HashTable T>
std::vector<LookupTiming> time_table(const Params& params, double load, std::uint64_t entries,
                                     std::uint64_t lookups, std::uint64_t seed) {
  const auto config = parse_config<typename T::Config>(params, T::kName);
  T table(config, {entries, load});
  const Keys keys(seed);
  NoProbes none;
  for (std::uint64_t i = 0; i < entries; ++i) table.insert(keys[i], static_cast<Slot>(i), none);

  std::vector<LookupTiming> timings;
  Rng rng(seed);
  for (const bool hit : {true, false}) {
    std::vector<std::uint64_t> looked_up(lookups);
    std::uint64_t expected_sum = 0;
    for (std::uint64_t i = 0; i < lookups; ++i) {
      const std::uint64_t number = hit ? rng.below(entries) : entries + i;
      looked_up[i] = keys[number];
      const Slot* found = table.find(looked_up[i], none);
      if (hit ? found == nullptr || *found != number : found != nullptr) {
        throw wrong_answer(T::kName);
      }
      expected_sum += hit ? number : std::uint64_t{1} << 32;
    }
    timings.push_back({std::string(T::kName), load, hit, entries,
                       median_ns(table, looked_up, expected_sum), table.memory_bytes(),
                       table.buckets()});
  }
  return timings;
}

}  // namespace

std::vector<LookupTiming> time_lookups(const ComponentSpec& table, double load,
                                       std::uint64_t entries, std::uint64_t lookups,
                                       std::uint64_t seed) {
  const ComponentSpec spec = checked_table(table);
  check_load(spec.name, load);
  std::vector<LookupTiming> timings;
  for_each_type(TableList{}, [&]<class T>() {
    if (T::kName != spec.name) return;
    timings = time_table<T>(spec.params, load, entries_at(load, entries), lookups, seed);
  });
  return timings;
}

}  // namespace kvsim
