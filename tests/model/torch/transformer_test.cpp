#include "model/torch/transformer.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "model/torch/paged_pass.hpp"
#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"

namespace kvsim::torch_models {
namespace {

using Matrix = std::vector<std::vector<double>>;

ModelConfig small(Architecture architecture) {
  ModelConfig c;
  c.architecture = architecture;
  c.name = "small";
  c.layers = 3;
  c.hidden = 24;
  c.heads = 6;
  c.kv_heads = architecture == Architecture::kGpt2 ? 6 : 2;
  c.head_dim = 4;
  c.ffn = 40;
  c.vocab = 50;
  c.context = 400;
  c.rope_theta = 1000;
  c.tied_embeddings = architecture != Architecture::kLlama;
  c.qkv_bias = architecture != Architecture::kLlama;
  c.attention_output_bias = c.ffn_bias = architecture == Architecture::kGpt2;
  return c;
}

/// Weights by name, the same for the model and for its twin.
struct Weights {
  std::uint64_t seed = 5;
  std::map<std::string, std::vector<float>> values;

  Transformer::WeightSource source() {
    return [this](const std::string& name, std::span<float> out) {
      Rng rng(seed++);
      for (float& x : out) x = static_cast<float>(rng.uniform() - 0.5);
      values[name].assign(out.begin(), out.end());
    };
  }
};

/// The model written down once more, in loops and double precision, whole sequences at a time.
class Twin {
 public:
  Twin(const ModelConfig& config, const Weights& weights) : c_(config), w_(weights.values) {}

  /// Logits behind each token.
  Matrix logits(const std::vector<Token>& tokens) const {
    const std::size_t n = tokens.size();
    const bool gpt2 = c_.architecture == Architecture::kGpt2;
    Matrix x(n, std::vector<double>(c_.hidden));
    for (std::size_t t = 0; t < n; ++t) {
      for (std::size_t i = 0; i < c_.hidden; ++i) {
        x[t][i] = w_.at("embedding.weight")[tokens[t] * c_.hidden + i];
        if (gpt2) x[t][i] += w_.at("position_embedding.weight")[t * c_.hidden + i];
      }
    }
    for (std::uint32_t l = 0; l < c_.layers; ++l) {
      const std::string at = "layers." + std::to_string(l) + ".";
      Matrix q(n), k(n), v(n);
      for (std::size_t t = 0; t < n; ++t) {
        const auto h = norm(x[t], at + "attention_norm");
        q[t] = linear(h, at + "attention.q", c_.qkv_bias);
        k[t] = linear(h, at + "attention.k", c_.qkv_bias);
        v[t] = linear(h, at + "attention.v", c_.qkv_bias);
        if (!gpt2) {
          rotate(q[t], t);
          rotate(k[t], t);
        }
      }
      for (std::size_t t = 0; t < n; ++t) {
        std::vector<double> mixed(std::size_t{c_.heads} * c_.head_dim, 0);
        for (std::uint32_t h = 0; h < c_.heads; ++h) {
          const std::size_t kv = h / (c_.heads / c_.kv_heads);
          std::vector<double> score(t + 1);
          double total = 0;
          for (std::size_t s = 0; s <= t; ++s) {
            double dot = 0;
            for (std::size_t d = 0; d < c_.head_dim; ++d) {
              dot += q[t][h * c_.head_dim + d] * k[s][kv * c_.head_dim + d];
            }
            score[s] = std::exp(dot / std::sqrt(static_cast<double>(c_.head_dim)));
            total += score[s];
          }
          for (std::size_t s = 0; s <= t; ++s) {
            for (std::size_t d = 0; d < c_.head_dim; ++d) {
              mixed[h * c_.head_dim + d] += score[s] / total * v[s][kv * c_.head_dim + d];
            }
          }
        }
        add(x[t], linear(mixed, at + "attention.output", c_.attention_output_bias));
        const auto h = norm(x[t], at + "ffn_norm");
        auto inner = linear(h, at + "ffn.up", c_.ffn_bias);
        if (gpt2) {
          for (double& y : inner) {
            y = 0.5 * y * (1 + std::tanh(std::sqrt(2 / M_PI) * (y + 0.044715 * y * y * y)));
          }
        } else {
          const auto gate = linear(h, at + "ffn.gate", c_.ffn_bias);
          for (std::size_t i = 0; i < inner.size(); ++i) {
            inner[i] *= gate[i] / (1 + std::exp(-gate[i]));
          }
        }
        add(x[t], linear(inner, at + "ffn.down", c_.ffn_bias));
      }
    }
    Matrix logits(n);
    for (std::size_t t = 0; t < n; ++t) {
      const auto h = norm(x[t], "norm");
      const auto& head = w_.at(c_.tied_embeddings ? "embedding.weight" : "output.weight");
      logits[t] = product(h, head);
    }
    return logits;
  }

