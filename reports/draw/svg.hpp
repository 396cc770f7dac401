#pragma once
// A small writer of SVG, and the two dresses that a drawing can wear.

#include <cstddef>
#include <string>
#include <string_view>

#include "reports/draw/palette.hpp"

namespace kvsim::reports {

/// Where a drawing will stand: alone, on white paper with literal colours, or inside the page,
/// whose style sheet holds the colours for light and dark.
enum class Dress { kStandalone, kInPage };

/// What a stroke or a text is for; decides its colour.
enum class Tone { kText, kMuted, kAxis, kGrid, kPaper };

/// A colour as CSS understands it.
std::string paint(Dress dress, Tone tone);
std::string paint_hue(Dress dress, std::size_t hue);

struct TextStyle {
  double size = 11;
  std::string_view anchor = "start";  ///< start, middle or end
  bool bold = false;
};

/// Writes one drawing, element by element. Coordinates in pixels, y downwards.
class Svg {
 public:
  /// `title` and `description` are for those who cannot see it.
  Svg(double width, double height, Dress dress, std::string_view title,
      std::string_view description);

  /// Opens a group that belongs to a policy (`data-policy`), or to none where that is "".
  void open_group(std::string_view name, std::string_view policy = "");
  void close_group();
  /// A mark at (x, y) that tells `tip` when pointed at; drawn by what comes before close_group().
  void open_mark(double x, double y, std::string_view tip);

  void line(double x1, double y1, double x2, double y2, const std::string& colour, double width,
            std::string_view dash = "");
  /// `d` is path data; an empty colour leaves that part out.
  void path(const std::string& d, const std::string& fill, const std::string& stroke, double width,
            std::string_view dash = "", double opacity = 1);
  void rect(double x, double y, double width, double height, const std::string& fill,
            const std::string& stroke = "");
  void text(double x, double y, std::string_view text, const std::string& colour,
            const TextStyle& style);

  Dress dress() const { return dress_; }
  /// The whole document; nothing may be drawn after.
  std::string finish();

 private:
  Dress dress_;
  std::string out_;
};

/// `12.3`: a coordinate, short.
std::string coordinate(double value);
/// Path data of a marker about (0, 0) of about `radius`, by the form of a SeriesStyle.
std::string marker_path(std::size_t form, double radius);

}  // namespace kvsim::reports
