#include "model/torch/transformer.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>

#include "model/torch/paged_pass.hpp"
#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"

namespace kvsim::torch_models {

namespace {

std::int64_t i64(std::uint64_t n) { return static_cast<std::int64_t>(n); }

// How many queries attention takes at once: few enough that their scores stay small, and that what
// lies above the diagonal is not computed.
constexpr std::int64_t kQueries = 128;

// A product with so few rows is done row by row: as a matrix product it would take longer.
constexpr std::int64_t kFewRows = 3;

}  // namespace

Transformer::Transformer(const ModelConfig& config, const WeightSource& weights,
                         const TransformerOptions& options_given)
    : config_(config), options_(options_given) {
  const c10::InferenceMode guard;
  // A vector where there are no columns.
  const auto read = [&](const std::string& name, std::uint64_t rows, std::uint64_t columns) {
    at::Tensor t = columns == 0 ? at::empty({i64(rows)}, at::kFloat)
                                : at::empty({i64(rows), i64(columns)}, at::kFloat);
    weights(name, {t.data_ptr<float>(), static_cast<std::size_t>(t.numel())});
    return t;
  };
  const ModelConfig& c = config_;
  const auto options = at::TensorOptions().device(options_.device).dtype(options_.type);
  const auto keep = [&](const at::Tensor& t) {
    if (!t.defined()) return t;
    parameters_ += static_cast<std::uint64_t>(t.numel());
    return t.to(options);
  };
  const bool is_gpt2 = c.architecture == Architecture::kGpt2;
  const std::uint64_t q_rows = std::uint64_t{c.heads} * c.head_dim;
  const std::uint64_t kv_rows = std::uint64_t{c.kv_heads} * c.head_dim;
  const auto norm = [&](const std::string& name) {
    return Norm{keep(read(name + ".weight", c.hidden, 0)),
                is_gpt2 ? keep(read(name + ".bias", c.hidden, 0)) : at::Tensor{}};
  };
  const auto linear = [&](const std::string& name, std::uint64_t rows, std::uint64_t columns,
                          bool has_bias) {
    return Linear{keep(read(name + ".weight", rows, columns)),
                  has_bias ? keep(read(name + ".bias", rows, 0)) : at::Tensor{}};
  };
  const auto below = [&](std::initializer_list<std::pair<std::string, std::uint64_t>> parts,
                         std::uint64_t columns, bool has_bias) {
    std::vector<at::Tensor> matrices, biases;
    for (const auto& [name, rows] : parts) {
      matrices.push_back(read(name + ".weight", rows, columns));
      if (has_bias) biases.push_back(read(name + ".bias", rows, 0));
    }
    return Linear{keep(at::cat(matrices)), has_bias ? keep(at::cat(biases)) : at::Tensor{}};
  };

  embedding_ = keep(read("embedding.weight", c.vocab, c.hidden));
  if (is_gpt2) position_embedding_ = keep(read("position_embedding.weight", c.context, c.hidden));
  for (std::uint32_t l = 0; l < c.layers; ++l) {
    const std::string at = fmt::format("layers.{}.", l);
    Layer layer;
    layer.attention_norm = norm(at + "attention_norm");
    layer.qkv = below({{at + "attention.q", q_rows},
                       {at + "attention.k", kv_rows},
                       {at + "attention.v", kv_rows}},
                      c.hidden, c.qkv_bias);
    layer.output = linear(at + "attention.output", c.hidden, q_rows, c.attention_output_bias);
    layer.ffn_norm = norm(at + "ffn_norm");
    layer.gate_up =
        is_gpt2 ? linear(at + "ffn.up", c.ffn, c.hidden, c.ffn_bias)
                : below({{at + "ffn.gate", c.ffn}, {at + "ffn.up", c.ffn}}, c.hidden, c.ffn_bias);
    layer.down = linear(at + "ffn.down", c.hidden, c.ffn, c.ffn_bias);
    layers_.push_back(std::move(layer));
  }
  norm_ = norm("norm");
  head_ = c.tied_embeddings ? embedding_ : keep(read("output.weight", c.vocab, c.hidden));
  if (!is_gpt2) prepare_rotation();
}

Transformer::Transformer(const Model& model, const TransformerOptions& options)
    : Transformer(
          model.config,
          [&](const std::string& name, std::span<float> out) { model.weights.read_f32(name, out); },
          options) {}

namespace {

// Uniform, of variance 1 over a matrix's inputs, so that activations keep their size; embeddings of
// variance 1, so that tokens differ.
Transformer::WeightSource random_weights(const ModelConfig& config, std::uint64_t seed) {
  const auto rng = std::make_shared<Rng>(seed);
  return [config, rng](const std::string& name, std::span<float> out) {
    const bool is_vector = name.ends_with("bias") || name.ends_with("norm.weight");
    if (is_vector) {
      std::fill(out.begin(), out.end(), name.ends_with("bias") ? 0.0F : 1.0F);
      return;
    }
    const double inputs = name.ends_with("ffn.down.weight") ? config.ffn
                          : name.ends_with("attention.output.weight")
                              ? config.heads * config.head_dim
                          : name.ends_with("embedding.weight") ? 1
                                                               : config.hidden;
    const double half_width = std::sqrt(3.0 / inputs);
    for (float& x : out) x = static_cast<float>((2.0 * rng->uniform() - 1.0) * half_width);
  };
}

}  // namespace

Transformer::Transformer(const ModelConfig& config, std::uint64_t seed,
                         const TransformerOptions& options)
    : Transformer(config, random_weights(config, seed), options) {}

void Transformer::prepare_rotation() {
  const std::int64_t half = config_.head_dim / 2;
  at::Tensor angle = at::empty({i64(config_.context), half}, at::kDouble);
  auto* data = angle.data_ptr<double>();
  for (std::int64_t i = 0; i < half; ++i) {
    // In float32, as the models were trained with it.
    const auto exponent = static_cast<float>(2 * i) / static_cast<float>(config_.head_dim);
    float frequency = 1.0F / std::pow(static_cast<float>(config_.rope_theta), exponent);
    if (!config_.rope_factors.empty()) {
      frequency /= config_.rope_factors[static_cast<std::size_t>(i)];
    }
    for (std::int64_t p = 0; p < i64(config_.context); ++p) {
      data[p * half + i] = static_cast<double>(static_cast<float>(p) * frequency);
    }
  }
  const auto options = at::TensorOptions().device(options_.device).dtype(options_.type);
  cos_ = angle.cos().to(options);
  sin_ = angle.sin().to(options);
}

std::uint64_t Transformer::weight_bytes() const {
  std::uint64_t elements = parameters_;
  if (!config_.tied_embeddings) {  // a row of it is looked up
    elements -= static_cast<std::uint64_t>(embedding_.numel());
  }
  if (position_embedding_.defined()) {
    elements -= static_cast<std::uint64_t>(position_embedding_.numel());
  }
  return elements * static_cast<std::uint64_t>(embedding_.element_size());
}

KvShape Transformer::kv_shape(std::uint32_t block_size, KvType type) const {
  return {config_.layers, config_.kv_heads, config_.head_dim, block_size, type};
}

double Transformer::flops(std::uint64_t cached, std::uint64_t added) const {
  const ModelConfig& c = config_;
  const auto n = static_cast<double>(added);
  const double heads = static_cast<double>(c.heads) * c.head_dim;
  const double matrices = c.hidden * (heads + 2.0 * c.kv_heads * c.head_dim) + heads * c.hidden +
                          (c.architecture == Architecture::kGpt2 ? 2.0 : 3.0) * c.hidden * c.ffn;
  const double pairs = n * static_cast<double>(cached) + n * (n + 1) / 2;
  return 2 * n * c.layers * matrices + 4 * c.layers * heads * pairs +
         2.0 * c.hidden * static_cast<double>(c.vocab);
}

std::vector<at::Tensor> Transformer::layer_matrices() const {
  const Layer& layer = layers_.front();
  return {layer.qkv.weight, layer.output.weight, layer.gate_up.weight, layer.down.weight};
}

at::Tensor Transformer::normalised(const at::Tensor& x, const Norm& norm) const {
  if (norm.bias.defined()) {
    return at::layer_norm(x, {i64(config_.hidden)}, norm.weight, norm.bias, config_.norm_epsilon);
  }
  const at::Tensor full = x.to(at::kFloat);
  const at::Tensor scale =
      full.square().mean(-1, /*keepdim=*/true).add_(config_.norm_epsilon).rsqrt_();
  return (full * scale).to(options_.type).mul_(norm.weight);
}

at::Tensor Transformer::apply(const Linear& linear, const at::Tensor& x) const {
  const std::int64_t rows = x.size(0);
  if (rows <= kFewRows && x.is_cpu() && x.scalar_type() == at::kFloat) {
    at::Tensor out = at::empty({rows, linear.weight.size(0)}, x.options());
    for (std::int64_t r = 0; r < rows; ++r) {
      at::Tensor row = out.select(0, r);
      at::mv_out(row, linear.weight, x.select(0, r));
    }
    if (linear.bias.defined()) out.add_(linear.bias);
    return out;
  }
  return at::linear(x, linear.weight, linear.bias);
}

at::Tensor Transformer::rotated(const at::Tensor& x, const at::Tensor& cos,
                                const at::Tensor& sin) const {
  const std::int64_t half = config_.head_dim / 2;
  const at::Tensor first = x.narrow(-1, 0, half);
  const at::Tensor second = x.narrow(-1, half, half);
  return at::cat({first * cos - second * sin, second * cos + first * sin}, -1);
}

// q [tokens, heads, head_dim] behind `start` others, k and v [kv_heads, start + tokens, head_dim].
at::Tensor Transformer::attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                  std::int64_t start) const {
  const std::int64_t tokens = q.size(0);
  const std::int64_t kv_heads = config_.kv_heads;
  const std::int64_t group = config_.heads / config_.kv_heads;
  const std::int64_t dim = config_.head_dim;
  const double scale = 1.0 / std::sqrt(static_cast<double>(dim));
  at::Tensor out = at::empty({tokens, config_.heads, dim}, q.options());
  for (std::int64_t first = 0; first < tokens; first += kQueries) {
    const std::int64_t count = std::min(kQueries, tokens - first);
    const std::int64_t seen = start + first + count;
    // The heads of a group share keys and values: one product for all of them.
    const at::Tensor queries = q.narrow(0, first, count)
                                   .mul(scale)
                                   .view({count, kv_heads, group, dim})
                                   .permute({1, 2, 0, 3})
                                   .reshape({kv_heads, group * count, dim});
    at::Tensor scores = at::bmm(queries, k.narrow(1, 0, seen).transpose(1, 2));
    if (count > 1) {
      const at::Tensor later = at::full({count, count}, -INFINITY, scores.options()).triu_(1);
      scores.view({kv_heads, group, count, seen}).narrow(3, seen - count, count).add_(later);
    }
    const at::Tensor weights = at::softmax(scores, -1);
    out.narrow(0, first, count)
        .copy_(at::bmm(weights, v.narrow(1, 0, seen))
                   .view({kv_heads, group, count, dim})
                   .permute({2, 0, 1, 3})
                   .reshape({count, config_.heads, dim}));
  }
  return out.view({tokens, i64(config_.heads) * dim});
}

