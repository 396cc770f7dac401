#include "reports/draw/scale.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kvsim::reports {
namespace {

double step_of(double low, double high, int count, Unit unit) {
  const double raw = (high - low) / std::max(1, count);
  if (unit == Unit::kBytes && raw >= 1) return std::exp2(std::ceil(std::log2(raw) - 1e-9));
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (raw <= power * factor * (1 + 1e-9)) return power * factor;
  }
  return power * 10;
}

}  // namespace

Scale::Scale(double low, double high, double from, double to, bool log)
    : low_(low), high_(high), from_(from), to_(to), log_(log) {}

double Scale::operator()(double value) const {
  if (high_ <= low_) return (from_ + to_) / 2;
  const double part =
      log_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  return from_ + part * (to_ - from_);
}

std::vector<double> linear_ticks(double low, double high, int count, Unit unit) {
  if (high <= low) return {low};
  const double step = step_of(low, high, count, unit);
  std::vector<double> ticks;
  for (double k = std::ceil(low / step - 1e-6); k * step <= high + step * 1e-6; ++k) {
    ticks.push_back(k == 0 ? 0 : k * step);  // never minus zero
  }
  return ticks;
}

std::vector<double> log_ticks(double low, double high, Unit unit) {
  std::vector<double> ticks;
  if (unit == Unit::kBytes) {
    const double doublings = std::log2(high / low);
    const double stride = std::max(1.0, std::ceil(doublings / 7));
    for (double k = std::ceil(std::log2(low) / stride - 1e-9) * stride;
         std::exp2(k) <= high * (1 + 1e-9); k += stride) {
      ticks.push_back(std::exp2(k));
    }
    return ticks;
  }
  const double decades = std::log10(high / low);
  const double stride = std::max(1.0, std::ceil(decades / 8));
  for (double k = std::floor(std::log10(low)); k <= std::ceil(std::log10(high)); k += stride) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor != 1.0 && decades > 3) continue;
      const double tick = std::pow(10.0, k) * factor;
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push_back(tick);
    }
  }
  return ticks;
}

Range nice_range(double low, double high, int count, Unit unit) {
  if (high <= low) {
    const double room = low == 0 ? 1 : std::abs(low) * 0.1;
    low -= low == 0 ? 0 : room;
    high += room;
  }
  if (low >= 0 && low < high * 0.4) low = 0;
  const double step = step_of(low, high, count, unit);
  // Half a step suffices at the top: an empty band above the data says nothing.
  const double half = step / 2;
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / half - 1e-9) * half};
}

bool wants_log(double low, double high) { return low > 0 && high / low >= 12; }

std::vector<double> spread_labels(const std::vector<double>& wanted, double gap, double low,
                                  double high) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  // Subtracting i * gap turns "at least gap apart" into "not decreasing", which pooling adjacent
  // violators solves with the least squared displacement.
  struct Block {
    double sum;
    std::size_t count;
    double mean() const { return sum / static_cast<double>(count); }
  };
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < order.size(); ++i) {
    blocks.push_back({wanted[order[i]] - static_cast<double>(i) * gap, 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
      const Block last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().count += last.count;
    }
  }
  const double room = static_cast<double>(order.empty() ? 0 : order.size() - 1) * gap;
  const double lowest = low;
  const double highest = std::max(low, high - room);
  std::vector<double> places(wanted.size());
  std::size_t i = 0;
  for (const Block& block : blocks) {
    const double base = std::clamp(block.mean(), lowest, highest);
    for (std::size_t k = 0; k < block.count; ++k, ++i) {
      places[order[i]] = base + static_cast<double>(i) * gap;
    }
  }
  return places;
}

}  // namespace kvsim::reports
