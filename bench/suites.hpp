#pragma once
// The benchmarks by subject: one file each, registered by main().

namespace kvsim::bench {

/// Every policy of policies.list on every workload; the check: the plain form's counts.
void register_policies();
/// Eight capacities in one pass beside one after another; the check: the counts of each alone.
void register_passes();
/// Hit-ratio curves; the check: replays at a few capacities.
void register_curves();
/// Every format of formats.list; the check: as many accesses and distinct blocks as were written.
void register_readers();
/// Every hash function with a library beside that library; the check: its digests.
void register_hashes();
/// Every table of tables.list by load, and libraries' tables beside a bare loop; the check: the
/// slots and counts that look-ups must find.
void register_tables();
/// Replays beside a bare loop over the same accesses; the check: the plain form's counts.
void register_yardstick();

}  // namespace kvsim::bench
