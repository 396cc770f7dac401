// Prints the keys of chains, for chains.py. Each line of the input is one chain:
//
//   {"chain": "vllm_sha256:seed=0", "lora": "", "salt": "",
//    "blocks": [{"tokens": [1, 2], "multimodal": [["hash", -3]], "embeddings": "hexadecimal"}]}
//
// and each line of the output the digests of its root and its blocks, in hexadecimal.

#include <fmt/core.h>

#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/hash/chain.hpp"

namespace {

using Json = nlohmann::json;

std::string hex(const kvsim::Digest& digest, unsigned bits) {
  std::string text;
  for (unsigned i = 0; i < bits / 8; ++i) {
    text += fmt::format("{:02x}", digest.words[i / 8] >> (8 * (i % 8)) & 0xff);
  }
  return text;
}

std::vector<std::byte> from_hex(const std::string& text) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string keys_of(const Json& line) {
  const auto chain = kvsim::make_chain(kvsim::parse_chain(line.at("chain").get<std::string>()));
  const std::string lora = line.value("lora", "");
  const std::string salt = line.value("salt", "");
  kvsim::Digest parent = chain->root();
  std::string text = hex(parent, chain->bits());
  bool is_first = true;
  for (const Json& block : line.at("blocks")) {
    const auto tokens = block.at("tokens").get<std::vector<kvsim::Token>>();
    std::vector<kvsim::MultimodalKey> multimodal;
    if (block.contains("multimodal")) {
      for (const Json& key : block["multimodal"]) {
        multimodal.push_back({key[0].get_ref<const std::string&>(), key[1].get<std::int64_t>()});
      }
    }
    const auto embeddings = from_hex(block.value("embeddings", ""));
    parent = chain->next(
        parent, is_first, tokens,
        {.lora = lora, .multimodal = multimodal, .salt = salt, .embeddings = embeddings});
    text += ' ' + hex(parent, chain->bits());
    is_first = false;
  }
  return text;
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) {
      std::cout << keys_of(Json::parse(line)) << '\n';
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "chain_keys: {}\n", e.what());
    return 1;
  }
  return 0;
}
