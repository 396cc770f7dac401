#pragma once

#include <string>

#include "reports/panel.hpp"

namespace kvsim::reports {

/// The table of every run, with its filter and column controls.
std::string results_table(const ReportData& data);
/// The table of the runs' groups; "" where no run has any.
std::string groups_table(const ReportData& data);

}  // namespace kvsim::reports
