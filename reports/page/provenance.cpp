#include "reports/page/provenance.hpp"

#include <fmt/format.h>

#include <vector>

namespace kvsim::reports {
namespace {

// A value as text; "" where it is absent.
std::string text_of(const Json& object, std::string_view name) {
  if (!object.is_object()) return "";
  const auto it = object.find(std::string(name));
  if (it == object.end() || it->is_null()) return "";
  if (it->is_string()) return it->get<std::string>();
  return it->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string list_of(const Json& object, std::string_view name) {
  const auto it = object.is_object() ? object.find(std::string(name)) : object.end();
  if (it == object.end() || !it->is_array()) return text_of(object, name);
  std::string text;
  for (const Json& item : *it) {
    if (!text.empty()) text += ", ";
    text += item.is_string() ? item.get<std::string>()
                             : item.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text;
}

std::string host_text(const Json& provenance) {
  const auto it = provenance.find("host");
  if (it == provenance.end()) return "";
  if (!it->is_object()) return text_of(provenance, "host");
  std::string text;
  const auto add = [&](const std::string& part) {
    if (part.empty()) return;
    if (!text.empty()) text += ", ";
    text += part;
  };
  add(text_of(*it, "name"));
  add(text_of(*it, "cpu"));
  const std::string cores = text_of(*it, "cores");
  add(cores.empty() ? "" : cores + (cores == "1" ? " core" : " cores"));
  add(text_of(*it, "os"));
  return text;
}

std::string fact(std::string_view name, const std::string& value, bool code = false) {
  std::string shown = value.empty() ? std::string(kAbsent) : escape(value);
  if (code && !value.empty()) shown = "<code>" + shown + "</code>";
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, shown);
}

std::string count_text(const Json& trace, std::string_view name) {
  const auto it = trace.find(std::string(name));
  if (it == trace.end() || !it->is_number()) return std::string(kAbsent);
  return format_count(it->get<double>());
}

std::string traces_table(const Json& provenance) {
  const auto it = provenance.find("traces");
  if (it == provenance.end() || !it->is_array() || it->empty()) return "";
  std::string rows;
  for (const Json& trace : *it) {
    if (!trace.is_object()) continue;
    const auto cell = [&](std::string_view name) {
      const std::string text = text_of(trace, name);
      return text.empty() ? std::string(kAbsent) : escape(text);
    };
    const auto skipped = trace.find("skipped_records");
    const std::string passed_over =
        skipped == trace.end() || !skipped->is_number()
            ? ""
            : fmt::format(" ({} malformed skipped)", format_count(skipped->get<double>()));
    rows += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"n\">{}{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td class=\"long\">{}</td><td class=\"long\"><code>{}</code></td>"
        "</tr>\n",
        cell("name"), cell("format"), count_text(trace, "requests"), passed_over,
        count_text(trace, "accesses"), count_text(trace, "distinct_blocks"), cell("path"),
        cell("sha256"));
  }
  return "<div class=\"table-frame plain\"><table><thead><tr><th>trace</th><th>format</th>"
         "<th class=\"n\">requests</th><th class=\"n\">accesses</th>"
         "<th class=\"n\">distinct blocks</th><th>file</th><th>SHA-256</th></tr></thead><tbody>" +
         rows + "</tbody></table></div>\n";
}

std::string file_html(const ResultsFile& file, bool several) {
  const Json& provenance = file.provenance;
  std::string version = text_of(provenance, "kvsim_version");
  const std::string revision = text_of(provenance, "git_revision");
  if (!revision.empty()) version += version.empty() ? revision : ", revision " + revision;
  const std::string started = text_of(provenance, "started");
  const std::string finished = text_of(provenance, "finished");
  std::string time = started;
  if (!finished.empty()) time += time.empty() ? finished : " to " + finished;

  std::string html = several ? fmt::format("<h3>{}</h3>\n", escape(file.label)) : std::string();
  html += "<dl class=\"facts\">";
  html += fact("results file", file.path.filename().string());
  html += fact("runs", format_count(static_cast<double>(file.runs.size())));
  html += fact("kvsim", version);
  html += fact("seeds", list_of(provenance, "seeds"));
  html += fact("host", host_text(provenance));
  html += fact("compiler", text_of(provenance, "compiler"));
  html += fact("time", time);
  html += fact("configuration, SHA-256", text_of(provenance, "config_sha256"), true);
  html += "</dl>\n";
  html += traces_table(provenance);
  if (provenance.contains("config")) {
    html += fmt::format(
        "<details><summary>Resolved configuration</summary><pre>{}</pre></details>\n",
        escape(provenance["config"].dump(2, ' ', false, Json::error_handler_t::replace)));
  }
  return html;
}

}  // namespace

std::string provenance_html(const ReportData& data) {
  std::string html;
  for (const ResultsFile& file : data.results.files) {
    html += file_html(file, data.results.files.size() > 1);
  }
  return html;
}

std::string stated_title(const ReportData& data) {
  for (const ResultsFile& file : data.results.files) {
    const auto config = file.provenance.find("config");
    if (config == file.provenance.end()) continue;
    for (const std::string_view name : {"title", "question", "name"}) {
      if (!config->is_object() || !config->contains(std::string(name))) continue;
      const std::string title = text_of(*config, name);
      if (!title.empty()) return title;
    }
  }
  return "";
}

}  // namespace kvsim::reports
