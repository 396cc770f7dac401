#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "reports/draw/chart.hpp"
#include "reports/draw/scale.hpp"

namespace kvsim::reports {
namespace {

constexpr double kLabelSize = 11;
constexpr double kLabelGap = 14.5;
constexpr double kLeader = 22;  // from the plot's edge to a label's swatch
constexpr double kSwatch = 18;

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

struct Frame {
  double left;
  double right;
  double top;
  double bottom;
};

std::string range_text(const Axis& axis, const Point& point) {
  std::string text = fmt::format("{} {}", axis.field, format_value(axis.unit, point.y));
  if (point.runs > 1) {
    text += fmt::format(" (mean of {}, {} to {})", point.runs, format_value(axis.unit, point.low),
                        format_value(axis.unit, point.high));
  }
  return text;
}

// The values at which runs were made, where they are few enough to name; else round ones.
std::vector<double> x_ticks(const LineChart& chart, const Scale& x) {
  std::set<double> values;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) values.insert(point.x);
  }
  constexpr std::size_t kMostNamed = 12;
  constexpr double kLeastRoom = 42;
  if (values.size() <= kMostNamed) {
    std::vector<double> kept;
    for (const double value : values) {
      if (kept.empty() || x(value) - x(kept.back()) >= kLeastRoom) kept.push_back(value);
    }
    if (kept.size() + 2 >= values.size() || kept.size() >= 5) return kept;
  }
  return chart.x.log ? log_ticks(x.low(), x.high(), chart.x.unit)
                     : linear_ticks(x.low(), x.high(), 7, chart.x.unit);
}

void draw_axes(Svg& svg, const LineChart& chart, const Scale& x, const Scale& y,
               const Frame& frame) {
  const std::string muted = paint(svg.dress(), Tone::kMuted);
  svg.open_group("axes");
  const auto y_ticks = y.log() ? log_ticks(y.low(), y.high(), chart.y.unit)
                               : linear_ticks(y.low(), y.high(), 6, chart.y.unit);
  for (const double tick : y_ticks) {
    svg.line(frame.left, y(tick), frame.right, y(tick), paint(svg.dress(), Tone::kGrid), 1);
    svg.text(frame.left - 8, y(tick) + 4, format_tick(chart.y.unit, tick), muted, {11, "end"});
  }
  svg.line(frame.left, frame.bottom, frame.right, frame.bottom, paint(svg.dress(), Tone::kAxis), 1);
  for (const double tick : x_ticks(chart, x)) {
    svg.line(x(tick), frame.bottom, x(tick), frame.bottom + 5, paint(svg.dress(), Tone::kAxis), 1);
    svg.text(x(tick), frame.bottom + 19, format_tick(chart.x.unit, tick), muted, {11, "middle"});
  }
  if (chart.baseline && *chart.baseline >= y.low() && *chart.baseline <= y.high()) {
    svg.line(frame.left, y(*chart.baseline), frame.right, y(*chart.baseline),
             paint(svg.dress(), Tone::kAxis), 1.2);
  }
  svg.text(14, frame.top - 16, chart.y.label, paint(svg.dress(), Tone::kText),
           {11.5, "start", true});
  svg.text((frame.left + frame.right) / 2, frame.bottom + 38,
           chart.x.label + (chart.x.log ? ", log scale" : ""), muted, {11.5, "middle"});
  svg.close_group();
}

std::string line_path(const std::vector<Point>& points, const Scale& x, const Scale& y) {
  std::string d;
  for (const Point& point : points) {
    d += fmt::format("{}{},{}", d.empty() ? "M" : "L", coordinate(x(point.x)),
                     coordinate(y(point.y)));
  }
  return d;
}

// The area between the lowest and the highest repeats; "" where they are one.
std::string band_path(const Series& series, const Scale& x, const Scale& y) {
  const bool spread = std::any_of(series.points.begin(), series.points.end(),
                                  [](const Point& point) { return point.high > point.low; });
  if (!spread) return "";
  std::string d;
  for (const Point& point : series.points) {
    d += fmt::format("{}{},{}", d.empty() ? "M" : "L", coordinate(x(point.x)),
                     coordinate(y(point.high)));
  }
  for (auto it = series.points.rbegin(); it != series.points.rend(); ++it) {
    d += fmt::format("L{},{}", coordinate(x(it->x)), coordinate(y(it->low)));
  }
  return d + "z";
}

