#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/engine/admission_configs.hpp"
#include "sim/engine/policy_registry.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

namespace {

struct AdmissionEntry {
  ComponentInfo info;
  Params (*resolve)(const Params& params);
  AdmissionConfigs::value_type (*parse)(const Params& params);
};

std::string admission_place(std::string_view name) {
  return fmt::format("admission filter '{}'", name);
}

const std::vector<AdmissionEntry>& admission_registry() {
  static const std::vector<AdmissionEntry> entries = [] {
    std::vector<AdmissionEntry> all;
    for_each_type(AdmissionList{}, [&]<class A>() {
      using Config = typename A::Config;
      all.push_back({{std::string(A::kName), std::string(A::kDoc), describe<Config>()},
                     [](const Params& params) {
                       return resolved_params(
                           parse_config<Config>(params, admission_place(A::kName)));
                     },
                     [](const Params& params) {
                       return AdmissionConfigs::value_type(
                           parse_config<Config>(params, admission_place(A::kName)));
                     }});
    });
    return all;
  }();
  return entries;
}

const AdmissionEntry& find_admission(std::string_view name) {
  return find_component("admission filter", name, admission_registry());
}

template <class Infos>
bool has_name(const Infos& infos, std::string_view name) {
  return std::any_of(infos.begin(), infos.end(),
                     [&](const ComponentInfo& info) { return info.name == name; });
}

// A filter where the policy belongs: it stands alone, or behind the policy.
void check_filter_is_none(const PolicySpec& spec) {
  if (!has_name(list_admissions(), spec.policy.name)) return;
  const auto policies = list_policies();
  if (!spec.admission.empty() && has_name(policies, spec.admission.back().name)) {
    throw InputError(
        fmt::format("policy '{0}+{1}': an admission filter stands before its policy; "
                    "did you mean '{1}+{0}'?",
                    label_of(spec.admission.back()), label_of(spec.policy)));
  }
  const std::string alike = "w" + spec.policy.name;
  throw InputError(fmt::format(
      "policy '{0}': is an admission filter, which stands before a policy, as in '{0}+lru'{1}",
      label_of(spec.policy),
      has_name(policies, alike) ? fmt::format("; or did you mean '{}'?", alike) : ""));
}

}  // namespace

PolicySpec checked(PolicySpec spec) {
  check_filter_is_none(spec);
  const PolicyEntry& policy = find_policy(spec.policy.name);
  (void)policy.resolve(spec.policy.params);
  drop_defaults(spec.policy, policy.info.fields);
  for (auto filter = spec.admission.begin(); filter != spec.admission.end(); ++filter) {
    const AdmissionEntry& entry = find_admission(filter->name);
    (void)entry.resolve(filter->params);
    drop_defaults(*filter, entry.info.fields);
    const auto same = [&](const ComponentSpec& other) { return other.name == filter->name; };
    if (std::any_of(spec.admission.begin(), filter, same)) {
      throw InputError(fmt::format("admission filter '{}' is given twice", filter->name));
    }
  }
  return spec;
}

PolicySpec parse_policy(std::string_view text) {
  PolicySpec spec;
  std::vector<std::string_view> pieces = split_trimmed(text, '+');
  spec.policy = parse_component("policy", pieces.back());
  pieces.pop_back();
  for (std::string_view piece : pieces) spec.admission.push_back(parse_component("policy", piece));
  return checked(std::move(spec));
}

std::vector<PolicySpec> parse_policy_list(std::string_view text) {
  return parse_components(text, parse_policy);
}

std::string label_of(const PolicySpec& spec) {
  std::string label;
  for (const ComponentSpec& filter : spec.admission) label += label_of(filter) + "+";
  return label + label_of(spec.policy);
}

Params resolved_params(const PolicySpec& spec) {
  Params all = find_policy(spec.policy.name).resolve(spec.policy.params);
  for (const ComponentSpec& filter : spec.admission) {
    for (auto& [name, value] : find_admission(filter.name).resolve(filter.params)) {
      all.emplace_back(fmt::format("{}.{}", filter.name, name), std::move(value));
    }
  }
  return all;
}

AdmissionConfigs parse_admissions(const PolicySpec& spec) {
  AdmissionConfigs configs;
  for (const ComponentSpec& filter : spec.admission) {
    configs.push_back(find_admission(filter.name).parse(filter.params));
  }
  return configs;
}

std::vector<ComponentInfo> list_admissions() { return infos_of(admission_registry()); }

}  // namespace kvsim
