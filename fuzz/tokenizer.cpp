// Reads arbitrary text as a tokenizer.json, and tokenises with what opens.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/check_weights.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  kvsim::check_tokenizer([&] { return kvsim::Tokenizer::from_json(text, "", "fuzz"); });
  return 0;
}
