// Look-ups in every table by load, and what it costs to drive a library's table through kvsim.

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <unordered_map>
#include <vector>

#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "bench/workload.hpp"
#include "sim/core/rng.hpp"
#include "sim/table/driven_table.hpp"
#include "sim/table/measure_lookups.hpp"

namespace kvsim::bench {

namespace {

struct Size {
  std::string_view name;
  std::uint64_t entries;
};

// In the caches of a processor, and out of them unless --objects is small.
std::vector<Size> sizes() {
  return {{"in_cache", 4096}, {"out_of_cache", 40 * settings().objects}};
}

std::uint64_t lookups_in(std::uint64_t entries) { return std::max(settings().accesses, entries); }

// time_lookups() checks its answers itself.
void time_table(benchmark::State& state, const std::string& table, double load,
                std::uint64_t entries) {
  const std::uint64_t lookups = lookups_in(entries);
  for ([[maybe_unused]] auto iteration : state) {
    double ns = 0;
    for (const LookupTiming& timing :
         time_lookups({table, {}}, load, entries, lookups, settings().seed)) {
      state.counters[timing.hit ? "hit_ns" : "miss_ns"] = timing.ns;
      state.counters["bytes_per_entry"] =
          static_cast<double>(timing.memory_bytes) / static_cast<double>(timing.entries);
      ns += timing.ns;
    }
    state.SetIterationTime(ns * 1e-9 * static_cast<double>(lookups));
  }
}

/// Look-ups in a library's map as who uses it would write them.
template <class Map>
std::uint64_t hits_of_bare_loop(const Map& map, const std::vector<TableOperation>& lookups) {
  std::uint64_t hits = 0;
  for (const TableOperation& lookup : lookups) hits += map.find(lookup.key) != map.end();
  return hits;
}

template <class Map>
void time_beside_bare_loop(benchmark::State& state, const std::string& name,
                           const std::string& table, std::uint64_t entries, bool hit) {
  constexpr double kLoad = 0.8;
  Rng rng(settings().seed);
  std::vector<TableOperation> insertions;
  for (std::uint64_t i = 0; i < entries; ++i) {
    insertions.push_back({rng.next(), static_cast<Slot>(i), TableOperation::Kind::kInsert});
  }
  std::vector<TableOperation> lookups;
  for (std::uint64_t i = 0; i < lookups_in(entries); ++i) {
    // A random key is absent.
    lookups.push_back(
        {hit ? insertions[rng.below(entries)].key : rng.next(), 0, TableOperation::Kind::kFind});
  }

  const std::unique_ptr<DrivenTable> driven =
      make_table({table, {}}, {entries, kLoad}, settings().seed);
  driven->apply(insertions);
  Map map;
  map.rehash(driven->buckets());
  for (const TableOperation& i : insertions) map.emplace(i.key, i.slot);

  const auto through_kvsim = [&] {
    driven->forget_lookups();
    driven->apply(lookups);
  };
  const auto bare = [&] { benchmark::DoNotOptimize(hits_of_bare_loop(map, lookups)); };
  if (!answers_right(state, name, [&] {
        if (map.bucket_count() != driven->buckets()) {
          return fmt::format("buckets are {}, not {}", driven->buckets(), map.bucket_count());
        }
        through_kvsim();
        const std::uint64_t expected = hit ? lookups.size() : 0;
        for (const std::uint64_t hits : {driven->report().hits, hits_of_bare_loop(map, lookups)}) {
          if (hits != expected) return fmt::format("hits are {}, not {}", hits, expected);
        }
        return std::string();
      })) {
    return;
  }
  state.counters["times_bare_loop"] = ratio_in_turn(state, through_kvsim, bare);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lookups.size()));
}

template <class Map>
void register_beside_bare_loop(const std::string& table) {
  for (const Size& size : sizes()) {
    for (const bool hit : {true, false}) {
      const std::string name =
          fmt::format("table_beside_bare_loop/{}/{}/{}", table, size.name, hit ? "hits" : "misses");
      benchmark::RegisterBenchmark(name.c_str(),
                                   [=, entries = size.entries](benchmark::State& state) {
                                     time_beside_bare_loop<Map>(state, name, table, entries, hit);
                                   })
          ->Unit(benchmark::kMillisecond)
          ->UseManualTime();
    }
  }
}

}  // namespace

void register_tables() {
  for (const ComponentInfo& info : list_tables()) {
    if (info.name == "dense") continue;
    for (const Size& size : sizes()) {
      for (const double load : {0.5, 0.7, 0.8, 0.9, 0.95}) {
        benchmark::RegisterBenchmark(
            fmt::format("table/{}/{}/{}", info.name, size.name, load).c_str(),
            [=, table = info.name, entries = size.entries](benchmark::State& state) {
              time_table(state, table, load, entries);
            })
            ->Unit(benchmark::kMillisecond)
            ->UseManualTime()
            ->Iterations(1);
      }
    }
  }
  register_beside_bare_loop<boost::unordered_flat_map<std::uint64_t, Slot>>(
      "boost_unordered_flat_map");
  register_beside_bare_loop<absl::flat_hash_map<std::uint64_t, Slot>>("absl_flat_hash_map");
  register_beside_bare_loop<std::unordered_map<std::uint64_t, Slot>>("std_unordered_map");
}

}  // namespace kvsim::bench
