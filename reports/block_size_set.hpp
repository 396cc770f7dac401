#pragma once
// Panels that differ in nothing but their block size: compared by tokens, since blocks of different
// sizes are different things to count.

#include <string>
#include <string_view>
#include <vector>

#include "reports/panel.hpp"

namespace kvsim::reports {

/// The ratios that mean the same at every block size, best first.
inline constexpr std::string_view kTokenRatios[] = {"ratios.token_hit", "ratios.byte_hit",
                                                    "ratios.request_hit"};

struct BlockSizeSet {
  std::string id;  ///< unlike any panel's and any other set's
  std::string trace;
  std::vector<Dimension> differing;  ///< in which the report's panels differ, but for block size
  std::vector<const Panel*> panels;  ///< by ascending block size; their capacities are in tokens

  std::string title() const;
  /// Policies of the first panel that ran at some other block size too.
  std::vector<std::string> policies() const;
};

/// Every two panels or more that differ in block size alone, in order of appearance.
std::vector<BlockSizeSet> block_size_sets(const ReportData& data);

/// `16 tokens a block`.
std::string block_size_text(const Panel& panel);

/// The result in a sentence: which block size serves a policy best at a middle capacity, and how
/// far the worst is behind. Capacities within a block of each other count as one. "" where there is
/// none.
std::string finding(const BlockSizeSet& set, const std::string& policy);

}  // namespace kvsim::reports
