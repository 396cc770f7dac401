#pragma once
// What the training of a language model came to, as results files record it in `training`.

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/fields.hpp"

namespace kvsim {

/// How well a text's tokens were predicted, each from those before it.
struct TextScore {
  std::uint64_t tokens = 0;   ///< that were predicted
  std::uint64_t correct = 0;  ///< of them, those that had the highest probability
  double nats = 0;            ///< -ln of the probabilities, summed

  /// exp of the mean over tokens.
  double perplexity() const { return std::exp(nats / static_cast<double>(tokens)); }
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(tokens); }
  bool operator==(const TextScore&) const = default;
};

struct EpochResult {
  std::uint64_t epoch = 0;   ///< from 1 on
  double learning_rate = 0;  ///< that it was trained with
  TextScore training;        ///< while parameters changed, with dropout
  TextScore validation;      ///< behind the epoch
  bool operator==(const EpochResult&) const = default;
};

/// One model's scores on each part of the text.
struct ModelScores {
  std::string model;  ///< "lstm", "unigram", …
  std::string doc;    ///< what it is
  TextScore training, validation, test;
  bool operator==(const ModelScores&) const = default;
};

struct TrainingResult {
  std::string text;  ///< name
  Params config;     ///< every parameter, defaults included
  std::uint64_t vocabulary = 0;
  std::uint64_t parameters = 0;
  std::uint64_t training_tokens = 0, validation_tokens = 0, test_tokens = 0;
  double unknown_share = 0;  ///< of the text's tokens, those outside the vocabulary
  std::vector<EpochResult> epochs;
  std::uint64_t best_epoch = 0;     ///< by validation: the scores are of its parameters
  std::vector<ModelScores> models;  ///< the trained one first, then what it has to beat
  bool is_finished = false;         ///< false: interrupted; `models` is empty
  double seconds = 0;               ///< in training, over all processes that had a part in it
  double tokens_per_second = 0;     ///< trained on
};

}  // namespace kvsim
