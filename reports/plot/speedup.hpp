#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "reports/plot/concept.hpp"
#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {

/// A figure for each kind of speedup and its times to first token, so that modelled and measured
/// never share axes: lines over capacity, or bars where there is but one capacity.
struct SpeedupPlot {
  static constexpr std::string_view kName = "speedup";
  static constexpr std::string_view kDoc =
      "Speedup over no cache, modelled and measured apart, each labelled.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.panels.begin(), data.panels.end(),
                       [](const Panel& panel) { return !labels_of(panel).empty(); });
  }

  static std::vector<Figure> figures(const ReportData& data) {
    std::vector<Figure> figures;
    for (const Panel& panel : data.panels) {
      for (const std::string& label : labels_of(panel)) {
        Figure figure = figure_of(panel, data.palette, label);
        if (!figure.views.empty()) figures.push_back(std::move(figure));
      }
    }
    return figures;
  }

 private:
  // What a face shows: factors have a baseline of 1, times stand beside those without the cache.
  struct Measured {
    std::string_view field;
    std::string_view text;
    Unit unit;
  };
  static constexpr Measured kMeasured[] = {
      {"end_to_end", "end_to_end speedup", Unit::kFactor},
      {"prefill", "prefill speedup", Unit::kFactor},
      {"prefill_bound", "prefill_bound speedup", Unit::kFactor},
      {"throughput", "throughput speedup", Unit::kFactor},
      {"ttft_s.with.mean", "time to first token, mean", Unit::kSeconds},
      {"ttft_s.with.p50", "time to first token, median", Unit::kSeconds},
      {"ttft_s.with.p99", "time to first token, 99th percentile", Unit::kSeconds}};

  static std::set<std::string> labels_of(const Panel& panel) {
    std::set<std::string> labels;
    for (const Run* run : panel.runs) {
      for (const Speedup& speedup : run->speedups) labels.insert(speedup.label);
    }
    return labels;
  }

  static Measure factor_of(std::string label, std::string factor) {
    return [label = std::move(label),
            factor = std::move(factor)](const Run& run) -> std::optional<double> {
      for (const Speedup& speedup : run.speedups) {
        if (speedup.label != label) continue;
        const auto it = speedup.values.find(factor);
        if (it != speedup.values.end()) return it->second;
      }
      return std::nullopt;
    };
  }

  static Figure figure_of(const Panel& panel, const Palette& palette, const std::string& label) {
    Figure figure;
    figure.section = panel.id;
    figure.title = "Speedup, " + label;
    figure.wide = panel.capacities.size() > 1;
    figure.caption = label.starts_with("measured")
                         ? "Measured: wall clock of a real model run, without over with the cache."
                         : "Modelled: computed by a cost model, not measured.";
    figure.caption += assumptions_of(panel, label);
    for (const Measured& measured : kMeasured) {
      const std::string field(measured.field);
      const Axis axis{label + " " + std::string(measured.text), field, measured.unit, false};
      auto view = view_of(panel, palette, factor_of(label, field), axis);
      if (!view) continue;
      if (measured.unit == Unit::kSeconds) {
        const std::string quantile = field.substr(field.rfind('.'));
        add_without(panel, factor_of(label, "ttft_s.without" + quantile), *view);
      }
      view->choices = {{"measure", field, std::string(measured.text)}};
      view->file = std::string(kName) + "." + panel.id + "." + slug(label) + "." + field;
      figure.views.push_back(std::move(*view));
    }
    return figure;
  }

  // The same requests without a cache: whatever the policy, so one line, or one level for bars.
  static void add_without(const Panel& panel, const Measure& measure, View& view) {
    Series series{"without the cache", "", {kInk, 1}, {}};
    for (const double capacity : panel.capacities) {
      std::vector<const Run*> runs;
      for (const std::string& policy : panel.policies) {
        const auto& repeats = panel.at(policy, capacity);
        runs.insert(runs.end(), repeats.begin(), repeats.end());
      }
      const auto spread = spread_by(runs, measure);
      if (!spread) continue;
      series.points.push_back({capacity, spread->mean, spread->low, spread->high, spread->runs});
    }
    if (series.points.empty()) return;
    if (auto* lines = std::get_if<LineChart>(&view.chart)) {
      lines->series.push_back(std::move(series));
    } else {
      std::get<BarChart>(view.chart).reference = {series.label, series.points.front().y};
    }
  }

  // What the panel's runs assume, of those with that label the first: " Assumed: gpu h100; …".
  static std::string assumptions_of(const Panel& panel, const std::string& label) {
    for (const Run* run : panel.runs) {
      for (const Speedup& speedup : run->speedups) {
        if (speedup.label != label || !speedup.assumptions.is_object()) continue;
        std::string text;
        for (const auto& [name, value] : speedup.assumptions.items()) {
          text += (text.empty() ? " Assumed: " : "; ") + name + " " +
                  (value.is_string()         ? value.get<std::string>()
                   : value.is_number_float() ? fmt::format("{:g}", value.get<double>())
                                             : value.dump());
        }
        return text.empty() ? text : text + ".";
      }
    }
    return "";
  }

  static std::optional<View> view_of(const Panel& panel, const Palette& palette,
                                     const Measure& measure, const Axis& axis) {
    if (panel.capacities.size() > 1) {
      LineChart chart = lines_over_capacity(panel, palette, measure, axis);
      if (chart.series.empty()) return std::nullopt;
      if (axis.unit == Unit::kFactor) chart.baseline = 1;
      return View{{}, axis.label + " over capacity", panel.title(), std::move(chart), ""};
    }
    if (panel.capacities.empty()) return std::nullopt;
    const double capacity = panel.capacities.front();
    BarChart chart = bars_at_capacity(panel, palette, capacity, measure, axis);
    if (chart.bars.empty()) return std::nullopt;
    return View{{},
                axis.label + " at " + panel.capacity_text(capacity),
                panel.title(),
                std::move(chart),
                ""};
  }
};
static_assert(Plot<SpeedupPlot>);

}  // namespace kvsim::reports
