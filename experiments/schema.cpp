#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <variant>

#include "experiments/config.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/table/driven_table.hpp"
#include "traces/reader/open_trace.hpp"

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

Json text_schema(std::string_view doc) { return {{"type", "string"}, {"description", doc}}; }

/// One value, or a list of at least one and none twice.
Json one_or_more(const Json& item, std::string_view doc) {
  return {{"description", doc},
          {"oneOf",
           {item, {{"type", "array"}, {"items", item}, {"minItems", 1}, {"uniqueItems", true}}}}};
}

Json names_schema(const std::vector<std::string>& names, std::string_view doc) {
  return one_or_more({{"enum", names}}, doc);
}

Json number_schema(std::string_view type, std::uint64_t min, std::uint64_t max,
                   std::string_view doc) {
  return {{"type", type}, {"minimum", min}, {"maximum", max}, {"description", doc}};
}

Json share_schema(std::string_view doc) {
  return {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}, {"description", doc}};
}

Json parameter_schema(const FieldInfo& field) {
  Json json = Json::object();
  const bool whole = field.type == "int";
  if (field.type == "choice") {
    json["enum"] = field.choices;
  } else if (field.type == "bool") {
    json["type"] = "boolean";
  } else if (whole || field.type == "number") {
    json["type"] = whole ? "integer" : "number";
    const auto bound = [&](const char* key, double value) {
      if (std::isinf(value)) return;
      if (whole && std::abs(value) < 0x1.0p53) {
        json[key] = static_cast<std::int64_t>(value);
      } else {
        json[key] = value;
      }
    };
    bound("minimum", field.min);
    bound("maximum", field.max);
  } else {
    json["type"] = "string";
  }
  std::visit([&](const auto& v) { json["default"] = v; }, field.default_value);
  json["description"] = field.doc;
  return json;
}

Json component_schema(const ComponentInfo& info) {
  Json params = Json::object();
  for (const FieldInfo& field : info.fields) params[field.name] = parameter_schema(field);
  return {{"type", "object"},
          {"description", info.doc},
          {"properties",
           {{"name", {{"const", info.name}}},
            {"params",
             {{"type", "object"},
              {"properties", std::move(params)},
              {"additionalProperties", false}}}}},
          {"required", {"name"}},
          {"additionalProperties", false}};
}

std::vector<std::string> names_of(const std::vector<ComponentInfo>& infos) {
  std::vector<std::string> names;
  for (const ComponentInfo& info : infos) names.push_back(info.name);
  return names;
}

Json definitions() {
  const std::vector<ComponentInfo> policies = list_policies();
  const std::vector<ComponentInfo> filters = list_admissions();
  // An empty group would be no valid expression.
  const std::string filter_pattern =
      filters.empty() ? "" : fmt::format("(({})(:[^+]*)?\\+)*", fmt::join(names_of(filters), "|"));
  Json filter{{"oneOf", {{{"enum", names_of(filters)}}}}};
  for (const ComponentInfo& info : filters) filter["oneOf"].push_back(component_schema(info));

  Json policy{{"oneOf",
               {{{"type", "string"},
                 {"pattern", fmt::format("^{}({})(:.*)?$", filter_pattern,
                                         fmt::join(names_of(policies), "|"))},
                 {"description", "As on the command line: `s3fifo:small=0.1`, `tinylfu+lru`."}}}}};
  for (const ComponentInfo& info : policies) {
    Json one = component_schema(info);
    one["properties"]["admission"] =
        one_or_more({{"$ref", "#/definitions/filter"}}, "Admission filters, outermost first.");
    policy["oneOf"].push_back(std::move(one));
  }

  Json capacity{{"oneOf",
                 {{{"type", "integer"}, {"minimum", 1}},
                  {{"type", "string"},
                   {"pattern", "^[0-9]+(\\.[0-9]+)?(%|[kKMG]?tok|[kMGT]?B|[KMGT]iB)?$"}}}}};

  Json trace{{"oneOf",
              {{{"type", "string"}, {"minLength", 1}},
               {{"type", "object"},
                {"properties",
                 {{"path", text_schema("Relative to the folder of the experiment's file.")},
                  {"name", text_schema("In results; default: the file's without extensions.")},
                  {"format", text_schema("With options, as in `csv:id=lbn`; default: told from "
                                         "the content.")},
                  {"on_error",
                   {{"enum", {"stop", "skip"}},
                    {"default", "stop"},
                    {"description", "What to do about malformed records."}}}}},
                {"required", {"path"}},
                {"additionalProperties", false}}}}};
  // A hash, a chain or a table: a name with or without parameters, or an object.
  const auto keying = [](const std::vector<ComponentInfo>& infos) {
    Json json{{"oneOf",
               {{{"type", "string"},
                 {"pattern", fmt::format("^({})(:.*)?$", fmt::join(names_of(infos), "|"))}}}}};
    for (const ComponentInfo& info : infos) json["oneOf"].push_back(component_schema(info));
    return json;
  };
  return {{"hash", keying(list_hashes())},  {"chain", keying(list_chains())},
          {"table", keying(list_tables())}, {"policy", std::move(policy)},
          {"filter", std::move(filter)},    {"capacity", std::move(capacity)},
          {"trace", std::move(trace)}};
}

