#include "model/cost/presets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/cost/preset_texts.hpp"
#include "model/cost/shape_json.hpp"
#include "sim/core/error.hpp"
#include "sim/core/json_node.hpp"

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostCount = std::uint64_t{1} << 40;
constexpr double kMostRate = 1e21;

// What a number of layers' members are called in JSON, and which kinds have them.
struct AttentionMember {
  const char* name;
  std::uint64_t AttentionLayers::*member;
  std::vector<AttentionKind> kinds;
};

const std::vector<AttentionMember>& attention_members() {
  using K = AttentionKind;
  using A = AttentionLayers;
  static const std::vector<AttentionMember> members = {
      {"query_heads", &A::query_heads, {K::kFull, K::kSlidingWindow, K::kLatent}},
      {"kv_heads", &A::kv_heads, {K::kFull, K::kSlidingWindow}},
      {"head_size", &A::head_size, {K::kFull, K::kSlidingWindow, K::kLatent}},
      {"window", &A::window, {K::kSlidingWindow}},
      {"kv_rank", &A::kv_rank, {K::kLatent}},
      {"rope_size", &A::rope_size, {K::kLatent}},
      {"value_size", &A::value_size, {K::kLatent}},
      {"query_rank", &A::query_rank, {K::kLatent}},
      {"state_size", &A::state_size, {K::kLinear}},
      {"layer_weights", &A::layer_weights, {K::kLinear}}};
  return members;
}

bool has(const AttentionMember& member, AttentionKind kind) {
  return std::find(member.kinds.begin(), member.kinds.end(), kind) != member.kinds.end();
}

AttentionLayers read_attention(const JsonNode& node) {
  if (!node.is_object()) node.refuse("an object such as {\"kind\": \"full\", \"layers\": 32, …}");
  AttentionLayers layers;
  const JsonNode kind = node.at("kind");
  const std::string name = kind.text("full, sliding_window, latent or linear");
  layers.kind = kind.placed([&] {
    std::vector<std::string> names;
    for (const AttentionKind k : {AttentionKind::kFull, AttentionKind::kSlidingWindow,
                                  AttentionKind::kLatent, AttentionKind::kLinear}) {
      if (name_of(k) == name) return k;
      names.emplace_back(name_of(k));
    }
    throw InputError(unknown_name("kind of attention", name, names));
  });
  std::vector<std::string> keys{"kind", "layers"};
  for (const AttentionMember& member : attention_members()) {
    if (has(member, layers.kind)) keys.emplace_back(member.name);
  }
  node.check_keys(keys);
  layers.layers = node.at("layers").integer(1, kMostCount);
  for (const AttentionMember& member : attention_members()) {
    if (!has(member, layers.kind)) continue;
    const bool may_be_absent = member.member == &AttentionLayers::query_rank;
    if (may_be_absent && !node.has(member.name)) continue;
    layers.*member.member = node.at(member.name).integer(1, kMostCount);
  }
  return layers;
}

FeedForwardLayers read_feed_forward(const JsonNode& node) {
  node.check_keys({"layers", "size", "experts", "active_experts", "shared_size", "matrices"});
  FeedForwardLayers layers;
  layers.layers = node.at("layers").integer(1, kMostCount);
  layers.size = node.at("size").integer(1, kMostCount);
  node.with("experts", [&](const JsonNode& n) { layers.experts = n.integer(1, kMostCount); });
  if (layers.experts > 1) {
    layers.active_experts = node.at("active_experts").integer(1, layers.experts);
  } else {
    node.with("active_experts", [&](const JsonNode& n) { (void)n.integer(1, 1); });
  }
  node.with("shared_size",
            [&](const JsonNode& n) { layers.shared_size = n.integer(0, kMostCount); });
  node.with("matrices", [&](const JsonNode& n) { layers.matrices = n.integer(2, 3); });
  return layers;
}

ElementType read_type(const JsonNode& node) {
  const std::string text = node.text("an element type such as \"bfloat16\"");
  return node.placed([&] { return parse_element_type(text); });
}

std::vector<Source> read_sources(const JsonNode& node) {
  if (!node.is_object()) node.refuse("an object: what, and where it is from");
  std::vector<Source> sources;
  for (const auto& [of, text] : node.json().items()) {
    sources.push_back({of, node.at(of).text("text")});
  }
  return sources;
}

