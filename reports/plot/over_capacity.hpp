#pragma once
// What the plots share: a panel's runs as lines over capacity or as bars at one capacity.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/figure.hpp"
#include "reports/panel.hpp"

namespace kvsim::reports {

/// The number that a plot shows of a run; nothing where the run does not state it.
using Measure = std::function<std::optional<double>(const Run&)>;

/// The run's number of a dotted name.
Measure measure_of(std::string dotted);
/// The measure over repeats; nothing if none states it.
std::optional<Spread> spread_by(const std::vector<const Run*>& runs, const Measure& measure);

/// The capacity axis of a panel; logarithmic where its range wants it.
Axis capacity_axis(const Panel& panel);
/// One line a policy. Policies that state the measure nowhere are left out.
LineChart lines_over_capacity(const Panel& panel, const Palette& palette, const Measure& measure,
                              Axis y);
/// Makes one line of all where every policy has the same values.
void merge_if_alike(LineChart& chart);
/// One bar a policy, longest first.
BarChart bars_at_capacity(const Panel& panel, const Palette& palette, double capacity,
                          const Measure& measure, Axis x);
/// The capacities that a selector offers: all, or evenly chosen ones where there are very many.
std::vector<double> offered_capacities(const Panel& panel);
/// A capacity's value for a control.
std::string capacity_value(double capacity);

}  // namespace kvsim::reports
