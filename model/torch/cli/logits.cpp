#include <ATen/ATen.h>
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "model/torch/cli/commands.hpp"
#include "model/torch/cli/model_options.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"

namespace kvsim::cli {

using namespace torch_models;  // NOLINT(google-build-using-namespace): what it runs

void model_logits_command(Arguments arguments) {
  Command command("kvsim model logits",
                  "Token ids of prompts, the logits behind them, and greedy continuations, to "
                  "compare with another implementation of the same model.");
  ModelOptions options;
  std::string prompts, output;
  options.declare(command);
  command.section("Prompts");
  command.required_option("--prompts", "FILE", prompts,
                          "JSON: {\"prompts\": [text, ...], \"tokens\": tokens to continue}.");
  command.required_option(
      "-o,--output", "FILE", output,
      "JSON: {\"prompts\": [{\"ids\": [], \"logits\": [], \"continuation\": []}, ...]}.");
  command.example("kvsim model logits --model smollm2 --prompts prompts.json -o logits.json",
                  "What tests/parity/smollm2.py compares with Hugging Face's transformers.");
  if (!command.parse(arguments)) return;

  std::ifstream file(prompts);
  if (!file) throw InputError(fmt::format("{}: cannot be read", prompts));
  nlohmann::json asked;
  std::vector<std::string> texts;
  std::uint64_t tokens = 0;
  try {
    asked = nlohmann::json::parse(file);
    texts = asked.at("prompts").get<std::vector<std::string>>();
    if (asked.contains("tokens") && !asked["tokens"].is_number_unsigned()) {
      throw InputError(fmt::format("{}: tokens is {}, allowed is an integer from 0 on", prompts,
                                   asked["tokens"].dump()));
    }
    tokens = asked.value("tokens", std::uint64_t{0});
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("{}: {}", prompts, error.what()));
  }
  const LoadedModel model = options.load();
  if (!model.tokenizer) throw InputError("--model: a random model has no tokenizer");
  nlohmann::json answers = nlohmann::json::array();
  for (const std::string& text : texts) {
    std::vector<Token> ids = model.tokenizer->encode(text, true);
    if (ids.empty()) throw InputError(fmt::format("{}: a prompt is empty", prompts));
    const std::uint64_t context = model.transformer->config().context;
    if (ids.size() > context || tokens > context - ids.size()) {
      throw InputError(fmt::format(
          "{}: a prompt of {} tokens with {} behind it is beyond the model's context of {}",
          prompts, ids.size(), tokens, context));
    }
    constexpr std::uint32_t kBlockSize = 16;
    const auto blocks = static_cast<BlockId>((ids.size() + tokens) / kBlockSize + 1);
    KvPool pool(model.transformer->kv_shape(kBlockSize, KvType::kFloat32), blocks,
                model.transformer->device());
    std::vector<BlockId> table(blocks);
    for (BlockId b = 0; b < blocks; ++b) table[b] = b;
    nlohmann::json answer{{"ids", ids}};
    std::vector<Token> continuation;
    for (std::uint64_t done = 0; continuation.size() < std::max<std::uint64_t>(tokens, 1);) {
      const Chunk chunk{std::span<const Token>(ids).subspan(done), done, table};
      const at::Tensor logits = model.transformer->forward({&chunk, 1}, pool);
      const std::span<const float> values{logits.data_ptr<float>(),
                                          static_cast<std::size_t>(logits.numel())};
      if (done == 0) answer["logits"] = std::vector<float>(values.begin(), values.end());
      Rng rng(1);
      continuation.push_back(sample(values, {}, rng));
      done = ids.size();
      ids.push_back(continuation.back());
    }
    continuation.resize(tokens);
    answer["continuation"] = continuation;
    answers.push_back(std::move(answer));
  }
  OutputFile out(output);
  out.write(nlohmann::json{{"prompts", answers}}.dump());
  out.commit();
}

}  // namespace kvsim::cli