std::string read_name(const JsonNode& node) {
  const JsonNode name = node.at("name");
  std::string text = name.text("a name");
  if (text.empty()) name.refuse("a name");
  return text;
}

Link read_link(const JsonNode& node) {
  node.check_keys({"bytes_per_second", "latency_s"});
  Link link;
  link.bytes_per_second = node.at("bytes_per_second").number(1, kMostRate);
  node.with("latency_s", [&](const JsonNode& n) { link.latency_s = n.number(0, 1e3); });
  return link;
}

bool is_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".json");
}

template <class T, class Parse>
T find(std::string_view kind, std::string_view name_or_path, const std::filesystem::path& folder,
       const std::vector<T>& presets, Parse&& parse) {
  if (is_path(name_or_path)) {
    const std::filesystem::path path = folder / name_or_path;
    return parse(read_json_text(path), path.string());
  }
  std::vector<std::string> names;
  for (const T& preset : presets) {
    if (preset.name == name_or_path) return preset;
    names.push_back(preset.name);
  }
  throw InputError(unknown_name(kind, name_or_path, names) + ", or the path of a JSON file");
}

}  // namespace

ModelShape read_model(const JsonNode& node) {
  node.check_keys({"name", "doc", "hidden", "vocabulary", "tied_embeddings", "attention",
                   "feed_forward", "other_weights", "longest_context", "weight_type", "expert_type",
                   "kv_type", "sources"});
  ModelShape shape;
  shape.name = read_name(node);
  node.with("doc", [&](const JsonNode& n) { shape.doc = n.text("text"); });
  shape.hidden = node.at("hidden").integer(1, kMostCount);
  shape.vocabulary = node.at("vocabulary").integer(1, kMostCount);
  node.with("tied_embeddings", [&](const JsonNode& n) { shape.tied_embeddings = n.boolean(); });
  shape.attention = node.at("attention").list("one kind of layers or more", read_attention);
  if (node.has("feed_forward")) {
    shape.feed_forward =
        node.at("feed_forward").list("one kind of layers or more", read_feed_forward);
  }
  node.with("other_weights",
            [&](const JsonNode& n) { shape.other_weights = n.integer(0, kMostCount); });
  node.with("longest_context",
            [&](const JsonNode& n) { shape.longest_context = n.integer(1, kMostCount); });
  node.with("weight_type", [&](const JsonNode& n) { shape.weight_type = read_type(n); });
  shape.expert_type = shape.weight_type;
  node.with("expert_type", [&](const JsonNode& n) { shape.expert_type = read_type(n); });
  node.with("kv_type", [&](const JsonNode& n) { shape.kv_type = read_type(n); });
  node.with("sources", [&](const JsonNode& n) { shape.sources = read_sources(n); });
  return shape;
}

ModelShape parse_model(std::string_view text, const std::string& file) {
  const nlohmann::json json = parse_strict_json(text, file);
  return read_model(JsonNode(file, json));
}

Gpu parse_gpu(std::string_view text, const std::string& file) {
  const nlohmann::json json = parse_strict_json(text, file);
  const JsonNode node(file, json);
  node.check_keys({"name", "doc", "flops", "flops_8bit", "memory_bytes_per_second", "memory_bytes",
                   "interconnect_bytes_per_second", "step_overhead_s", "layer_overhead_s", "host",
                   "disk", "mfu", "mbu", "sources"});
  Gpu gpu;
  gpu.name = read_name(node);
  node.with("doc", [&](const JsonNode& n) { gpu.doc = n.text("text"); });
  gpu.flops = node.at("flops").number(1, kMostRate);
  node.with("flops_8bit", [&](const JsonNode& n) { gpu.flops_8bit = n.number(1, kMostRate); });
  gpu.memory_bytes_per_second = node.at("memory_bytes_per_second").number(1, kMostRate);
  gpu.memory_bytes = node.at("memory_bytes").number(1, kMostRate);
  node.with("interconnect_bytes_per_second",
            [&](const JsonNode& n) { gpu.interconnect_bytes_per_second = n.number(1, kMostRate); });
  node.with("step_overhead_s", [&](const JsonNode& n) { gpu.step_overhead_s = n.number(0, 1e3); });
  node.with("layer_overhead_s",
            [&](const JsonNode& n) { gpu.layer_overhead_s = n.number(0, 1e3); });
  gpu.host = read_link(node.at("host"));
  gpu.disk = read_link(node.at("disk"));
  gpu.mfu = node.at("mfu").number(1e-6, 1);
  gpu.mbu = node.at("mbu").number(1e-6, 1);
  node.with("sources", [&](const JsonNode& n) { gpu.sources = read_sources(n); });
  return gpu;
}

