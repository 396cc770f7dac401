#include "sim/table/driven_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "sim/core/error.hpp"
#include "sim/core/scrambled.hpp"
#include "sim/table/places.hpp"
#include "sim/table/probe_tally.hpp"
#include "sim/table/table_list.hpp"  // made from tables.list

namespace kvsim {

namespace {

using Kind = TableOperation::Kind;

struct NoTheory {
  explicit NoTheory(std::uint64_t) {}
};
template <class T>
struct TheoryOf {
  using Type = NoTheory;
};
template <class T>
requires requires { typename T::Theory; }
struct TheoryOf<T> {
  using Type = typename T::Theory;
};

template <class Theory>
constexpr bool kKnowsHits = requires(Theory& theory) {
  theory.hit(std::uint64_t{1});
};
template <class Theory>
constexpr bool kKnowsMisses = requires(Theory& theory) {
  theory.miss(std::uint64_t{1});
};

/// Carries out operations whose keys are `key_of(operation)`; calls `on_find(found, probes)`.
template <class T, class KeyOf, class OnFind>
void carry_out(T& table, std::span<const TableOperation> operations, const KeyOf& key_of,
               const OnFind& on_find) {
  using Probes = std::conditional_t<T::kCountsProbes, ProbeCounter, NoProbes>;
  constexpr std::size_t kAhead = 8;  // enough look-ups to hide memory's latency
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if constexpr (requires { table.prefetch(std::uint64_t{0}); }) {
      if (i + kAhead < operations.size()) table.prefetch(key_of(operations[i + kAhead]));
    }
    const TableOperation& operation = operations[i];
    const std::uint64_t key = key_of(operation);
    Probes probes;
    if (operation.kind == Kind::kFind) {
      on_find(table.find(key, probes), probes);
    } else if (operation.kind == Kind::kInsert) {
      [[maybe_unused]] const bool is_new = table.insert(key, operation.slot, probes);
      assert(is_new);
    } else {
      [[maybe_unused]] const bool was_there = table.erase(key, probes);
      assert(was_there);
    }
  }
}

std::uint64_t own_key(const TableOperation& operation) { return operation.key; }

/// A table that counts probes, and beside it what theory says of the same operations; where theory
/// is silent, a twin that is fed them with an ideal hash's keys.
template <HashTable T>
class InstrumentedTable : public DrivenTable {
 public:
  InstrumentedTable(const typename T::Config& config, const TableShape& shape, std::uint64_t seed)
      : table_(config, shape), theory_(table_.buckets()), seed_(scrambled(seed)) {
    if constexpr (kSimulates) twin_.emplace(config, shape);
  }

  void apply(std::span<const TableOperation> operations) override {
    carry_out(table_, operations, own_key, [&](const Slot* found, const ProbeCounter& probes) {
      (found != nullptr ? hits_ : misses_).add(probes.count);
      if constexpr (kKnowsHits<Theory>) {
        if (found != nullptr) expected_hit_.add(theory_.hit(table_.size()));
      }
      if constexpr (kKnowsMisses<Theory>) {
        if (found == nullptr) expected_miss_.add(theory_.miss(table_.size()));
      }
    });
    if constexpr (kSimulates) {
      // Distinct slots have distinct keys: both steps are permutations.
      const auto ideal_key = [this](const TableOperation& operation) {
        return scrambled(seed_ + operation.slot * kGolden64);
      };
      carry_out(*twin_, operations, ideal_key, [&](const Slot* found, const ProbeCounter& probes) {
        if constexpr (!kKnowsHits<Theory>) {
          if (found != nullptr) expected_hit_.add(probes.count);
        }
        if constexpr (!kKnowsMisses<Theory>) {
          if (found == nullptr) expected_miss_.add(probes.count);
        }
      });
    }
  }

