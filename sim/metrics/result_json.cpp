#include "sim/metrics/result_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"
#include "sim/metrics/hash_json.hpp"
#include "sim/metrics/training_json.hpp"

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

// Each part is described once, by a function that names its fields; Writer and Reader give it the
// two directions.

struct Writer {
  Json json = Json::object();

  template <class T>
  void field(const char* name, const T& value) {
    json[name] = value;
  }
  void field(const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  }
  template <class T>
  void field(const char* name, const std::optional<T>& value) {
    if (value) json[name] = *value;
  }
  void field(const char* name, const Params& params) {
    Json object = Json::object();
    for (const auto& [key, value] : params) {
      std::visit([&](const auto& v) { object[key] = v; }, value);
    }
    json[name] = std::move(object);
  }
  /// A part of its own, left out where nothing in it is present unless it is always there.
  template <class Describe>
  void part(const char* name, Describe&& describe, bool is_always_there = false) {
    Writer inner;
    describe(inner);
    if (is_always_there || !inner.json.empty()) json[name] = std::move(inner.json);
  }
};

struct Reader {
  const Json& json;

  template <class T>
  void field(const char* name, T& value) {
    value = json.at(name).get<T>();
  }
  void field(const char* name, std::string& value) {
    if (json.contains(name)) value = json.at(name).get<std::string>();
  }
  template <class T>
  void field(const char* name, std::optional<T>& value) {
    if (json.contains(name)) value = json.at(name).get<T>();
  }
  void field(const char* name, Params& params) {
    for (const auto& [key, value] : json.at(name).items()) {
      if (value.is_boolean()) {
        params.emplace_back(key, value.get<bool>());
      } else if (value.is_number_integer()) {
        params.emplace_back(key, value.get<std::int64_t>());
      } else if (value.is_number()) {
        params.emplace_back(key, value.get<double>());
      } else {
        params.emplace_back(key, value.get<std::string>());
      }
    }
  }
  template <class Describe>
  void part(const char* name, Describe&& describe, bool = false) {
    if (!json.contains(name)) return;
    Reader inner{json.at(name)};
    describe(inner);
  }
};

template <class Archive, class T>
void describe_counts(Archive& a, T& counts) {
  a.field("requests", counts.requests);
  a.field("accesses", counts.accesses);
  a.field("hits", counts.hits);
  a.field("misses", counts.misses);
  a.field("tokens", counts.tokens);
  a.field("hit_tokens", counts.hit_tokens);
  a.field("bytes", counts.bytes);
  a.field("hit_bytes", counts.hit_bytes);
  a.field("insertions", counts.insertions);
  a.field("evictions", counts.evictions);
  a.field("rejected", counts.rejected);
}

template <class Archive, class T>
void describe_ratios(Archive& a, T& ratios) {
  a.field("block_hit", ratios.block_hit);
  a.field("token_hit", ratios.token_hit);
  a.field("request_hit", ratios.request_hit);
  a.field("byte_hit", ratios.byte_hit);
}

template <class Archive, class T>
void describe_outcome(Archive& a, T& outcome) {
  a.part("counts", [&](auto& part) { describe_counts(part, outcome.counts); });
  constexpr bool kIsAlwaysThere = true;
  a.part(
      "ratios", [&](auto& part) { describe_ratios(part, outcome.ratios); }, kIsAlwaysThere);
}

void describe_groups(Writer& a, const std::vector<GroupResult>& groups) {
  a.part("groups", [&](Writer& part) {
    for (const GroupResult& group : groups) {
      part.part(group.name.c_str(), [&](Writer& one) { describe_outcome(one, group); });
    }
  });
}

void describe_groups(Reader& a, std::vector<GroupResult>& groups) {
  a.part("groups", [&](Reader& part) {
    for (const auto& [name, json] : part.json.items()) {
      GroupResult group{name, {}, {}};
      Reader one{json};
      describe_outcome(one, group);
      groups.push_back(std::move(group));
    }
  });
}

// A part that is there as a whole or not at all.
template <class T, class Describe>
void optional_part(Writer& a, const char* name, const std::optional<T>& value,
                   Describe&& describe) {
  if (value) a.part(name, [&](Writer& part) { describe(part, *value); });
}
template <class T, class Describe>
void optional_part(Reader& a, const char* name, std::optional<T>& value, Describe&& describe) {
  a.part(name, [&](Reader& part) { describe(part, value.emplace()); });
}

// Whether a value is to be described in its parent's own fields, of which `field` is one.
template <class T>
bool describes(const Writer&, const char*, const std::optional<T>& value) {
  return value.has_value();
}
template <class T>
bool describes(const Reader& a, const char* field, std::optional<T>& value) {
  if (a.json.contains(field)) value.emplace();
  return value.has_value();
}

