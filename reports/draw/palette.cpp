#include "reports/draw/palette.hpp"

#include <algorithm>
#include <tuple>

#include "reports/results.hpp"

namespace kvsim::reports {
namespace {

// The policies that are compared most come first, so that they get the palette's solid lines.
constexpr std::array<std::string_view, 22> kOrder{
    "lru",   "s3fifo", "arc",         "sieve",  "wtinylfu", "fifo",       "lfu",   "slru",
    "2q",    "clock",  "lirs",        "car",    "lru_k",    "gdsf",       "lecar", "hyperbolic",
    "lfuda", "mru",    "perfect_lfu", "random", "belady",   "belady_size"};

std::size_t rank(std::string_view label) {
  const auto it = std::find(kOrder.begin(), kOrder.end(), base_policy(label));
  // Unknown names and compositions come after the online policies, before the oracles.
  if (it == kOrder.end()) return kOrder.size() - 2;
  const auto index = static_cast<std::size_t>(it - kOrder.begin());
  return index >= kOrder.size() - 2 ? index + 1 : index;
}

bool is_oracle(std::string_view label) {
  return is_belady(label) || base_policy(label) == "belady_size";
}

}  // namespace

std::string_view dash_of(std::size_t form) {
  constexpr std::array<std::string_view, 5> kDashes{"", "6 3", "1.6 2.6", "9 3 2 3", "3 2"};
  return kDashes[form % kDashes.size()];
}

std::string_view marker_of(std::size_t form) {
  constexpr std::array<std::string_view, 5> kMarkers{"circle", "square", "triangle-up", "diamond",
                                                     "triangle-down"};
  return kMarkers[form % kMarkers.size()];
}

Palette::Palette(const std::vector<std::string>& labels) {
  std::size_t online = 0;
  std::size_t oracles = 0;
  for (const std::string& label : ordered_policies(labels)) {
    if (is_oracle(label)) {
      styles_[label] = {kInk, oracles++};
    } else {
      styles_[label] = {online % kInk, online / kInk};
      ++online;
    }
  }
}

SeriesStyle Palette::operator[](std::string_view label) const {
  const auto it = styles_.find(label);
  return it == styles_.end() ? SeriesStyle{kInk, 0} : it->second;
}

std::vector<std::string> ordered_policies(std::vector<std::string> labels) {
  std::sort(labels.begin(), labels.end(), [](const std::string& a, const std::string& b) {
    return std::forward_as_tuple(rank(a), a) < std::forward_as_tuple(rank(b), b);
  });
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

}  // namespace kvsim::reports