  TableReport report() const override {
    TableReport report;
    report.buckets = table_.buckets();
    report.size = table_.size();
    report.memory_bytes = table_.memory_bytes();
    report.hit = hits_.lengths();
    report.miss = misses_.lengths();
    report.hits = report.hit->lookups;
    report.misses = report.miss->lookups;
    if (!expected_hit_.is_empty()) report.hit->expected = expected_hit_.value();
    if (!expected_miss_.is_empty()) report.miss->expected = expected_miss_.value();
    report.expected_by = expected_by();
    return report;
  }
  std::uint64_t buckets() const override { return table_.buckets(); }
  unsigned spare_bits() const override {
    if constexpr (requires { T::kTagBits; }) return T::kTagBits;
    return 0;
  }
  std::optional<std::uint64_t> bucket_of(std::uint64_t key) const override {
    return table_.bucket_of(key);
  }
  void forget_lookups() override {
    hits_ = misses_ = ProbeTally();
    expected_hit_ = expected_miss_ = Mean();
  }

 private:
  using Theory = typename TheoryOf<T>::Type;
  static constexpr bool kSimulates = !kKnowsHits<Theory> || !kKnowsMisses<Theory>;

  static std::string expected_by() {
    if constexpr (kKnowsHits<Theory> && kKnowsMisses<Theory>) return std::string(Theory::kName);
    if constexpr (kKnowsMisses<Theory>) return fmt::format("{}; hits by simulation", Theory::kName);
    if constexpr (kKnowsHits<Theory>) return fmt::format("{}; misses by simulation", Theory::kName);
    return "simulation";
  }

  T table_;
  Theory theory_;
  std::optional<T> twin_;
  std::uint64_t seed_;
  ProbeTally hits_, misses_;
  Mean expected_hit_, expected_miss_;
};

/// A library's table.
template <HashTable T>
class PlainTable : public DrivenTable {
 public:
  PlainTable(const typename T::Config& config, const TableShape& shape) : table_(config, shape) {}

  void apply(std::span<const TableOperation> operations) override {
    while (!operations.empty()) {
      const Run run = look_up(operations);
      hits_ += run.hits;
      lookups_ += run.lookups;
      operations = operations.subspan(run.lookups);
      if (!operations.empty() && operations.front().kind != Kind::kFind) {
        change(table_, operations.front());
        operations = operations.subspan(1);
      }
    }
  }

  TableReport report() const override {
    TableReport report;
    report.buckets = table_.buckets();
    report.size = table_.size();
    report.memory_bytes = table_.memory_bytes();
    report.hits = hits_;
    report.misses = lookups_ - hits_;
    return report;
  }
  std::uint64_t buckets() const override { return table_.buckets(); }
  std::optional<std::uint64_t> bucket_of(std::uint64_t) const override { return std::nullopt; }
  void forget_lookups() override { hits_ = lookups_ = 0; }

 private:
  struct Run {
    std::size_t lookups;
    std::uint64_t hits;
  };

  // Look-ups from the first operation on, at most up to the first other one. These loops are to be
  // as fast as those of who uses the library, and each is alone in its function, as those are. Out
  // of caches, what counts is how few instructions a look-up takes, since so many more overlap; in
  // caches, how few there are in all.
  Run look_up(std::span<const TableOperation> operations) const {
    constexpr std::size_t kCached = 1 << 20;
    if (table_.memory_bytes() <= kCached) return checked_lookups(table_, operations);
    const auto lookups = operations.first(leading_lookups(operations));
    return {lookups.size(), hits_of(table_, lookups)};
  }
  [[gnu::noinline]] static Run checked_lookups(const T& table,
                                               std::span<const TableOperation> operations) {
    NoProbes none;
    std::uint64_t hits = 0;
    const TableOperation* at = operations.data();
    for (const TableOperation* const end = at + operations.size(); at != end; ++at) {
      if (at->kind != Kind::kFind) break;
      hits += table.find(at->key, none) != nullptr;
    }
    return {static_cast<std::size_t>(at - operations.data()), hits};
  }
  [[gnu::noinline]] static std::uint64_t hits_of(const T& table,
                                                 std::span<const TableOperation> lookups) {
    NoProbes none;
    std::uint64_t hits = 0;
    for (const TableOperation& lookup : lookups) hits += table.find(lookup.key, none) != nullptr;
    return hits;
  }
  static std::size_t leading_lookups(std::span<const TableOperation> operations) {
    constexpr std::size_t kAtMost = 1024;  // they stay in the nearest cache
    const std::size_t size = std::min(operations.size(), kAtMost);
    const auto kind = [&](std::size_t i) { return static_cast<unsigned>(operations[i].kind); };
    static_assert(static_cast<unsigned>(Kind::kFind) == 0);
    std::size_t i = 0;
    for (; i + 4 <= size; i += 4) {
      if ((kind(i) | kind(i + 1) | kind(i + 2) | kind(i + 3)) != 0) break;
    }
    while (i < size && kind(i) == 0) ++i;
    return i;
  }
  [[gnu::noinline]] static void change(T& table, const TableOperation& operation) {
    NoProbes none;
    if (operation.kind == Kind::kInsert) {
      [[maybe_unused]] const bool is_new = table.insert(operation.key, operation.slot, none);
      assert(is_new);
    } else {
      [[maybe_unused]] const bool was_there = table.erase(operation.key, none);
      assert(was_there);
    }
  }

