#pragma once
// The formulas that profiles are fitted by.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/cost/profile.hpp"

namespace kvsim {

/// What a formula's terms are functions of: (cached, new) tokens, (batch, context tokens of all its
/// sequences), or (bytes, nothing).
struct Quantities {
  double first = 0;
  double second = 0;
};

struct CostTerm {
  std::string_view name;
  double (*value)(const Quantities& q, double k);
};

struct CostFormula {
  std::vector<CostTerm> terms;
  std::vector<double> breakpoints;  ///< what k may be; empty: no term names it
};

const CostFormula& prefill_formula();
const CostFormula& decode_formula();
const CostFormula& copy_formula();

Quantities quantities_of(const PrefillMeasurement& m);
Quantities quantities_of(const DecodeMeasurement& m);
Quantities quantities_of(const CopyMeasurement& m);

/// Seconds that a fit of the formula, its terms in order, predicts.
double predicted(const CostFormula& formula, const Fit& fit, const Quantities& q);

/// "1.2e-3 + 4e-5 min(new,64) + …, k = 64", without the terms that are 0.
std::string text_of(const CostFormula& formula, const Fit& fit);

}  // namespace kvsim
