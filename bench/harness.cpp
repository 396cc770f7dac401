#include "bench/harness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace kvsim::bench {

namespace {

std::map<std::string, std::string>& verdicts() {
  static std::map<std::string, std::string> by_name;
  return by_name;
}

std::vector<std::pair<const char*, std::uint64_t>> listed(const ReplayCounts& c) {
  return {{"requests", c.requests},
          {"accesses", c.accesses},
          {"hits", c.hits},
          {"request hits", c.request_hits},
          {"tokens", c.tokens},
          {"hit tokens", c.hit_tokens},
          {"bytes", c.bytes},
          {"hit bytes", c.hit_bytes},
          {"insertions", c.cache.insertions},
          {"evictions", c.cache.evictions},
          {"rejected", c.cache.rejected}};
}

}  // namespace

bool answers_right(benchmark::State& state, const std::string& name,
                   const std::function<std::string()>& check) {
  auto known = verdicts().find(name);
  if (known == verdicts().end()) known = verdicts().emplace(name, check()).first;
  if (known->second.empty()) return true;
  state.SkipWithError(known->second.c_str());
  return false;
}

int wrong_answers() {
  return static_cast<int>(std::count_if(verdicts().begin(), verdicts().end(),
                                        [](const auto& v) { return !v.second.empty(); }));
}

std::string difference(const ReplayCounts& found, const ReplayCounts& expected) {
  const auto a = listed(found);
  const auto b = listed(expected);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) {
      return fmt::format("{} are {}, not {}", a[i].first, a[i].second, b[i].second);
    }
  }
  return "";
}

std::string difference_to_general_form(const ReplayJob& job, const std::string& policy) {
  // Behind a filter that admits all, a policy runs in its general form.
  const PolicySpec general = parse_policy("max_size:share=1+" + policy);
  return difference(replay(job, parse_policy(policy)).counts, replay(job, general).counts);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace kvsim::bench
