#include "model/cost/profile.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "model/cost/presets.hpp"
#include "model/cost/profile_terms.hpp"
#include "model/cost/shape_json.hpp"
#include "sim/core/error.hpp"
#include "sim/core/json_node.hpp"
#include "sim/core/output_file.hpp"

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kProfileSchema = "kvsim.cost/1";
constexpr std::uint64_t kMostCount = std::uint64_t{1} << 50;
constexpr double kMostSeconds = 1e9;

Json json_of(const Fit& fit) {
  Json terms = Json::object();
  for (const Fit::Term& term : fit.terms) terms[term.name] = term.coefficient;
  Json json{{"terms", std::move(terms)}};
  if (fit.k != 0) json["k"] = fit.k;
  json["points"] = fit.points;
  json["median_relative_error"] = fit.median_relative_error;
  json["max_relative_error"] = fit.max_relative_error;
  json["held_out_points"] = fit.held_out_points;
  if (fit.held_out_median_relative_error) {
    json["held_out_median_relative_error"] = *fit.held_out_median_relative_error;
  }
  return json;
}

Fit read_fit(const JsonNode& node, const CostFormula& formula) {
  node.check_keys({"terms", "k", "points", "median_relative_error", "max_relative_error",
                   "held_out_points", "held_out_median_relative_error"});
  Fit fit;
  const JsonNode terms = node.at("terms");
  std::vector<std::string> names;
  for (const CostTerm& term : formula.terms) names.emplace_back(term.name);
  terms.check_keys(names);
  for (const std::string& name : names) {
    fit.terms.push_back({name, terms.at(name).number(0, kMostSeconds)});
  }
  if (!formula.breakpoints.empty()) fit.k = node.at("k").number(1, static_cast<double>(kMostCount));
  const auto number = [&](const char* key, double& into) {
    node.with(key, [&](const JsonNode& n) { into = n.number(0, kMostSeconds); });
  };
  number("median_relative_error", fit.median_relative_error);
  number("max_relative_error", fit.max_relative_error);
  node.with("held_out_median_relative_error", [&](const JsonNode& n) {
    fit.held_out_median_relative_error = n.number(0, kMostSeconds);
  });
  node.with("points", [&](const JsonNode& n) { fit.points = n.integer(0, kMostCount); });
  node.with("held_out_points",
            [&](const JsonNode& n) { fit.held_out_points = n.integer(0, kMostCount); });
  return fit;
}

// A measurement in the file, with what the fit says of it.
template <class Measurement>
Json json_of(Json quantities, const Measurement& m, double predicted) {
  quantities["seconds"] = m.seconds;
  quantities["predicted"] = predicted;
  quantities["held_out"] = m.held_out;
  return quantities;
}

Json json_of(const CostProfile& profile) {
  const auto fit_of = [&](Place place) -> const Fit& {
    for (const CopyFit& copy : profile.copy) {
      if (copy.place == place) return copy.fit;
    }
    static const Fit none;
    return none;
  };
  Json prefill = Json::array();
  for (const PrefillMeasurement& m : profile.measurements.prefill) {
    prefill.push_back(json_of({{"cached", m.cached}, {"new", m.added}}, m,
                              predicted(prefill_formula(), profile.prefill, quantities_of(m))));
  }
  Json decode = Json::array();
  for (const DecodeMeasurement& m : profile.measurements.decode) {
    decode.push_back(json_of({{"batch", m.batch}, {"context", m.context}}, m,
                             predicted(decode_formula(), *profile.decode, quantities_of(m))));
  }
  Json copy = Json::array();
  for (const CopyMeasurement& m : profile.measurements.copy) {
    copy.push_back(json_of({{"place", name_of(m.place)}, {"bytes", m.bytes}}, m,
                           predicted(copy_formula(), fit_of(m.place), quantities_of(m))));
  }
  return {
      {"prefill", std::move(prefill)}, {"decode", std::move(decode)}, {"copy", std::move(copy)}};
}