template <class Archive, class T>
void describe_count_test(Archive& a, T& test) {
  a.field("observed", test.observed);
  a.field("expected", test.expected);
  a.field("p_value", test.p_value);
  a.field("beyond_chance", test.beyond_chance);
}

template <class Archive, class T>
void describe_probe_lengths(Archive& a, T& lengths) {
  a.field("lookups", lengths.lookups);
  a.field("mean", lengths.mean);
  a.field("expected", lengths.expected);
  a.field("p99", lengths.p99);
  a.field("max", lengths.max);
  a.field("histogram", lengths.histogram);
}

template <class Archive, class T>
void describe_collisions(Archive& a, T& collisions) {
  describe_count_test(a, collisions.keys);
  a.field("false_hits", collisions.false_hits);
  a.field("false_hits_expected", collisions.false_hits_expected);
  a.field("false_hit_ratio", collisions.false_hit_ratio);
  a.field("affected_requests", collisions.affected_requests);
  a.field("affected_tokens", collisions.affected_tokens);
  optional_part(a, "buckets", collisions.buckets,
                [](auto& part, auto& test) { describe_count_test(part, test); });
  // Of successful look-ups, the others beside them.
  a.part("probe_length", [&](auto& part) {
    if (describes(part, "mean", collisions.found)) describe_probe_lengths(part, *collisions.found);
    optional_part(part, "unsuccessful", collisions.not_found,
                  [](auto& inner, auto& lengths) { describe_probe_lengths(inner, lengths); });
    part.field("expectation", collisions.expectation);
  });
}

template <class Archive, class T>
void describe_times(Archive& a, T& times) {
  a.field("mean", times.mean);
  a.field("p50", times.p50);
  a.field("p99", times.p99);
}

template <class Archive, class T>
void describe_speedup(Archive& a, T& speedup) {
  a.field("kind", speedup.kind);
  a.field("prefill_bound", speedup.prefill_bound);
  a.field("prefill", speedup.prefill);
  a.field("end_to_end", speedup.end_to_end);
  a.field("throughput", speedup.throughput);
  a.part("ttft_s", [&](auto& part) {
    optional_part(part, "with", speedup.ttft_with,
                  [](auto& inner, auto& times) { describe_times(inner, times); });
    optional_part(part, "without", speedup.ttft_without,
                  [](auto& inner, auto& times) { describe_times(inner, times); });
  });
  a.field("assumptions", speedup.assumptions);
}

void describe_speedups(Writer& a, const std::vector<SpeedupResult>& speedups) {
  if (speedups.empty()) return;
  Json& list = a.json["speedup"] = Json::array();
  for (const SpeedupResult& speedup : speedups) {
    Writer one;
    describe_speedup(one, speedup);
    list.push_back(std::move(one.json));
  }
}

void describe_speedups(Reader& a, std::vector<SpeedupResult>& speedups) {
  if (!a.json.contains("speedup")) return;
  for (const Json& json : a.json.at("speedup")) {
    Reader one{json};
    describe_speedup(one, speedups.emplace_back());
  }
}

template <class Archive, class T>
void describe_run(Archive& a, T& run) {
  a.field("trace", run.trace);
  a.field("policy", run.policy);
  a.field("policy_config", run.policy_config);
  a.field("reuse", run.reuse);
  a.field("organisation", run.organisation);
  a.field("block_size", run.block_size);
  a.part("capacity", [&](auto& part) {
    part.field("blocks", run.capacity.blocks);
    part.field("bytes", run.capacity.bytes);
    part.field("share", run.capacity.share);
  });
  optional_part(a, "hash", run.hash, [](auto& part, auto& hash) {
    part.field("name", hash.name);
    part.field("bits", hash.bits);
    part.field("seed", hash.seed);
    part.field("chain", hash.chain);
  });
  a.part("table", [&](auto& part) {
    part.field("name", run.table.name);
    part.field("load", run.table.load);
    part.field("buckets", run.table.buckets);
    part.field("memory_bytes", run.table.memory_bytes);
  });
  a.part("warmup", [&](auto& part) {
    part.field("share", run.warmup.share);
    part.field("requests", run.warmup.requests);
  });
  a.field("seed", run.seed);
  a.field("repeat", run.repeat);
  describe_groups(a, run.groups);
  a.field("touch_order", run.touch_order);
  a.field("lookup", run.lookup);
  describe_outcome(a, run);
  optional_part(a, "collisions", run.collisions,
                [](auto& part, auto& collisions) { describe_collisions(part, collisions); });
  a.field("note", run.note);
  a.part("memory", [&](auto& part) {
    part.field("kv_bytes_peak", run.memory.kv_bytes_peak);
    part.field("kv_bytes_mean", run.memory.kv_bytes_mean);
    part.field("metadata_bytes", run.memory.metadata_bytes);
    part.field("metadata_bytes_per_block", run.memory.metadata_bytes_per_block);
  });
  describe_speedups(a, run.speedup);
  a.part("replay", [&](auto& part) {
    part.field("seconds", run.replay.seconds);
    part.field("accesses_per_second", run.replay.accesses_per_second);
    part.field("shared_runs", run.replay.shared_runs);
    part.field("peak_rss_bytes", run.replay.peak_rss_bytes);
  });
}

