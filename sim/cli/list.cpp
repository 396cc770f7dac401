#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <variant>

#include "model/cost/presets.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/text.hpp"
#include "sim/engine/replay.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/table/driven_table.hpp"
#include "traces/generator/generate.hpp"
#include "traces/reader/open_trace.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim::cli {

namespace {

using Json = nlohmann::ordered_json;

// Formats and generators say the same of themselves, under their own types.
template <class Info>
std::vector<ComponentInfo> as_components(const std::vector<Info>& infos) {
  std::vector<ComponentInfo> components;
  for (const Info& info : infos) components.push_back({info.name, info.doc, info.fields});
  return components;
}

constexpr std::size_t kWidth = 96;
constexpr std::size_t kLeft = 20;

// Presets of cost models: numbers with their sources instead of parameters.

std::string sources_text(const std::vector<Source>& sources) {
  std::string text;
  for (const Source& source : sources) {
    text += wrapped(fmt::format("{}: {}", source.of, source.text), kWidth, kLeft + 2);
  }
  return text;
}

std::string models_text() {
  std::string text;
  for (const ModelShape& m : model_presets()) {
    const double each = m.kv_bytes_per_token(m.kv_type);
    const double growing = m.kv_bytes_per_token_growing(m.kv_type);
    text += described(m.name, m.doc, kLeft, kWidth);
    text += wrapped(
        fmt::format(
            "{:.4g} billion weights ({:.4g} a token), {} layers, {:.4g} GB; {} bytes of KV a "
            "token{} ({})",
            static_cast<double>(m.parameters()) / 1e9,
            static_cast<double>(m.active_parameters()) / 1e9, m.layers(), m.weight_bytes() / 1e9,
            grouped_digits(static_cast<std::uint64_t>(each)),
            growing == each ? ""
                            : fmt::format(", {} once windows are full",
                                          grouped_digits(static_cast<std::uint64_t>(growing))),
            name_of(m.kv_type)),
        kWidth, kLeft + 2);
    text += sources_text(m.sources);
  }
  return text;
}

Json models_json() {
  Json list = Json::array();
  for (const ModelShape& m : model_presets()) {
    Json one = Json::parse(to_json(m));
    one["parameters"] = m.parameters();
    one["active_parameters"] = m.active_parameters();
    one["kv_bytes_per_token"] = m.kv_bytes_per_token(m.kv_type);
    one["kv_bytes_per_token_growing"] = m.kv_bytes_per_token_growing(m.kv_type);
    list.push_back(std::move(one));
  }
  return list;
}

std::string gpus_text() {
  std::string text;
  for (const Gpu& g : gpu_presets()) {
    text += described(g.name, g.doc, kLeft, kWidth);
    text += wrapped(
        fmt::format("{:.4g} TFLOP/s (8 bits: {:.4g}), {:.4g} GB at {:.4g} TB/s, {:.4g} GB/s "
                    "to other GPUs, {:.4g} GB/s to the host; MFU {:g}, MBU {:g}",
                    g.flops / 1e12, g.flops_8bit / 1e12, g.memory_bytes / 1e9,
                    g.memory_bytes_per_second / 1e12, g.interconnect_bytes_per_second / 1e9,
                    g.host.bytes_per_second / 1e9, g.mfu, g.mbu),
        kWidth, kLeft + 2);
    text += sources_text(g.sources);
  }
  return text;
}

Json gpus_json() {
  Json list = Json::array();
  for (const Gpu& g : gpu_presets()) list.push_back(Json::parse(to_json(g)));
  return list;
}

std::string range_text(const FieldInfo& field) {
  if (field.type == "bool") return "true or false";
  if (field.type == "choice") return fmt::format("{}", fmt::join(field.choices, "|"));
  if (field.type == "text") return "text";
  const bool has_min = !std::isinf(field.min);
  const bool has_max = !std::isinf(field.max);
  const std::string_view kind = field.type == "int" ? "integer" : "number";
  if (has_min && has_max) return fmt::format("{} {} to {}", kind, field.min, field.max);
  if (has_min) return fmt::format("{} from {}", kind, field.min);
  if (has_max) return fmt::format("{} up to {}", kind, field.max);
  return std::string(kind);
}

struct Kind {
  std::string_view name;
  std::string_view doc;
  std::vector<ComponentInfo> (*list)();  // or none, where the two below are
  std::string (*text)() = nullptr;
  Json (*json)() = nullptr;
};

constexpr Kind kKinds[] = {
    {"policies", "which block leaves (--policy)", list_policies},
    {"admissions", "whether a block may enter, before a policy (--policy FILTER+POLICY)",
     list_admissions},
    {"organisations", "how blocks are held and may leave (--organisation)", list_organisations},
    {"hashes", "what names a block (--hash)", list_hashes},
    {"chains", "how a block's key follows from its parent's (--chain)", list_chains},
    {"tables", "what keys are looked up in (--table)", list_tables},
    {"formats", "trace formats that can be read (--format)",
     [] { return as_components(list_formats()); }},
    {"writers", "trace formats that can be written (kvsim trace convert --to)",
     [] { return as_components(list_writers()); }},
    {"generators", "synthetic workloads (kvsim trace generate)",
     [] { return as_components(generators()); }},
    {"models", "shapes of models for cost models (--model)", nullptr, models_text, models_json},
    {"gpus", "what they run on (--gpu)", nullptr, gpus_text, gpus_json},
};

std::string kind_text(const Kind& kind) {
  std::string text = styled(kind.name, Style::kBold) + fmt::format(": {}\n\n", kind.doc);
  if (kind.text != nullptr) return text + kind.text();
  for (const ComponentInfo& info : kind.list()) {
    text += described(info.name, info.doc, kLeft, kWidth);
    for (const FieldInfo& field : info.fields) {
      const std::string value = to_text(field.default_value);
      text += wrapped(fmt::format("{}={}  ({}) {}", field.name, value.empty() ? "\"\"" : value,
                                  range_text(field), field.doc),
                      kWidth, kLeft + 2);
    }
  }
  return text;
}

Json field_json(const FieldInfo& field) {
  Json json{{"name", field.name}, {"type", field.type}};
  std::visit([&](const auto& v) { json["default"] = v; }, field.default_value);
  if (field.type == "int" || field.type == "number") {
    if (!std::isinf(field.min)) json["min"] = field.min;
    if (!std::isinf(field.max)) json["max"] = field.max;
  }
  if (!field.choices.empty()) json["choices"] = field.choices;
  json["doc"] = field.doc;
  return json;
}

Json kind_json(const Kind& kind) {
  if (kind.json != nullptr) return kind.json();
  Json list = Json::array();
  for (const ComponentInfo& info : kind.list()) {
    Json fields = Json::array();
    for (const FieldInfo& field : info.fields) fields.push_back(field_json(field));
    list.push_back({{"name", info.name}, {"doc", info.doc}, {"parameters", std::move(fields)}});
  }
  return list;
}

const Kind& find_kind(const std::string& name) {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  throw InputError(unknown_name("kind", name, names));
}

}  // namespace

void list_command(Arguments arguments) {
  Command command("kvsim list",
                  "Shows what there is of a kind, each with its source, parameters, defaults and "
                  "ranges: policies, admissions, organisations, hashes, chains, tables, formats, "
                  "writers, generators, models or gpus.");
  std::optional<std::string> name;
  bool as_json = false;
  command.optional_argument("KIND", name, "Which; all of them unless given.");
  command.section("Output");
  command.flag("--json", as_json, "As JSON.");
  command.example("kvsim list policies", "Every eviction policy with its parameters.");
  if (!command.parse(arguments)) return;
  if (name) {
    const Kind& kind = find_kind(*name);
    print(as_json ? kind_json(kind).dump(2) + "\n" : kind_text(kind));
    return;
  }
  Json all = Json::object();
  std::string text;
  for (const Kind& kind : kKinds) {
    if (as_json) {
      all[std::string(kind.name)] = kind_json(kind);
    } else {
      if (!text.empty()) text += '\n';
      text += kind_text(kind);
    }
  }
  print(as_json ? all.dump(2) + "\n" : text);
}

}  // namespace kvsim::cli