template <class Measurement, class Read>
std::vector<Measurement> read_measurements(const JsonNode& node, const char* key,
                                           std::vector<std::string> quantities, Read&& read) {
  std::vector<Measurement> all;
  if (!node.has(key) || (node.at(key).json().is_array() && node.at(key).json().empty())) return all;
  quantities.insert(quantities.end(), {"seconds", "predicted", "held_out"});
  for (const JsonNode& item : node.at(key).items("measurements")) {
    item.check_keys(quantities);
    Measurement m;
    read(item, m);
    m.seconds = item.at("seconds").number(0, kMostSeconds);
    item.with("held_out", [&](const JsonNode& n) { m.held_out = n.boolean(); });
    all.push_back(m);
  }
  return all;
}

Place read_place(const JsonNode& node) {
  const std::string text = node.text("device, host or disk");
  std::vector<std::string> names;
  for (const Place place : {Place::kDevice, Place::kHost, Place::kDisk}) {
    if (name_of(place) == text) return place;
    names.emplace_back(name_of(place));
  }
  node.fail(unknown_name("place", text, names));
}

// The texts of a profile's origin, by their names in the file.
template <class Provenance, class F>
void for_each_text(Provenance& p, F&& f) {
  f("kvsim_version", p.kvsim_version);
  f("host", p.host);
  f("device", p.device);
  f("started", p.started);
  f("finished", p.finished);
  f("command", p.command);
}

class ProfileCosts final : public CostModel {
 public:
  explicit ProfileCosts(CostProfile profile) : profile_(std::move(profile)) {}

  double prefill_seconds(std::uint64_t cached, std::uint64_t added) const override {
    return predicted(prefill_formula(), profile_.prefill,
                     {static_cast<double>(cached), static_cast<double>(added)});
  }

  double decode_step_seconds(std::span<const std::uint64_t> contexts) const override {
    if (!profile_.decode) {
      throw InputError("the profile has no decode steps: none were measured");
    }
    double sum = 0;
    for (const std::uint64_t context : contexts) sum += static_cast<double>(context);
    return predicted(decode_formula(), *profile_.decode,
                     {static_cast<double>(contexts.size()), sum});
  }

  double copy_seconds(std::uint64_t bytes, Place place) const override {
    for (const CopyFit& copy : profile_.copy) {
      if (copy.place == place) {
        return predicted(copy_formula(), copy.fit, {static_cast<double>(bytes), 0});
      }
    }
    throw InputError(
        fmt::format("the profile has no copies to {}: none were measured", name_of(place)));
  }

  bool has_decode() const override { return profile_.decode.has_value(); }
  std::string device() const override { return profile_.provenance.device; }
  const ModelShape& shape() const override { return profile_.shape; }
  ElementType kv_type() const override { return profile_.kv_type; }

  Params assumptions() const override {
    Params params{{"cost", "profile"},
                  {"model", profile_.shape.name},
                  {"device", profile_.provenance.device},
                  {"host", profile_.provenance.host},
                  {"kv_type", std::string(name_of(profile_.kv_type))},
                  {"prefill", text_of(prefill_formula(), profile_.prefill)}};
    if (profile_.prefill.held_out_median_relative_error) {
      params.emplace_back("prefill_held_out_error",
                          *profile_.prefill.held_out_median_relative_error);
    }
    if (profile_.decode) {
      params.emplace_back("decode", text_of(decode_formula(), *profile_.decode));
      if (profile_.decode->held_out_median_relative_error) {
        params.emplace_back("decode_held_out_error",
                            *profile_.decode->held_out_median_relative_error);
      }
    }
    params.emplace_back("left_out",
                        "what was not measured: queueing, and other work of the server");
    return params;
  }

 private:
  CostProfile profile_;
};

}  // namespace

