#pragma once
// A policy with one Config as the tests see it: its type erased, and its twin beside it. Each file
// in cases/ defines cases_of<Policy>(); the properties hold for all of them (properties_test.cpp).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "policies/concept.hpp"
#include "sim/core/fields.hpp"
#include "sim/engine/flat_cache.hpp"
#include "tests/policies/twins/twin.hpp"

namespace kvsim::policy_tests {

/// A cache under some policy.
class CacheUnderTest {
 public:
  virtual ~CacheUnderTest() = default;
  virtual bool access(const Access& a) = 0;
  virtual bool contains(Slot s) const = 0;
  virtual std::uint64_t occupied() const = 0;
  virtual CacheCounts counts() const = 0;
  /// What the last access evicted, in order. Empty where the form does not tell.
  virtual const std::vector<Slot>& evicted() const = 0;
  virtual void pin(Slot s) = 0;
  virtual void unpin(Slot s) = 0;
  /// A miss that the framework declines, after a look for a victim among none if `ask`.
  virtual void decline(const Access& a, bool ask) = 0;
  /// Of the policy alone.
  virtual std::size_t memory_bytes() const = 0;
  virtual void check_invariants() const = 0;
};

/// What a policy was made to do that it must not.
class PolicyFault : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// The protocol of policies/concept.hpp written down once more, with checks in place of speed: a
/// victim must be resident and free to leave, and a search for one must end.
template <EvictionPolicy P>
class ProtocolCache final : public CacheUnderTest {
 public:
  ProtocolCache(const typename P::Config& config, const PolicyContext& context)
      : context_(context),
        policy_(config, context_),
        resident_(context.slots, false),
        pinned_(context.slots, false) {}

  bool access(const Access& a) override {
    evicted_.clear();
    if (resident_[a.slot]) {
      if constexpr (hook::EvictingOnHit<P>) {
        policy_.on_hit(a, [this](Slot s) {
          if (pinned_.at(s)) return false;
          evict(s);
          return true;
        });
      } else {
        policy_.on_hit(a);
      }
      return true;
    }
    if constexpr (hook::OnMiss<P>) policy_.on_miss(a);
    if (!bring_in(a)) ++counts_.rejected;
    return false;
  }

  bool contains(Slot s) const override { return resident_[s]; }
  std::uint64_t occupied() const override { return occupied_; }
  CacheCounts counts() const override { return counts_; }
  const std::vector<Slot>& evicted() const override { return evicted_; }
  void pin(Slot s) override { pinned_[s] = true; }
  void unpin(Slot s) override { pinned_[s] = false; }

  void decline(const Access& a, bool ask) override {
    if constexpr (hook::OnMiss<P>) policy_.on_miss(a);
    if (ask && policy_.victim(a, [this](Slot) { return count_question(), false; }) != kNoSlot) {
      throw PolicyFault("found a victim where none may leave");
    }
    questions_ = 0;
  }

  std::size_t memory_bytes() const override { return policy_.memory_bytes(); }
  void check_invariants() const override {
    if (occupied_ > context_.capacity) throw PolicyFault("capacity exceeded");
    policy_.check_invariants();
  }

 private:
  bool bring_in(const Access& a) {
    const std::uint64_t weight = context_.weight(a.slot);
    if (weight > context_.capacity) return false;
    if constexpr (hook::Admit<P>) {
      if (!policy_.admit(a)) return false;
    }
    if constexpr (traits_of<P>().inserts_first) {
      insert(a, weight);
      if (!make_room(a, 0)) evict(a.slot);
    } else {
      if (!make_room(a, weight)) return false;
      insert(a, weight);
    }
    return true;
  }

  bool make_room(const Access& a, std::uint64_t weight) {
    while (occupied_ + weight > context_.capacity) {
      const Slot victim =
          policy_.victim(a, [this](Slot s) { return count_question(), may_leave(s); });
      questions_ = 0;
      if (victim == kNoSlot) return false;
      if (!may_leave(victim)) throw PolicyFault("names a pinned block");
      evict(victim);
    }
    return true;
  }

  // A clock of eight bits may go round 256 times.
  void count_question() {
    if (++questions_ > 600u * (context_.slots + 10u)) throw PolicyFault("search without end");
  }
  bool may_leave(Slot s) const {
    if (s >= context_.slots) throw PolicyFault("names no block");
    if (!resident_[s]) throw PolicyFault("names a block that is not resident");
    return !pinned_[s];
  }

  void insert(const Access& a, std::uint64_t weight) {
    resident_[a.slot] = true;
    occupied_ += weight;
    ++counts_.insertions;
    policy_.on_insert(a);
  }
  void evict(Slot s) {
    if (!resident_.at(s)) throw PolicyFault("evicts a block that is not resident");
    resident_[s] = false;
    occupied_ -= context_.weight(s);
    ++counts_.evictions;
    policy_.on_remove(s);
    evicted_.push_back(s);
  }

