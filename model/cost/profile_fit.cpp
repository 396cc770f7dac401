#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "model/cost/profile.hpp"
#include "model/cost/profile_terms.hpp"
#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {

const CostFormula& prefill_formula() {
  static const CostFormula formula{
      {{"1", [](const Quantities&, double) { return 1.0; }},
       {"min(new,k)", [](const Quantities& q, double k) { return std::min(q.second, k); }},
       {"max(new-k,0)", [](const Quantities& q, double k) { return std::max(q.second - k, 0.0); }},
       {"new*(cached+new/2)",
        [](const Quantities& q, double) { return q.second * (q.first + q.second / 2); }},
       {"cached", [](const Quantities& q, double) { return q.first; }}},
      {8, 16, 32, 64, 128, 256, 512, 1024}};
  return formula;
}

const CostFormula& decode_formula() {
  static const CostFormula formula{
      {{"1", [](const Quantities&, double) { return 1.0; }},
       {"min(batch,k)", [](const Quantities& q, double k) { return std::min(q.first, k); }},
       {"max(batch-k,0)", [](const Quantities& q, double k) { return std::max(q.first - k, 0.0); }},
       {"context", [](const Quantities& q, double) { return q.second; }}},
      {2, 4, 8, 16, 32, 64, 128}};
  return formula;
}

const CostFormula& copy_formula() {
  static const CostFormula formula{{{"1", [](const Quantities&, double) { return 1.0; }},
                                    {"bytes", [](const Quantities& q, double) { return q.first; }}},
                                   {}};
  return formula;
}

Quantities quantities_of(const PrefillMeasurement& m) {
  return {static_cast<double>(m.cached), static_cast<double>(m.added)};
}
Quantities quantities_of(const DecodeMeasurement& m) {
  return {static_cast<double>(m.batch), static_cast<double>(m.batch * m.context)};
}
Quantities quantities_of(const CopyMeasurement& m) { return {static_cast<double>(m.bytes), 0}; }

double predicted(const CostFormula& formula, const Fit& fit, const Quantities& q) {
  double seconds = 0;
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    seconds += fit.terms[i].coefficient * formula.terms[i].value(q, fit.k);
  }
  return seconds;
}

std::string text_of(const CostFormula& formula, const Fit& fit) {
  std::string text;
  for (const Fit::Term& term : fit.terms) {
    if (term.coefficient == 0) continue;
    text += fmt::format("{}{:.4g}", text.empty() ? "" : " + ", term.coefficient);
    if (term.name != "1") text += " " + term.name;
  }
  if (!formula.breakpoints.empty()) text += fmt::format(", k = {:g}", fit.k);
  return text + " seconds";
}

namespace {

struct Sample {
  Quantities at;
  double seconds = 0;
};

// Solves the symmetric system in place by elimination; false where it is as good as singular.
bool solve(std::vector<std::vector<double>>& a, std::vector<double>& b) {
  constexpr double kSingular = 1e-10;  // of rows whose diagonal was 1
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    if (a[i][i] < kSingular) return false;
    for (std::size_t j = i + 1; j < n; ++j) {
      const double factor = a[j][i] / a[i][i];
      for (std::size_t c = i; c < n; ++c) a[j][c] -= factor * a[i][c];
      b[j] -= factor * b[i];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t c = i + 1; c < n; ++c) b[i] -= a[i][c] * b[c];
    b[i] /= a[i][i];
  }
  return true;
}

struct Solution {
  std::vector<double> coefficients;
  double squares = std::numeric_limits<double>::infinity();  // of the relative residuals
};

// The non-negative coefficients that make Σ ((Σ_t c_t x_t - y) / y)² least: with so few terms, the
// best of every subset's plain solutions that has no negative one.
Solution least_squares(const CostFormula& formula, double k, std::span<const Sample> samples) {
  const std::size_t terms = formula.terms.size();
  std::vector<std::vector<double>> rows;  // one a term: its values over the seconds
  std::vector<double> lengths;
  for (const CostTerm& term : formula.terms) {
    std::vector<double>& row = rows.emplace_back();
    double squares = 0;
    for (const Sample& sample : samples) {
      row.push_back(term.value(sample.at, k) / sample.seconds);
      squares += row.back() * row.back();
    }
    lengths.push_back(std::sqrt(squares));
    for (double& value : row) value /= squares > 0 ? lengths.back() : 1;
  }
  const auto product = [&](std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t s = 0; s < samples.size(); ++s) sum += rows[i][s] * rows[j][s];
    return sum;
  };
  Solution best;
  for (std::size_t subset = 1; subset < (std::size_t{1} << terms); ++subset) {
    std::vector<std::size_t> chosen;
    for (std::size_t t = 0; t < terms; ++t) {
      if ((subset >> t & 1) != 0) chosen.push_back(t);
    }
    std::vector<std::vector<double>> a(chosen.size(), std::vector<double>(chosen.size()));
    std::vector<double> b(chosen.size(), 0);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      for (std::size_t j = 0; j < chosen.size(); ++j) a[i][j] = product(chosen[i], chosen[j]);
      for (const double value : rows[chosen[i]]) b[i] += value;
    }
    if (!solve(a, b)) continue;
    if (std::any_of(b.begin(), b.end(), [](double c) { return c < 0; })) continue;
    double squares = 0;
    for (std::size_t s = 0; s < samples.size(); ++s) {
      double residual = -1;
      for (std::size_t i = 0; i < chosen.size(); ++i) residual += b[i] * rows[chosen[i]][s];
      squares += residual * residual;
    }
    if (!(squares < best.squares)) continue;
    best.squares = squares;
    best.coefficients.assign(terms, 0);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      best.coefficients[chosen[i]] = b[i] / lengths[chosen[i]];
    }
  }
  return best;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Marks what is held out, fits the rest, and says how far off both are.
