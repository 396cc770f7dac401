#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/hash_study.hpp"
#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A bar a function, at one block size: its speed, or what it costs of the time to first token.
struct HashSpeedPlot {
  static constexpr std::string_view kName = "hash_speed";
  static constexpr std::string_view kDoc =
      "Speed of hash functions over chained blocks, and their share of the time to first token.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.results.files.begin(), data.results.files.end(),
                       [](const ResultsFile& file) { return !file.hashing.speeds.empty(); });
  }

  static std::vector<Figure> figures(const ReportData& data) {
    Figure figure;
    figure.section = kHashingSection;
    figure.title = "Speed of hash functions";
    const Palette palette = hash_palette(data);
    for (const ResultsFile& file : data.results.files) {
      std::set<double> sizes;
      for (const HashSpeedPoint& point : file.hashing.speeds) sizes.insert(point.block_tokens);
      for (const double size : sizes) {
        add_view(data, file, palette, size, false, figure);
        add_view(data, file, palette, size, true, figure);
      }
      if (!file.hashing.prefill.empty()) {
        figure.caption = "One thread; each block’s key holds its parent’s. Shares are of " +
                         file.hashing.prefill + ".";
      }
    }
    // Speeds before shares, as the menus list them.
    std::stable_partition(figure.views.begin(), figure.views.end(),
                          [](const View& view) { return view.choices.front().value == "speed"; });
    if (figure.views.empty()) return {};
    return {std::move(figure)};
  }

 private:
  static void add_view(const ReportData& data, const ResultsFile& file, const Palette& palette,
                       double size, bool is_share, Figure& figure) {
    BarChart chart;
    chart.x = is_share ? Axis{"share of the time to first token", "share", Unit::kRatio, false}
                       : Axis{"bytes of tokens a second", "bytes/s", Unit::kRate, false};
    for (const HashSpeedPoint& point : file.hashing.speeds) {
      if (point.block_tokens != size || (is_share && !point.share)) continue;
      const double value = is_share ? *point.share : point.bytes_per_second;
      chart.bars.push_back({point.hash, palette[point.hash], value, value, value, 1, std::nullopt});
    }
    if (chart.bars.empty()) return;
    std::stable_sort(chart.bars.begin(), chart.bars.end(), [&](const Bar& a, const Bar& b) {
      return is_share ? a.value < b.value : a.value > b.value;
    });
    const std::string what = is_share ? "share of the time to first token" : "speed";
    std::string block = plural(static_cast<std::size_t>(size), "token", "tokens") + " a block";
    if (const auto label = study_label(data, file); !label.empty()) block += ", " + label;
    figure.views.push_back({{{"what", is_share ? "share" : "speed", what}, {"block", block, block}},
                            is_share ? "What hashing costs of the time to first token"
                                     : "Speed of hash functions over chained blocks",
                            block,
                            std::move(chart),
                            std::string(kName) + "." + slug(what + " " + block)});
  }
};
static_assert(Plot<HashSpeedPlot>);

}  // namespace kvsim::reports
