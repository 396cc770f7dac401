#pragma once

#include "policies/admission/concept.hpp"
#include "policies/structures/frequency_sketch.hpp"
#include "policies/structures/residents.hpp"

namespace kvsim {

/// TinyLFU: lets a block in only if a sketch of recent use knows it as more frequent than the block
/// that would leave for it.
///
/// Source: Einziger, Friedman and Manes 2017, "TinyLFU: a highly efficient cache admission policy",
/// section 3. O(1) an access; 12 bytes for each block that the cache can hold. Deviations: counters
/// of 4 bits, as in Caffeine, whatever the sample. Where several blocks must leave for one, it is
/// compared with each in turn, and those that left before it lost stay out.
class TinyLfuAdmission {
 public:
  static constexpr std::string_view kName = "tinylfu";
  static constexpr std::string_view kDoc =
      "Admits a block used more often of late than the one to leave for it, by a sketch (Einziger "
      "et al. 2017, section 3).";
  struct Config {};

  TinyLfuAdmission(const Config&, const PolicyContext& context)
      : sketch_(typical_residents(context)) {}

  void on_access(const Access& a) { sketch_.record(a.slot); }
  bool admit(const Access& incoming, Slot victim) const {
    return victim == kNoSlot || sketch_.estimate(incoming.slot) > sketch_.estimate(victim);
  }

  std::size_t memory_bytes() const { return sketch_.memory_bytes(); }
  void check_invariants() const { sketch_.check_invariants(); }

 private:
  FrequencySketch sketch_;
};

static_assert(AdmissionFilter<TinyLfuAdmission>);

}  // namespace kvsim
