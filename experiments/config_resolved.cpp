#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

#include "experiments/config.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/table/driven_table.hpp"

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

Json params_json(const Params& params) {
  Json object = Json::object();
  for (const auto& [name, value] : params) {
    std::visit([&](const auto& v) { object[name] = v; }, value);
  }
  return object;
}

Json policy_json(const PolicySpec& policy) {
  // A filter's parameters stand behind its name and a dot; the policy's own have none.
  const Params all = resolved_params(policy);
  const auto params_of = [&](const std::string& prefix) {
    Params own;
    for (const auto& [name, value] : all) {
      if (prefix.empty() ? name.find('.') == std::string::npos : name.starts_with(prefix)) {
        own.emplace_back(name.substr(prefix.size()), value);
      }
    }
    return params_json(own);
  };
  Json json{{"name", policy.policy.name}, {"params", params_of("")}};
  for (const ComponentSpec& filter : policy.admission) {
    json["admission"].push_back({{"name", filter.name}, {"params", params_of(filter.name + ".")}});
  }
  return json;
}

template <class T, class F>
Json list_json(const std::vector<T>& values, F&& one) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(one(value));
  return list;
}

template <class T>
Json names_json(const std::vector<T>& values) {
  return list_json(values, [](T value) { return name_of(value); });
}

Json component_json(const ComponentSpec& spec, const Params& params) {
  return {{"name", spec.name}, {"params", params_json(params)}};
}

// Only where blocks get keys; what is left out there is the function's or the table's to say.
void add_keying(Json& json, const KeySweep& keying) {
  if (keying.asks_for_hash()) {
    std::vector<ComponentSpec> hashes = keying.hashes;
    std::vector<ComponentSpec> chains = keying.chains;
    if (chains.empty()) chains.push_back(KeySpec{}.chain);
    if (hashes.empty() && keying.chains.empty()) hashes.push_back(KeySpec{}.hash);
    if (!hashes.empty()) {
      json["hash"] = list_json(hashes, [](const ComponentSpec& spec) {
        return component_json(spec, resolved_params(spec, list_hashes()));
      });
    }
    if (!keying.bits.empty()) json["hash_bits"] = keying.bits;
    json["hash_seed"] = keying.seed.value_or(0);
    json["chain"] = list_json(chains, [](const ComponentSpec& spec) {
      return component_json(spec, resolved_params(spec, list_chains()));
    });
  }
  if (keying.tables.empty()) return;
  json["table"] = list_json(keying.tables, [](const ComponentSpec& spec) {
    return component_json(spec, resolved_params(spec, list_tables()));
  });
  const bool only_dense = std::all_of(keying.tables.begin(), keying.tables.end(),
                                      [](const auto& table) { return table.name == "dense"; });
  if (!only_dense) json["load"] = keying.loads.empty() ? std::vector{kDefaultLoad} : keying.loads;
}

// Shares and types that are left to the presets stay so: results have them as assumptions.
void add_cost(Json& json, const CostSpec& spec) {
  if (!spec.profile.empty()) {
    json["cost"] = spec.profile;
    return;
  }
  json["model"] = spec.model;
  json["gpu"] = spec.gpu;
  json["tp"] = spec.roofline.tensor_parallel;
  if (spec.roofline.mfu) json["mfu"] = *spec.roofline.mfu;
  if (spec.roofline.mbu) json["mbu"] = *spec.roofline.mbu;
  if (spec.roofline.kv_type) json["kv_dtype"] = name_of(*spec.roofline.kv_type);
}

void add_sweep(Json& json, const Sweep& sweep) {
  if (!sweep.traces.empty()) json["traces"] = sweep.traces;
  json["policies"] = list_json(sweep.policies, policy_json);
  json["capacities"] =
      list_json(sweep.capacities, [](const CapacitySpec& spec) { return spec.text; });
  json["reuse"] = list_json(
      sweep.reuse, [](std::optional<Reuse> reuse) { return reuse ? name_of(*reuse) : "auto"; });
  json["touch_order"] = names_json(sweep.touch_orders);
  json["lookup"] = names_json(sweep.lookups);
  json["organisation"] = sweep.organisations;
  if (!sweep.block_sizes.empty()) json["block_sizes"] = sweep.block_sizes;
  if (sweep.block_bytes != 0) json["block_bytes"] = sweep.block_bytes;
  if (sweep.cost) add_cost(json, *sweep.cost);
  json["ignore_size"] = sweep.ignore_size;
  if (sweep.warmup.until_full) {
    json["warmup"] = "full";
  } else {
    json["warmup"] = sweep.warmup.share;
  }
  json["seeds"] = sweep.seeds;
  add_keying(json, sweep.keying);
}

Json trace_json(const TraceSpec& trace) {
  Json json{{"path", trace.path}};
  if (!trace.name.empty()) json["name"] = trace.name;
  if (!trace.format.empty()) json["format"] = trace.format;
  json["on_error"] = trace.skip_errors ? "skip" : "stop";
  return json;
}

}  // namespace

std::string resolved_json(const ExperimentConfig& config) {
  Json json = Json::object();
  if (!config.traces.empty()) json["traces"] = list_json(config.traces, trace_json);
  if (config.by) json["by"] = name_of(*config.by);
  if (config.listed_cases) {
    json["cases"] = list_json(config.sweeps, [](const Sweep& sweep) {
      Json one = Json::object();
      add_sweep(one, sweep);
      return one;
    });
  } else {
    add_sweep(json, config.sweeps.front());
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kvsim
