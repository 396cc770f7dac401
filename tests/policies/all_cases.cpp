#include <algorithm>
#include <string>
#include <utility>

#include "policies/policy_list.hpp"
#include "sim/core/type_list.hpp"
#include "tests/policies/policy_case.hpp"

namespace kvsim::policy_tests {

Params params_of(std::string_view text) {
  Params params;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view one = text.substr(0, end);
    const std::size_t equals = one.find('=');
    params.emplace_back(std::string(one.substr(0, equals)),
                        parse_param_value(one.substr(equals + 1)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return params;
}

const std::vector<PolicyCase>& all_cases() {
  static const std::vector<PolicyCase> cases = [] {
    std::vector<PolicyCase> made;
    for_each_type(PolicyList{}, [&]<class P>() {
      for (PolicyCase& one : cases_of<P>()) made.push_back(std::move(one));
    });
    for (PolicyCase& one : filtered_cases()) made.push_back(std::move(one));
    return made;
  }();
  return cases;
}

}  // namespace kvsim::policy_tests
