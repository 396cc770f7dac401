#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "reports/draw/chart.hpp"
#include "reports/draw/scale.hpp"
#include "reports/format.hpp"
#include "tests/reports/xml_check.hpp"

namespace kvsim::reports::testing {
namespace {

TEST(Format, WritesNumbersAsPeopleReadThem) {
  EXPECT_EQ(format_value(Unit::kRatio, 0.46123), "46.12 %");
  EXPECT_EQ(format_value(Unit::kPoints, -0.0621), "−6.21");
  EXPECT_EQ(format_value(Unit::kPoints, 0.0014), "+0.14");
  EXPECT_EQ(format_value(Unit::kPoints, -0.00001), "0.00");
  EXPECT_EQ(format_value(Unit::kCount, 1234567.0), "1,234,567");
  EXPECT_EQ(format_value(Unit::kCount, 999.0), "999");
  EXPECT_EQ(format_value(Unit::kBytes, 1536.0), "1.5 KiB");
  EXPECT_EQ(format_value(Unit::kBytes, 671088640000.0), "625 GiB");
  EXPECT_EQ(format_value(Unit::kFactor, 1.25), "1.25×");
  EXPECT_EQ(format_value(Unit::kSeconds, 0.0123), "12.3 ms");
  EXPECT_EQ(format_value(Unit::kNumber, 0.0), "0");
  EXPECT_EQ(format_value(Unit::kRatio, std::nullopt), "–");
  EXPECT_EQ(format_tick(Unit::kRatio, 0.5), "50 %");
  EXPECT_EQ(format_tick(Unit::kCount, 20000), "20k");
}

TEST(Format, EscapesWhatXmlCannotHold) {
  EXPECT_EQ(escape("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(escape("é–日"), "é–日");
  EXPECT_EQ(escape(std::string_view("a\x01\xff\0", 4)), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(escape("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a surrogate
}

TEST(Format, MakesNamesForFiles) {
  EXPECT_EQ(slug("S3-FIFO: small=0.1"), "s3-fifo-small-0-1");
  EXPECT_EQ(slug("../../etc"), "etc");
  EXPECT_EQ(slug("日本"), "unnamed");
}

TEST(Scale, PutsEqualRatiosAtEqualDistancesByLogarithm) {
  const Scale log(10, 1000, 0, 100, true);
  EXPECT_NEAR(log(100), 50, 1e-9);
  const Scale linear(0, 10, 100, 0, false);
  EXPECT_NEAR(linear(2.5), 75, 1e-9);
}

TEST(Ticks, AreRoundAndWithinTheRange) {
  EXPECT_EQ(linear_ticks(0, 0.5, 5, Unit::kRatio).size(), 6u);
  EXPECT_EQ(log_ticks(500, 100000, Unit::kCount),
            (std::vector<double>{500, 1000, 2000, 5000, 10000, 20000, 50000, 100000}));
  for (const double tick : log_ticks(1 << 20, 1 << 30, Unit::kBytes)) {
    EXPECT_EQ(std::exp2(std::round(std::log2(tick))), tick);
  }
  const Range range = nice_range(0.413, 0.467, 6, Unit::kRatio);
  EXPECT_LE(range.low, 0.413);
  EXPECT_GE(range.high, 0.467);
  EXPECT_GT(range.low, 0.3);
}

TEST(Labels, AreSpreadWithoutChangingTheirOrder) {
  const std::vector<double> wanted{50, 10, 51, 52, 200, 50.5};
  const auto places = spread_labels(wanted, 12, 0, 300);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (std::size_t j = 0; j < wanted.size(); ++j) {
      if (wanted[i] < wanted[j]) {
        EXPECT_GE(places[j] - places[i], 12 - 1e-9);
      }
    }
  }
  EXPECT_DOUBLE_EQ(places[1], 10);  // those with room stay
  EXPECT_DOUBLE_EQ(places[4], 200);
}

TEST(Labels, StayWithinTheirBounds) {
  const auto places = spread_labels({-5, -5, 300, 300}, 10, 0, 100);
  EXPECT_GE(*std::min_element(places.begin(), places.end()), 0);
  EXPECT_LE(*std::max_element(places.begin(), places.end()), 100);
}

TEST(LineChart, IsWellFormedEvenForOnePointAndHostileNames) {
  LineChart chart;
  chart.x = {"capacity <blocks>", "capacity_blocks", Unit::kCount, true};
  chart.y = {"block_hit", "block_hit", Unit::kRatio, false};
  chart.series.push_back({"</svg><script>&\"'", "</svg>\"", {0, 0}, {{100, 0, 0, 0, 1}}});
  const View view{{}, "a & b", "<i>", chart, ""};
  const std::string svg = draw(view, Dress::kStandalone);
  EXPECT_EQ(xml_error(svg), "");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(XmlCheck, FindsWhatIsWrong) {
  EXPECT_EQ(xml_error("<a><b c=\"d\"/>&amp;</a>"), "");
  EXPECT_NE(xml_error("<a><b></a>"), "");
  EXPECT_NE(xml_error("<a>&nbsp;</a>"), "");
  EXPECT_NE(xml_error("<a b=\"1\" b=\"2\"/>"), "");
  EXPECT_NE(xml_error("<a/><b/>"), "");
  EXPECT_NE(xml_error("<a b=\"<\"/>"), "");
}

}  // namespace
}  // namespace kvsim::reports::testing
