#include "reports/draw/chart.hpp"

#include "reports/format.hpp"

namespace kvsim::reports {

double heading_height(Dress dress) { return dress == Dress::kStandalone ? 48 : 0; }

void draw_heading(Svg& svg, const View& view) {
  svg.text(14, 26, view.title, paint(svg.dress(), Tone::kText), {15, "start", true});
  svg.text(14, 44, view.subtitle, paint(svg.dress(), Tone::kMuted), {11.5});
}

std::string shortened(std::string_view label) {
  constexpr std::size_t kMostCharacters = 28;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if ((static_cast<unsigned char>(label[i]) & 0xc0) == 0x80) continue;
    if (++characters > kMostCharacters) return std::string(label.substr(0, i)) + "…";
  }
  return std::string(label);
}

std::string draw(const View& view, Dress dress) {
  if (const auto* lines = std::get_if<LineChart>(&view.chart)) {
    return draw_line_chart(*lines, view, dress);
  }
  return draw_bar_chart(std::get<BarChart>(view.chart), view, dress);
}

}  // namespace kvsim::reports
