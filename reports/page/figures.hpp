#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/figure.hpp"

namespace kvsim::reports {

/// A section's figures, side by side where there is room, each with its controls.
std::string figures_html(const std::vector<Figure>& figures, std::string_view section);

}  // namespace kvsim::reports
