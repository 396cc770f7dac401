#include "model/torch/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace kvsim::torch_models {

Token sample(std::span<const float> logits, const Sampling& sampling, Rng& rng) {
  if (sampling.temperature <= 0) {
    return static_cast<Token>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  }
  std::vector<Token> order(logits.size());
  std::iota(order.begin(), order.end(), Token{0});
  const auto likelier = [&](Token a, Token b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  };
  if (sampling.top_k > 0 && sampling.top_k < order.size()) {
    std::partial_sort(order.begin(), order.begin() + sampling.top_k, order.end(), likelier);
    order.resize(sampling.top_k);
  } else {
    std::sort(order.begin(), order.end(), likelier);
  }
  const double most = logits[order.front()];
  std::vector<double> weight(order.size());
  double total = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    weight[i] = std::exp((static_cast<double>(logits[order[i]]) - most) / sampling.temperature);
    total += weight[i];
  }
  double kept = 0;
  std::size_t count = 0;
  while (count < order.size() && (count == 0 || kept < sampling.top_p * total)) {
    kept += weight[count++];
  }
  double draw = rng.uniform() * kept;
  for (std::size_t i = 0; i < count; ++i) {
    draw -= weight[i];
    if (draw < 0) return order[i];
  }
  return order[count - 1];
}

}  // namespace kvsim::torch_models
