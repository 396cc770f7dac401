#include "tests/experiments/workload_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "sim/core/rng.hpp"

namespace kvsim::test {

namespace {

// Each call makes one of a few lists longer and returns it: conversations.
class Conversations {
 public:
  explicit Conversations(std::uint64_t seed) : rng_(seed), lists_(24) {}

  const std::vector<std::uint64_t>& next(std::uint64_t step, std::uint64_t longest) {
    std::vector<std::uint64_t>& list = lists_[rng_.below(lists_.size())];
    if (list.size() > longest) list.clear();
    for (std::uint64_t i = 0, n = 1 + rng_.below(step); i < n; ++i) list.push_back(++last_);
    return list;
  }
  std::uint64_t below(std::uint64_t bound) { return rng_.below(bound); }

 private:
  Rng rng_;
  std::uint64_t last_ = 0;
  std::vector<std::vector<std::uint64_t>> lists_;
};

}  // namespace

std::string chat_trace(std::uint32_t requests, std::uint64_t seed) {
  Conversations chats(seed);
  std::string text;
  for (std::uint32_t r = 0; r < requests; ++r) {
    const std::vector<std::uint64_t>& blocks = chats.next(4, 30);
    const std::uint64_t tokens = 16 * (blocks.size() - 1) + 1 + chats.below(16);
    text += fmt::format(
        "{{\"chat_id\": {}, \"parent_chat_id\": -1, \"timestamp\": {}.5, \"input_length\": {}, "
        "\"output_length\": 10, \"type\": \"{}\", \"turn\": 1, \"hash_ids\": [{}]}}\n",
        r, r * 30, tokens, chats.below(3) == 0 ? "search" : "text", fmt::join(blocks, ", "));
  }
  return text;
}

std::string object_trace(std::uint32_t requests, std::uint64_t seed) {
  Rng rng(seed);
  std::string text = "time,id,size\n";
  for (std::uint32_t r = 0; r < requests; ++r) {
    const std::uint64_t id = rng.below(1 + rng.below(200));
    text += fmt::format("{},{},{}\n", r, id, 100 + 37 * (id % 50));
  }
  return text;
}

std::string token_trace(std::uint32_t requests, std::uint64_t seed) {
  Conversations prompts(seed);
  std::string text;
  for (std::uint32_t r = 0; r < requests; ++r) {
    text +=
        fmt::format("{{\"timestamp\": {}, \"input_token_ids\": [{}], \"output_token_ids\": [1]}}\n",
                    r * 1000, fmt::join(prompts.next(20, 90), ", "));
  }
  return text;
}

}  // namespace kvsim::test
