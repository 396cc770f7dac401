#include "reports/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <set>
#include <span>
#include <sstream>

#include "reports/format.hpp"
#include "sim/core/error.hpp"

namespace kvsim::reports {
namespace {

constexpr std::string_view kSchema = "kvsim.results/1";
constexpr std::string_view kCostSchema = "kvsim.cost/1";

// A value and where it stands, so that every complaint can name the place.
class Node {
 public:
  Node(const std::string& file, std::string pointer, const Json& json)
      : file_(&file), pointer_(std::move(pointer)), json_(&json) {}

  const Json& json() const { return *json_; }

  [[noreturn]] void fail(std::string_view found, std::string_view allowed) const {
    throw InputError(fmt::format("{}: {}: found {}, allowed: {}", *file_,
                                 pointer_.empty() ? "/" : pointer_, found, allowed));
  }

  std::string found() const {
    std::string text = json_->dump(-1, ' ', false, Json::error_handler_t::replace);
    constexpr std::size_t kLongest = 60;
    if (json_->is_object()) return "an object";
    if (json_->is_array()) return "an array";
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
    return text;
  }

  Node at(std::string_view name, const Json& child) const {
    std::string escaped;
    for (const char c : name) {
      if (c == '~') {
        escaped += "~0";
      } else if (c == '/') {
        escaped += "~1";
      } else {
        escaped += c;
      }
    }
    return {*file_, pointer_ + "/" + escaped, child};
  }

  std::optional<Node> member(std::string_view name) const {
    const auto it = json_->find(std::string(name));
    if (it == json_->end()) return std::nullopt;
    return at(name, *it);
  }

  Node required(std::string_view name, std::string_view allowed) const {
    auto child = member(name);
    if (!child) {
      throw InputError(
          fmt::format("{}: {}/{}: found nothing, allowed: {}", *file_, pointer_, name, allowed));
    }
    return *child;
  }

  const Node& as_object() const {
    if (!json_->is_object()) fail(found(), "an object");
    return *this;
  }

  std::vector<Node> as_array() const {
    if (!json_->is_array()) fail(found(), "an array");
    std::vector<Node> items;
    std::size_t i = 0;
    for (const Json& item : *json_) items.push_back(at(std::to_string(i++), item));
    return items;
  }

  std::string as_text() const {
    if (!json_->is_string()) fail(found(), "a string");
    return json_->get<std::string>();
  }

  double as_number(double min, double max, std::string_view allowed) const {
    if (!json_->is_number()) fail(found(), allowed);
    const double value = json_->get<double>();
    if (!(value >= min && value <= max)) fail(found(), allowed);
    return value;
  }
  double as_size() const { return as_number(0, kHuge, "a number of 0 or more"); }
  double as_share() const { return as_number(0, 1, "a number from 0 to 1"); }

  std::string text(std::string_view name) const {
    const auto child = member(name);
    return child ? child->as_text() : std::string();
  }
  std::optional<double> size(std::string_view name) const {
    const auto child = member(name);
    return child ? std::optional(child->as_size()) : std::nullopt;
  }
  std::optional<double> share(std::string_view name) const {
    const auto child = member(name);
    return child ? std::optional(child->as_share()) : std::nullopt;
  }

  static constexpr double kHuge = 1e300;

