#pragma once
// Tables by name, driven with the operations of a replay. The type is erased once a batch.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/core/ids.hpp"
#include "sim/table/concept.hpp"

namespace kvsim {

struct TableOperation {
  enum class Kind : std::uint8_t { kFind, kInsert, kErase };
  std::uint64_t key = 0;
  Slot slot = 0;  ///< dense number of the key: equal keys have equal ones
  Kind kind = Kind::kFind;
};

/// How many places look-ups looked at.
struct ProbeLengths {
  std::uint64_t lookups = 0;
  double mean = 0;
  std::uint32_t p99 = 0;
  std::uint32_t max = 0;
  /// The mean under an ideal hash, over the same operations.
  std::optional<double> expected;
  std::vector<std::uint64_t> histogram;  ///< look-ups by their length, from 0 on
};

struct TableReport {
  std::uint64_t buckets = 0;
  std::uint64_t size = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t hits = 0, misses = 0;     ///< look-ups that found their key, and others
  std::optional<ProbeLengths> hit, miss;  ///< only of tables that count probes
  /// "simulation", the name of a closed form, or both where one serves only hits or misses: "balls
  /// in bins; hits by simulation". Empty where no probes are counted.
  std::string expected_by;
};

/// A table with its type erased.
class DrivenTable {
 public:
  virtual ~DrivenTable() = default;
  /// Carries out operations in order. A key inserted twice, erased when absent, or inserted beyond
  /// the capacity is a programmer's error. Only finds are look-ups in the report.
  virtual void apply(std::span<const TableOperation> operations) = 0;
  virtual TableReport report() const = 0;
  virtual std::uint64_t buckets() const = 0;
  /// How many low bits of a key do not place it.
  virtual unsigned spare_bits() const { return 0; }
  /// The key's first bucket; none for libraries' tables, which keep it to themselves.
  virtual std::optional<std::uint64_t> bucket_of(std::uint64_t key) const = 0;
  /// Forgets all look-ups so far (a replay's warm-up), but not what the table holds.
  virtual void forget_lookups() = 0;
};

/// Checks name and parameters, and drops parameters that say what the default is anyway. `dense`,
/// which is no table (slots are array indices), is known, too. Throws InputError.
ComponentSpec checked_table(ComponentSpec spec);
/// Reads a table by name, checked; and a list of them.
ComponentSpec parse_table(std::string_view text);
std::vector<ComponentSpec> parse_table_list(std::string_view text);
/// Throws InputError, in the name of the table, where the load is not above 0 and at most 1.
void check_load(std::string_view table, double load);
/// `seed` is the ideal hash's, for expectations by simulation. Not for `dense`. Throws InputError
/// as checked_table() and check_load().
std::unique_ptr<DrivenTable> make_table(const ComponentSpec& spec, const TableShape& shape,
                                        std::uint64_t seed);
std::vector<ComponentInfo> list_tables();

}  // namespace kvsim
