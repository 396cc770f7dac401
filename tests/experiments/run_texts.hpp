#pragma once

#include <string>
#include <vector>

#include "sim/metrics/result_json.hpp"

namespace kvsim::test {

/// The runs as they are written, without what may differ from one time to the next.
inline std::vector<std::string> texts(const Results& results) {
  std::vector<std::string> all;
  for (RunResult run : results.runs) {
    run.replay = {};
    all.push_back(to_json(run));
  }
  return all;
}

}  // namespace kvsim::test