 private:
  const std::string* file_;
  std::string pointer_;
  const Json* json_;
};

// The numbers of an object by dotted name. Texts beside them (the name of a method) are passed
// over; a null is refused, since absent and unknown must not look alike.
void collect_numbers(const Node& node, const std::string& prefix, bool shares, Values& values) {
  for (const auto& [name, child] : node.as_object().json().items()) {
    const Node item = node.at(name, child);
    if (child.is_object()) {
      collect_numbers(item, prefix + name + ".", shares, values);
    } else if (child.is_number()) {
      values[prefix + name] = shares ? item.as_share() : child.get<double>();
    } else if (child.is_null() || shares) {
      item.fail(item.found(),
                shares ? "a number from 0 to 1, or no such member" : "a number, or no such member");
    }
  }
}

Values numbers(const Node& node, bool shares = false) {
  Values values;
  collect_numbers(node, "", shares, values);
  return values;
}

Parts parts(const Node& node, std::initializer_list<std::string_view> names) {
  Parts result;
  for (const std::string_view name : names) {
    if (const auto part = node.member(name)) {
      result[std::string(name)] = numbers(*part, name == "ratios");
    }
  }
  return result;
}

Json object_or_null(const Node& node, std::string_view name) {
  const auto child = node.member(name);
  return child ? child->as_object().json() : Json();
}

std::string hash_text(const Node& hash) {
  std::string text = hash.as_object().text("name");
  if (const auto bits = hash.size("bits")) text += fmt::format(" {} bits", *bits);
  if (const auto seed = hash.size("seed"); seed && *seed != 0) {
    text += fmt::format(", seed {}", *seed);
  }
  const std::string chain = hash.text("chain");
  if (!chain.empty() && chain != "kvsim") text += ", chain " + chain;
  return text;
}

// The scalars in which `mine` differs from any of the others: "gpu h100, batch 8".
std::string differences(const Json& mine, const std::vector<Json>& all) {
  std::string text;
  if (!mine.is_object()) return text;
  for (const auto& [name, value] : mine.items()) {
    if (value.is_structured()) continue;
    const bool differs = std::any_of(all.begin(), all.end(), [&](const Json& other) {
      return !other.is_object() || !other.contains(name) || other[name] != value;
    });
    if (!differs) continue;
    if (!text.empty()) text += ", ";
    text += name + " " + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

std::vector<Speedup> speedups(const Node& list) {
  std::vector<Speedup> result;
  for (const Node& item : list.as_array()) {
    Speedup speedup;
    const Node kind = item.as_object().required("kind", "\"modelled\" or \"measured\"");
    speedup.kind = kind.as_text();
    if (speedup.kind != "modelled" && speedup.kind != "measured") {
      kind.fail(kind.found(), "\"modelled\" or \"measured\"");
    }
    for (const auto& [name, child] : item.json().items()) {
      const Node node = item.at(name, child);
      if (name == "kind" || child.is_string()) continue;
      if (name == "assumptions") {
        speedup.assumptions = node.as_object().json();
      } else if (child.is_object()) {
        collect_numbers(node, name + ".", false, speedup.values);
      } else {
        speedup.values[name] = node.as_size();
      }
    }
    result.push_back(std::move(speedup));
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::vector<Json> others;
    for (std::size_t j = 0; j < result.size(); ++j) {
      if (j != i && result[j].kind == result[i].kind) others.push_back(result[j].assumptions);
    }
    result[i].label = result[i].kind;
    if (others.empty()) continue;
    const std::string text = differences(result[i].assumptions, others);
    result[i].label += text.empty() ? fmt::format(" #{}", i + 1) : " (" + text + ")";
  }
  return result;
}

// Model and machine of the modelled speedups, as "llama-3.1-8b on 2 x h100, KV as bfloat16".
std::string cost_model_of(const std::vector<Speedup>& all) {
  const auto modelled =
      std::find_if(all.begin(), all.end(), [](const Speedup& s) { return s.kind == "modelled"; });
  if (modelled == all.end() || !modelled->assumptions.is_object()) return "";
  const auto text = [&](const char* key) -> std::string {
    const auto it = modelled->assumptions.find(key);
    if (it == modelled->assumptions.end()) return "";
    return it->is_string() ? it->get<std::string>() : it->dump();
  };
  std::string name = text("model");
  std::string machine = text("gpu").empty() ? text("device") : text("gpu");
  if (const std::string gpus = text("tensor_parallel"); !gpus.empty() && gpus != "1") {
    machine = gpus + " x " + machine;
  }
  if (!machine.empty()) name += " on " + machine;
  if (!text("kv_type").empty()) name += ", KV as " + text("kv_type");
  return name;
}

// The function, with the engine's chain where it is not kvsim's own.
std::string hash_label(const Node& node, std::string_view name) {
  std::string hash = node.as_object().required(name, "the function's name").as_text();
  const std::string chain = node.text("chain");
  return chain.empty() || chain == "kvsim" ? hash : fmt::format("{} ({})", chain, hash);
}

Run read_run(const Node& node, std::size_t file) {
  node.as_object();
  Run run;
  run.file = file;
  run.trace = node.required("trace", "the trace's name").as_text();
  run.policy = node.required("policy", "the policy's label").as_text();
  run.reuse = node.text("reuse");
  run.organisation = node.text("organisation");
  run.touch_order = node.text("touch_order");
  run.lookup = node.text("lookup");
  run.note = node.text("note");
  run.block_size = node.size("block_size");
  run.seed = node.size("seed");
  run.repeat = node.size("repeat");
  run.policy_config = object_or_null(node, "policy_config");
  if (const auto capacity = node.member("capacity")) {
    run.capacity.blocks = capacity->as_object().size("blocks");
    run.capacity.bytes = capacity->size("bytes");
    run.capacity.share = capacity->size("share");
  }
  if (const auto hash = node.member("hash")) {
    run.hash = hash_text(*hash);
    run.hash_name = hash_label(*hash, "name");
    run.hash_bits = hash->size("bits");
  }
  if (const auto table = node.member("table")) {
    run.table = table->as_object().text("name");
    run.table_load = table->size("load");
  }
  if (const auto warmup = node.member("warmup")) {
    run.warmup_share = warmup->as_object().share("share");
    run.warmup_requests = warmup->size("requests");
  }
  run.parts = parts(node, {"counts", "ratios", "collisions", "memory", "replay"});
  if (const auto list = node.member("speedup")) run.speedups = speedups(*list);
  run.cost_model = cost_model_of(run.speedups);
  if (const auto groups = node.member("groups")) {
    for (const auto& [name, child] : groups->as_object().json().items()) {
      run.groups[name] = parts(groups->at(name, child).as_object(), {"counts", "ratios"});
    }
  }
  return run;
}

std::vector<double> number_list(const Node& list, bool shares) {
  std::vector<double> values;
  for (const Node& item : list.as_array()) {
    values.push_back(shares ? item.as_share() : item.as_size());
  }
  return values;
}

Curve read_curve(const Node& node, std::size_t file) {
  node.as_object();
  Curve curve;
  curve.file = file;
  curve.trace = node.required("trace", "the trace's name").as_text();
  curve.policy = node.required("policy", "the policy's label").as_text();
  curve.reuse = node.text("reuse");
  curve.method = node.text("method");
  curve.rate = node.size("rate");
  const auto bytes = node.member("capacity_bytes");
  curve.in_bytes = bytes.has_value();
  curve.capacities = number_list(
      bytes ? *bytes : node.required("capacity_blocks", "an array of block counts"), false);
  for (const std::string_view name : kRatioNames) {
    const auto list = node.member(name);
    if (!list) continue;
    auto values = number_list(*list, true);
    if (values.empty()) continue;
    if (values.size() != curve.capacities.size()) {
      list->fail(fmt::format("{} values", values.size()),
                 fmt::format("{}, one for each capacity", curve.capacities.size()));
    }
    curve.ratios[std::string(name)] = std::move(values);
  }
  if (const auto error = node.member("error")) curve.error = numbers(*error);
  return curve;
}

double required_size(const Node& node, std::string_view name) {
  return node.required(name, "a number of 0 or more").as_size();
}

void read_audit(const Node& node, HashStudy& study) {
  study.trace = node.as_object().required("trace", "the trace's name").as_text();
  if (const auto advice = node.member("advice")) study.advice = advice->as_object().text("text");
  for (const Node& entry : node.required("functions", "an array of functions").as_array()) {
    const std::string hash = entry.as_object().required("hash", "the function's name").as_text();
    study.verdicts.push_back({hash, entry.text("verdict"), entry.text("verdict_text")});
    for (const Node& check : entry.required("collisions", "an array of counts").as_array()) {
      // Structured keys are no trace's.
      const std::string keys = check.as_object().text("keys");
      if (keys != "trace" && keys != "trace_strided") continue;
      study.collisions.push_back({study.trace, keys == "trace_strided", hash,
                                  required_size(check, "bits"), required_size(check, "observed"),
                                  required_size(check, "expected")});
    }
  }
}

void read_bench(const Node& node, HashStudy& study) {
  if (const auto hashes = node.as_object().member("hashes")) {
    for (const Node& item : hashes->as_array()) {
      study.speeds.push_back({hash_label(item, "hash"), required_size(item, "block_tokens"),
                              required_size(item, "bytes_per_second"), std::nullopt});
    }
  }
  if (const auto shares = node.member("shares")) {
    for (const Node& item : shares->as_array()) {
      const double tokens = required_size(item, "block_tokens");
      for (HashSpeedPoint& point : study.speeds) {
        if (point.hash == hash_label(item, "hash") && point.block_tokens == tokens) {
          point.share = required_size(item, "share");
        }
      }
    }
  }
  if (const auto tables = node.member("tables")) {
    for (const Node& item : tables->as_array()) {
      study.tables.push_back({item.as_object().required("table", "the table's name").as_text(),
                              required_size(item, "load"), required_size(item, "entries"),
                              required_size(item, "hit_ns"), required_size(item, "miss_ns")});
    }
  }
  if (const auto prefill = node.member("prefill")) {
    study.prefill = fmt::format("{} {} to prefill {} tokens", prefill->as_object().text("kind"),
                                format_value(Unit::kSeconds, required_size(*prefill, "seconds")),
                                format_count(required_size(*prefill, "prompt_tokens")));
    const std::string model = prefill->text("model");
    if (!model.empty()) study.prefill += fmt::format(" ({} on {})", model, prefill->text("device"));
  }
}

// One formula's measurements, each in the series that `series_of` names.
template <class SeriesOf>
CostFit read_cost_fit(const Node& root, const char* key, const char* what, const char* x_key,
                      const char* x_name, SeriesOf&& series_of) {
  CostFit fit{what, x_name, {}, {}, {}};
  const auto measurements = root.required("measurements", "an object").as_object().member(key);
  if (!measurements) return fit;
  for (const Node& item : measurements->as_array()) {
    const auto held_out = item.as_object().member("held_out");
    // As logarithmic axes need.
    const auto positive = [&](const char* name) {
      const Node node = item.required(name, "a number above 0");
      return node.as_number(1e-300, Node::kHuge, "a number above 0");
    };
    fit.points.push_back({series_of(item), required_size(item, x_key), positive("seconds"),
                          positive("predicted"), held_out && held_out->json() == true});
  }
  const auto own = root.member(key);
  if (!own || std::string_view(key) == "copy") return fit;
  fit.median_error = own->as_object().size("median_relative_error");
  fit.held_out_error = own->size("held_out_median_relative_error");
  return fit;
}

CostProfile read_cost_profile(const Node& root) {
  CostProfile profile;
  profile.title = root.required("model", "an object").as_object().text("name");
  if (const auto provenance = root.member("provenance")) {
    const std::string device = provenance->as_object().text("device");
    if (!device.empty()) profile.title += " on " + device;
  }
  profile.title += ", KV as " + root.text("kv_type");
  const auto count = [](const Node& item, const char* key) {
    return format_count(required_size(item, key));
  };
  profile.fits.push_back(
      read_cost_fit(root, "prefill", "prefill", "new", "new tokens",
                    [&](const Node& item) { return count(item, "cached") + " cached"; }));
  profile.fits.push_back(
      read_cost_fit(root, "decode", "decode step", "context", "tokens of context",
                    [&](const Node& item) { return "batch " + count(item, "batch"); }));
  profile.fits.push_back(read_cost_fit(root, "copy", "copy", "bytes", "bytes",
                                       [](const Node& item) { return item.text("place"); }));
  std::erase_if(profile.fits, [](const CostFit& fit) { return fit.points.empty(); });
  return profile;
}

Json parse_file(const std::string& name, const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path)) {
    throw InputError(name + ": cannot be read; allowed: a results file of kvsim");
  }
  std::ostringstream text;
  text << stream.rdbuf();
  try {
    return Json::parse(text.str());
  } catch (const Json::parse_error& error) {
    const std::string whole = text.str();
    const std::size_t end = std::min<std::size_t>(error.byte, whole.size());
    const auto line =
        1 + std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    // "[json.exception.parse_error.101] parse error at line 3, column 5: …"
    std::string_view message = error.what();
    if (const std::size_t tag = message.find("] "); tag != std::string_view::npos) {
      message.remove_prefix(tag + 2);
    }
    throw InputError(
        fmt::format("{}:{}: found text that is not JSON ({}), allowed: a JSON object "
                    "of schema {}",
                    name, line, message, kSchema));
  }
}

ResultsFile read_file(const std::filesystem::path& path, std::size_t index) {
  const std::string name = path.string();
  const Json json = parse_file(name, path);
  const Node root(name, "", json);
  root.as_object();
  const Node schema = root.required("schema", fmt::format("\"{}\"", kSchema));
  if (schema.as_text() != kSchema && schema.as_text() != kCostSchema) {
    schema.fail(schema.found(), fmt::format("\"{}\" or \"{}\"", kSchema, kCostSchema));
  }

  ResultsFile file;
  file.path = path;
  file.provenance = object_or_null(root, "provenance");
  if (file.provenance.is_null()) file.provenance = Json::object();
  if (schema.as_text() == kCostSchema) {
    file.cost = read_cost_profile(root);
    return file;
  }
  const auto runs = root.member("runs");
  const auto curves = root.member("curves");
  const auto audit = root.member("hash_audit");
  const auto bench = root.member("hash_bench");
  if (!runs && !curves && !audit && !bench) root.required("runs", "an array of runs");
  if (audit) read_audit(*audit, file.hashing);
  if (bench) read_bench(*bench, file.hashing);
  if (runs) {
    for (const Node& item : runs->as_array()) file.runs.push_back(read_run(item, index));
  }
  if (curves) {
    for (const Node& item : curves->as_array()) file.curves.push_back(read_curve(item, index));
  }
  return file;
}

// The last `parts` names of a path, without the file's extension: "sweep/results".
std::string tail(const std::filesystem::path& path, std::size_t count) {
  std::vector<std::string> names;
  for (const auto& name : path) names.push_back(name.string());
  if (!names.empty()) names.back() = path.stem().string();
  std::string text;
  for (std::size_t i = names.size() - std::min(count, names.size()); i < names.size(); ++i) {
    if (!text.empty() && text != "/") text += "/";
    text += names[i];
  }
  return text;
}

// The shortest tails that tell every file from the others.
void label_files(std::vector<ResultsFile>& files) {
  for (std::size_t count = 1; count <= 64; ++count) {
    std::set<std::string> labels;
    for (ResultsFile& file : files) {
      file.label = tail(file.path, count);
      labels.insert(file.label);
    }
    if (labels.size() == files.size()) return;
  }
  for (ResultsFile& file : files) file.label = file.path.string();
}

}  // namespace

std::optional<double> Run::value(std::string_view dotted) const {
  const std::size_t dot = dotted.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto part = parts.find(dotted.substr(0, dot));
  if (part == parts.end()) return std::nullopt;
  const auto number = part->second.find(dotted.substr(dot + 1));
  if (number == part->second.end()) return std::nullopt;
  return number->second;
}

std::vector<const Run*> Results::runs() const {
  std::vector<const Run*> all;
  for (const ResultsFile& file : files) {
    for (const Run& run : file.runs) all.push_back(&run);
  }
  return all;
}

Results read_results(const std::vector<std::filesystem::path>& paths) {
  if (paths.empty()) throw InputError("no results file; allowed: one or more");
  Results results;
  std::set<std::filesystem::path> seen;
  for (const auto& path : paths) {
    std::error_code ignored;
    const auto canonical = std::filesystem::weakly_canonical(path, ignored);
    if (!seen.insert(ignored ? path : canonical).second) continue;
    results.files.push_back(read_file(path, results.files.size()));
  }
  label_files(results.files);
  return results;
}

std::string_view base_policy(std::string_view label) { return label.substr(0, label.find(':')); }

bool is_belady(std::string_view label) { return base_policy(label) == "belady"; }

}  // namespace kvsim::reports
