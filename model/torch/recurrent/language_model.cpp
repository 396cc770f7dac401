#include "model/torch/recurrent/language_model.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <tuple>

#include "sim/core/error.hpp"

namespace kvsim::torch_models {

namespace {

constexpr std::array<std::string_view, 3> kCellNames{"rnn", "gru", "lstm"};

std::int64_t gates_of(Cell cell) {
  switch (cell) {
    case Cell::kRnn:
      return 1;
    case Cell::kGru:
      return 3;
    case Cell::kLstm:
      break;
  }
  return 4;
}

}  // namespace

std::string_view name_of(Cell cell) { return kCellNames[static_cast<std::size_t>(cell)]; }

Cell parse_cell(std::string_view text) {
  const std::vector<std::string> names(kCellNames.begin(), kCellNames.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<Cell>(i);
  }
  throw InputError(unknown_name("cell", text, names));
}

std::vector<std::pair<std::string, std::vector<std::int64_t>>> RecurrentModel::parameter_shapes(
    const RecurrentShape& shape) {
  const std::int64_t rows = gates_of(shape.cell) * shape.hidden;
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;
  shapes.push_back({"embedding.weight", {shape.vocabulary, shape.embedding}});
  for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
    const std::int64_t inputs = layer == 0 ? shape.embedding : shape.hidden;
    shapes.push_back({fmt::format("rnn.weight_ih_l{}", layer), {rows, inputs}});
    shapes.push_back({fmt::format("rnn.weight_hh_l{}", layer), {rows, shape.hidden}});
    shapes.push_back({fmt::format("rnn.bias_ih_l{}", layer), {rows}});
    shapes.push_back({fmt::format("rnn.bias_hh_l{}", layer), {rows}});
  }
  if (!shape.tied) shapes.push_back({"output.weight", {shape.vocabulary, shape.hidden}});
  shapes.push_back({"output.bias", {shape.vocabulary}});
  return shapes;
}

RecurrentModel::RecurrentModel(const RecurrentShape& shape, std::uint64_t seed, at::Device device)
    : RecurrentModel(shape, [&] {
        constexpr double kEmbeddingBound = 0.1;
        const double bound = 1 / std::sqrt(static_cast<double>(shape.hidden));
        at::manual_seed(seed);
        Parameters parameters;
        for (const auto& [name, sizes] : parameter_shapes(shape)) {
          const double most = name == "embedding.weight" ? kEmbeddingBound : bound;
          parameters.emplace_back(name, at::empty(sizes, at::kFloat).uniform_(-most, most));
          at::Tensor& tensor = parameters.back().second;
          if (name == "output.bias") tensor.zero_();
          tensor = tensor.to(device);
        }
        return parameters;
      }()) {}

RecurrentModel::RecurrentModel(const RecurrentShape& shape, Parameters parameters)
    : shape_(shape), parameters_(std::move(parameters)) {
  for (const auto& [name, tensor] : parameters_) {
    if (name.starts_with("rnn.")) cells_.push_back(tensor);
  }
}

RecurrentState RecurrentModel::initial_state(std::int64_t texts) const {
  const auto zeros = [&] {
    return at::zeros({shape_.layers, texts, shape_.hidden}, embedding().options());
  };
  return {zeros(), shape_.cell == Cell::kLstm ? zeros() : at::Tensor()};
}

at::Tensor RecurrentModel::embed(const at::Tensor& tokens) const {
  return at::embedding(embedding(), tokens);
}

at::Tensor RecurrentModel::outputs(const at::Tensor& embedded, RecurrentState& state,
                                   double dropout) const {
  const bool training = dropout > 0;
  const at::Tensor input = at::dropout(embedded, dropout, training);
  at::Tensor output;
  if (shape_.cell == Cell::kLstm) {
    std::tie(output, state.h, state.c) =
        at::lstm(input, {state.h, state.c}, cells_, true, shape_.layers, dropout, training,
                 /*bidirectional=*/false, /*batch_first=*/false);
  } else if (shape_.cell == Cell::kGru) {
    std::tie(output, state.h) =
        at::gru(input, state.h, cells_, true, shape_.layers, dropout, training, false, false);
  } else {
    std::tie(output, state.h) =
        at::rnn_tanh(input, state.h, cells_, true, shape_.layers, dropout, training, false, false);
  }
  return at::dropout(output, dropout, training);
}

at::Tensor RecurrentModel::scores(const at::Tensor& outputs) const {
  const at::Tensor& weight = shape_.tied ? embedding() : parameters_[parameters_.size() - 2].second;
  return at::linear(outputs, weight, parameters_.back().second);
}

at::Tensor token_tensor(std::span<const Token> tokens, at::Device device) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(tokens.size())}, at::kLong);
  std::int64_t* ids = tensor.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < tokens.size(); ++i) ids[i] = tokens[i];
  return tensor.to(device);
}

}  // namespace kvsim::torch_models
