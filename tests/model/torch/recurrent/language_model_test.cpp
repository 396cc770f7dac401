#include "model/torch/recurrent/language_model.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "model/torch/recurrent/training.hpp"
#include "sim/core/error.hpp"

namespace kvsim::torch_models {
namespace {

RecurrentShape shape_of(Cell cell, bool tied) {
  RecurrentShape shape;
  shape.cell = cell;
  shape.vocabulary = 11;
  shape.embedding = tied ? 6 : 5;
  shape.hidden = 6;
  shape.layers = 2;
  shape.tied = tied;
  return shape;
}

using Vector = std::vector<double>;

// One text through a model, in plain loops.
class Twin {
 public:
  explicit Twin(const RecurrentModel& model) : shape_(model.shape()) {
    for (const auto& [name, tensor] : model.parameters()) tensors_[name] = tensor;
    h_.assign(static_cast<std::size_t>(shape_.layers), Vector(hidden(), 0));
    c_ = h_;
  }

  Vector scores_after(Token token) {
    Vector x = row("embedding.weight", token);
    for (std::int64_t layer = 0; layer < shape_.layers; ++layer) x = step(layer, x);
    return affine(shape_.tied ? "embedding.weight" : "output.weight", "output.bias", x);
  }

 private:
  std::size_t hidden() const { return static_cast<std::size_t>(shape_.hidden); }
  Vector row(const std::string& name, std::int64_t i) {
    const at::Tensor values = tensors_.at(name)[i];
    Vector out;
    for (std::int64_t j = 0; j < values.numel(); ++j) out.push_back(values[j].item<double>());
    return out;
  }
  Vector affine(const std::string& weight, const std::string& bias, const Vector& x) {
    Vector out;
    for (std::int64_t i = 0; i < tensors_.at(weight).size(0); ++i) {
      double sum = tensors_.at(bias)[i].item<double>();
      const Vector w = row(weight, i);
      for (std::size_t j = 0; j < x.size(); ++j) sum += w[j] * x[j];
      out.push_back(sum);
    }
    return out;
  }

  Vector step(std::int64_t layer, const Vector& x) {
    const std::string of = "_l" + std::to_string(layer);
    Vector& h = h_[static_cast<std::size_t>(layer)];
    Vector& c = c_[static_cast<std::size_t>(layer)];
    const Vector a = affine("rnn.weight_ih" + of, "rnn.bias_ih" + of, x);
    const Vector b = affine("rnn.weight_hh" + of, "rnn.bias_hh" + of, h);
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    const std::size_t n = hidden();
    for (std::size_t i = 0; i < n; ++i) {
      const auto both = [&](std::size_t gate) { return a[gate * n + i] + b[gate * n + i]; };
      switch (shape_.cell) {
        case Cell::kRnn:
          h[i] = std::tanh(both(0));
          break;
        case Cell::kGru: {
          const double reset = sigmoid(both(0));
          const double keep = sigmoid(both(1));
          const double proposed = std::tanh(a[2 * n + i] + reset * b[2 * n + i]);
          h[i] = (1 - keep) * proposed + keep * h[i];
          break;
        }
        case Cell::kLstm:
          c[i] = sigmoid(both(1)) * c[i] + sigmoid(both(0)) * std::tanh(both(2));
          h[i] = sigmoid(both(3)) * std::tanh(c[i]);
          break;
      }
    }
    return h;
  }

  RecurrentShape shape_;
  std::map<std::string, at::Tensor> tensors_;
  std::vector<Vector> h_, c_;
};

class Cells : public testing::TestWithParam<std::tuple<Cell, bool>> {};

TEST_P(Cells, ComputeWhatPlainLoopsDo) {
  const auto [cell, tied] = GetParam();
  const RecurrentModel model(shape_of(cell, tied), 7, at::kCPU);
  const std::vector<Token> text{3, 1, 4, 1, 5, 9, 2, 6, 0, 10};
  RecurrentState state = model.initial_state(1);
  const at::Tensor tokens = token_tensor(text, at::kCPU).unsqueeze(1);
  const at::Tensor scores = model.scores(model.outputs(model.embed(tokens), state)).squeeze(1);
  Twin twin(model);
  for (std::size_t t = 0; t < text.size(); ++t) {
    const Vector expected = twin.scores_after(text[t]);
    for (std::size_t v = 0; v < expected.size(); ++v) {
      EXPECT_NEAR(scores[static_cast<std::int64_t>(t)][static_cast<std::int64_t>(v)].item<double>(),
                  expected[v], 1e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Cells,
                         testing::Combine(testing::Values(Cell::kRnn, Cell::kGru, Cell::kLstm),
                                          testing::Bool()));

TEST(RecurrentModel, ASeedIsAModel) {
  const RecurrentShape shape = shape_of(Cell::kLstm, true);
  const RecurrentModel a(shape, 1, at::kCPU);
  const RecurrentModel b(shape, 1, at::kCPU);
  const RecurrentModel c(shape, 2, at::kCPU);
  for (std::size_t p = 0; p < a.parameters().size(); ++p) {
    EXPECT_TRUE(a.parameters()[p].second.equal(b.parameters()[p].second));
  }
  EXPECT_FALSE(a.parameters()[0].second.equal(c.parameters()[0].second));
}

TEST(RecurrentModel, StateBytes) {
  EXPECT_EQ(shape_of(Cell::kLstm, true).state_bytes(), 2 * 2 * 6 * 4);
  EXPECT_EQ(shape_of(Cell::kGru, true).state_bytes(), 2 * 6 * 4);
}

TEST(Cell, IsKnownByName) {
  EXPECT_EQ(parse_cell("gru"), Cell::kGru);
  EXPECT_THROW(parse_cell("lstn"), InputError);
}

// All parameters zero but the bias: whatever came before, token v has the probability softmax(b)_v.
TEST(Score, OfAModelThatIsADistribution) {
  RecurrentShape shape = shape_of(Cell::kGru, true);
  shape.vocabulary = 3;
  RecurrentModel::Parameters parameters;
  for (const auto& [name, sizes] : RecurrentModel::parameter_shapes(shape)) {
    parameters.emplace_back(name, at::zeros(sizes));
  }
  const double p[] = {0.5, 0.3, 0.2};
  for (std::int64_t v = 0; v < 3; ++v) parameters.back().second[v] = std::log(p[v]);
  const RecurrentModel model(shape, parameters);
  // Two parts of four: predicted are tokens 1 to 8, the last one is left out.
  const std::vector<Token> text{2, 0, 1, 0, 2, 0, 0, 1, 1, 2};
  const TextScore sum = score(model, text, 2);
  EXPECT_EQ(sum.tokens, 8);
  EXPECT_EQ(sum.correct, 4);
  EXPECT_NEAR(sum.nats, -(4 * std::log(0.5) + 3 * std::log(0.3) + std::log(0.2)), 1e-5);
  EXPECT_NEAR(sum.perplexity(), std::exp(sum.nats / 8), 1e-12);
}

}  // namespace
}  // namespace kvsim::torch_models
