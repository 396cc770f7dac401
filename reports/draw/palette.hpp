#pragma once
// Which colour, dash and marker a policy wears, the same in every plot of a report.

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim::reports {

/// A colour of the palette for white and for dark paper.
struct Hue {
  std::string_view light;
  std::string_view dark;
};

/// Colours that stay apart under protanopia and deuteranopia (built on Okabe and Ito, "Color
/// Universal Design", 2008), in the order in which they are given out. The last is the ink in which
/// oracles are drawn.
inline constexpr std::array<Hue, 9> kHues{{{"#0067b0", "#3a9ff2"},
                                           {"#d55e00", "#f0723a"},
                                           {"#00967a", "#45c49c"},
                                           {"#cf9a00", "#f5d142"},
                                           {"#6a1070", "#b468c4"},
                                           {"#4db3ea", "#86d3f2"},
                                           {"#cc79a7", "#dc9ac0"},
                                           {"#574800", "#94802c"},
                                           {"#1d2430", "#eef1f5"}}};
inline constexpr std::size_t kInk = kHues.size() - 1;

/// A series' looks.
struct SeriesStyle {
  std::size_t hue = 0;   ///< index into kHues
  std::size_t form = 0;  ///< which dash and marker: grows when the colours have run out

  friend bool operator==(const SeriesStyle&, const SeriesStyle&) = default;
};

/// The `stroke-dasharray` of a form; "" is a solid line.
std::string_view dash_of(std::size_t form);
/// The Vega-Lite name of a form's marker.
std::string_view marker_of(std::size_t form);

/// Looks for a report's policies: oracles in ink, the most compared policies first in the palette.
class Palette {
 public:
  Palette() = default;
  explicit Palette(const std::vector<std::string>& labels);

  SeriesStyle operator[](std::string_view label) const;

 private:
  std::map<std::string, SeriesStyle, std::less<>> styles_;
};

/// Policy labels without repeats, in the order in which the palette and every legend name them.
std::vector<std::string> ordered_policies(std::vector<std::string> labels);

}  // namespace kvsim::reports
