#pragma once
// What a report plot is: a plain struct with a name, a one-sentence doc, and two functions.

#include <concepts>
#include <string_view>
#include <vector>

#include "reports/figure.hpp"
#include "reports/panel.hpp"

namespace kvsim::reports {

/// `applies(data)` says whether the data hold what the plot shows; `figures(data)`, called only
/// then, describes it: one figure for each panel that has something to show.
template <class P>
concept Plot = requires(const ReportData& data) {
  { P::kName } -> std::convertible_to<std::string_view>;
  { P::kDoc } -> std::convertible_to<std::string_view>;
  { P::applies(data) } -> std::same_as<bool>;
  { P::figures(data) } -> std::same_as<std::vector<Figure>>;
};

}  // namespace kvsim::reports
