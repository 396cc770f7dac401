#pragma once

#include <filesystem>
#include <vector>

namespace kvsim {

/// What write_report wrote.
struct ReportFiles {
  std::filesystem::path html;                ///< the page
  std::vector<std::filesystem::path> plots;  ///< each plot's `.svg` and `.vl.json`, by name
};

/// Draws a report from one or more results files (schema `kvsim.results/1`) into `out_dir`, made
/// if need be: `index.html`, one page that needs nothing beside it, and each plot as a standalone
/// SVG and as a Vega-Lite v5 specification with its data inline. Files of the same names are
/// replaced, each whole; on an error none is. Where two files hold the same run, their runs are
/// told apart by file. Throws InputError that names the file, the JSON pointer, what was found and
/// what is allowed; also where `results` is empty or `out_dir` cannot be written.
ReportFiles write_report(const std::vector<std::filesystem::path>& results,
                         const std::filesystem::path& out_dir);

}  // namespace kvsim
