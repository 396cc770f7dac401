// Reads arbitrary bytes as a GGUF file: its keys, all its tensors, the model and the tokenizer in
// it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "fuzz/check_weights.hpp"
#include "model/weights/model_weights.hpp"
#include "sim/core/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (!kvsim::is_gguf(bytes)) return 0;
  kvsim::check_tokenizer([&] { return kvsim::Tokenizer::from_gguf(bytes, "fuzz"); });
  try {
    kvsim::WeightFile file = kvsim::WeightFile::from_memory(bytes, "fuzz");
    kvsim::read_all(file);
    const kvsim::ModelConfig config = kvsim::gguf_config(file);
    kvsim::read_all(kvsim::ModelWeights(std::move(file), config));
  } catch (const kvsim::InputError&) {
  }
  return 0;
}
