#pragma once
// How wide keys must be for false hits to be as rare as wanted.

namespace kvsim {

inline constexpr double kSecondsOfYear = 365.25 * 86'400;

/// False hits a year of an ideal hash, at most: each look-up meets each of `resident` other blocks'
/// keys with probability 2^-bits. Look-ups that hit rightly meet one fewer.
double false_hits_per_year(double lookups_per_second, double resident, unsigned bits);

/// The fewest bits, at least 1, with at most `per_year` (above 0) false hits a year.
unsigned bits_needed(double lookups_per_second, double resident, double per_year);

}  // namespace kvsim