template <class Measurement>
Fit fit_measurements(const CostFormula& formula, std::string_view what,
                     std::span<Measurement> measurements) {
  constexpr std::size_t kPointsToHoldOut = 10;
  std::vector<std::pair<double, double>> points;
  for (const Measurement& m : measurements) {
    if (!(m.seconds > 0) || !std::isfinite(m.seconds)) {
      throw InputError(
          fmt::format("{}: a measurement of {:g} seconds, allowed is above 0", what, m.seconds));
    }
    const Quantities q = quantities_of(m);
    points.emplace_back(q.first, q.second);
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  std::set<std::pair<double, double>> held_out;
  if (points.size() >= kPointsToHoldOut) {
    Rng rng(1);
    for (std::size_t i = 0; i < points.size() / 5; ++i) {
      std::swap(points[i], points[i + rng.below(points.size() - i)]);
      held_out.insert(points[i]);
    }
  }
  std::vector<Sample> fitted, others;
  for (Measurement& m : measurements) {
    const Quantities q = quantities_of(m);
    m.held_out = held_out.contains({q.first, q.second});
    (m.held_out ? others : fitted).push_back({q, m.seconds});
  }
  if (points.size() - held_out.size() < formula.terms.size()) {
    throw InputError(fmt::format("{}: {} points are measured, a fit needs {} or more", what,
                                 points.size(), formula.terms.size()));
  }
  Fit fit;
  Solution best;
  const std::vector<double> without{0};
  for (const double k : formula.breakpoints.empty() ? without : formula.breakpoints) {
    Solution solution = least_squares(formula, k, fitted);
    if (!(solution.squares < best.squares)) continue;
    best = std::move(solution);
    fit.k = k;
  }
  for (std::size_t t = 0; t < formula.terms.size(); ++t) {
    fit.terms.push_back({std::string(formula.terms[t].name), best.coefficients.at(t)});
  }
  const auto errors = [&](const std::vector<Sample>& samples) {
    std::vector<double> all;
    for (const Sample& s : samples) {
      all.push_back(std::abs(predicted(formula, fit, s.at) - s.seconds) / s.seconds);
    }
    return all;
  };
  const std::vector<double> own = errors(fitted);
  fit.points = fitted.size();
  fit.held_out_points = others.size();
  fit.median_relative_error = median(own);
  fit.max_relative_error = *std::max_element(own.begin(), own.end());
  if (!others.empty()) fit.held_out_median_relative_error = median(errors(others));
  return fit;
}

}  // namespace

CostProfile fit_profile(Measurements measurements, ModelShape shape, ElementType kv_type,
                        ProfileProvenance provenance) {
  CostProfile profile;
  profile.prefill =
      fit_measurements<PrefillMeasurement>(prefill_formula(), "prefill", measurements.prefill);
  if (!measurements.decode.empty()) {
    profile.decode =
        fit_measurements<DecodeMeasurement>(decode_formula(), "decode", measurements.decode);
  }
  // By place, so that each place's are a range of their own.
  std::stable_sort(measurements.copy.begin(), measurements.copy.end(),
                   [](const auto& a, const auto& b) { return a.place < b.place; });
  for (auto first = measurements.copy.begin(); first != measurements.copy.end();) {
    const auto last = std::find_if(first, measurements.copy.end(), [&](const CopyMeasurement& m) {
      return m.place != first->place;
    });
    profile.copy.push_back(
        {first->place,
         fit_measurements<CopyMeasurement>(
             copy_formula(), fmt::format("copy, {}", name_of(first->place)), {first, last})});
    first = last;
  }
  profile.measurements = std::move(measurements);
  profile.shape = std::move(shape);
  profile.kv_type = kv_type;
  profile.provenance = std::move(provenance);
  return profile;
}

}  // namespace kvsim
