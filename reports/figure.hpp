#pragma once
// A plot before it is drawn: what stands where, in data units. Drawn as SVG and as Vega-Lite.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reports/draw/palette.hpp"
#include "reports/format.hpp"

namespace kvsim::reports {

struct Axis {
  std::string label;  ///< what is counted, unit included
  std::string field;  ///< the name in a Vega-Lite specification's data
  Unit unit = Unit::kNumber;
  bool log = false;  ///< needs values above 0
};

/// A value, with its lowest and highest repeat.
struct Point {
  double x = 0;
  double y = 0;
  double low = 0;
  double high = 0;
  std::size_t runs = 1;
};

struct Series {
  std::string label;   ///< what stands at the line's end
  std::string policy;  ///< whose it is: what highlighting goes by
  SeriesStyle style;
  std::vector<Point> points;       ///< by ascending x
  std::vector<Point> theory = {};  ///< what is expected, as a line of its own; by ascending x
  bool is_scattered = false;       ///< points without a line
};

/// Lines over a quantity.
struct LineChart {
  Axis x;
  Axis y;
  std::vector<Series> series;
  std::string legend = "policy";   ///< what tells the series apart
  std::optional<double> baseline;  ///< a level worth a line of its own, such as 1×
  double width = 800;              ///< of the whole drawing, pixels
  double height = 400;             ///< of the plot itself; more where labels need it
};

struct Bar {
  std::string policy;
  SeriesStyle style;
  double value = 0;
  double low = 0;
  double high = 0;
  std::size_t runs = 1;
  std::optional<double> gap;  ///< to the reference, in the axis' unit; negative: below it
};

/// A level that bars are measured against.
struct ReferenceLine {
  std::string label;
  double value = 0;
};

/// Bars, longest first or as given.
struct BarChart {
  Axis x;
  std::vector<Bar> bars;
  std::optional<ReferenceLine> reference;
};

/// What a reader may choose: `ratio` is `block_hit`.
struct Choice {
  std::string name;
  std::string value;
  std::string label;  ///< as the control shows it
};

/// One of the faces of a figure.
struct View {
  std::vector<Choice> choices;
  std::string title;  ///< for the standalone plot
  std::string subtitle;
  std::variant<LineChart, BarChart> chart;
  std::string file;  ///< stem of the standalone files; "" if this face gets none
};

/// A plot with its faces, one of which shows at a time.
struct Figure {
  std::string section;  ///< the id of the panel or curve set that it belongs to
  std::string title;
  std::string caption;
  bool wide = false;  ///< takes the larger share of a row
  std::vector<View> views;
  std::size_t shown = 0;  ///< index of the face that shows first
};

}  // namespace kvsim::reports
