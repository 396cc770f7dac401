#include "reports/page/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/block_size_set.hpp"
#include "reports/curve_set.hpp"
#include "reports/hash_study.hpp"
#include "reports/page/assets.hpp"
#include "reports/page/figures.hpp"
#include "reports/page/provenance.hpp"
#include "reports/page/table.hpp"

namespace kvsim::reports {
namespace {

std::vector<std::string> traces_of(const ReportData& data) {
  std::set<std::string> seen;
  std::vector<std::string> traces;
  const auto add = [&](const std::string& trace) {
    if (seen.insert(trace).second) traces.push_back(trace);
  };
  for (const Run* run : data.results.runs()) add(run->trace);
  for (const ResultsFile& file : data.results.files) {
    for (const Curve& curve : file.curves) add(curve.trace);
    if (!file.hashing.trace.empty()) add(file.hashing.trace);
  }
  return traces;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

bool has_hashing(const ReportData& data) {
  return std::any_of(
      data.results.files.begin(), data.results.files.end(), [](const ResultsFile& file) {
        const HashStudy& study = file.hashing;
        return !study.verdicts.empty() || !study.speeds.empty() || !study.tables.empty();
      });
}

bool has_calibration(const ReportData& data) {
  return std::any_of(data.results.files.begin(), data.results.files.end(),
                     [](const ResultsFile& file) { return !file.cost.fits.empty(); });
}

std::string title_of(const ReportData& data) {
  const std::string stated = stated_title(data);
  if (!stated.empty()) return stated;
  const auto traces = traces_of(data);
  const std::string on =
      traces.size() <= 3 ? joined(traces) : plural(traces.size(), "trace", "traces");
  if (data.policies.empty()) {
    if (has_calibration(data)) return "Calibration of a cost model";
    if (!has_hashing(data)) return "An empty report";
    return traces.empty() ? "Hash functions and tables" : "Hash functions on " + on;
  }
  return data.policies.size() == 1
             ? data.policies.front() + " on " + on
             : plural(data.policies.size(), "cache policy", "cache policies") + " on " + on;
}

std::string summary_line(const ReportData& data) {
  std::set<std::pair<std::string, double>> capacities;
  std::set<double> seeds;
  for (const Panel& panel : data.panels) {
    for (const double capacity : panel.capacities) {
      capacities.emplace(panel.capacity_name, capacity);
    }
    for (const Run* run : panel.runs) {
      if (run->seed) seeds.insert(*run->seed);
    }
  }
  std::size_t curves = 0;
  for (const ResultsFile& file : data.results.files) curves += file.curves.size();
  std::string text;
  const auto add = [&](std::size_t count, std::string_view one, std::string_view many) {
    if (count != 0) text += (text.empty() ? "" : " · ") + plural(count, one, many);
  };
  add(data.results.runs().size(), "run", "runs");
  add(curves, "curve", "curves");
  add(traces_of(data).size(), "trace", "traces");
  add(data.policies.size(), "policy", "policies");
  add(capacities.size(), "capacity", "capacities");
  add(seeds.size(), "seed", "seeds");
  return text;
}

std::string common_line(const ReportData& data) {
  std::string text;
  for (const Dimension& dimension : data.common) {
    text += fmt::format("{}{} <b>{}</b>", text.empty() ? "" : " · ", dimension.name,
                        escape(dimension.value));
  }
  return text.empty() ? "" : "<p class=\"common\">In every run: " + text + "</p>\n";
}

// A dash in the policy's looks, for the legend.
std::string swatch(const SeriesStyle& style) {
  return fmt::format(
      "<svg class=\"swatch\" viewBox=\"0 0 20 6\" aria-hidden=\"true\"><line x1=\"0\" y1=\"3\" "
      "x2=\"20\" y2=\"3\" style=\"stroke:var(--hue{});stroke-width:2.4;stroke-dasharray:{}\"/>"
      "</svg>",
      style.hue, dash_of(style.form).empty() ? "none" : dash_of(style.form));
}

std::string legend_html(const ReportData& data) {
  if (data.policies.size() < 2) return "";
  std::string chips;
  for (const std::string& policy : data.policies) {
    chips += fmt::format(
        "<button type=\"button\" class=\"chip\" data-policy=\"{0}\" aria-pressed=\"false\">{1}{0}"
        "</button>",
        escape(policy), swatch(data.palette[policy]));
  }
  return "<nav class=\"legend\" aria-label=\"Policies\"><span class=\"hint\">Point at a policy to "
         "find it in every plot, select it to keep it:</span>" +
         chips + "</nav>\n";
}

std::string badges(const std::vector<Dimension>& dimensions) {
  std::string html;
  for (const Dimension& dimension : dimensions) {
    html +=
        fmt::format(" <span class=\"badge\">{} {}</span>", dimension.name, escape(dimension.value));
  }
  return html;
}

std::string panel_html(const Panel& panel, const std::vector<Figure>& figures) {
  std::string html = fmt::format("<section id=\"{}\"><h2>{}{}</h2>\n", panel.id,
                                 escape(panel.trace), badges(panel.differing));
  const auto ratios = panel.ratios();
  const auto middle = panel.middle_capacity();
  if (!ratios.empty() && middle) {
    const std::string lead = finding(panel, *middle, ratios.front());
    if (!lead.empty()) html += fmt::format("<p class=\"lead\">{}</p>\n", escape(lead));
    html += fmt::format("<p class=\"noise\">{}</p>\n", escape(noise_floor(panel, ratios.front())));
  } else if (ratios.empty()) {
    html +=
        "<p class=\"noise\">No run of this section states a hit ratio; the table gives the "
        "reasons where runs note them.</p>\n";
  }
  if (panel.unplaced != 0) {
    html += fmt::format("<p class=\"noise\">{} no capacity{} and {} in the table only.</p>\n",
                        plural(panel.unplaced, "run states", "runs state"),
                        panel.capacity_name.empty() ? std::string() : " in " + panel.capacity_name,
                        panel.unplaced == 1 ? "is" : "are");
  }
  return html + figures_html(figures, panel.id) + "</section>\n";
}

std::string block_sizes_html(const ReportData& data, const std::vector<Figure>& figures) {
  std::string html;
  for (const BlockSizeSet& set : block_size_sets(data)) {
    html += fmt::format("<section id=\"{}\"><h2>{}, block sizes compared{}</h2>\n", set.id,
                        escape(set.trace), badges(set.differing));
    const auto policies = set.policies();
    const std::string lead = policies.empty() ? "" : finding(set, policies.front());
    if (!lead.empty()) html += fmt::format("<p class=\"lead\">{}</p>\n", escape(lead));
    html +=
        "<p class=\"noise\">By tokens, in ratio and capacity: blocks of different sizes are "
        "different things to count. The noise floor is that of each block size’s section.</p>\n" +
        figures_html(figures, set.id) + "</section>\n";
  }
  return html;
}

std::string curves_html(const ReportData& data, const std::vector<Figure>& figures) {
  std::string html;
  for (const CurveSet& set : curve_sets(data)) {
    html += fmt::format("<section id=\"{}\"><h2>{}, hit-ratio curves</h2>\n{}</section>\n", set.id,
                        escape(set.title()), figures_html(figures, set.id));
  }
  return html;
}

std::string verdicts_html(const HashStudy& study) {
  if (study.verdicts.empty()) return "";
  std::string html = "<table class=\"verdicts\">";
  for (const HashVerdict& v : study.verdicts) {
    html += fmt::format("<tr><th>{}</th><td class=\"{}\">{}</td><td>{}</td></tr>\n", escape(v.hash),
                        slug(v.verdict), escape(v.verdict), escape(v.text));
  }
  return html + "</table>\n";
}

// Collisions, tables and speeds, of runs as well as of audits and benchmarks.
std::string hashing_html(const ReportData& data, const std::vector<Figure>& figures) {
  const std::string drawn = figures_html(figures, kHashingSection);
  std::string verdicts;
  std::string advice;
  for (const ResultsFile& file : data.results.files) {
    verdicts += verdicts_html(file.hashing);
    if (file.hashing.advice.empty()) continue;
    advice += fmt::format("<p class=\"lead\">{}</p>\n", escape(file.hashing.advice));
  }
  if (drawn.empty() && verdicts.empty()) return "";
  return fmt::format("<section id=\"{}\"><h2>Hashing</h2>\n{}{}{}</section>\n", kHashingSection,
                     advice, drawn, verdicts);
}

std::string calibration_html(const ReportData& data, const std::vector<Figure>& figures) {
  const std::string drawn = figures_html(figures, kCalibrationSection);
  if (drawn.empty()) return "";
  std::string titles;
  for (const ResultsFile& file : data.results.files) {
    if (file.cost.fits.empty()) continue;
    titles += fmt::format("<p class=\"lead\">{}</p>\n", escape(file.cost.title));
  }
  return fmt::format("<section id=\"{}\"><h2>Calibration of a cost model</h2>\n{}{}</section>\n",
                     kCalibrationSection, titles, drawn);
}

std::string contents_html(const ReportData& data, bool has_hashing_section, bool has_calibration) {
  std::string links;
  const auto link = [&](std::string_view id, const std::string& text) {
    links += fmt::format("<a href=\"#{}\">{}</a>", id, escape(text));
  };
  for (const BlockSizeSet& set : block_size_sets(data)) link(set.id, set.title());
  for (const Panel& panel : data.panels) {
    if (has_section(data, panel)) link(panel.id, panel.title());
  }
  for (const CurveSet& set : curve_sets(data)) link(set.id, set.title() + ", curves");
  if (has_hashing_section) link(kHashingSection, "Hashing");
  if (has_calibration) link(kCalibrationSection, "Calibration");
  if (!data.results.runs().empty()) link("table", "Every run");
  link("provenance", "What was run");
  return "<nav class=\"contents\" aria-label=\"Contents\">" + links + "</nav>\n";
}

std::string hue_rules() {
  std::string light;
  std::string dark;
  std::string dots;
  for (std::size_t i = 0; i < kHues.size(); ++i) {
    light += fmt::format("--hue{}:{};", i, kHues[i].light);
    dark += fmt::format("--hue{}:{};", i, kHues[i].dark);
    dots += fmt::format(".h{0}{{background:var(--hue{0})}}", i);
  }
  return fmt::format(
      ":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n{}\n", light,
      dark, dots);
}

}  // namespace

std::string page_html(const ReportData& data, const std::vector<Figure>& figures) {
  const std::string title = title_of(data);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
      "<title>{}</title>\n<style>\n",
      escape(title));
  html += hue_rules();
  html += kStyleSheet;
  html += "</style>\n</head>\n<body>\n<main>\n";
  html += fmt::format(
      "<header><p class=\"kicker\">kvsim report</p><h1>{}</h1>\n<p class=\"summary\">{}</p>\n",
      escape(title), summary_line(data));
  const std::string hashing = hashing_html(data, figures);
  const std::string calibration = calibration_html(data, figures);
  html += common_line(data) + contents_html(data, !hashing.empty(), !calibration.empty()) +
          "</header>\n";
  html += legend_html(data);
  html += block_sizes_html(data, figures);
  for (const Panel& panel : data.panels) {
    if (has_section(data, panel)) html += panel_html(panel, figures);
  }
  html += curves_html(data, figures) + hashing + calibration;
  if (!data.results.runs().empty()) {
    html += "<section id=\"table\"><h2>Every run</h2>\n" + results_table(data) + "</section>\n";
  }
  if (const std::string groups = groups_table(data); !groups.empty()) {
    html += "<section id=\"by-group\"><h2>By group</h2>\n" + groups + "</section>\n";
  }
  html += "<section id=\"provenance\"><h2>What was run</h2>\n" + provenance_html(data) +
          "</section>\n</main>\n<div id=\"tip\" role=\"status\" hidden></div>\n<script>\n";
  html += kScript;
  html += "</script>\n</body>\n</html>\n";
  return html;
}

}  // namespace kvsim::reports
