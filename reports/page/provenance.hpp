#pragma once

#include <string>

#include "reports/panel.hpp"

namespace kvsim::reports {

/// What was run, where and when: versions, traces with their SHA-256, seeds, host, and the resolved
/// configuration, file by file. What a file does not state is left as absent.
std::string provenance_html(const ReportData& data);
/// The experiment's own title where its configuration states one, else "".
std::string stated_title(const ReportData& data);

}  // namespace kvsim::reports
