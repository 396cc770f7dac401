#include "sim/metrics/modelled_speedup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

// Seconds of decode steps of one sequence by its context: sums over contexts below each, so that
// any range is a difference.
class DecodeSums {
 public:
  explicit DecodeSums(const CostModel& model) : model_(model) {}

  double between(std::uint64_t first, std::uint64_t last) {
    // A longer sequence than any model's is summed on its own.
    constexpr std::uint64_t kLongest = std::uint64_t{1} << 22;
    if (last > kLongest) {
      double sum = 0;
      for (std::uint64_t context = first; context < last; ++context) sum += step(context);
      return sum;
    }
    while (sums_.size() <= last) sums_.push_back(sums_.back() + step(sums_.size() - 1));
    return sums_[last] - sums_[first];
  }

 private:
  double step(std::uint64_t context) const {
    return model_.decode_step_seconds(std::span(&context, 1));
  }

  const CostModel& model_;
  std::vector<double> sums_ = {0};
};

std::uint64_t prompt_tokens(const AccessStream& stream, std::uint64_t request) {
  // Even an empty prompt has a token to begin with.
  return std::max<std::uint64_t>(1, stream.trace->requests.input_tokens[request]);
}

}  // namespace

RequestCosts request_costs(const AccessStream& stream, std::shared_ptr<const CostModel> model) {
  if (!stream.has_tokens()) {
    throw InputError(
        fmt::format("trace '{}' carries no prompts' lengths in tokens, which a cost "
                    "model needs",
                    stream.trace->name));
  }
  RequestCosts costs;
  costs.prefill.reserve(stream.requests);
  for (std::uint64_t r = 0; r < stream.requests; ++r) {
    costs.prefill.push_back(model->prefill_seconds(0, prompt_tokens(stream, r)));
  }
  const auto& outputs = stream.trace->requests.output_tokens;
  if (!outputs.empty() && model->has_decode()) {
    costs.decode.reserve(stream.requests);
    DecodeSums sums(*model);
    for (std::uint64_t r = 0; r < stream.requests; ++r) {
      const std::uint64_t prompt = prompt_tokens(stream, r);
      // The prefill gives the first token.
      const std::uint64_t steps = outputs[r] == 0 ? 0 : outputs[r] - 1;
      costs.decode.push_back(sums.between(prompt, prompt + steps));
    }
  }
  costs.model = std::move(model);
  return costs;
}

TimeStatistics time_statistics(std::vector<double> seconds) {
  TimeStatistics result;
  const auto count = static_cast<double>(seconds.size());
  result.mean = std::accumulate(seconds.begin(), seconds.end(), 0.0) / count;
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double share) {
    return seconds[static_cast<std::size_t>(std::ceil(share * count)) - 1];
  };
  result.p50 = at(0.5);
  result.p99 = at(0.99);
  return result;
}

std::optional<SpeedupResult> modelled_speedup(const RequestCosts& costs, const AccessStream& stream,
                                              const std::vector<RequestOutcome>& outcomes,
                                              std::uint64_t warmup_requests) {
  if (warmup_requests >= outcomes.size()) return std::nullopt;
  std::vector<double> with;
  with.reserve(outcomes.size() - warmup_requests);
  double tokens = 0;
  double hit_tokens = 0;
  double decode = 0;
  for (std::uint64_t r = warmup_requests; r < outcomes.size(); ++r) {
    const std::uint64_t prompt = prompt_tokens(stream, r);
    const std::uint64_t cached = std::min(outcomes[r].hit_tokens, prompt - 1);
    with.push_back(cached == 0 ? costs.prefill[r]
                               : costs.model->prefill_seconds(cached, prompt - cached));
    tokens += static_cast<double>(prompt);
    hit_tokens += static_cast<double>(outcomes[r].hit_tokens);
    if (!costs.decode.empty()) decode += costs.decode[r];
  }
  const std::vector<double> without(
      costs.prefill.begin() + static_cast<std::ptrdiff_t>(warmup_requests), costs.prefill.end());
  const double sum_with = std::accumulate(with.begin(), with.end(), 0.0);
  const double sum_without = std::accumulate(without.begin(), without.end(), 0.0);

  SpeedupResult result;
  result.kind = "modelled";
  // Where every token hits there is no bound.
  if (hit_tokens < tokens) result.prefill_bound = tokens / (tokens - hit_tokens);
  result.prefill = sum_without / sum_with;
  result.ttft_with = time_statistics(with);
  result.ttft_without = time_statistics(without);
  result.assumptions = costs.model->assumptions();
  const auto assume = [&](const char* what, std::string text) {
    result.assumptions.emplace_back(what, std::move(text));
  };
  assume("cached", "a request's hit tokens, at most all but its prompt's last");
  assume("load", "hits lie in the memory that computes: nothing is loaded");
  assume("requests", "each alone: no queue, no batch");
  if (!costs.decode.empty()) {
    result.end_to_end = (sum_without + decode) / (sum_with + decode);
    result.assumptions.emplace_back("decode_batch", std::int64_t{1});
  }
  return result;
}

}  // namespace kvsim
