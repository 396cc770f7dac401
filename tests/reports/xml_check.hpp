#pragma once

#include <string>
#include <string_view>

namespace kvsim::reports::testing {

/// "" if the text is a well-formed XML document without document type, comments or CDATA (a drawing
/// needs none); else what is wrong and where.
std::string xml_error(std::string_view text);

}  // namespace kvsim::reports::testing
