#include "model/cost/model_shape.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

struct TypeName {
  std::string_view name;
  double bits;
};
// In the order of ElementType.
constexpr std::array<TypeName, 7> kTypes{{{"float32", 32},
                                          {"float16", 16},
                                          {"bfloat16", 16},
                                          {"float8", 8},
                                          {"int8", 8},
                                          {"int4", 4},
                                          {"mxfp4", 4.25}}};

double number(std::uint64_t value) { return static_cast<double>(value); }

// The layer's matrices that a token is multiplied with.
std::uint64_t weights_of(const AttentionLayers& a, std::uint64_t hidden) {
  switch (a.kind) {
    case AttentionKind::kFull:
    case AttentionKind::kSlidingWindow:
      return 2 * hidden * a.head_size * (a.query_heads + a.kv_heads);
    case AttentionKind::kLatent: {
      const std::uint64_t key = a.head_size + a.rope_size;
      const std::uint64_t query = a.query_rank == 0 ? hidden * a.query_heads * key
                                                    : a.query_rank * (hidden + a.query_heads * key);
      return query + hidden * (a.kv_rank + a.rope_size) +
             a.kv_rank * a.query_heads * (a.head_size + a.value_size) +
             a.query_heads * a.value_size * hidden;
    }
    case AttentionKind::kLinear:
      break;
  }
  return a.layer_weights;
}

std::uint64_t weights_of_expert(const FeedForwardLayers& f, std::uint64_t hidden) {
  return f.matrices * hidden * f.size;
}

// What every token passes through: the router, and the shared expert.
std::uint64_t shared_weights(const FeedForwardLayers& f, std::uint64_t hidden) {
  return (f.experts > 1 ? hidden * f.experts : 0) + f.matrices * hidden * f.shared_size;
}

// Pairs of a new token and one that it attends to, itself among them, in the continuous limit:
// the integral of min(position, window) over the new tokens' positions.
double attended_pairs(double cached, double added, double window) {
  const auto integral = [&](double end) {
    return end <= window ? end * end / 2 : window * end - window * window / 2;
  };
  return integral(cached + added) - integral(cached);
}

double window_of(const AttentionLayers& a) {
  return a.kind == AttentionKind::kSlidingWindow ? number(a.window)
                                                 : std::numeric_limits<double>::infinity();
}

// KV elements of a token in one layer, over all GPUs of a group.
double elements_per_token(const AttentionLayers& a, std::uint64_t tensor_parallel) {
  switch (a.kind) {
    case AttentionKind::kFull:
    case AttentionKind::kSlidingWindow: {
      const std::uint64_t heads =
          tensor_parallel * ((a.kv_heads + tensor_parallel - 1) / tensor_parallel);
      return 2 * number(heads * a.head_size);
    }
    case AttentionKind::kLatent:
      return number((a.kv_rank + a.rope_size) * tensor_parallel);
    case AttentionKind::kLinear:
      break;
  }
  return 0;
}

// Operations on a state of a linear layer for a token: its update and its reading, a product and a
// sum an element each.
constexpr double kFlopsPerStateElement = 4;

}  // namespace

std::string_view name_of(ElementType type) { return kTypes[static_cast<std::size_t>(type)].name; }

double bits_of(ElementType type) { return kTypes[static_cast<std::size_t>(type)].bits; }

std::vector<std::string> element_type_names() {
  std::vector<std::string> names;
  for (const TypeName& type : kTypes) names.emplace_back(type.name);
  return names;
}

ElementType parse_element_type(std::string_view text) {
  const auto it = std::find_if(kTypes.begin(), kTypes.end(),
                               [&](const TypeName& type) { return type.name == text; });
  if (it == kTypes.end())
    throw InputError(unknown_name("element type", text, element_type_names()));
  return static_cast<ElementType>(it - kTypes.begin());
}

std::string_view name_of(AttentionKind kind) {
  switch (kind) {
    case AttentionKind::kFull:
      return "full";
    case AttentionKind::kSlidingWindow:
      return "sliding_window";
    case AttentionKind::kLatent:
      return "latent";
    case AttentionKind::kLinear:
      break;
  }
  return "linear";
}

std::uint64_t ModelShape::layers() const {
  std::uint64_t sum = 0;
  for (const AttentionLayers& a : attention) sum += a.layers;
  return sum;
}

std::uint64_t ModelShape::multiplied_weights() const {
  std::uint64_t sum = 0;
  for (const AttentionLayers& a : attention) sum += a.layers * weights_of(a, hidden);
  for (const FeedForwardLayers& f : feed_forward) {
    sum += f.layers * (f.active_experts * weights_of_expert(f, hidden) + shared_weights(f, hidden));
  }
  return sum;
}

std::uint64_t ModelShape::active_parameters() const {
  return multiplied_weights() + head_weights() * (tied_embeddings ? 1 : 2) + other_weights;
}

std::uint64_t ModelShape::parameters() const {
  std::uint64_t idle = 0;
  for (const FeedForwardLayers& f : feed_forward) {
    idle += f.layers * (f.experts - f.active_experts) * weights_of_expert(f, hidden);
  }
  return active_parameters() + idle;
}

