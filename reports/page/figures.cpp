#include "reports/page/figures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/draw/chart.hpp"

namespace kvsim::reports {
namespace {

// The values of one choice over a figure's faces, in order of appearance.
std::vector<Choice> values_of(const Figure& figure, const std::string& name) {
  std::vector<Choice> values;
  for (const View& view : figure.views) {
    for (const Choice& choice : view.choices) {
      const bool known = std::any_of(values.begin(), values.end(), [&](const Choice& other) {
        return other.value == choice.value;
      });
      if (choice.name == name && !known) values.push_back(choice);
    }
  }
  return values;
}

// A menu where there is something to choose; the only value as text where there is not.
std::string control_html(const Figure& figure, const Choice& shown) {
  const auto values = values_of(figure, shown.name);
  if (values.size() == 1) {
    return fmt::format("<span class=\"only\">{}</span>", escape(shown.label));
  }
  std::string options;
  for (const Choice& choice : values) {
    options += fmt::format("<option value=\"{}\"{}>{}</option>", escape(choice.value),
                           choice.value == shown.value ? " selected" : "", escape(choice.label));
  }
  return fmt::format("<label>{0} <select data-choice=\"{0}\">{1}</select></label>", shown.name,
                     options);
}

std::string view_html(const View& view, bool shown) {
  std::string attributes;
  for (const Choice& choice : view.choices) {
    attributes += fmt::format(" data-{}=\"{}\"", choice.name, escape(choice.value));
  }
  std::string links;
  if (!view.file.empty()) {
    links = fmt::format(
        "<p class=\"files\"><a href=\"{0}.svg\">SVG</a> <a href=\"{0}.vl.json\">Vega-Lite</a></p>",
        escape(view.file));
  }
  return fmt::format("<div class=\"view\"{}{}><div class=\"canvas\">{}</div>{}</div>\n", attributes,
                     shown ? "" : " hidden", draw(view, Dress::kInPage), links);
}

std::string figure_html(const Figure& figure) {
  const View& shown = figure.views[figure.shown];
  std::string controls;
  for (const Choice& choice : shown.choices) controls += control_html(figure, choice);
  std::string views;
  for (std::size_t i = 0; i < figure.views.size(); ++i) {
    views += view_html(figure.views[i], i == figure.shown);
  }
  return fmt::format(
      "<figure><figcaption><h3>{}</h3><div class=\"controls\">{}</div></figcaption>\n"
      "{}<p class=\"missing\" hidden>No run states this.</p>{}</figure>\n",
      escape(figure.title), controls, views,
      figure.caption.empty() ? ""
                             : fmt::format("<p class=\"note\">{}</p>", escape(figure.caption)));
}

}  // namespace

std::string figures_html(const std::vector<Figure>& figures, std::string_view section) {
  std::string wide;
  std::string narrow;
  for (const Figure& figure : figures) {
    if (figure.section == section) (figure.wide ? wide : narrow) += figure_html(figure);
  }
  if (wide.empty() && narrow.empty()) return "";
  if (wide.empty() || narrow.empty()) {
    return fmt::format("<div class=\"figures row{}\">\n{}{}</div>\n", narrow.empty() ? " wide" : "",
                       wide, narrow);
  }
  return "<div class=\"figures\">\n<div class=\"wide\">\n" + wide +
         "</div>\n<div class=\"narrow\">\n" + narrow + "</div>\n</div>\n";
}

}  // namespace kvsim::reports
