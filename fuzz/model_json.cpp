// Reads arbitrary text as a model's config.json and as the index of its shards.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/weights/model_config.hpp"
#include "model/weights/safetensors.hpp"
#include "sim/core/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static constexpr std::string_view kNoTensors("\2\0\0\0\0\0\0\0{}", 10);
  static const kvsim::WeightFile file =
      kvsim::WeightFile::from_memory(std::as_bytes(std::span(kNoTensors)), "fuzz");
  try {
    (void)kvsim::hugging_face_config(text, "fuzz", file);
  } catch (const kvsim::InputError&) {
  }
  try {
    (void)kvsim::read_safetensors_index(text, "fuzz");
  } catch (const kvsim::InputError&) {
  }
  return 0;
}
