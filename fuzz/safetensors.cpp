// Reads arbitrary bytes as a safetensors file, whose header's length is made right first in a
// second attempt, and as the tensors of a small model.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "fuzz/check_weights.hpp"
#include "fuzz/small_config.hpp"
#include "model/weights/model_weights.hpp"
#include "sim/core/error.hpp"

namespace {

void correct_length(std::string& bytes) {
  const std::size_t end = bytes.rfind('}');
  if (bytes.size() < 8 || end == std::string::npos || end < 8) return;
  const std::uint64_t length = end + 1 - 8;
  std::memcpy(bytes.data(), &length, sizeof length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const bool corrected : {false, true}) {
    if (corrected) correct_length(bytes);
    try {
      kvsim::WeightFile file =
          kvsim::WeightFile::from_memory(std::as_bytes(std::span(bytes)), "fuzz");
      kvsim::read_all(file);
      const kvsim::ModelConfig config =
          kvsim::hugging_face_config(kvsim::kSmallConfig, "config.json", file);
      kvsim::read_all(kvsim::ModelWeights(std::move(file), config));
    } catch (const kvsim::InputError&) {
    }
  }
  return 0;
}
