#include "reports/draw/svg.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "reports/format.hpp"

namespace kvsim::reports {
namespace {

struct ToneColour {
  std::string_view variable;
  std::string_view light;
};
// In the order of Tone; the page's style sheet defines the variables.
constexpr std::array<ToneColour, 5> kTones{{{"--ink", "#1d2430"},
                                            {"--muted", "#5b6675"},
                                            {"--axis", "#8a94a3"},
                                            {"--grid", "#e6e9ee"},
                                            {"--paper", "#ffffff"}}};

constexpr std::string_view kFonts =
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Inter, Arial, sans-serif";

std::string stroke_style(const std::string& colour, double width, std::string_view dash) {
  std::string style = fmt::format("stroke:{};stroke-width:{}", colour, coordinate(width));
  if (!dash.empty()) style += fmt::format(";stroke-dasharray:{}", dash);
  return style;
}

}  // namespace

std::string paint(Dress dress, Tone tone) {
  const ToneColour& colour = kTones[static_cast<std::size_t>(tone)];
  return dress == Dress::kStandalone ? std::string(colour.light)
                                     : fmt::format("var({})", colour.variable);
}

std::string paint_hue(Dress dress, std::size_t hue) {
  return dress == Dress::kStandalone ? std::string(kHues[hue].light)
                                     : fmt::format("var(--hue{})", hue);
}

std::string coordinate(double value) {
  const double rounded = std::round(value * 100) / 100;
  return fmt::format("{}", rounded == 0 ? 0.0 : rounded);
}

std::string marker_path(std::size_t form, double r) {
  const auto scaled = [r](std::string_view shape, double a, double b) {
    return fmt::format(fmt::runtime(shape), coordinate(a * r), coordinate(b * r));
  };
  switch (form % 5) {
    case 0:
      return scaled("M-{0},0a{0},{0} 0 1,0 {1},0a{0},{0} 0 1,0 -{1},0z", 1, 2);
    case 1:
      return scaled("M-{0},-{0}h{1}v{1}h-{1}z", 0.9, 1.8);
    case 2:
      return scaled("M0,-{0}L{0},{1}L-{0},{1}z", 1.2, 0.9);
    case 3:
      return scaled("M0,-{0}L{0},0L0,{0}L-{0},0z", 1.3, 0);
    default:
      return scaled("M0,{0}L{0},-{1}L-{0},-{1}z", 1.2, 0.9);
  }
}

Svg::Svg(double width, double height, Dress dress, std::string_view title,
         std::string_view description)
    : dress_(dress) {
  const std::string box =
      fmt::format("viewBox=\"0 0 {} {}\"", coordinate(width), coordinate(height));
  if (dress == Dress::kStandalone) {
    out_ = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" {} width=\"{}\" height=\"{}\" role=\"img\" "
        "font-family=\"{}\">\n",
        box, coordinate(width), coordinate(height), kFonts);
  } else {
    out_ = fmt::format("<svg {} role=\"img\" aria-label=\"{}\">\n", box, escape(title));
  }
  if (dress == Dress::kStandalone) {
    out_ += fmt::format("<title>{}</title>\n<desc>{}</desc>\n", escape(title), escape(description));
    rect(0, 0, width, height, paint(dress, Tone::kPaper));
  }
}

void Svg::open_group(std::string_view name, std::string_view policy) {
  out_ += fmt::format("<g class=\"{}\"", name);
  if (!policy.empty()) out_ += fmt::format(" data-policy=\"{}\"", escape(policy));
  out_ += ">\n";
}

void Svg::close_group() { out_ += "</g>\n"; }

void Svg::open_mark(double x, double y, std::string_view tip) {
  out_ += fmt::format(
      "<g class=\"mark\" data-x=\"{0}\" data-y=\"{1}\" transform=\"translate({0},{1})\">"
      "<title>{2}</title>",
      coordinate(x), coordinate(y), escape(tip));
}

void Svg::line(double x1, double y1, double x2, double y2, const std::string& colour, double width,
               std::string_view dash) {
  out_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" style=\"{}\"/>\n",
                      coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2),
                      stroke_style(colour, width, dash));
}

void Svg::path(const std::string& d, const std::string& fill, const std::string& stroke,
               double width, std::string_view dash, double opacity) {
  std::string style = fmt::format("fill:{}", fill.empty() ? "none" : fill);
  if (!stroke.empty()) style += ";stroke-linejoin:round;" + stroke_style(stroke, width, dash);
  if (opacity < 1) style += fmt::format(";opacity:{}", coordinate(opacity));
  out_ += fmt::format("<path d=\"{}\" style=\"{}\"/>\n", d, style);
}

void Svg::rect(double x, double y, double width, double height, const std::string& fill,
               const std::string& stroke) {
  std::string style = fmt::format("fill:{}", fill.empty() ? "none" : fill);
  if (!stroke.empty()) style += ";" + stroke_style(stroke, 1, "");
  out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" style=\"{}\"/>\n",
                      coordinate(x), coordinate(y), coordinate(width), coordinate(height), style);
}

void Svg::text(double x, double y, std::string_view text, const std::string& colour,
               const TextStyle& style) {
  out_ +=
      fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\"{}{} style=\"fill:{}\">{}</text>\n",
                  coordinate(x), coordinate(y), coordinate(style.size),
                  style.anchor == "start" ? "" : fmt::format(" text-anchor=\"{}\"", style.anchor),
                  style.bold ? " font-weight=\"600\"" : "", colour, escape(text));
}

std::string Svg::finish() { return std::move(out_) + "</svg>\n"; }

}  // namespace kvsim::reports
