#include "tests/policies/workload.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <sstream>

namespace kvsim::policy_tests {

namespace {

// The slot of rank r among n by a power law, near enough for a test.
std::uint32_t skewed(Rng& rng, std::uint32_t n) {
  const double u = rng.uniform();
  return static_cast<std::uint32_t>(std::pow(static_cast<double>(n), u)) - 1;
}

// One phase: independent draws, a scan, a loop, bursts, or repeats of what was recent.
void add_phase(Rng& rng, std::uint32_t slots, std::size_t length, std::vector<Slot>& accesses) {
  const auto base = static_cast<std::uint32_t>(rng.below(slots));
  const auto width = static_cast<std::uint32_t>(1 + rng.below(slots));
  const auto in_range = [&](std::uint64_t offset) {
    return static_cast<Slot>((base + offset % width) % slots);
  };
  const std::uint64_t kind = rng.below(6);
  for (std::size_t i = 0; i < length; ++i) {
    switch (kind) {
      case 0:
        accesses.push_back(in_range(skewed(rng, width)));
        break;
      case 1:
        accesses.push_back(in_range(rng.below(width)));
        break;
      case 2:  // a scan, and a loop where it is longer than its range
        accesses.push_back(in_range(i));
        break;
      case 3:
        accesses.push_back(in_range(i / 3));
        break;
      case 4: {
        const std::uint64_t back = 1 + skewed(rng, 40);
        accesses.push_back(back <= accesses.size() && rng.below(3) > 0
                               ? accesses[accesses.size() - back]
                               : in_range(rng.below(width)));
        break;
      }
      default:  // a hot set beside a scan
        accesses.push_back(rng.below(2) == 0 ? in_range(skewed(rng, 1 + width / 8))
                                             : static_cast<Slot>(i % slots));
    }
  }
}

std::uint64_t total_size(const Workload& w) {
  std::uint64_t total = 0;
  for (const std::uint32_t size : w.sizes) total += size;
  return total;
}

Workload random_workload(std::uint64_t seed, int effort, const WorkloadLimits& limits) {
  Rng rng(seed);
  Workload w;
  w.seed = rng.next();
  const double share = static_cast<double>(std::clamp(effort, 1, 100)) / 100;
  const auto most = static_cast<std::uint64_t>(1 + share * limits.accesses);
  // Mostly few blocks, so that everything happens often; now and then enough for a window of a
  // hundredth to hold several.
  const std::uint64_t most_slots = rng.below(4) == 0 ? 2 + most / 4 : 2 + most / 40;
  w.slots = static_cast<std::uint32_t>(1 + rng.below(most_slots));
  const std::uint64_t length = 1 + rng.below(most);
  while (w.accesses.size() < length) {
    add_phase(rng, w.slots, 1 + rng.below(1 + length / 2), w.accesses);
  }
  w.accesses.resize(length);

  const std::uint64_t kind = rng.below(limits.unsized ? 1 : limits.unit_only ? 2 : 4);
  w.kind = kind == 0   ? Workload::Sizes::kNone
           : kind == 1 ? Workload::Sizes::kSeen
                       : Workload::Sizes::kWeighed;
  const std::uint64_t largest = std::uint64_t{1} << rng.below(9);
  for (std::uint32_t s = 0; s < w.slots; ++s) {
    w.sizes.push_back(
        w.kind == Workload::Sizes::kNone ? 1 : static_cast<std::uint32_t>(1 + rng.below(largest)));
  }
  const std::uint64_t all = w.kind == Workload::Sizes::kWeighed ? total_size(w) : w.slots;
  switch (rng.below(4)) {
    case 0:
      w.capacity = 1 + rng.below(std::min<std::uint64_t>(all, 12));
      break;
    case 1:
      w.capacity = 1 + rng.below(1 + all / 8);
      break;
    default:
      w.capacity = 1 + rng.below(all);
  }
  w.scattered_ids = rng.below(2) == 0;
  return w;
}

// Simpler workloads: fewer accesses, a smaller cache, blocks renumbered, no sizes.
rc::Seq<Workload> simpler(const Workload& w) {
  rc::Seq<Workload> shorter =
      rc::seq::map(rc::shrink::removeChunks(w.accesses), [w](std::vector<Slot> accesses) {
        Workload made = w;
        made.accesses = std::move(accesses);
        return made;
      });
  rc::Seq<Workload> smaller =
      rc::seq::map(rc::shrink::towards<std::uint64_t>(w.capacity, 1), [w](std::uint64_t capacity) {
        Workload made = w;
        made.capacity = capacity;
        return made;
      });
  std::vector<Workload> others;
  if (w.kind != Workload::Sizes::kNone) {
    Workload made = w;
    made.kind = Workload::Sizes::kNone;
    std::fill(made.sizes.begin(), made.sizes.end(), 1);
    others.push_back(made);
    for (Slot s = 0; s < w.slots && w.slots <= 12; ++s) {
      if (w.sizes[s] == 1) continue;
      made = w;
      made.sizes[s] /= 2;
      others.push_back(made);
    }
  }
  if (w.scattered_ids) {
    others.push_back(w);
    others.back().scattered_ids = false;
  }
  std::vector<Slot> used = w.accesses;
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  if (!used.empty() && used.size() < w.slots) {
    Workload made = w;
    made.slots = static_cast<std::uint32_t>(used.size());
    made.sizes.clear();
    for (const Slot s : used) made.sizes.push_back(w.sizes[s]);
    for (Slot& s : made.accesses) {
      s = static_cast<Slot>(std::lower_bound(used.begin(), used.end(), s) - used.begin());
    }
    others.push_back(made);
  }
  return rc::seq::concat(std::move(shorter), rc::seq::fromContainer(std::move(others)),
                         std::move(smaller));
}

}  // namespace

void showValue(const Workload& w, std::ostream& out) {
  out << "capacity " << w.capacity << ", " << w.slots << " slots, ";
  switch (w.kind) {
    case Workload::Sizes::kNone:
      out << "no sizes";
      break;
    case Workload::Sizes::kSeen:
      out << "sizes seen";
      break;
    case Workload::Sizes::kWeighed:
      out << "sizes weighed";
      break;
  }
  if (w.kind != Workload::Sizes::kNone) {
    out << " (";
    for (const std::uint32_t size : w.sizes) out << ' ' << size;
    out << " )";
  }
  out << ", seed " << w.seed << (w.scattered_ids ? ", scattered ids" : "") << ", accesses";
  for (const Slot s : w.accesses) out << ' ' << s;
}

WorkloadColumns::WorkloadColumns(const Workload& w) : workload_(w), next_(w.accesses.size()) {
  for (Slot s = 0; s < w.slots; ++s) {
    ids_.push_back(w.scattered_ids ? (s + 1) * 0x9e3779b97f4a7c15u : s);
  }
  std::vector<Position> seen(w.slots, kNever);
  for (std::size_t i = w.accesses.size(); i-- > 0;) {
    next_[i] = seen[w.accesses[i]];
    seen[w.accesses[i]] = static_cast<Position>(i);
  }
}

PolicyContext WorkloadColumns::context(Rng& rng) const {
  PolicyContext context;
  context.slots = workload_.slots;
  context.capacity = workload_.capacity;
  if (workload_.kind == Workload::Sizes::kWeighed) context.weights = workload_.sizes.data();
  if (workload_.kind != Workload::Sizes::kNone) context.sizes = workload_.sizes.data();
  if (workload_.scattered_ids) context.ids = ids_.data();
  context.stream = workload_.accesses;
  context.rng = &rng;
  return context;
}

Access WorkloadColumns::at(Position position) const {
  return {workload_.accesses[position], position, next_[position]};
}

std::string check_workloads(const WorkloadLimits& limits,
                            const std::function<void(const Workload&)>& property) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  if (std::getenv("RC_PARAMS") == nullptr) {
    params.seed = 20240229;
    params.maxSuccess = limits.tests;
  }
  const rc::Gen<Workload> workloads = [&limits](const rc::Random& random, int size) {
    rc::Random source = random;
    return rc::shrinkable::shrinkRecur(random_workload(source.next(), size, limits), &simpler);
  };
  const auto result =
      rc::detail::checkTestable([&] { property(*workloads); }, rc::detail::TestMetadata{}, params);
  if (result.template is<rc::detail::SuccessResult>()) return "";
  std::ostringstream out;
  rc::detail::printResultMessage(result, out);
  return out.str();
}

}  // namespace kvsim::policy_tests
