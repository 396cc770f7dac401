#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "experiments/config.hpp"
#include "sim/core/error.hpp"
#include "traces/reader/open_trace.hpp"

namespace kvsim {

namespace {

std::size_t index_of(std::string_view kind, std::string_view text,
                     const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return i;
  }
  throw InputError(unknown_name(kind, text, names));
}

__extension__ using Wide = unsigned __int128;

Wide greatest_common_divisor(Wide a, Wide b) {
  while (b != 0) a = std::exchange(b, a % b);
  return a;
}

}  // namespace

std::vector<std::string> reuse_names() { return {"auto", "object", "prefix"}; }
std::vector<std::string> touch_order_names() { return {"head_first", "tail_first"}; }
std::vector<std::string> lookup_names() { return {"all", "full_blocks"}; }
std::vector<std::string> group_by_names() { return {"category", "session", "tenant", "hour"}; }

std::optional<Reuse> parse_reuse(std::string_view text) {
  const std::size_t i = index_of("reuse", text, reuse_names());
  if (i == 0) return std::nullopt;
  return i == 1 ? Reuse::kObject : Reuse::kPrefix;
}

TouchOrder parse_touch_order(std::string_view text) {
  return static_cast<TouchOrder>(index_of("touch order", text, touch_order_names()));
}

Lookup parse_lookup(std::string_view text) {
  return static_cast<Lookup>(index_of("look-up", text, lookup_names()));
}

GroupBy parse_group_by(std::string_view text) {
  return static_cast<GroupBy>(index_of("grouping", text, group_by_names()));
}

std::string parse_organisation(std::string_view text) {
  std::vector<std::string> names;
  for (const ComponentInfo& info : list_organisations()) names.push_back(info.name);
  return names[index_of("organisation", text, names)];
}

void check_cost(const CostSpec& spec) {
  const RooflineOptions& roofline = spec.roofline;
  if (!spec.profile.empty()) {
    if (!spec.model.empty() || !spec.gpu.empty() || roofline != RooflineOptions{}) {
      throw InputError(
          "a calibrated profile states model, machine and types itself; allowed: either the "
          "profile, "
          "or a model on a GPU");
    }
    return;
  }
  if (spec.model.empty() || spec.gpu.empty()) {
    throw InputError(fmt::format("a cost model needs a {} (`kvsim list {}` shows them)",
                                 spec.model.empty() ? "model" : "GPU",
                                 spec.model.empty() ? "models" : "gpus"));
  }
  for (const auto& [name, share] :
       {std::pair("MFU", roofline.mfu), std::pair("MBU", roofline.mbu)}) {
    if (share && !(*share > 0 && *share <= 1)) {
      throw InputError(fmt::format("{} {:g}, allowed is above 0 and at most 1", name, *share));
    }
  }
}

std::uint32_t parse_hash_bits(std::string_view text) {
  const ParamValue value = parse_param_value(text);
  const std::int64_t* bits = std::get_if<std::int64_t>(&value);
  if (bits == nullptr || *bits < 1 || *bits > 256) {
    throw InputError(fmt::format("'{}' bits of a hash (allowed: 1 to 256)", text));
  }
  return static_cast<std::uint32_t>(*bits);
}

double parse_load(std::string_view text) {
  const ParamValue value = parse_param_value(text);
  const double* load = std::get_if<double>(&value);
  if (load == nullptr || !(*load >= 0.01 && *load <= 0.99)) {
    throw InputError(
        fmt::format("load '{}' (allowed: entries over places, from 0.01 to 0.99)", text));
  }
  return *load;
}

std::string parse_format(std::string_view text) {
  std::vector<std::string> names;
  for (const FormatInfo& info : list_formats()) names.push_back(info.name);
  (void)index_of("trace format", text.substr(0, text.find(':')), names);
  return std::string(text);
}

Warmup parse_warmup(std::string_view text) {
  Warmup warmup;
  if (text == "full") {
    warmup.until_full = true;
    return warmup;
  }
  const bool per_cent = text.ends_with('%');
  const ParamValue value = parse_param_value(per_cent ? text.substr(0, text.size() - 1) : text);
  const double* real = std::get_if<double>(&value);
  const std::int64_t* whole = std::get_if<std::int64_t>(&value);
  const double number = real != nullptr    ? *real
                        : whole != nullptr ? static_cast<double>(*whole)
                                           : -1.0;
  warmup.share = per_cent ? number / 100 : number;
  if (!(warmup.share >= 0 && warmup.share < 1)) {
    throw InputError(fmt::format(
        "warm-up '{}' (allowed: a share of the requests from 0 to below 1, such as 0.5 or 50%, or "
        "full)",
        text));
  }
  return warmup;
}

std::string identity_of(const PolicySpec& policy) {
  std::string text;
  for (const ComponentSpec& filter : policy.admission) text += filter.name + "+";
  text += policy.policy.name;
  for (const auto& [name, value] : resolved_params(policy)) {
    text += fmt::format(",{}={}", name, to_text(value));
  }
  return text;
}

std::string identity_of(const CapacitySpec& capacity) {
  const Wide value = Wide{capacity.digits} * capacity.multiplier;
  const Wide common = greatest_common_divisor(value, capacity.divisor);
  const Wide above = value / common;
  const Wide below = capacity.divisor / common;
  return fmt::format("{}:{}:{}/{}", static_cast<int>(capacity.unit),
                     static_cast<std::uint64_t>(above >> 64), static_cast<std::uint64_t>(above),
                     static_cast<std::uint64_t>(below));
}

std::optional<Repetition> find_repetition(const std::vector<std::string>& identities) {
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < identities.size(); ++i) {
    const auto [it, is_new] = seen.emplace(identities[i], i);
    if (!is_new) return Repetition{i, it->second};
  }
  return std::nullopt;
}

}  // namespace kvsim
