#pragma once

#include <string>
#include <vector>

#include "reports/figure.hpp"
#include "reports/panel.hpp"

namespace kvsim::reports {

/// The whole page, with style, script and drawings inside it.
std::string page_html(const ReportData& data, const std::vector<Figure>& figures);

}  // namespace kvsim::reports