 private:
  static std::vector<double> product(const std::vector<double>& x, const std::vector<float>& w) {
    std::vector<double> y(w.size() / x.size(), 0);
    for (std::size_t r = 0; r < y.size(); ++r) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        y[r] += static_cast<double>(w[r * x.size() + i]) * x[i];
      }
    }
    return y;
  }
  std::vector<double> linear(const std::vector<double>& x, const std::string& name,
                             bool bias) const {
    auto y = product(x, w_.at(name + ".weight"));
    if (bias) {
      for (std::size_t i = 0; i < y.size(); ++i) y[i] += w_.at(name + ".bias")[i];
    }
    return y;
  }
  std::vector<double> norm(const std::vector<double>& x, const std::string& name) const {
    const auto n = static_cast<double>(x.size());
    double mean = 0, square = 0;
    const bool gpt2 = c_.architecture == Architecture::kGpt2;
    for (const double v : x) mean += gpt2 ? v / n : 0;
    for (const double v : x) square += (v - mean) * (v - mean) / n;
    std::vector<double> y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[i] = (x[i] - mean) / std::sqrt(square + c_.norm_epsilon) * w_.at(name + ".weight")[i];
      if (gpt2) y[i] += w_.at(name + ".bias")[i];
    }
    return y;
  }
  void rotate(std::vector<double>& x, std::size_t position) const {
    const std::size_t half = c_.head_dim / 2;
    for (std::size_t h = 0; h < x.size() / c_.head_dim; ++h) {
      for (std::size_t i = 0; i < half; ++i) {
        const double angle = static_cast<double>(position) *
                             std::pow(c_.rope_theta, -2.0 * static_cast<double>(i) / c_.head_dim);
        double& a = x[h * c_.head_dim + i];
        double& b = x[h * c_.head_dim + half + i];
        const double turned = a * std::cos(angle) - b * std::sin(angle);
        b = b * std::cos(angle) + a * std::sin(angle);
        a = turned;
      }
    }
  }
  static void add(std::vector<double>& x, const std::vector<double>& y) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }

  ModelConfig c_;
  std::map<std::string, std::vector<float>> w_;
};

std::vector<Token> random_tokens(std::size_t n, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Token> tokens(n);
  for (Token& t : tokens) t = static_cast<Token>(rng.below(50));
  return tokens;
}

void expect_near(std::span<const float> found, const std::vector<double>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  double most = 0;
  for (const double w : wanted) most = std::max(most, std::abs(w));
  for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(found[i], wanted[i], 2e-5 * most);
}

std::span<const float> row(const at::Tensor& logits, std::int64_t r) {
  return {logits.data_ptr<float>() + r * logits.size(1), static_cast<std::size_t>(logits.size(1))};
}

// Blocks in no order, as a pool that has been used for a while hands them out.
std::vector<BlockId> shuffled_table(std::size_t blocks, std::uint64_t seed) {
  std::vector<BlockId> table(blocks);
  for (std::size_t i = 0; i < blocks; ++i) table[i] = static_cast<BlockId>(i);
  Rng rng(seed);
  for (std::size_t i = blocks; i > 1; --i) std::swap(table[i - 1], table[rng.below(i)]);
  return table;
}

class EveryArchitecture : public testing::TestWithParam<Architecture> {
 protected:
  void expect_pieces_and_batches_as_the_twin(const TransformerOptions& options);
};

TEST_P(EveryArchitecture, AgreesWithItsTwinAtEveryToken) {
  const ModelConfig config = small(GetParam());
  Weights weights;
  const Transformer model(config, weights.source());
  const Twin twin(config, weights);
  // Longer than attention takes at once.
  const std::vector<Token> tokens = random_tokens(150, 1);
  const auto table = shuffled_table(40, 2);
  KvPool pool(model.kv_shape(4, KvType::kFloat32), 40, at::kCPU);
  const Chunk chunk{tokens, 0, table};
  const at::Tensor all = model.forward({&chunk, 1}, pool, true);
  const Matrix wanted = twin.logits(tokens);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    expect_near(row(all, static_cast<std::int64_t>(t)), wanted[t]);
    if (HasFatalFailure()) return;
  }
}