nlohmann::ordered_json json_of(const ModelShape& shape) {
  Json json{{"name", shape.name}};
  if (!shape.doc.empty()) json["doc"] = shape.doc;
  json["hidden"] = shape.hidden;
  json["vocabulary"] = shape.vocabulary;
  json["tied_embeddings"] = shape.tied_embeddings;
  json["attention"] = Json::array();
  for (const AttentionLayers& layers : shape.attention) {
    Json one{{"kind", name_of(layers.kind)}, {"layers", layers.layers}};
    for (const AttentionMember& member : attention_members()) {
      const std::uint64_t value = layers.*member.member;
      if (has(member, layers.kind) && value != 0) one[member.name] = value;
    }
    json["attention"].push_back(std::move(one));
  }
  if (!shape.feed_forward.empty()) json["feed_forward"] = Json::array();
  for (const FeedForwardLayers& layers : shape.feed_forward) {
    Json one{{"layers", layers.layers}, {"size", layers.size}};
    if (layers.experts > 1) {
      one["experts"] = layers.experts;
      one["active_experts"] = layers.active_experts;
    }
    if (layers.shared_size != 0) one["shared_size"] = layers.shared_size;
    if (layers.matrices != FeedForwardLayers{}.matrices) one["matrices"] = layers.matrices;
    json["feed_forward"].push_back(std::move(one));
  }
  json["other_weights"] = shape.other_weights;
  if (shape.longest_context != 0) json["longest_context"] = shape.longest_context;
  json["weight_type"] = name_of(shape.weight_type);
  if (shape.expert_type != shape.weight_type) json["expert_type"] = name_of(shape.expert_type);
  json["kv_type"] = name_of(shape.kv_type);
  if (!shape.sources.empty()) {
    for (const Source& source : shape.sources) json["sources"][source.of] = source.text;
  }
  return json;
}

std::string to_json(const ModelShape& shape) { return json_of(shape).dump(2) + "\n"; }

std::string to_json(const Gpu& gpu) {
  const auto link = [](const Link& l) {
    return Json{{"bytes_per_second", l.bytes_per_second}, {"latency_s", l.latency_s}};
  };
  Json json{{"name", gpu.name}};
  if (!gpu.doc.empty()) json["doc"] = gpu.doc;
  json["flops"] = gpu.flops;
  if (gpu.flops_8bit != 0) json["flops_8bit"] = gpu.flops_8bit;
  json["memory_bytes_per_second"] = gpu.memory_bytes_per_second;
  json["memory_bytes"] = gpu.memory_bytes;
  if (gpu.interconnect_bytes_per_second != 0) {
    json["interconnect_bytes_per_second"] = gpu.interconnect_bytes_per_second;
  }
  json["step_overhead_s"] = gpu.step_overhead_s;
  json["layer_overhead_s"] = gpu.layer_overhead_s;
  json["host"] = link(gpu.host);
  json["disk"] = link(gpu.disk);
  json["mfu"] = gpu.mfu;
  json["mbu"] = gpu.mbu;
  for (const Source& source : gpu.sources) json["sources"][source.of] = source.text;
  return json.dump(2) + "\n";
}

const std::vector<ModelShape>& model_presets() {
  static const std::vector<ModelShape> presets = [] {
    std::vector<ModelShape> all;
    for (const auto& [file, text] : kModelTexts)
      all.push_back(parse_model(text, std::string(file)));
    return all;
  }();
  return presets;
}

const std::vector<Gpu>& gpu_presets() {
  static const std::vector<Gpu> presets = [] {
    std::vector<Gpu> all;
    for (const auto& [file, text] : kGpuTexts) all.push_back(parse_gpu(text, std::string(file)));
    return all;
  }();
  return presets;
}

ModelShape find_model(std::string_view name_or_path, const std::filesystem::path& folder) {
  return find("model", name_or_path, folder, model_presets(), parse_model);
}

Gpu find_gpu(std::string_view name_or_path, const std::filesystem::path& folder) {
  return find("GPU", name_or_path, folder, gpu_presets(), parse_gpu);
}

}  // namespace kvsim
