#pragma once

#include <string_view>

namespace kvsim::reports {

/// The page's style sheet and script, from page/style.css and page/script.js.
extern const std::string_view kStyleSheet;
extern const std::string_view kScript;

}  // namespace kvsim::reports