void EveryArchitecture::expect_pieces_and_batches_as_the_twin(const TransformerOptions& options) {
  const ModelConfig config = small(GetParam());
  Weights weights;
  const Transformer model(config, weights.source(), options);
  const Twin twin(config, weights);
  KvPool pool(model.kv_shape(4, KvType::kFloat32), 80, at::kCPU);
  const auto blocks = shuffled_table(80, 3);
  // Three sequences at once, each in its own pieces: a prompt, a second part of it, single tokens.
  const std::vector<std::vector<Token>> texts{random_tokens(23, 4), random_tokens(70, 5),
                                              random_tokens(9, 6)};
  const std::vector<std::vector<std::size_t>> cuts{{20, 21, 22, 23}, {5, 68, 69, 70}, {1, 2, 8, 9}};
  for (std::size_t piece = 0; piece < 4; ++piece) {
    std::vector<Chunk> chunks;
    for (std::size_t s = 0; s < texts.size(); ++s) {
      const std::size_t from = piece == 0 ? 0 : cuts[s][piece - 1];
      chunks.push_back({std::span<const Token>(texts[s]).subspan(from, cuts[s][piece] - from), from,
                        std::span<const BlockId>(blocks).subspan(s * 20, 20)});
    }
    const at::Tensor logits = model.forward(chunks, pool);
    ASSERT_EQ(logits.size(0), 3);
    for (std::size_t s = 0; s < texts.size(); ++s) {
      const std::vector<Token> so_far(
          texts[s].begin(), texts[s].begin() + static_cast<std::ptrdiff_t>(cuts[s][piece]));
      expect_near(row(logits, static_cast<std::int64_t>(s)), twin.logits(so_far).back());
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(EveryArchitecture, PiecesAndBatchesGiveTheSame) {
  expect_pieces_and_batches_as_the_twin({});
}

TEST_P(EveryArchitecture, PiecesAndBatchesGiveTheSameByKernels) {
  TransformerOptions options;
  options.kernels_on_cpu = true;
  expect_pieces_and_batches_as_the_twin(options);
}

INSTANTIATE_TEST_SUITE_P(Transformer, EveryArchitecture,
                         testing::Values(Architecture::kLlama, Architecture::kQwen2,
                                         Architecture::kGpt2),
                         [](const auto& tested) {
                           return std::string(architecture_name(tested.param));
                         });

TEST(TransformerTest, RopeFactorsStretchPositions) {
  ModelConfig config = small(Architecture::kLlama);
  config.rope_factors = {1.0F, 8.0F};
  Weights weights, plain;
  const Transformer stretched(config, weights.source());
  config.rope_factors.clear();
  const Transformer usual(config, plain.source());
  const std::vector<Token> tokens = random_tokens(30, 1);
  const auto table = shuffled_table(8, 1);
  KvPool pool(usual.kv_shape(4, KvType::kFloat32), 8, at::kCPU);
  const Chunk chunk{tokens, 0, table};
  EXPECT_FALSE(at::allclose(stretched.forward({&chunk, 1}, pool), usual.forward({&chunk, 1}, pool),
                            1e-3, 1e-3));
}

TEST(TransformerTest, RefusesWhatTheModelDoesNotHold) {
  const Transformer model(small(Architecture::kLlama), 1);
  KvPool pool(model.kv_shape(4, KvType::kFloat32), 200, at::kCPU);
  const auto table = shuffled_table(200, 1);
  const std::vector<Token> unknown{50};
  const Chunk beyond{unknown, 0, table};
  EXPECT_THROW(model.forward({&beyond, 1}, pool), InputError);
  const std::vector<Token> one{1};
  const Chunk late{one, 400, table};
  EXPECT_THROW(model.forward({&late, 1}, pool), InputError);
}

TEST(PagedPassTest, ReadsAndAttendsAsThePoolDoes) {
  for (const auto& [type, activations, error] : {std::tuple{KvType::kFloat32, at::kFloat, 1e-6},
                                                 {KvType::kFloat16, at::kFloat, 1e-6},
                                                 {KvType::kBfloat16, at::kBFloat16, 2e-2},
                                                 {KvType::kInt8, at::kFloat, 1.1 / 127}}) {
    const std::uint32_t heads = 6, kv_heads = 3, dim = 16;
    KvPool pool({2, kv_heads, dim, 4, type}, 10, at::kCPU),
        other({2, kv_heads, dim, 4, type}, 10, at::kCPU);
    ASSERT_TRUE(PagedPass::can(pool, activations));
    const std::vector<BlockId> first{7, 2, 9, 0}, second{5, 3};
    const std::vector<Token> tokens(13, 1);
    at::manual_seed(1);
    // Of a wider matrix, as keys and values are of what one product gives.
    const at::Tensor all = (at::rand({18, 2 * kv_heads, dim}) * 2 - 1).to(activations);
    const at::Tensor k = all.narrow(1, 0, kv_heads), v = all.narrow(1, kv_heads, kv_heads);
    const std::vector<Chunk> chunks{{tokens, 0, first}, {std::span(tokens).first(5), 0, second}};
    const PagedPass pass(chunks, pool);
    EXPECT_FALSE(pass.is_decode());
    pass.write(1, k, v);
    other.write(1, first, 0, k.narrow(0, 0, 13), v.narrow(0, 0, 13));
    other.write(1, second, 0, k.narrow(0, 13, 5), v.narrow(0, 13, 5));
    const auto distance = [](const at::Tensor& a, const at::Tensor& b) {
      return (a - b).abs().max().item<double>();
    };
    EXPECT_EQ(pool.keys().narrow(0, 0, 1).abs().max().item<double>(), 0);
    for (std::size_t c = 0; c < 2; ++c) {
      const auto found = pass.read(1, c, activations);
      const auto wanted = other.read(1, chunks[c].table, chunks[c].tokens.size(), activations);
      EXPECT_LE(distance(found.first, wanted.first), error) << name_of(type);
      EXPECT_LE(distance(found.second, wanted.second), error) << name_of(type);
    }

    const std::vector<Chunk> next{{std::span(tokens).first(1), 12, first},
                                  {std::span(tokens).first(1), 4, second}};
    const PagedPass decode(next, pool);
    EXPECT_TRUE(decode.is_decode());
    const at::Tensor q = (at::rand({2, heads, dim}) * 2 - 1).to(activations);
    const at::Tensor mixed = decode.attention(1, q);
    for (std::size_t c = 0; c < 2; ++c) {
      const auto [keys, values] = other.read(1, next[c].table, next[c].start + 1, at::kFloat);
      const at::Tensor queries = q.select(0, static_cast<std::int64_t>(c))
                                     .to(at::kFloat)
                                     .view({kv_heads, heads / kv_heads, dim});
      const at::Tensor weights = at::softmax(at::bmm(queries, keys.transpose(1, 2)) / 4.0, -1);
      EXPECT_LE(
          distance(mixed.select(0, static_cast<std::int64_t>(c)).to(at::kFloat).view_as(queries),
                   at::bmm(weights, values)),
          error)
          << name_of(type);
    }
  }
}

TEST(PagedPassTest, SaysWhatItCannot) {
  // Rows of 6 elements are no whole number of 16 bytes, nor are int8 rows of 8.
  EXPECT_FALSE(PagedPass::can(KvPool({1, 1, 6, 4, KvType::kFloat32}, 1, at::kCPU), at::kFloat));
  EXPECT_FALSE(PagedPass::can(KvPool({1, 1, 8, 4, KvType::kInt8}, 1, at::kCPU), at::kFloat));
  EXPECT_FALSE(PagedPass::can(KvPool({1, 1, 512, 4, KvType::kFloat32}, 1, at::kCPU), at::kFloat));
  EXPECT_TRUE(PagedPass::can(KvPool({1, 1, 8, 4, KvType::kFloat16}, 1, at::kCPU), at::kFloat));
}

TEST(KvPoolTest, EveryTypeKeepsWhatItCan) {
  for (const auto& [type, error, bytes] : {std::tuple{KvType::kFloat32, 0.0, 4.0},
                                           {KvType::kFloat16, 1e-3, 2.0},
                                           {KvType::kBfloat16, 8e-3, 2.0},
                                           {KvType::kInt8, 1.0 / 127, 1.0 + 4.0 / 6}}) {
    KvPool pool({2, 3, 6, 4, type}, 10, at::kCPU);
    EXPECT_NEAR(static_cast<double>(pool.shape().block_bytes()), 2 * 2 * 3 * 4 * 6 * bytes, 0.5);
    const std::vector<BlockId> table{7, 2, 9, 0};
    at::manual_seed(1);
    const at::Tensor k = at::rand({13, 3, 6}) * 2 - 1, v = at::rand({13, 3, 6}) * 2 - 1;
    pool.write(1, table, 0, k.narrow(0, 0, 5), v.narrow(0, 0, 5));
    pool.write(1, table, 5, k.narrow(0, 5, 8), v.narrow(0, 5, 8));
    const auto [keys, values] = pool.read(1, table, 13, at::kFloat);
    const auto distance = [](const at::Tensor& a, const at::Tensor& b) {
      return (a - b.transpose(0, 1)).abs().max().item<double>();
    };
    EXPECT_LE(distance(keys, k), error);
    EXPECT_LE(distance(values, v), error);
    // Another layer is untouched.
    EXPECT_EQ(pool.read(0, table, 13, at::kFloat).first.abs().max().item<double>(), 0);
  }
}

}  // namespace
}  // namespace kvsim::torch_models