double ModelShape::weight_bytes_read(double tokens) const {
  const double byte = bits_of(weight_type) / 8;
  const double expert_byte = bits_of(expert_type) / 8;
  double bytes = number(head_weights()) * byte;  // of the embedding table a row a token: nothing
  for (const AttentionLayers& a : attention)
    bytes += number(a.layers * weights_of(a, hidden)) * byte;
  for (const FeedForwardLayers& f : feed_forward) {
    const double share = number(f.active_experts) / number(f.experts);
    const double reached = number(f.experts) * (1 - std::pow(1 - share, tokens));
    bytes += number(f.layers) * (reached * number(weights_of_expert(f, hidden)) *
                                     (f.experts > 1 ? expert_byte : byte) +
                                 number(shared_weights(f, hidden)) * byte);
  }
  return bytes;
}

double ModelShape::weight_bytes() const {
  double experts = 0;
  for (const FeedForwardLayers& f : feed_forward) {
    if (f.experts > 1) experts += number(f.layers * f.experts * weights_of_expert(f, hidden));
  }
  return (number(parameters()) - experts) * bits_of(weight_type) / 8 +
         experts * bits_of(expert_type) / 8;
}

double ModelShape::kv_bytes(std::uint64_t tokens, ElementType type,
                            std::uint64_t tensor_parallel) const {
  double elements = 0;
  for (const AttentionLayers& a : attention) {
    elements += number(a.layers) *
                (std::min(number(tokens), window_of(a)) * elements_per_token(a, tensor_parallel) +
                 number(a.state_size));
  }
  return elements * bits_of(type) / 8;
}

double ModelShape::kv_bytes_per_token(ElementType type, std::uint64_t tensor_parallel) const {
  double elements = 0;
  for (const AttentionLayers& a : attention) {
    elements += number(a.layers) * elements_per_token(a, tensor_parallel);
  }
  return elements * bits_of(type) / 8;
}

double ModelShape::kv_bytes_per_token_growing(ElementType type,
                                              std::uint64_t tensor_parallel) const {
  double elements = 0;
  for (const AttentionLayers& a : attention) {
    if (a.kind == AttentionKind::kSlidingWindow) continue;
    elements += number(a.layers) * elements_per_token(a, tensor_parallel);
  }
  return elements * bits_of(type) / 8;
}

double ModelShape::kv_bytes_per_block(std::uint64_t block_size, ElementType type,
                                      std::uint64_t tensor_parallel) const {
  double states = 0;
  for (const AttentionLayers& a : attention) states += number(a.layers * a.state_size);
  return number(block_size) * kv_bytes_per_token(type, tensor_parallel) +
         states * bits_of(type) / 8;
}

double ModelShape::attention_flops(std::uint64_t cached, std::uint64_t added) const {
  const double c = number(cached);
  const double n = number(added);
  double flops = 0;
  for (const AttentionLayers& a : attention) {
    const double layers_of_kind = number(a.layers);
    const double heads = number(a.query_heads);
    switch (a.kind) {
      case AttentionKind::kFull:
      case AttentionKind::kSlidingWindow:
        flops +=
            layers_of_kind * 4 * heads * number(a.head_size) * attended_pairs(c, n, window_of(a));
        break;
      case AttentionKind::kLatent: {
        const double pair = 2 * heads * number(a.head_size + a.rope_size + a.value_size);
        const double expansion = 2 * number(a.kv_rank) * heads * number(a.head_size + a.value_size);
        flops += layers_of_kind * (pair * attended_pairs(c, n, window_of(a)) + expansion * c);
        break;
      }
      case AttentionKind::kLinear:
        flops += layers_of_kind * kFlopsPerStateElement * number(a.state_size) * n;
        break;
    }
  }
  return flops;
}

double ModelShape::prefill_flops(std::uint64_t cached, std::uint64_t added) const {
  return 2 * number(multiplied_weights()) * number(added) + 2 * number(head_weights()) +
         attention_flops(cached, added);
}

double ModelShape::decode_flops(std::uint64_t context) const {
  double flops = 2 * number(multiplied_weights() + head_weights());
  const double attended = number(context) + 1;
  for (const AttentionLayers& a : attention) {
    const double layers_of_kind = number(a.layers);
    const double heads = number(a.query_heads);
    switch (a.kind) {
      case AttentionKind::kFull:
      case AttentionKind::kSlidingWindow:
        flops +=
            layers_of_kind * 4 * heads * number(a.head_size) * std::min(attended, window_of(a));
        break;
      case AttentionKind::kLatent:
        // Queries go into the compressed space, and attention stays there.
        flops += layers_of_kind * 2 * heads * number(2 * a.kv_rank + a.rope_size) * attended;
        break;
      case AttentionKind::kLinear:
        flops += layers_of_kind * kFlopsPerStateElement * number(a.state_size);
        break;
    }
  }
  return flops;
}

}  // namespace kvsim