  PolicyContext context_;
  P policy_;
  std::vector<bool> resident_, pinned_;
  std::uint64_t occupied_ = 0;
  std::uint64_t questions_ = 0;
  CacheCounts counts_;
  std::vector<Slot> evicted_;
};

/// The engine's cache.
template <EvictionPolicy P, CacheForm kForm>
class EngineCache final : public CacheUnderTest {
 public:
  EngineCache(const typename P::Config& config, const PolicyContext& context)
      : cache_(config, context) {
    cache_.observe_evictions([this](Slot s) { evicted_.push_back(s); });
  }

  bool access(const Access& a) override {
    evicted_.clear();
    return cache_.access(a);
  }
  bool contains(Slot s) const override { return cache_.contains(s); }
  std::uint64_t occupied() const override { return cache_.occupied(); }
  CacheCounts counts() const override { return cache_.counts(); }
  const std::vector<Slot>& evicted() const override { return evicted_; }
  void pin(Slot s) override {
    if constexpr (kForm == CacheForm::kGeneral) cache_.pin(s);
  }
  void unpin(Slot s) override {
    if constexpr (kForm == CacheForm::kGeneral) cache_.unpin(s);
  }
  void decline(const Access&, bool) override { throw std::logic_error("not offered"); }
  std::size_t memory_bytes() const override { return cache_.policy().memory_bytes(); }
  void check_invariants() const override { cache_.policy().check_invariants(); }

 private:
  FlatCache<P, kForm> cache_;
  std::vector<Slot> evicted_;
};

using MakeCache = std::function<std::unique_ptr<CacheUnderTest>(const PolicyContext&)>;
using MakeTwin = std::function<std::unique_ptr<twins::Twin>(const PolicyContext&)>;

/// What is particular to a policy.
struct CaseTraits {
  bool draws = false;          ///< uses the run's generator
  bool ties_open = false;      ///< which of several equal victims leaves is not defined
  bool needs_twin = true;      ///< false: what it adds is tested elsewhere
  bool unit_only = false;      ///< defined for blocks of equal size only
  double bytes_per_slot = 24;  ///< most that it may hold, at a capacity of a tenth of the slots
};

struct PolicyCase {
  std::string policy;  ///< the list's name
  std::string label;   ///< with its parameters
  PolicyTraits policy_traits;
  CaseTraits traits;
  MakeCache protocol, general, plain;
  MakeTwin twin;  ///< empty where there is none
};

/// For GoogleTest's messages.
inline void PrintTo(const PolicyCase& made, std::ostream* out) { *out << made.label; }

/// `a=1,b=x` as parameters.
Params params_of(std::string_view text);

/// One case for a Config. `make_twin(config, context)` makes the twin; nullptr: there is none.
template <EvictionPolicy P, class Twin>
PolicyCase make_case_of(std::string label, const typename P::Config& config, Twin make_twin,
                        const CaseTraits& traits = {}) {
  PolicyCase made;
  made.policy = std::string(P::kName);
  made.label = std::move(label);
  made.policy_traits = traits_of<P>();
  made.traits = traits;
  made.protocol = [config](const PolicyContext& context) {
    return std::make_unique<ProtocolCache<P>>(config, context);
  };
  made.general = [config](const PolicyContext& context) {
    return std::make_unique<EngineCache<P, CacheForm::kGeneral>>(config, context);
  };
  made.plain = [config](const PolicyContext& context) {
    return std::make_unique<EngineCache<P, CacheForm::kPlain>>(config, context);
  };
  if constexpr (!std::is_null_pointer_v<Twin>) {
    made.twin = [config, make_twin](const PolicyContext& context) {
      return make_twin(config, context);
    };
  }
  return made;
}

/// One case for the parameters `text`.
template <EvictionPolicy P, class Twin>
PolicyCase make_case(std::string_view text, Twin make_twin, const CaseTraits& traits = {}) {
  std::string label(P::kName);
  if (!text.empty()) label += ":" + std::string(text);
  const auto config = parse_config<typename P::Config>(params_of(text), label);
  return make_case_of<P>(std::move(label), config, make_twin, traits);
}

/// A twin that needs the capacity alone.
template <class Twin>
struct TwinOfCapacity {
  template <class Config>
  std::unique_ptr<twins::Twin> operator()(const Config&, const PolicyContext& context) const {
    return std::make_unique<Twin>(context.capacity);
  }
};

/// Defined in cases/, or made by the build without a twin for a policy that has no file there.
template <class P>
std::vector<PolicyCase> cases_of();

/// Policies behind admission filters.
std::vector<PolicyCase> filtered_cases();

/// Every case of every policy in the list, and the filtered ones.
const std::vector<PolicyCase>& all_cases();

}  // namespace kvsim::policy_tests
