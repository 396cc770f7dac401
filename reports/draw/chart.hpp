#pragma once
// Draws a figure's face as SVG.

#include <string>

#include "reports/draw/svg.hpp"
#include "reports/figure.hpp"

namespace kvsim::reports {

/// Lines with their names at their ends.
std::string draw_line_chart(const LineChart& chart, const View& view, Dress dress);
/// Horizontal bars with their values and gaps.
std::string draw_bar_chart(const BarChart& chart, const View& view, Dress dress);
/// Whichever the view holds.
std::string draw(const View& view, Dress dress);

/// Title and subtitle on top of a standalone drawing; returns the height that they take.
double heading_height(Dress dress);
void draw_heading(Svg& svg, const View& view);

/// A label cut to what a plot has room for.
std::string shortened(std::string_view label);

}  // namespace kvsim::reports
