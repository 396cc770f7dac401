// Prints the ids of texts, for smollm2.py: `tokenize MODEL < texts.json`, where the input is
// {"texts": ["…"], "chats": [[{"role": "user", "content": "…"}]]} and the output {"ids": [[…]],
// "decoded": ["…"], "chats": [[…]]}, decoded as hexadecimal bytes.

#include <fmt/core.h>

#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/tokenizer/tokenizer.hpp"

namespace {

using Json = nlohmann::json;

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

Json answer(const kvsim::Tokenizer& tokenizer, const Json& input) {
  Json output = {{"ids", Json::array()}, {"decoded", Json::array()}, {"chats", Json::array()}};
  for (const Json& text : input.at("texts")) {
    const auto ids = tokenizer.encode(text.get<std::string>(), true);
    output["ids"].push_back(ids);
    output["decoded"].push_back(hex(tokenizer.decode(ids)));
  }
  for (const Json& chat : input.at("chats")) {
    std::vector<kvsim::ChatMessage> messages;
    for (const Json& message : chat) {
      messages.push_back(
          {message.at("role").get<std::string>(), message.at("content").get<std::string>()});
    }
    output["chats"].push_back(tokenizer.encode_chat(messages, true));
  }
  return output;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: tokenize MODEL < texts.json\n");
    return 2;
  }
  try {
    const auto tokenizer = kvsim::Tokenizer::open(arguments[1]);
    std::cout << answer(tokenizer, Json::parse(std::cin)) << '\n';
  } catch (const std::exception& e) {
    fmt::print(stderr, "tokenize: {}\n", e.what());
    return 1;
  }
  return 0;
}
