#include "sim/hash/study/bits_needed.hpp"

#include <cassert>
#include <cmath>

namespace kvsim {

double false_hits_per_year(double lookups_per_second, double resident, unsigned bits) {
  return std::ldexp(lookups_per_second * kSecondsOfYear * resident, -static_cast<int>(bits));
}

unsigned bits_needed(double lookups_per_second, double resident, double per_year) {
  assert(per_year > 0);
  unsigned bits = 1;
  while (false_hits_per_year(lookups_per_second, resident, bits) > per_year) ++bits;
  return bits;
}

}  // namespace kvsim
