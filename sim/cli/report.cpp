#include "reports/report.hpp"

#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/text.hpp"

namespace kvsim::cli {

void report_command(Arguments arguments) {
  Command command("kvsim report",
                  "Draws a report from one or more results files: index.html, which needs nothing "
                  "beside it, and each plot as SVG and as a Vega-Lite specification. Profiles of "
                  "kvsim model calibrate are drawn too, with what their fits are off by.");
  std::vector<std::string> results;
  std::string folder;
  command.arguments("RESULTS.json", results,
                    "Results of kvsim run, sim, mrc or model run, or a profile.");
  command.section("Output");
  command.required_option("-o,--output", "DIR", folder, "The folder; made if need be.");
  command.example("kvsim report results.json -o report", "A page to open in a browser.");
  command.example("kvsim report profile.json -o report", "A calibrated profile, and its fit.");
  if (!command.parse(arguments)) return;
  const ReportFiles files = write_report({results.begin(), results.end()}, folder);
  print(fmt::format("{}: a page and {} plot files\n", files.html.string(), files.plots.size()));
}

}  // namespace kvsim::cli
