#include "model/workload/workload.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <numeric>
#include <utility>

#include "model/workload/content_files.hpp"
#include "model/workload/generator/concept.hpp"
#include "model/workload/generator/generators_list.hpp"  // made from generators.list
#include "model/workload/records.hpp"
#include "sim/core/mapped_file.hpp"
#include "sim/core/type_list.hpp"
#include "traces/reader/open_trace.hpp"
#include "traces/sha256.hpp"

namespace kvsim {
namespace {

struct Entry {
  ComponentInfo info;
  std::vector<WorkloadSession> (*generate)(const Params&, std::string_view where);
};

const std::vector<Entry>& registry() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> made;
    for_each_type(WorkloadGeneratorList{}, [&]<class G>() {
      static_assert(WorkloadGenerator<G>);
      made.push_back({{std::string(G::kName), std::string(G::kDoc), describe<typename G::Config>()},
                      [](const Params& params, std::string_view where) {
                        return G::generate(parse_config<typename G::Config>(params, where));
                      }});
    });
    return made;
  }();
  return all;
}

bool is_generator(std::string_view name) {
  for (const Entry& entry : registry()) {
    if (entry.info.name == name) return true;
  }
  return false;
}

Workload generate(std::string_view text) {
  const ComponentSpec spec = parse_component("workload", text);
  const Entry& entry = find_component("workload", spec.name, registry());
  Workload workload;
  workload.name = spec.name;
  workload.sessions = entry.generate(spec.params, fmt::format("workload '{}'", spec.name));
  workload.has_times = workload.sessions.front().turns.front().arrival.has_value();
  return workload;
}

Workload read_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  const MappedFile file = map_file(path);
  WorkloadRecords records;
  for_each_content(file.bytes, name, [&](const std::string& member, std::string_view content) {
    records.read(member, content);
  });
  Workload workload = records.finish(name);
  workload.name = trace_name(path);
  Sha256 sha;
  sha.update(file.bytes);
  workload.sha256 = sha.hex();
  return workload;
}

}  // namespace

std::uint64_t Workload::turns() const {
  return std::accumulate(
      sessions.begin(), sessions.end(), std::uint64_t{0},
      [](std::uint64_t sum, const WorkloadSession& session) { return sum + session.turns.size(); });
}

Workload open_workload(std::string_view spec) {
  const std::string_view name = spec.substr(0, spec.find(':'));
  if (is_generator(name)) return generate(spec);
  std::error_code error;
  if (std::filesystem::exists(spec, error)) return read_file(spec);
  std::vector<std::string> names;
  for (const Entry& entry : registry()) names.push_back(entry.info.name);
  const std::string near = nearest_name(name, names);
  throw InputError(fmt::format(
      "workload '{}': no such file, and no such generator{} (generators: {})", spec,
      near.empty() ? "" : fmt::format("; did you mean '{}'?", near), fmt::join(names, ", ")));
}

std::vector<ComponentInfo> list_workload_generators() { return infos_of(registry()); }

}  // namespace kvsim
