#pragma once

#include <nlohmann/json.hpp>

#include "reports/figure.hpp"

namespace kvsim::reports {

/// A figure's face as a Vega-Lite v5 specification with its data inline.
nlohmann::ordered_json vega_lite(const View& view);

}  // namespace kvsim::reports
