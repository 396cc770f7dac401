#include <fmt/format.h>

#include <algorithm>

#include "reports/draw/chart.hpp"
#include "reports/draw/scale.hpp"

namespace kvsim::reports {
namespace {

constexpr double kWidth = 520;
constexpr double kRow = 19;
constexpr double kBarHeight = 11;
constexpr double kSize = 11;
constexpr double kSwatch = 16;

struct Columns {
  double bars_left;
  double bars_right;
  double values_right;
  double gaps_right;
};

Columns lay_out(const BarChart& chart, bool gaps) {
  double names = 0;
  double values = text_width(chart.x.field, kSize);
  for (const Bar& bar : chart.bars) {
    names = std::max(names, text_width(shortened(bar.policy), kSize));
    values = std::max(values, text_width(format_value(chart.x.unit, bar.value), kSize));
  }
  Columns columns{};
  columns.gaps_right = kWidth - 4;
  columns.values_right = gaps ? kWidth - 76 : kWidth - 4;
  columns.bars_right = columns.values_right - values - 12;
  columns.bars_left = std::min(names + kSwatch + 14, columns.bars_right - 80);
  return columns;
}

std::string tip_of(const BarChart& chart, const Bar& bar) {
  std::string tip =
      fmt::format("{}\n{} {}", bar.policy, chart.x.field, format_value(chart.x.unit, bar.value));
  if (bar.high > bar.low) {
    tip += fmt::format(" ({} to {})", format_value(chart.x.unit, bar.low),
                       format_value(chart.x.unit, bar.high));
  }
  if (bar.gap && chart.reference) {
    tip += fmt::format("\n{} points to {}", format_value(Unit::kPoints, *bar.gap),
                       chart.reference->label);
  }
  return tip;
}

void draw_bar(Svg& svg, const BarChart& chart, const Bar& bar, const Scale& x,
              const Columns& columns, double top) {
  const std::string colour = paint_hue(svg.dress(), bar.style.hue);
  const double middle = top + kRow / 2;
  const double baseline = middle + 3.8;
  svg.open_group("series", bar.policy);
  svg.text(columns.bars_left - kSwatch - 12, baseline, shortened(bar.policy),
           paint(svg.dress(), Tone::kText), {kSize, "end"});
  svg.line(columns.bars_left - kSwatch - 7, middle, columns.bars_left - 7, middle, colour, 2,
           dash_of(bar.style.form));
  const double left = x(0);
  const double end = x(bar.value);
  const bool oracle = bar.style.hue == kInk;
  svg.open_mark(end, middle, tip_of(chart, bar));
  svg.rect(left - end, -kBarHeight / 2, std::max(0.5, end - left), kBarHeight,
           oracle ? paint(svg.dress(), Tone::kGrid) : colour, oracle ? colour : "");
  svg.close_group();
  if (bar.high > bar.low) {
    const std::string ink = paint(svg.dress(), Tone::kText);
    svg.line(x(bar.low), middle, x(bar.high), middle, ink, 1.2);
    svg.line(x(bar.low), middle - 3, x(bar.low), middle + 3, ink, 1.2);
    svg.line(x(bar.high), middle - 3, x(bar.high), middle + 3, ink, 1.2);
  }
  svg.text(columns.values_right, baseline, format_value(chart.x.unit, bar.value),
           paint(svg.dress(), Tone::kText), {kSize, "end"});
  if (bar.gap) {
    svg.text(columns.gaps_right, baseline, format_value(Unit::kPoints, *bar.gap),
             paint(svg.dress(), Tone::kMuted), {kSize, "end"});
  }
  svg.close_group();
}

void draw_reference(Svg& svg, const ReferenceLine& reference, const Scale& x,
                    const Columns& columns, double top, double bottom, Unit unit) {
  const double at = x(reference.value);
  svg.line(at, top - 4, at, bottom, paint(svg.dress(), Tone::kText), 1.2, "4 3");
  const std::string text = reference.label + " " + format_value(unit, reference.value);
  const double width = text_width(text, kSize);
  // Over the line, but within the bars' columns.
  const double start = std::clamp(at - width / 2, 4.0, std::max(4.0, columns.bars_right - width));
  svg.text(start, top - 24, text, paint(svg.dress(), Tone::kText), {kSize, "start", true});
  svg.line(at, top - 20, at, top - 4, paint(svg.dress(), Tone::kText), 1.2, "4 3");
}

}  // namespace

std::string draw_bar_chart(const BarChart& chart, const View& view, Dress dress) {
  const bool gaps = std::any_of(chart.bars.begin(), chart.bars.end(),
                                [](const Bar& bar) { return bar.gap.has_value(); });
  const Columns columns = lay_out(chart, gaps);
  double longest = chart.reference ? chart.reference->value : 0;
  for (const Bar& bar : chart.bars) longest = std::max({longest, bar.value, bar.high});
  const Scale x(0, longest > 0 ? longest : 1, columns.bars_left, columns.bars_right, false);

  const double top = heading_height(dress) + (chart.reference ? 44 : 26);
  const double bottom = top + static_cast<double>(chart.bars.size()) * kRow + 4;
  const double height = bottom + 38;
  Svg svg(kWidth, height, dress, view.title, view.subtitle);
  if (dress == Dress::kStandalone) draw_heading(svg, view);

  const std::string muted = paint(dress, Tone::kMuted);
  svg.open_group("axes");
  for (const double tick : linear_ticks(0, x.high(), 4, chart.x.unit)) {
    svg.line(x(tick), top, x(tick), bottom, paint(dress, Tone::kGrid), 1);
    svg.text(x(tick), bottom + 14, format_tick(chart.x.unit, tick), muted, {10.5, "middle"});
  }
  svg.text((columns.bars_left + columns.bars_right) / 2, bottom + 31, chart.x.label, muted,
           {11, "middle"});
  svg.text(columns.values_right, top - 6, chart.x.field, muted, {10, "end"});
  if (gaps) svg.text(columns.gaps_right, top - 6, "gap, points", muted, {10, "end"});
  svg.close_group();

  double row = top + 2;
  for (const Bar& bar : chart.bars) {
    draw_bar(svg, chart, bar, x, columns, row);
    row += kRow;
  }
  if (chart.reference) {
    draw_reference(svg, *chart.reference, x, columns, top, bottom, chart.x.unit);
  }
  return svg.finish();
}

}  // namespace kvsim::reports
