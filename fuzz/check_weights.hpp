#pragma once
// What a weight file or tokenizer that opened must allow.

#include <cstdlib>
#include <string>
#include <vector>

#include "model/tokenizer/tokenizer.hpp"
#include "model/weights/model_weights.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

/// Reads every tensor that is not of a type that is refused.
inline void read_all(const WeightFile& file) {
  for (const TensorInfo& tensor : file.tensors()) {
    std::vector<float> values(tensor.elements());
    try {
      file.read_f32(tensor, values);
    } catch (const InputError&) {
    }
  }
}

/// Reads every tensor: whatever a model's constructor lets through can be read.
inline void read_all(const ModelWeights& weights) {
  for (const ModelWeights::Tensor& tensor : weights.tensors()) {
    std::vector<float> values(tensor.elements());
    weights.read_f32(tensor, values);
  }
}

/// Opens a tokenizer and runs texts through it, to ids that decode() knows.
template <class Open>
void check_tokenizer(Open&& open) {
  try {
    const Tokenizer tokenizer = open();
    for (const std::string text : {"Hello  world's 2024\n\n<|im_end|> é日😀 \xff\xf0\x9f",
                                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
      for (const bool special : {false, true}) {
        try {
          const auto ids = tokenizer.encode(text, special);
          for (const Token id : ids) {
            if (id >= tokenizer.size()) std::abort();
          }
          (void)tokenizer.decode(ids);
        } catch (const InputError&) {  // a pattern that takes too long
        }
      }
    }
    (void)tokenizer.encode_chat(std::vector<ChatMessage>{{"user", "Hi"}}, true);
  } catch (const InputError&) {
  }
}

}  // namespace kvsim
