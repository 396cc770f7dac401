#pragma once
// Training of recurrent language models: truncated back-propagation through time.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>

#include "model/torch/recurrent/language_model.hpp"
#include "model/torch/recurrent/vocabulary.hpp"
#include "sim/core/fields.hpp"
#include "sim/metrics/training.hpp"

namespace kvsim::torch_models {

/// What a training is. All but `epochs` stays as it was when it is resumed.
struct TrainingConfig {
  Cell cell = Cell::kLstm;
  TextUnit tokens = TextUnit::kWord;
  std::int64_t vocab = 10'000;
  std::int64_t layers = 1;
  std::int64_t hidden = 256;
  std::int64_t embedding = 256;
  bool untied = false;
  std::int64_t epochs = 6;
  std::int64_t batch = 32;
  std::int64_t bptt = 35;
  double lr = 2e-3;
  double dropout = 0.2;
  double clip = 1;
  double valid = 0.05;
  double test = 0.05;
  std::int64_t seed = 1;

  static auto fields() {
    using C = TrainingConfig;
    constexpr double kMost = 1 << 20;
    constexpr double kMostSeed = 9e15;
    return std::tuple{
        field("cell", &C::cell, {"rnn", "gru", "lstm"}, "What the layers are made of."),
        field("tokens", &C::tokens, {"word", "byte"},
              "Words, punctuation marks and line ends, or bytes."),
        field("vocab", &C::vocab, 3, kMost,
              "Words known, the most frequent of the training part; all others are <unk>."),
        field("layers", &C::layers, 1, 64, "Recurrent layers."),
        field("hidden", &C::hidden, 1, kMost, "Width of a layer's state."),
        field("embedding", &C::embedding, 1, kMost, "Width of a token's vector."),
        field("untied", &C::untied,
              "The scores have a matrix of their own also where hidden and embedding are equal."),
        field("epochs", &C::epochs, 1, kMost, "Passes over the training part."),
        field("batch", &C::batch, 1, kMost,
              "Pieces that the training part is cut into and that are read side by side."),
        field("bptt", &C::bptt, 1, kMost,
              "Tokens that gradients reach back; the state is carried on."),
        field("lr", &C::lr, 1e-9, 10,
              "Learning rate of Adam; halved after an epoch without a better validation."),
        field("dropout", &C::dropout, 0, 0.95,
              "Share of activations dropped: of vectors, between layers, of outputs."),
        field("clip", &C::clip, 1e-6, 1e6, "The largest norm of the gradient."),
        field("valid", &C::valid, 1e-6, 0.5, "Share of the tokens for validation."),
        field("test", &C::test, 1e-6, 0.5, "Share for the test, the text's end."),
        field("seed", &C::seed, 0, kMostSeed, "Of the first parameters and of dropout."),
    };
  }
};

struct TrainingOptions {
  std::filesystem::path checkpoint;  ///< written after each epoch and now and then; empty: none
  bool resume = false;               ///< goes on from the checkpoint, if there is one
  double checkpoint_seconds = 60;    ///< between checkpoints within an epoch
  at::Device device = at::Device("cpu");
  /// Tokens done and to do in this process, and the seconds since it started training.
  std::function<void(std::uint64_t done, std::uint64_t left, double seconds,
                     const std::string& what)>
      on_progress;
  /// Asked after every step: true ends the training behind a checkpoint.
  std::function<bool()> should_stop;
};

/// Trains on `text`, whose tokens are cut into training, validation and test part in this order.
/// The checkpoint holds the current and the best model by validation; the scores are of the best.
/// An interrupted training that is resumed gives the same numbers as one without interruption, on
/// the same machine with as many threads. Throws InputError where text, configuration and
/// checkpoint do not fit together.
TrainingResult train(const std::string& text, const TrainingConfig& config,
                     const TrainingOptions& options);

/// How well a model predicts a text's tokens but the first, cut into `texts` parts that are read
/// side by side, each from an empty state; what does not fill the parts is left out.
TextScore score(const RecurrentModel& model, std::span<const Token> tokens, std::int64_t texts);

}  // namespace kvsim::torch_models