  T table_;
  std::uint64_t hits_ = 0;
  std::uint64_t lookups_ = 0;
};

struct TableEntry {
  ComponentInfo info;
  void (*check)(const Params& params);
  std::unique_ptr<DrivenTable> (*make)(const Params& params, const TableShape& shape,
                                       std::uint64_t seed);
};

std::string place(std::string_view name) { return fmt::format("table '{}'", name); }

template <HashTable T>
TableEntry entry() {
  using Config = typename T::Config;
  return {{std::string(T::kName), std::string(T::kDoc), describe<Config>()},
          [](const Params& params) { (void)parse_config<Config>(params, place(T::kName)); },
          [](const Params& params, const TableShape& shape,
             [[maybe_unused]] std::uint64_t seed) -> std::unique_ptr<DrivenTable> {
            const Config config = parse_config<Config>(params, place(T::kName));
            if constexpr (T::kCountsProbes) {
              return std::make_unique<InstrumentedTable<T>>(config, shape, seed);
            } else {
              return std::make_unique<PlainTable<T>>(config, shape);
            }
          }};
}

constexpr std::string_view kDense = "dense";

TableEntry dense() {
  return {{std::string(kDense), "No table: a key's slot is an array's index.", {}},
          [](const Params& params) { check_names(params, {}, place(kDense)); },
          nullptr};
}

const std::vector<TableEntry>& registry() {
  static const std::vector<TableEntry> entries = [] {
    std::vector<TableEntry> all{dense()};
    for_each_type(TableList{}, [&]<class T>() { all.push_back(entry<T>()); });
    return all;
  }();
  return entries;
}

const TableEntry& find_table(std::string_view name) {
  return find_component("table", name, registry());
}

}  // namespace

ComponentSpec checked_table(ComponentSpec spec) {
  const TableEntry& found = find_table(spec.name);
  found.check(spec.params);
  drop_defaults(spec, found.info.fields);
  return spec;
}

ComponentSpec parse_table(std::string_view text) {
  return checked_table(parse_component("table", text));
}

std::vector<ComponentSpec> parse_table_list(std::string_view text) {
  return parse_components(text, parse_table);
}

void check_load(std::string_view table, double load) {
  if (!(load > 0 && load <= 1)) {
    throw InputError(
        fmt::format("{}: load {} is found; allowed is above 0 and at most 1", place(table), load));
  }
}

std::unique_ptr<DrivenTable> make_table(const ComponentSpec& spec, const TableShape& shape,
                                        std::uint64_t seed) {
  const TableEntry& found = find_table(spec.name);
  assert(found.make != nullptr);
  check_load(spec.name, shape.load);
  return found.make(spec.params, shape, seed);
}

std::vector<ComponentInfo> list_tables() { return infos_of(registry()); }

}  // namespace kvsim