void draw_series(Svg& svg, const LineChart& chart, const Series& series, const Scale& x,
                 const Scale& y, const Frame& frame, double label_y) {
  const std::string colour = paint_hue(svg.dress(), series.style.hue);
  const std::string_view dash = dash_of(series.style.form);
  const bool crowded = chart.series.size() > 10;
  const double width = crowded ? 1.5 : 2;

  svg.open_group("series", series.policy);
  if (const std::string band = band_path(series, x, y); !band.empty()) {
    svg.path(band, colour, "", 0, "", 0.16);
  }
  if (!series.theory.empty()) {
    svg.path(line_path(series.theory, x, y), "", colour, 1.2, dash, 0.8);
  }
  if (!series.is_scattered) {
    svg.path(line_path(series.points, x, y), "", colour, width, dash);
  }
  const bool markers = series.points.size() <= 40;
  const double radius = series.is_scattered ? 4 : markers ? (crowded ? 2.3 : 3) : 0;
  for (const Point& point : series.points) {
    svg.open_mark(x(point.x), y(point.y),
                  fmt::format("{}\n{}\n{} {}", series.label, range_text(chart.y, point),
                              chart.x.label, format_value(chart.x.unit, point.x)));
    if (radius > 0) {
      svg.path(marker_path(series.style.form, radius), colour, paint(svg.dress(), Tone::kPaper),
               0.7);
    }
    svg.close_group();
  }

  const Point& last = series.points.back();
  const double start = frame.right + kLeader;
  svg.open_group("label");
  svg.path(fmt::format("M{},{}L{},{}", coordinate(x(last.x) + 5), coordinate(y(last.y)),
                       coordinate(start), coordinate(label_y)),
           "", colour, 0.8, "", 0.55);
  svg.line(start, label_y, start + kSwatch, label_y, colour, 2, dash);
  svg.text(start + kSwatch + 5, label_y + 3.8, shortened(series.label),
           paint(svg.dress(), Tone::kText), {kLabelSize});
  svg.text(chart.width - 6, label_y + 3.8, format_value(chart.y.unit, last.y),
           paint(svg.dress(), Tone::kMuted), {kLabelSize, "end"});
  svg.close_group();
  svg.close_group();
}

}  // namespace

std::string draw_line_chart(const LineChart& chart, const View& view, Dress dress) {
  Extent x_extent;
  Extent y_extent;
  double label_width = 0;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) {
      x_extent.add(point.x);
      y_extent.add(point.low);
      y_extent.add(point.high);
    }
    for (const Point& point : series.theory) y_extent.add(point.y);
    const std::string value = format_value(chart.y.unit, series.points.back().y);
    label_width = std::max(label_width, text_width(shortened(series.label), kLabelSize) + 12 +
                                            text_width(value, kLabelSize));
  }
  if (chart.baseline) y_extent.add(*chart.baseline);
  Range y_range = chart.y.log ? Range{y_extent.low, y_extent.high}
                              : nice_range(y_extent.low, y_extent.high, 6, chart.y.unit);
  if (chart.y.unit == Unit::kRatio) y_range.high = std::min(1.0, y_range.high);

  const double labels = static_cast<double>(chart.series.size()) * kLabelGap;
  Frame frame{};
  frame.left = 58;
  frame.right = chart.width - kLeader - kSwatch - 11 - label_width;
  frame.top = heading_height(dress) + 34;
  frame.bottom = frame.top + std::max(chart.height, labels);
  const double height = frame.bottom + 50;
  const Scale x(x_extent.low, x_extent.high, frame.left + 6, frame.right - 2, chart.x.log);
  const Scale y(y_range.low, y_range.high, frame.bottom, frame.top, chart.y.log);

  Svg svg(chart.width, height, dress, view.title, view.subtitle);
  if (dress == Dress::kStandalone) draw_heading(svg, view);
  draw_axes(svg, chart, x, y, frame);

  std::vector<double> wanted;
  for (const Series& series : chart.series) wanted.push_back(y(series.points.back().y));
  const auto places = spread_labels(wanted, kLabelGap, frame.top - 8, frame.bottom);
  // The first of the legend's order is drawn last, on top.
  for (std::size_t i = chart.series.size(); i-- > 0;) {
    draw_series(svg, chart, chart.series[i], x, y, frame, places[i]);
  }
  return svg.finish();
}

}  // namespace kvsim::reports