Json sweep_properties() {
  constexpr std::uint64_t kMost32 = 0xffffffffu;
  constexpr std::uint64_t kMostSeed = 0x7fffffffffffffffu;
  return {
      {"policies", one_or_more({{"$ref", "#/definitions/policy"}}, "Eviction policies.")},
      {"capacities",
       one_or_more({{"$ref", "#/definitions/capacity"}},
                   "Blocks (1000), share of the distinct blocks (10%), tokens (4Mtok), bytes "
                   "(8GiB).")},
      {"reuse", names_schema(reuse_names(), "Default auto: object for objects, else prefix.")},
      {"touch_order", names_schema(touch_order_names(), "Default head_first.")},
      {"lookup", names_schema(lookup_names(), "Default all.")},
      {"organisation", names_schema(names_of(list_organisations()), "Default flat.")},
      {"block_sizes", one_or_more(number_schema("integer", 1, kMost32, "Tokens a block."),
                                  "For traces of token ids; default 16.")},
      {"block_bytes", number_schema("integer", 1, kMost32, "Bytes that a block takes.")},
      {"model", text_schema("Of the cost model: a name of `kvsim list models`, or a JSON file.")},
      {"gpu", text_schema("That it runs on: a name of `kvsim list gpus`, or a JSON file.")},
      {"tp", number_schema("integer", 1, kMostGpus,
                           "GPUs that share it by tensor parallelism; "
                           "default 1.")},
      {"mfu", share_schema("Share of the peak FLOP/s that it reaches; default: the GPU's.")},
      {"mbu", share_schema("Share of the peak memory bandwidth; default: the GPU's.")},
      {"kv_dtype",
       {{"enum", element_type_names()},
        {"description", "Type of keys and values; default: the model's."}}},
      {"cost", text_schema("Instead: a calibrated profile (`kvsim model calibrate`).")},
      {"ignore_size",
       {{"type", "boolean"},
        {"default", false},
        {"description", "Policies see every object as of size 1."}}},
      {"warmup",
       {{"description",
         "Share of the requests that warm the cache uncounted, or until it is full."},
        {"oneOf",
         {{{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", 1}},
          {{"type", "string"}, {"pattern", "^(full|[0-9.]+%?)$"}}}},
        {"default", 0}}},
      {"hash", one_or_more({{"$ref", "#/definitions/hash"}},
                           "Functions that give blocks their keys; default: none.")},
      {"hash_bits", one_or_more(number_schema("integer", 1, 256, "Low bits of a digest."),
                                "How much of a digest is a key; default: all.")},
      {"hash_seed", number_schema("integer", 0, kMostSeed, "Of the function; default 0.")},
      {"chain", one_or_more({{"$ref", "#/definitions/chain"}},
                            "How a key follows from the parent's; default kvsim.")},
      {"table",
       one_or_more({{"$ref", "#/definitions/table"}}, "Tables that hold the keys; default dense.")},
      {"load", one_or_more({{"type", "number"}, {"minimum", 0.01}, {"maximum", 0.99}},
                           "Entries over places of a table when the cache is full; default 0.8.")},
      {"seed", number_schema("integer", 0, kMostSeed, "Of the first repeat; default 1.")},
      {"repeats", number_schema("integer", 1, 100'000, "Seeds from `seed` on; default 1.")},
      {"seeds", one_or_more(number_schema("integer", 0, kMostSeed, "A seed."),
                            "Instead of `seed` and `repeats`: one run a seed.")}};
}

}  // namespace

std::string experiment_schema() {
  Json one_case = sweep_properties();
  one_case["traces"] =
      one_or_more({{"type", "string"}}, "Names of the traces it is about; default: all.");
  one_case["description"] = text_schema("For readers.");

  Json properties = sweep_properties();
  properties["$schema"] = text_schema("This schema, for editors.");
  properties["description"] = text_schema("The question that the experiment asks.");
  properties["traces"] = one_or_more({{"$ref", "#/definitions/trace"}}, "Trace files.");
  properties["by"] = {{"enum", group_by_names()},
                      {"description", "Split counts and ratios by this column of the trace."}};
  properties["cases"] = {
      {"description", "Listed cases instead of one product, each overriding what stands above."},
      {"type", "array"},
      {"minItems", 1},
      {"items",
       {{"type", "object"}, {"properties", std::move(one_case)}, {"additionalProperties", false}}}};

  const Json schema{
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title", "kvsim experiment"},
      {"description", "What `kvsim run` reads: the full product of its lists, or listed cases."},
      {"type", "object"},
      {"properties", std::move(properties)},
      {"additionalProperties", false},
      {"definitions", definitions()}};
  return schema.dump(2) + "\n";
}

}  // namespace kvsim
