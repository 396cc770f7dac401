#pragma once
// A recurrent model in a file: a safetensors file with the model's parameters, its vocabulary, and
// all that a training needs to go on.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/torch/recurrent/language_model.hpp"
#include "model/torch/recurrent/vocabulary.hpp"
#include "sim/core/fields.hpp"
#include "sim/metrics/training.hpp"

namespace kvsim::torch_models {

/// How far a training is.
struct TrainingProgress {
  std::uint64_t step = 0;     ///< of the current epoch, which follows on `epochs`
  std::uint64_t updates = 0;  ///< of the parameters so far
  TextScore epoch_score;      ///< of the current epoch's steps
  double learning_rate = 0;
  std::vector<EpochResult> epochs;  ///< those that are over
  std::uint64_t best_epoch = 0;     ///< 0: none yet
  double seconds = 0;
  std::uint64_t tokens = 0;  ///< trained on in those seconds
};

struct Checkpoint {
  RecurrentShape shape;
  Vocabulary vocabulary = Vocabulary::of_bytes();
  Params config;            ///< of the training
  std::string text_sha256;  ///< of what it was trained on
  TrainingProgress progress;
  /// `best.` and `model.` in front of a parameter's name: of the best epoch, and the current one;
  /// `adam.mean.` and `adam.square.`: what Adam remembers of its gradients; `state.h`, `state.c`:
  /// where the current epoch's texts stand, if it is within one.
  std::map<std::string, at::Tensor> tensors;

  /// The tensors whose names have this in front, as a model.
  RecurrentModel model(const std::string& prefix, at::Device device) const;
};

/// Whole or not at all. Throws InputError where the system refuses.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);
/// Throws InputError naming file and tensor, what was found and what is allowed.
Checkpoint read_checkpoint(const std::filesystem::path& path);
/// Whether a readable file of weights is a checkpoint of these. Throws InputError where it is none.
bool is_recurrent_checkpoint(const std::filesystem::path& path);

}  // namespace kvsim::torch_models
