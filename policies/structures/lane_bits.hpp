#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policies/sweep_form.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// For each slot, the lanes whose cache holds it, and those of them that have seen it since: one
/// word a slot, so that one access serves all caches that hit. 2 bytes a slot for up to 8 lanes.
class LaneBits {
 public:
  static constexpr std::size_t kMostLanes = 8;

  LaneBits(std::uint32_t slots, std::size_t lanes)
      : all_((1U << lanes) - 1), words_(slots, Word{0}) {}

  Lanes resident(Slot s) const { return word(s) & kResident; }

  /// An access of `s`: seen by all lanes that hold it. `insert(lane)` makes room for it in each of
  /// the others, which hold it from then on, not seen yet.
  template <class Insert>
  void access(Slot s, const Insert& insert) {
    const unsigned holds = word(s) & kResident;
    const unsigned seen = word(s) | (holds << kSeenShift);
    const unsigned missing = all_ & ~holds;
    if (missing == 0) {
      words_[s] = static_cast<Word>(seen);
      return;
    }
    for_each_lane(missing, insert);
    words_[s] = static_cast<Word>((seen | all_) & ~(missing << kSeenShift));
  }

  /// The second chance of `s` in `lane`, which holds it: true if it was not seen and has left, else
  /// it counts as not seen from now on.
  bool take(Slot s, std::size_t lane) {
    const unsigned before = word(s);
    const unsigned seen = (1U << kSeenShift) << lane;
    const bool leaves = (before & seen) == 0;
    words_[s] = static_cast<Word>(before & ~(leaves ? 1U << lane : seen));
    return leaves;
  }

  void prefetch(Slot s) const { __builtin_prefetch(&words_[s], 1); }

 private:
  enum class Word : std::uint16_t {};
  static constexpr unsigned kSeenShift = 8;
  static constexpr unsigned kResident = (1U << kSeenShift) - 1;

  unsigned word(Slot s) const { return static_cast<unsigned>(words_[s]); }

  unsigned all_;
  std::vector<Word> words_;
};

}  // namespace kvsim
