#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/cost_fit.hpp"
#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A figure for each of a profile's formulas: measured points with the fitted lines, and as a
/// second face what each point is off by.
struct CostFitPlot {
  static constexpr std::string_view kName = "cost_fit";
  static constexpr std::string_view kDoc =
      "Measured prefill, decode and copy times of a calibrated profile, and the fitted lines.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.results.files.begin(), data.results.files.end(),
                       [](const ResultsFile& file) { return !file.cost.fits.empty(); });
  }

  static std::vector<Figure> figures(const ReportData& data) {
    std::vector<Figure> figures;
    for (const ResultsFile& file : data.results.files) {
      for (const CostFit& fit : file.cost.fits) figures.push_back(figure_of(file, fit));
    }
    return figures;
  }

 private:
  static Figure figure_of(const ResultsFile& file, const CostFit& fit) {
    Figure figure;
    figure.section = kCalibrationSection;
    figure.title = fit.what + ", measured and fitted";
    figure.title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(figure.title[0])));
    figure.wide = true;
    figure.caption = "Points are measured, lines fitted.";
    const auto error = [&](std::string_view of, const std::optional<double>& value) {
      if (!value) return;
      figure.caption += " Median relative error of " + std::string(of) + ": " +
                        format_value(Unit::kRatio, *value) + ".";
    };
    error("the points fitted", fit.median_error);
    error("those held out", fit.held_out_error);
    LineChart times;
    const bool log = std::all_of(fit.points.begin(), fit.points.end(),
                                 [](const CostPoint& point) { return point.x > 0; });
    times.x = {fit.x, "x", fit.x == "bytes" ? Unit::kBytes : Unit::kCount, log};
    times.y = {"seconds", "seconds", Unit::kSeconds, true};
    times.legend = "series";
    times.series = series_of(fit);
    LineChart residuals = times;
    residuals.y = {"predicted over measured", "predicted", Unit::kFactor, false};
    residuals.series = residuals_of(fit);
    residuals.baseline = 1;
    const auto add = [&](std::string_view shown, std::string_view what, LineChart chart) {
      const std::string text = fit.what + ", " + std::string(what);
      figure.views.push_back({{{"show", std::string(shown), std::string(what)}},
                              text,
                              file.cost.title,
                              std::move(chart),
                              std::string(kName) + "." +
                                  slug(file.label + " " + fit.what + " " + std::string(shown))});
    };
    add("times", "measured and fitted", std::move(times));
    add("residuals", "predicted over measured", std::move(residuals));
    return figure;
  }

  // The points that took part in the fit, by series, and in ink those that did not.
  static std::vector<Series> residuals_of(const CostFit& fit) {
    std::vector<Series> all = series_of(fit);
    Series held_out{"held out", "held out", {kInk, 0}, {}};
    held_out.is_scattered = true;
    for (Series& series : all) {
      series.points.clear();
      series.theory.clear();
    }
    for (const CostPoint& point : fit.points) {
      const double factor = point.predicted / point.seconds;
      Series* series = &held_out;
      for (Series& one : all) {
        if (!point.held_out && one.label == point.series) series = &one;
      }
      series->points.push_back({point.x, factor, factor, factor, 1});
    }
    all.push_back(std::move(held_out));
    std::erase_if(all, [](const Series& series) { return series.points.empty(); });
    for (Series& series : all) {
      std::stable_sort(series.points.begin(), series.points.end(),
                       [](const Point& a, const Point& b) { return a.x < b.x; });
    }
    return all;
  }

  static std::vector<Series> series_of(const CostFit& fit) {
    std::vector<std::string> names;
    for (const CostPoint& point : fit.points) {
      if (std::find(names.begin(), names.end(), point.series) == names.end()) {
        names.push_back(point.series);
      }
    }
    const Palette palette(names);
    std::vector<Series> all;
    for (const std::string& name : names) {
      Series series{name, name, palette[name], {}};
      series.is_scattered = true;
      std::map<double, double> line;
      for (const CostPoint& point : fit.points) {
        if (point.series != name) continue;
        series.points.push_back({point.x, point.seconds, point.seconds, point.seconds, 1});
        line[point.x] = point.predicted;
      }
      std::stable_sort(series.points.begin(), series.points.end(),
                       [](const Point& a, const Point& b) { return a.x < b.x; });
      for (const auto& [x, y] : line) series.theory.push_back({x, y, y, y, 1});
      all.push_back(std::move(series));
    }
    return all;
  }
};
static_assert(Plot<CostFitPlot>);

}  // namespace kvsim::reports
