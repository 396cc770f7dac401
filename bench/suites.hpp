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
/// Replays beside a bare loop over the same accesses; the check: the plain form's counts.
void register_yardstick();

}  // namespace kvsim::bench