Json to_value(const Curve& curve) {
  Json json{{"trace", curve.trace},
            {"policy", curve.policy},
            {"reuse", curve.reuse},
            {"method", curve.method}};
  if (curve.rate) json["rate"] = *curve.rate;
  json[curve.capacity_bytes.empty() ? "capacity_blocks" : "capacity_bytes"] = curve.capacities();
  json["block_hit"] = curve.block_hit;
  if (!curve.token_hit.empty()) json["token_hit"] = curve.token_hit;
  if (const auto& error = curve.error) {
    json["error"] = {
        {"kind", error->kind}, {"from", error->from}, {"mean", error->mean}, {"max", error->max}};
  }
  if (const auto& target = curve.target) {
    Json& member = json["target"] = {{"ratio", target->ratio}, {"value", target->value}};
    if (target->capacity_blocks) member["capacity_blocks"] = *target->capacity_blocks;
    member["reached"] = target->reached;
  }
  return json;
}

Json to_value(const TraceProvenance& trace) {
  Json json{{"name", trace.name}, {"path", trace.path}, {"format", trace.format}};
  if (!trace.sha256.empty()) json["sha256"] = trace.sha256;
  json["requests"] = trace.requests;
  if (trace.accesses != 0) json["accesses"] = trace.accesses;
  if (trace.distinct_blocks != 0) json["distinct_blocks"] = trace.distinct_blocks;
  if (trace.skipped_records != 0) json["skipped_records"] = trace.skipped_records;
  return json;
}

Json to_value(const Provenance& provenance) {
  const HostInfo host = host_info();
  Json traces = Json::array();
  for (const TraceProvenance& trace : provenance.traces) traces.push_back(to_value(trace));
  return {
      {"kvsim_version", kvsim_version()},
      {"git_revision", git_revision()},
      {"config", Json::parse(provenance.config)},
      {"config_sha256", provenance.config_sha256},
      {"traces", std::move(traces)},
      {"seeds", provenance.seeds},
      {"host", {{"name", host.name}, {"cpu", host.cpu}, {"cores", host.cores}, {"os", host.os}}},
      {"compiler", compiler_name()},
      {"started", iso_time(provenance.started)},
      {"finished", iso_time(provenance.finished)}};
}

// Names and paths come from files and shells, which need not speak UTF-8.
std::string dump(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void append_lines(std::string& text, std::string_view name, const std::vector<std::string>& lines) {
  text += fmt::format(",\n\"{}\": [", name);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += i == 0 ? "\n" : ",\n";
    text += lines[i];
  }
  text += lines.empty() ? "]" : "\n]";
}

}  // namespace

std::string to_json(const RunResult& run) {
  Writer writer;
  describe_run(writer, run);
  return dump(writer.json);
}

RunResult parse_run(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    RunResult run;
    Reader reader{json};
    describe_run(reader, run);
    return run;
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("not a run's result: {}", error.what()));
  }
}

std::string to_json(const Results& results) {
  std::string text = fmt::format("{{\n\"schema\": \"{}\",\n\"provenance\": ", kResultsSchema);
  text += dump(to_value(results.provenance), 1);
  std::vector<std::string> lines;
  for (const RunResult& run : results.runs) lines.push_back(to_json(run));
  append_lines(text, "runs", lines);
  if (!results.curves.empty()) {
    lines.clear();
    for (const Curve& curve : results.curves) lines.push_back(dump(to_value(curve)));
    append_lines(text, "curves", lines);
  }
  if (results.hash_audit) text += ",\n\"hash_audit\": " + to_json(*results.hash_audit);
  if (results.hash_bench) text += ",\n\"hash_bench\": " + to_json(*results.hash_bench);
  if (results.training) text += ",\n\"training\": " + to_json(*results.training);
  text += "\n}\n";
  return text;
}

void write_results(const std::filesystem::path& path, const Results& results) {
  OutputFile file(path);
  file.write(to_json(results));
  file.commit();
}

void check_writable(const std::filesystem::path& path) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_directory(path, ignored)) {
    throw InputError(
        fmt::format("'{}': a file is to be written, but it is a folder", path.string()));
  }
  OutputFile probe(path);
}

}  // namespace kvsim