std::string to_json(const CostProfile& profile) {
  Json json{{"schema", kProfileSchema}};
  for_each_text(profile.provenance, [&](const char* name, const std::string& text) {
    if (!text.empty()) json["provenance"][name] = text;
  });
  json["model"] = json_of(profile.shape);
  json["kv_type"] = name_of(profile.kv_type);
  json["prefill"] = json_of(profile.prefill);
  if (profile.decode) json["decode"] = json_of(*profile.decode);
  for (const CopyFit& copy : profile.copy) json["copy"][name_of(copy.place)] = json_of(copy.fit);
  json["measurements"] = json_of(profile);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

CostProfile parse_profile(std::string_view text, const std::string& file) {
  const nlohmann::json json = parse_strict_json(text, file);
  const JsonNode node(file, json);
  if (!node.is_object()) node.refuse("a calibrated profile");
  const JsonNode schema = node.at("schema");
  if (schema.text("\"kvsim.cost/1\"") != kProfileSchema) schema.refuse("\"kvsim.cost/1\"");
  node.check_keys(
      {"schema", "provenance", "model", "kv_type", "prefill", "decode", "copy", "measurements"});
  CostProfile profile;
  node.with("provenance", [&](const JsonNode& n) {
    std::vector<std::string> keys;
    for_each_text(profile.provenance,
                  [&](const char* name, const std::string&) { keys.emplace_back(name); });
    n.check_keys(keys);
    for_each_text(profile.provenance, [&](const char* name, std::string& into) {
      n.with(name, [&](const JsonNode& item) { into = item.text("text"); });
    });
  });
  profile.shape = read_model(node.at("model"));
  const JsonNode kv_type = node.at("kv_type");
  profile.kv_type =
      kv_type.placed([&] { return parse_element_type(kv_type.text("an element type")); });
  profile.prefill = read_fit(node.at("prefill"), prefill_formula());
  node.with("decode", [&](const JsonNode& n) { profile.decode = read_fit(n, decode_formula()); });
  node.with("copy", [&](const JsonNode& n) {
    n.check_keys({"device", "host", "disk"});
    for (const Place place : {Place::kDevice, Place::kHost, Place::kDisk}) {
      n.with(std::string(name_of(place)), [&](const JsonNode& fit) {
        profile.copy.push_back({place, read_fit(fit, copy_formula())});
      });
    }
  });
  node.with("measurements", [&](const JsonNode& n) {
    n.check_keys({"prefill", "decode", "copy"});
    profile.measurements.prefill = read_measurements<PrefillMeasurement>(
        n, "prefill", {"cached", "new"}, [](const JsonNode& item, PrefillMeasurement& m) {
          m.cached = item.at("cached").integer(0, kMostCount);
          m.added = item.at("new").integer(1, kMostCount);
        });
    profile.measurements.decode = read_measurements<DecodeMeasurement>(
        n, "decode", {"batch", "context"}, [](const JsonNode& item, DecodeMeasurement& m) {
          m.batch = item.at("batch").integer(1, kMostCount);
          m.context = item.at("context").integer(0, kMostCount);
        });
    profile.measurements.copy = read_measurements<CopyMeasurement>(
        n, "copy", {"place", "bytes"}, [](const JsonNode& item, CopyMeasurement& m) {
          m.place = read_place(item.at("place"));
          m.bytes = item.at("bytes").integer(1, kMostCount);
        });
    if (!profile.measurements.decode.empty() && !profile.decode) {
      n.at("decode").fail("given, but \"decode\" of the profile is missing");
    }
  });
  return profile;
}

void write_profile(const std::filesystem::path& path, const CostProfile& profile) {
  OutputFile file(path);
  file.write(to_json(profile));
  file.commit();
}

CostProfile read_profile(const std::filesystem::path& path) {
  return parse_profile(read_json_text(path), path.string());
}

std::unique_ptr<const CostModel> make_profile_costs(CostProfile profile) {
  return std::make_unique<ProfileCosts>(std::move(profile));
}

}  // namespace kvsim
