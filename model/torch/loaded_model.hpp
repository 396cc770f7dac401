#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/tokenizer/tokenizer.hpp"
#include "model/torch/transformer.hpp"
#include "sim/core/component.hpp"

namespace kvsim::torch_models {

/// A transformer by name, ready to serve.
struct LoadedModel {
  std::string name;
  std::unique_ptr<Transformer> transformer;
  std::optional<Tokenizer> tokenizer;  ///< none of a random model: a text's bytes are its tokens
};

/// `smollm2`, a .gguf file, a Hugging Face folder, or `random:layers=4,hidden=128`. Throws
/// InputError.
LoadedModel load_model(std::string_view spec, const TransformerOptions& options);

/// What `random` takes.
ComponentInfo random_model_info();

}  // namespace kvsim::torch_models
