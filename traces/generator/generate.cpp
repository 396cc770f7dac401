#include "traces/generator/generate.hpp"

#include "sim/core/error.hpp"
#include "sim/core/type_list.hpp"
#include "traces/generator/generator_types.hpp"  // made from generators.list

namespace kvsim {

namespace {

std::string place(std::string_view name) { return "generator '" + std::string(name) + "'"; }

/// Calls `f.template operator()<G>()` for the generator called `name`.
template <class F>
void with_generator(const std::string& name, F&& f) {
  bool found = false;
  for_each_type(GeneratorTypes{}, [&]<class G>() {
    if (!found && G::kName == name) {
      found = true;
      f.template operator()<G>();
    }
  });
  if (found) return;
  std::vector<std::string> names;
  for (const GeneratorInfo& info : generators()) names.push_back(info.name);
  const bool has_parameters = name.find(':') != std::string_view::npos;
  throw InputError(unknown_name("generator", name, names) +
                   (has_parameters ? "; parameters are given apart (--set name=value)" : ""));
}

}  // namespace

const std::vector<GeneratorInfo>& generators() {
  static const std::vector<GeneratorInfo> all = [] {
    std::vector<GeneratorInfo> infos;
    for_each_type(GeneratorTypes{}, [&]<class G>() {
      infos.push_back(
          {std::string(G::kName), std::string(G::kDoc), describe<typename G::Config>()});
    });
    return infos;
  }();
  return all;
}

Trace generate(const std::string& name, const Params& params, std::uint64_t seed) {
  Trace trace;
  with_generator(name, [&]<class G>() {
    trace = G::generate(parse_config<typename G::Config>(params, place(name)), seed);
  });
  return trace;
}

Params resolve_generator_params(const std::string& name, const Params& params) {
  Params resolved;
  with_generator(name, [&]<class G>() {
    resolved = resolved_params(parse_config<typename G::Config>(params, place(name)));
  });
  return resolved;
}

}  // namespace kvsim
