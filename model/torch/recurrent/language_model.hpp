#pragma once
// Recurrent language models: embedding, RNN, LSTM or GRU layers, and scores of the next token.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim::torch_models {

enum class Cell {
  kRnn,   ///< tanh (Elman, "Finding structure in time", Cognitive Science 14, 1990)
  kGru,   ///< Cho et al., EMNLP 2014; the reset gate behind the product, as in cuDNN
  kLstm,  ///< Hochreiter and Schmidhuber, Neural Computation 9, 1997; with forget gates
};

std::string_view name_of(Cell cell);
/// "rnn", "gru" or "lstm". Throws InputError.
Cell parse_cell(std::string_view text);

struct RecurrentShape {
  Cell cell = Cell::kLstm;
  std::int64_t vocabulary = 0;
  std::int64_t embedding = 256;
  std::int64_t hidden = 256;
  std::int64_t layers = 1;
  bool tied = true;  ///< the scores use the embedding's matrix, which `embedding` = `hidden` allows
  bool operator==(const RecurrentShape&) const = default;

  /// Bytes of one text's state.
  std::uint64_t state_bytes() const {
    const std::uint64_t tensors = cell == Cell::kLstm ? 2 : 1;
    return tensors * static_cast<std::uint64_t>(layers * hidden) * sizeof(float);
  }
};

/// What a model keeps of the tokens so far: [layers, texts, hidden].
struct RecurrentState {
  at::Tensor h;
  at::Tensor c;  ///< of LSTM only, else undefined
  /// A copy that later steps leave alone.
  RecurrentState clone() const { return {h.clone(), c.defined() ? c.clone() : c}; }
};

/// The parameters, named as PyTorch names them, and what they compute. All float32.
class RecurrentModel {
 public:
  using Parameters = std::vector<std::pair<std::string, at::Tensor>>;

  /// Drawn at random: the embedding uniform within ±0.1, the rest within ±1/sqrt(hidden), on the
  /// CPU, so that a seed gives the same model on every device.
  RecurrentModel(const RecurrentShape& shape, std::uint64_t seed, at::Device device);
  /// With given parameters, named and shaped as parameter_shapes() says.
  RecurrentModel(const RecurrentShape& shape, Parameters parameters);

  /// Names and shapes of a model's parameters, in order.
  static std::vector<std::pair<std::string, std::vector<std::int64_t>>> parameter_shapes(
      const RecurrentShape& shape);

  const RecurrentShape& shape() const { return shape_; }
  const Parameters& parameters() const { return parameters_; }
  at::Device device() const { return parameters_.front().second.device(); }

  RecurrentState initial_state(std::int64_t texts) const;

  /// tokens: [time, texts], int64. -> [time, texts, embedding]
  at::Tensor embed(const at::Tensor& tokens) const;
  /// The last layer's outputs [time, texts, hidden] for embedded tokens; `state` goes on to behind
  /// the last of them. With `dropout`, embedded tokens, what passes between layers, and the outputs
  /// lose that share at random: for training only.
  at::Tensor outputs(const at::Tensor& embedded, RecurrentState& state, double dropout = 0) const;
  /// Scores of the next token, before softmax, for outputs: [..., vocabulary].
  at::Tensor scores(const at::Tensor& outputs) const;

 private:
  const at::Tensor& embedding() const { return parameters_.front().second; }

  RecurrentShape shape_;
  Parameters parameters_;
  std::vector<at::Tensor> cells_;  // the layers' parameters, in LibTorch's order
};

/// Tokens as an int64 tensor of one dimension.
at::Tensor token_tensor(std::span<const Token> tokens, at::Device device);

}  // namespace kvsim::torch_models
