#include "sim/metrics/hash_json.hpp"

#include <nlohmann/json.hpp>

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

Json to_value(const CollisionCheck& c) {
  return {{"keys", c.keys},         {"bits", c.bits},         {"inputs", c.inputs},
          {"observed", c.observed}, {"expected", c.expected}, {"deviations", c.deviations},
          {"p_value", c.p_value}};
}

Json to_value(const BucketCheck& b) {
  return {{"keys", b.keys},
          {"buckets", b.buckets},
          {"observed", b.observed},
          {"expected", b.expected},
          {"p_value", b.p_value}};
}

Json to_value(const AvalancheResult& a) {
  return {{"mean_bias", a.mean_bias},
          {"worst_bias", a.worst_bias},
          {"mean_by_chance", a.mean_by_chance},
          {"worst_by_chance", a.worst_by_chance},
          {"flips", a.flips},
          {"passes", a.passes}};
}

Json to_value(const CollidingPrompts& c) {
  return {{"first", c.first},       {"second", c.second},         {"method", c.method},
          {"any_seed", c.any_seed}, {"any_parent", c.any_parent}, {"seconds", c.seconds}};
}

Json to_value(const HashSpeed& s) {
  return {{"hash", s.hash},
          {"chain", s.chain},
          {"block_tokens", s.block_tokens},
          {"seconds_per_block", s.seconds_per_block},
          {"blocks_per_second", s.blocks_per_second},
          {"bytes_per_second", s.bytes_per_second}};
}

Json to_value(const TableSpeed& t) {
  return {{"table", t.table},
          {"load", t.load},
          {"entries", t.entries},
          {"hit_ns", t.hit_ns},
          {"miss_ns", t.miss_ns},
          {"memory_bytes", t.memory_bytes},
          {"memory_bytes_per_block", t.memory_bytes_per_block}};
}

Json to_value(const HashingShare& s) {
  return {{"hash", s.hash},
          {"chain", s.chain},
          {"block_tokens", s.block_tokens},
          {"seconds", s.seconds},
          {"share", s.share}};
}

Json to_value(const FalseHitsAtWidth& f) { return {{"bits", f.bits}, {"per_year", f.per_year}}; }

Json to_value(const HashAuditEntry& entry);

template <class T>
Json to_values(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(to_value(item));
  return list;
}

Json to_value(const HashAuditEntry& entry) {
  Json json{{"hash", entry.hash},
            {"strength", entry.strength},
            {"bits", entry.bits},
            {"seeded", entry.seeded},
            {"seed", entry.seed},
            {"verdict", entry.verdict},
            {"verdict_text", entry.verdict_text},
            {"findings", entry.findings},
            {"warnings", entry.warnings},
            {"collisions", to_values(entry.collisions)},
            {"buckets", to_values(entry.buckets)}};
  if (entry.avalanche) json["avalanche"] = to_value(*entry.avalanche);
  if (entry.colliding_prompts) json["colliding_prompts"] = to_value(*entry.colliding_prompts);
  return json;
}

Json to_value(const PrefillTime& p) {
  Json json{{"kind", p.kind},
            {"prompt_tokens", p.prompt_tokens},
            {"cached_share", p.cached_share},
            {"seconds", p.seconds}};
  if (!p.model.empty()) json["model"] = p.model;
  if (!p.device.empty()) json["device"] = p.device;
  for (const auto& [name, value] : p.assumptions) {
    std::visit([&](const auto& v) { json["assumptions"][name] = v; }, value);
  }
  return json;
}

std::string dump(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const HashAudit& audit) {
  Json json{{"trace", audit.trace}};
  if (audit.block_size) json["block_size"] = *audit.block_size;
  json["chain"] = audit.chain;
  json["blocks"] = audit.blocks;
  json["functions"] = to_values(audit.functions);
  json["advice"] = {{"lookups_per_second", audit.advice.lookups_per_second},
                    {"resident", audit.advice.resident},
                    {"false_hits_per_year", audit.advice.false_hits_per_year},
                    {"bits", audit.advice.bits},
                    {"expected", to_values(audit.advice.expected)},
                    {"text", audit.advice.text}};
  return dump(json);
}

std::string to_json(const HashBench& bench) {
  Json json{{"rounds", bench.rounds}};
  if (!bench.hashes.empty()) json["hashes"] = to_values(bench.hashes);
  if (!bench.tables.empty()) json["tables"] = to_values(bench.tables);
  if (bench.prefill) json["prefill"] = to_value(*bench.prefill);
  if (!bench.shares.empty()) json["shares"] = to_values(bench.shares);
  return dump(json);
}

}  // namespace kvsim
