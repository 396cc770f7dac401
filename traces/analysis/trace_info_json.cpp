#include <nlohmann/json.hpp>

#include "traces/analysis/trace_info.hpp"

namespace kvsim {

namespace {

using nlohmann::json;

template <class T>
json json_of(const Summary<T>& s) {
  return {{"count", s.count},   {"sum", s.sum}, {"mean", s.mean}, {"min", s.min},
          {"median", s.median}, {"p90", s.p90}, {"p99", s.p99},   {"max", s.max}};
}

json json_of(const std::vector<TraceInfo::Bin>& bins) {
  json array = json::array();
  for (const TraceInfo::Bin& b : bins) {
    array.push_back({{"from", b.from}, {"to", b.to}, {"count", b.count}});
  }
  return array;
}

json json_of(const std::vector<TraceInfo::Group>& groups) {
  json array = json::array();
  for (const TraceInfo::Group& g : groups) {
    array.push_back({{"name", g.name}, {"requests", g.requests}});
  }
  return array;
}

json json_of(const TraceInfo::Ceiling& c) {
  json object = {{"hits", c.hits},
                 {"hit_requests", c.hit_requests},
                 {"block_hit", c.block_hit},
                 {"request_hit", c.request_hit}};
  if (c.token_hit) {
    object["hit_tokens"] = c.hit_tokens;
    object["token_hit"] = *c.token_hit;
  }
  if (c.byte_hit) {
    object["hit_bytes"] = c.hit_bytes;
    object["byte_hit"] = *c.byte_hit;
  }
  return object;
}

json json_of(const TraceInfo::Reuse& r) {
  json object = {{"accesses", json_of(r.accesses)},
                 {"accesses_histogram", json_of(r.accesses_histogram)},
                 {"never_reused", r.never_reused}};
  if (r.seconds) {
    object["seconds"] = json_of(*r.seconds);
    object["seconds_histogram"] = json_of(r.seconds_histogram);
  }
  return object;
}

json json_of(const TraceInfo::Popularity& p) {
  json object = {{"top_1_percent", p.top_1_percent},
                 {"top_10_percent", p.top_10_percent},
                 {"top_block", p.top_block},
                 {"one_hit_wonders", p.one_hit_wonders}};
  if (p.zipf_exponent) object["zipf_exponent"] = *p.zipf_exponent;
  if (p.zipf_r2) object["zipf_r2"] = *p.zipf_r2;
  return object;
}

json json_of(const TraceInfo::Sharing& s) {
  return {{"first_blocks", s.first_blocks},
          {"requests_sharing", s.requests_sharing},
          {"largest_group", s.largest_group},
          {"prefix_blocks", json_of(s.prefix_blocks)}};
}

json json_of(const TraceInfo::Blocks& b) {
  json object = {{"accesses", b.accesses},
                 {"distinct", b.distinct},
                 {"per_request", json_of(b.per_request)},
                 {"ceilings", {{"object", json_of(b.object)}}},
                 {"reuse", json_of(b.reuse)},
                 {"popularity", json_of(b.popularity)}};
  if (b.footprint_bytes) object["footprint_bytes"] = *b.footprint_bytes;
  if (b.accessed_bytes) object["accessed_bytes"] = *b.accessed_bytes;
  if (b.prefix) object["ceilings"]["prefix"] = json_of(*b.prefix);
  if (b.sharing) object["sharing"] = json_of(*b.sharing);
  return object;
}

json json_of(const TraceInfo::Times& t) {
  return {{"duration_s", t.duration_s},
          {"request_rate", t.request_rate},
          {"monotone", t.monotone},
          {"gap_variation", t.gap_variation},
          {"profile", t.profile}};
}

json json_of(const TraceInfo::Sessions& s) {
  json object = {{"count", s.count},
                 {"requests", s.requests},
                 {"multi_request", s.multi_request},
                 {"per_session", json_of(s.per_session)}};
  if (s.gap_s) object["gap_s"] = json_of(*s.gap_s);
  return object;
}

json json_of(const TraceInfo::Parents& p) {
  return {{"requests", p.requests}, {"branching", p.branching}, {"max_depth", p.max_depth}};
}

}  // namespace

json to_json(const TraceInfo& info) {
  json features = json::object();
  for (const TraceInfo::Feature& f : info.features) features[f.name] = f.carried;
  json object = {{"name", info.name},         {"format", info.format},
                 {"kind", info.kind},         {"features", features},
                 {"requests", info.requests}, {"skipped_records", info.skipped_records}};
  if (!info.path.empty()) object["path"] = info.path;
  if (info.block_size > 0) object["block_size"] = info.block_size;
  if (info.events > 0) object["events"] = info.events;
  if (info.input_tokens) object["input_tokens"] = json_of(*info.input_tokens);
  if (info.output_tokens) object["output_tokens"] = json_of(*info.output_tokens);
  if (info.times) object["times"] = json_of(*info.times);
  if (info.blocks) object["blocks"] = json_of(*info.blocks);
  if (info.sessions) object["sessions"] = json_of(*info.sessions);
  if (info.parents) object["parents"] = json_of(*info.parents);
  if (!info.categories.empty()) object["categories"] = json_of(info.categories);
  if (!info.tenants.empty()) object["tenants"] = json_of(info.tenants);
  return object;
}

}  // namespace kvsim
