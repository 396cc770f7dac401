#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "experiments/config.hpp"
#include "sim/core/error.hpp"
#include "sim/core/json_node.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/table/driven_table.hpp"

namespace kvsim {

namespace {

const std::vector<std::string> kSweepKeys = {
    "policies",    "capacities",  "reuse",  "touch_order", "lookup",  "organisation", "block_sizes",
    "block_bytes", "ignore_size", "warmup", "seed",        "repeats", "seeds",        "hash",
    "hash_bits",   "hash_seed",   "chain",  "table",       "load",    "model",        "gpu",
    "tp",          "mfu",         "mbu",    "kv_dtype",    "cost"};

std::vector<std::string> keys_with(std::vector<std::string> keys) {
  keys.insert(keys.end(), kSweepKeys.begin(), kSweepKeys.end());
  return keys;
}

// Throws where two items of the list at `node` mean the same.
void check_differ(const JsonNode& node, const std::vector<std::string>& identities) {
  const auto repetition = find_repetition(identities);
  if (!repetition) return;
  const auto items = node.items("");
  items[repetition->index].fail(fmt::format("{} is listed twice, first at {}",
                                            items[repetition->index].json().dump(),
                                            items[repetition->earlier].pointer()));
}

ComponentSpec read_component(const JsonNode& node, std::string_view allowed,
                             const std::vector<std::string>& keys) {
  ComponentSpec spec;
  if (node.is_text()) {
    spec.name = node.text(allowed);
    return spec;
  }
  if (!node.is_object()) node.refuse(allowed);
  node.check_keys(keys);
  spec.name = node.at("name").text("a name");
  node.with("params", [&](const JsonNode& params) {
    if (!params.is_object()) params.refuse("an object of parameters by name");
    for (const auto& [key, value] : params.json().items()) {
      spec.params.emplace_back(key, params.at(key).parameter());
    }
  });
  return spec;
}

// Checks a component alone, as `check(spec)` does, and then each of its parameters in its place.
template <class Check>
void check_component(const JsonNode& node, const ComponentSpec& spec, Check&& check) {
  const JsonNode name = node.is_text() ? node : node.at("name");
  name.placed([&] { check(ComponentSpec{spec.name, {}}); });
  for (const auto& param : spec.params) {
    node.at("params").at(param.first).placed([&] { check(ComponentSpec{spec.name, {param}}); });
  }
  node.placed([&] { check(spec); });
}

PolicySpec read_policy(const JsonNode& node) {
  constexpr std::string_view kAllowed =
      "a policy such as \"s3fifo:small=0.1\" or {\"name\": \"s3fifo\", \"params\": {\"small\": "
      "0.1}}";
  if (node.is_text()) return node.placed([&] { return parse_policy(node.text(kAllowed)); });
  PolicySpec spec;
  spec.policy = read_component(node, kAllowed, {"name", "params", "admission"});
  check_component(node, spec.policy, [](const ComponentSpec& policy) {
    (void)resolved_params(PolicySpec{{}, policy});
  });
  node.with("admission", [&](const JsonNode& filters) {
    spec.admission = filters.list("admission filters", [&](const JsonNode& filter) {
      ComponentSpec component = read_component(
          filter, "a filter such as \"tinylfu\" or {\"name\": \"tinylfu\", \"params\": {}}",
          {"name", "params"});
      check_component(filter, component, [&](const ComponentSpec& one) {
        (void)resolved_params(PolicySpec{{one}, spec.policy});
      });
      return component;
    });
  });
  return node.placed([&] { return checked(spec); });
}

CapacitySpec read_capacity(const JsonNode& node) {
  if (node.is_number()) {
    const std::uint64_t blocks = node.integer(1, 999'999'999'999'999'999);
    return parse_capacity(std::to_string(blocks));
  }
  const std::string text =
      node.text("a number of blocks, or text such as \"10%\", \"8GiB\" or \"4Mtok\"");
  return node.placed([&] { return parse_capacity(text); });
}

std::uint32_t read_u32(const JsonNode& node) {
  return static_cast<std::uint32_t>(node.integer(1, std::numeric_limits<std::uint32_t>::max()));
}

// A list of names, each read by `parse`, none twice.
template <class Parse>
auto read_names(const JsonNode& node, std::string_view allowed, Parse&& parse) {
  std::vector<std::string> texts;
  auto values = node.list(allowed, [&](const JsonNode& item) {
    texts.push_back(item.text(allowed));
    return item.placed([&] { return parse(texts.back()); });
  });
  check_differ(node, texts);
  return values;
}

template <class T>
std::vector<std::string> identities(const std::vector<T>& values) {
  std::vector<std::string> all;
  for (const T& value : values) {
    if constexpr (std::is_integral_v<T>) {
      all.push_back(std::to_string(value));
    } else {
      all.push_back(identity_of(value));
    }
  }
  return all;
}

// A hash, a chain or a table: as on the command line, or as an object.
template <class Check>
ComponentSpec read_keying_component(const JsonNode& node, std::string_view kind, Check&& check) {
  const std::string allowed =
      fmt::format("a {0} such as \"name:a=1\" or {{\"name\": \"…\", \"params\": {{}}}}", kind);
  if (node.is_text()) {
    return node.placed([&] { return check(parse_component(kind, node.text(allowed))); });
  }
  const ComponentSpec spec = read_component(node, allowed, {"name", "params"});
  check_component(node, spec, check);
  return check(spec);
}

void read_keying(const JsonNode& node, KeySweep& keying) {
  const auto components = [&](const char* key, auto&& check, std::vector<ComponentSpec>& into) {
    node.with(key, [&](const JsonNode& n) {
      into = n.list(fmt::format("one {} or more", key),
                    [&](const JsonNode& item) { return read_keying_component(item, key, check); });
      check_differ(n, labels_of(into));
    });
  };
  components("hash", checked_hash, keying.hashes);
  components("chain", checked_chain, keying.chains);
  components("table", checked_table, keying.tables);
  node.with("hash_bits", [&](const JsonNode& n) {
    keying.bits = n.list("bits, or a list of them", [](const JsonNode& item) {
      return static_cast<std::uint32_t>(item.integer(1, 256));
    });
    check_differ(n, identities(keying.bits));
  });
  node.with("hash_seed", [&](const JsonNode& n) {
    keying.seed = n.integer(0, std::numeric_limits<std::int64_t>::max());
  });
  node.with("load", [&](const JsonNode& n) {
    std::vector<std::string> texts;
    keying.loads = n.list("a load, or a list of them", [&](const JsonNode& item) {
      if (!item.is_number()) item.refuse("a number from 0.01 to 0.99");
      texts.push_back(item.json().dump());
      return item.placed([&] { return parse_load(texts.back()); });
    });
    check_differ(n, texts);
  });
  node.placed([&] { (void)keyings_of(keying); });
}

void read_seeds(const JsonNode& node, Sweep& sweep) {
  constexpr std::uint64_t kMostSeed = std::numeric_limits<std::int64_t>::max();
  constexpr std::uint64_t kMostRepeats = 100'000;
  if (const auto seeds = node.find("seeds")) {
    for (const char* key : {"seed", "repeats"}) {
      node.with(key, [](const JsonNode& other) {
        other.fail(
            "given beside \"seeds\"; allowed: either \"seeds\", or \"seed\" and \"repeats\"");
      });
    }
    sweep.seeds = seeds->list("one seed or more",
                              [](const JsonNode& seed) { return seed.integer(0, kMostSeed); });
    check_differ(*seeds, identities(sweep.seeds));
    return;
  }
  if (!node.has("seed") && !node.has("repeats")) return;
  std::uint64_t first = 1;
  std::uint64_t repeats = 1;
  node.with("seed", [&](const JsonNode& n) { first = n.integer(0, kMostSeed - kMostRepeats); });
  node.with("repeats", [&](const JsonNode& n) { repeats = n.integer(1, kMostRepeats); });
  sweep.seeds.clear();
  for (std::uint64_t i = 0; i < repeats; ++i) sweep.seeds.push_back(first + i);
}

// A case that says anything of a cost model says all of it.
void read_cost(const JsonNode& node, Sweep& sweep) {
  CostSpec spec;
  std::optional<JsonNode> first;
  const auto with = [&](const char* key, auto&& read) {
    node.with(key, [&](const JsonNode& n) {
      if (!first) first = n;
      read(n);
    });
  };
  const auto text = [&](const char* key, const char* allowed, std::string& into) {
    with(key, [&](const JsonNode& n) {
      into = n.text(allowed);
      if (into.empty()) n.refuse(allowed);
    });
  };
  text("model", "a model's name, or the path of a JSON file", spec.model);
  text("gpu", "a GPU's name, or the path of a JSON file", spec.gpu);
  text("cost", "the path of a calibrated profile", spec.profile);
  with("tp", [&](const JsonNode& n) { spec.roofline.tensor_parallel = n.integer(1, kMostGpus); });
  with("mfu", [&](const JsonNode& n) { spec.roofline.mfu = n.number(0, 1); });
  with("mbu", [&](const JsonNode& n) { spec.roofline.mbu = n.number(0, 1); });
  with("kv_dtype", [&](const JsonNode& n) {
    const std::string type = n.text("an element type such as \"float8\"");
    spec.roofline.kv_type = n.placed([&] { return parse_element_type(type); });
  });
  if (!first) return;
  first->placed([&] { check_cost(spec); });
  sweep.cost = std::move(spec);
  sweep.cost_place = first->place();
}

// What `node` says of a sweep, over what `sweep` already says.
void read_sweep(const JsonNode& node, Sweep& sweep) {
  node.with("policies", [&](const JsonNode& n) {
    sweep.policies = n.list("one policy or more", read_policy);
    check_differ(n, identities(sweep.policies));
  });
  node.with("capacities", [&](const JsonNode& n) {
    sweep.capacities = n.list("one capacity or more", read_capacity);
    check_differ(n, identities(sweep.capacities));
  });
  node.with("reuse", [&](const JsonNode& n) {
    sweep.reuse = read_names(n, "auto, object, prefix, or a list of them", parse_reuse);
  });
  node.with("touch_order", [&](const JsonNode& n) {
    sweep.touch_orders =
        read_names(n, "head_first, tail_first, or a list of them", parse_touch_order);
  });
  node.with("lookup", [&](const JsonNode& n) {
    sweep.lookups = read_names(n, "all, full_blocks, or a list of them", parse_lookup);
  });
  node.with("organisation", [&](const JsonNode& n) {
    sweep.organisations = read_names(n, "an organisation, or a list of them", parse_organisation);
  });
  node.with("block_sizes", [&](const JsonNode& n) {
    sweep.block_sizes = n.list("one block size in tokens or more", read_u32);
    check_differ(n, identities(sweep.block_sizes));
    sweep.block_sizes_place = n.place();
  });
  node.with("block_bytes", [&](const JsonNode& n) { sweep.block_bytes = read_u32(n); });
  node.with("ignore_size", [&](const JsonNode& n) { sweep.ignore_size = n.boolean(); });
  node.with("warmup", [&](const JsonNode& n) {
    if (!n.is_number() && !n.is_text()) n.refuse("a share from 0 to below 1, or \"full\"");
    const std::string text = n.is_number() ? n.json().dump() : n.text("");
    sweep.warmup = n.placed([&] { return parse_warmup(text); });
  });
  read_cost(node, sweep);
  if (sweep.cost && sweep.block_bytes != 0) {
    node.fail("\"block_bytes\" is given beside a cost model, which says what a block takes");
  }
  read_keying(node, sweep.keying);
  read_seeds(node, sweep);
  sweep.place = node.place();
}

void check_complete(const JsonNode& node, const Sweep& sweep) {
  if (sweep.policies.empty()) (void)node.at("policies");
  if (sweep.capacities.empty()) (void)node.at("capacities");
}

TraceSpec read_trace(const JsonNode& node) {
  constexpr std::string_view kAllowed = "a trace's path, or {\"path\": \"...\", \"name\": \"...\"}";
  TraceSpec spec;
  spec.place = node.place();
  const auto read_path = [&](const JsonNode& path) {
    spec.path = path.text(kAllowed);
    if (spec.path.empty()) path.refuse("a path");
  };
  if (node.is_text()) {
    read_path(node);
    return spec;
  }
  if (!node.is_object()) node.refuse(kAllowed);
  node.check_keys({"path", "name", "format", "on_error"});
  read_path(node.at("path"));
  node.with("name", [&](const JsonNode& n) {
    spec.name = n.text("a name");
    if (spec.name.empty()) n.refuse("a name");
  });
  node.with("format", [&](const JsonNode& n) {
    const std::string text = n.text("a trace format's name");
    spec.format = n.placed([&] { return parse_format(text); });
  });
  node.with("on_error", [&](const JsonNode& n) {
    const std::string text = n.text("\"stop\" or \"skip\"");
    if (text != "stop" && text != "skip") n.refuse("\"stop\" or \"skip\"");
    spec.skip_errors = text == "skip";
  });
  return spec;
}

ExperimentConfig read_config(const JsonNode& root) {
  root.check_keys(keys_with({"$schema", "description", "traces", "by", "cases"}));
  ExperimentConfig config;
  root.with("description", [](const JsonNode& n) { (void)n.text("text"); });
  root.with("$schema", [](const JsonNode& n) { (void)n.text("text"); });
  root.with("traces", [&](const JsonNode& n) {
    config.traces = n.list("one trace or more", read_trace);
    std::vector<std::string> names;
    for (const TraceSpec& spec : config.traces) {
      names.push_back(spec.name.empty() ? spec.path + " (path)" : spec.name);
    }
    check_differ(n, names);
  });
  root.with("by", [&](const JsonNode& n) {
    const std::string text = n.text("category, session, tenant or hour");
    config.by = n.placed([&] { return parse_group_by(text); });
    config.by_place = n.place();
  });
  Sweep base;
  read_sweep(root, base);
  const auto cases = root.find("cases");
  config.listed_cases = cases.has_value();
  if (!cases) {
    check_complete(root, base);
    config.sweeps.push_back(std::move(base));
    return config;
  }
  if (!cases->json().is_array()) cases->refuse("a list of cases");
  for (const JsonNode& node : cases->items("one case or more")) {
    node.check_keys(keys_with({"description", "traces"}));
    node.with("description", [](const JsonNode& n) { (void)n.text("text"); });
    Sweep sweep = base;
    node.with("traces", [&](const JsonNode& n) {
      constexpr std::string_view kAllowed = "names of the experiment's traces";
      sweep.traces = read_names(n, kAllowed, [](const std::string& name) { return name; });
    });
    read_sweep(node, sweep);
    check_complete(node, sweep);
    config.sweeps.push_back(std::move(sweep));
  }
  return config;
}

}  // namespace

ExperimentConfig parse_experiment(std::string_view text, std::string_view name) {
  const std::string file(name);
  const nlohmann::json json = parse_strict_json(text, file);
  return read_config(JsonNode(file, json));
}

ExperimentConfig read_experiment(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return read_experiment(file / "experiment.json");
  }
  ExperimentConfig config = parse_experiment(read_json_text(file), file.string());
  config.folder = file.parent_path();
  return config;
}

}  // namespace kvsim
