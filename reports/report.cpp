#include "reports/report.hpp"

#include <fmt/format.h>

#include <deque>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "reports/draw/chart.hpp"
#include "reports/draw/vega.hpp"
#include "reports/page/page.hpp"
#include "reports/panel.hpp"
#include "reports/plots.hpp"
#include "reports/results.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"

namespace kvsim {
namespace reports {
namespace {

// Files that appear under their names all together, or not at all.
class FileSet {
 public:
  explicit FileSet(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error || !std::filesystem::is_directory(folder_)) {
      throw InputError(fmt::format("{}: cannot be made ({}), allowed: a folder to write into",
                                   folder_.string(),
                                   error ? error.message() : "something else has the name"));
    }
  }
  FileSet(const FileSet&) = delete;
  FileSet& operator=(const FileSet&) = delete;

  std::filesystem::path add(const std::string& name, const std::string& text) {
    const auto target = folder_ / name;
    if (std::filesystem::is_directory(target)) {
      throw InputError(target.string() + ": is a folder, allowed: a file to be replaced");
    }
    files_.emplace_back(target).write(text);
    return target;
  }

  void commit() {
    for (OutputFile& file : files_) file.commit();
  }

 private:
  std::filesystem::path folder_;
  std::deque<OutputFile> files_;
};

// No two plots may share a file; names of different labels can have the same slug.
void separate_names(std::vector<Figure>& figures) {
  std::set<std::string> taken;
  for (Figure& figure : figures) {
    for (View& view : figure.views) {
      if (view.file.empty()) continue;
      const std::string base = view.file;
      for (int i = 2; !taken.insert(view.file).second; ++i) {
        view.file = fmt::format("{}-{}", base, i);
      }
    }
  }
}

}  // namespace
}  // namespace reports

ReportFiles write_report(const std::vector<std::filesystem::path>& results,
                         const std::filesystem::path& out_dir) {
  const reports::ReportData data = reports::make_report_data(reports::read_results(results));
  std::vector<reports::Figure> figures = reports::all_figures(data);
  reports::separate_names(figures);
  const std::string page = reports::page_html(data, figures);

  reports::FileSet files(out_dir);
  ReportFiles written;
  for (const reports::Figure& figure : figures) {
    for (const reports::View& view : figure.views) {
      if (view.file.empty()) continue;
      written.plots.push_back(
          files.add(view.file + ".svg", reports::draw(view, reports::Dress::kStandalone)));
      written.plots.push_back(files.add(
          view.file + ".vl.json",
          reports::vega_lite(view).dump(1, ' ', false, reports::Json::error_handler_t::replace) +
              "\n"));
    }
  }
  // The page last: it links to the others.
  written.html = files.add("index.html", page);
  files.commit();
  return written;
}

}  // namespace kvsim