at::Tensor Transformer::forward(std::span<const Chunk> chunks, KvPool& pool, bool all) const {
  const c10::InferenceMode guard;
  const ModelConfig& c = config_;
  std::vector<std::int64_t> ids, positions, last;
  for (const Chunk& chunk : chunks) {
    for (std::size_t t = 0; t < chunk.tokens.size(); ++t) {
      if (chunk.tokens[t] >= c.vocab) {
        throw InputError(fmt::format("token id {} is beyond the model's vocabulary of {}",
                                     chunk.tokens[t], c.vocab));
      }
      ids.push_back(chunk.tokens[t]);
      positions.push_back(i64(chunk.start + t));
    }
    if (chunk.start + chunk.tokens.size() > c.context) {
      throw InputError(fmt::format("a sequence of {} tokens is beyond the model's context of {}",
                                   chunk.start + chunk.tokens.size(), c.context));
    }
    last.push_back(i64(ids.size()) - 1);
  }
  const auto on_device = [&](const std::vector<std::int64_t>& numbers) {
    return at::tensor(numbers, at::TensorOptions().dtype(at::kLong)).to(options_.device);
  };
  const at::Tensor position = on_device(positions);
  const std::int64_t rows = i64(ids.size());
  const std::int64_t dim = c.head_dim;
  const std::int64_t q_width = c.heads * dim;
  const std::int64_t kv_width = c.kv_heads * dim;

  at::Tensor x = embedding_.index_select(0, on_device(ids));
  at::Tensor cos, sin;
  if (position_embedding_.defined()) {
    x = x + position_embedding_.index_select(0, position);
  } else {
    cos = cos_.index_select(0, position).unsqueeze(1);
    sin = sin_.index_select(0, position).unsqueeze(1);
  }
  std::optional<PagedPass> paged;
  if ((!x.is_cpu() || options_.kernels_on_cpu) && PagedPass::can(pool, options_.type)) {
    paged.emplace(chunks, pool);
  }
  at::Tensor mixed = at::empty({rows, q_width}, x.options());
  for (std::uint32_t l = 0; l < c.layers; ++l) {
    const Layer& layer = layers_[l];
    const at::Tensor qkv = apply(layer.qkv, normalised(x, layer.attention_norm));
    at::Tensor q = qkv.narrow(1, 0, q_width).view({rows, c.heads, dim});
    at::Tensor k = qkv.narrow(1, q_width, kv_width).view({rows, c.kv_heads, dim});
    const at::Tensor v = qkv.narrow(1, q_width + kv_width, kv_width).view({rows, c.kv_heads, dim});
    if (cos.defined()) {
      q = rotated(q, cos, sin);
      k = rotated(k, cos, sin);
    }
    if (paged) paged->write(l, k, v);
    if (paged && paged->is_decode()) {
      mixed = paged->attention(l, q);
    } else {
      std::int64_t row = 0;
      for (std::size_t i = 0; i < chunks.size(); ++i) {
        const Chunk& chunk = chunks[i];
        const std::int64_t count = i64(chunk.tokens.size());
        if (!paged) {
          pool.write(l, chunk.table, chunk.start, k.narrow(0, row, count), v.narrow(0, row, count));
        }
        const auto [keys, values] =
            paged ? paged->read(l, i, options_.type)
                  : pool.read(l, chunk.table, chunk.start + chunk.tokens.size(), options_.type);
        mixed.narrow(0, row, count)
            .copy_(attention(q.narrow(0, row, count), keys, values, i64(chunk.start)));
        row += count;
      }
    }
    x = x + apply(layer.output, mixed);
    const at::Tensor inner = apply(layer.gate_up, normalised(x, layer.ffn_norm));
    if (c.architecture == Architecture::kGpt2) {
      x = x + apply(layer.down, at::gelu(inner, "tanh"));
    } else {
      const std::int64_t width = c.ffn;
      x = x + apply(layer.down,
                    at::silu(inner.narrow(1, 0, width)).mul_(inner.narrow(1, width, width)));
    }
  }
  if (!all) x = x.index_select(0, on_device(last));
  return apply({head_, {}}, normalised(x, norm_)).to(at::kFloat).cpu();
}

}  // namespace kvsim::torch_models
