#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "model/fetch/fetch.hpp"
#include "model/weights/model_weights.hpp"
#include "tests/model/weights/tiny_model.hpp"

namespace kvsim {
namespace {

using namespace weight_tests;

void expect_tensors(const ModelWeights& weights, const TinyTensors& expected) {
  EXPECT_EQ(weights.tensors().size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    const ModelWeights::Tensor* found = weights.find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->shape, tensor.shape) << name;
    std::vector<float> values(found->elements());
    weights.read_f32(*found, values);
    EXPECT_EQ(values, tensor.values) << name;
  }
}

void expect_shape(const ModelConfig& config, Architecture architecture) {
  const bool is_gpt2 = architecture == Architecture::kGpt2;
  EXPECT_EQ(config.architecture, architecture);
  EXPECT_EQ(config.layers, 2U);
  EXPECT_EQ(config.hidden, 8U);
  EXPECT_EQ(config.heads, 2U);
  EXPECT_EQ(config.kv_heads, is_gpt2 ? 2U : 1U);
  EXPECT_EQ(config.head_dim, 4U);
  EXPECT_EQ(config.ffn, 6U);
  EXPECT_EQ(config.vocab, 7U);
  EXPECT_EQ(config.context, 16U);
  EXPECT_NEAR(config.norm_epsilon, is_gpt2 ? 1e-5 : 1e-6, 1e-12);
  EXPECT_EQ(config.rope_theta, is_gpt2 ? 10000.0 : 5000.0);
  EXPECT_TRUE(config.rope_factors.empty());
  EXPECT_TRUE(config.tied_embeddings);
  EXPECT_EQ(config.qkv_bias, architecture != Architecture::kLlama);
  EXPECT_EQ(config.attention_output_bias, is_gpt2);
  EXPECT_EQ(config.ffn_bias, is_gpt2);
  EXPECT_EQ(config.bos, std::vector<Token>{1});
  ASSERT_FALSE(config.eos.empty());
  EXPECT_EQ(config.eos[0], 2U);
}

class EveryArchitecture : public testing::TestWithParam<Architecture> {
 protected:
  std::string name() const { return std::string(architecture_name(GetParam())); }
  TinyTensors tensors() const {
    return tiny_tensors(GetParam() == Architecture::kGpt2, GetParam() == Architecture::kQwen2);
  }
  Folder folder_;
};
INSTANTIATE_TEST_SUITE_P(All, EveryArchitecture,
                         testing::Values(Architecture::kLlama, Architecture::kQwen2,
                                         Architecture::kGpt2),
                         [](const auto& p) { return std::string(architecture_name(p.param)); });

TEST_P(EveryArchitecture, OpensFromGguf) {
  for (const std::uint32_t version : {2U, 3U}) {
    GgufBuilder gguf = tiny_gguf_keys(name(), version);
    add_tensors(gguf, name(), tensors());
    write_file(folder_ / "tiny.gguf", gguf.build());
    const Model model = open_model(folder_ / "tiny.gguf");
    expect_shape(model.config, GetParam());
    EXPECT_EQ(model.config.name, "tiny");
    expect_tensors(model.weights, tensors());
  }
}

TEST_P(EveryArchitecture, OpensFromAFolderWithOneFile) {
  SafetensorsBuilder file;
  add_tensors(file, name(), tensors());
  write_file(folder_ / "model.safetensors", file.build());
  write_file(folder_ / "config.json", tiny_config(name()).dump());
  const Model model = open_model(folder_.path());
  expect_shape(model.config, GetParam());
  expect_tensors(model.weights, tensors());
}

TEST_P(EveryArchitecture, OpensFromShards) {
  SafetensorsBuilder files[2];
  nlohmann::json map;
  const TinyTensors all = tensors();
  // Fused tensors need their parts in one shard.
  TinyTensors halves[2];
  for (const auto& [tensor, content] : all)
    halves[tensor.rfind("layers.1", 0) == 0][tensor] = content;
  for (int i = 0; i < 2; ++i) {
    add_tensors(files[i], name(), halves[i]);
    const std::string shard = i == 0 ? "model-1.safetensors" : "model-2.safetensors";
    write_file(folder_ / shard, files[i].build());
    for (const auto& [tensor, entry] : files[i].header().items()) {
      if (tensor != "__metadata__") map[tensor] = shard;
    }
  }
  write_file(folder_ / "model.safetensors.index.json", nlohmann::json{{"weight_map", map}}.dump());
  write_file(folder_ / "config.json", tiny_config(name()).dump());
  expect_tensors(open_model(folder_.path()).weights, all);

  map.begin().value() =
      map.begin().value() == "model-1.safetensors" ? "model-2.safetensors" : "model-1.safetensors";
  write_file(folder_ / "model.safetensors.index.json", nlohmann::json{{"weight_map", map}}.dump());
  EXPECT_NE(error_of([&] { open_model(folder_.path()); }).find("is not in model-"),
            std::string::npos);
}

// Each way in which tensors do not fit a configuration, and what the message names.

struct Llama {
  TinyTensors tensors = tiny_tensors(false, false);
  nlohmann::json config = tiny_config("llama");
  SafetensorsBuilder file;
  Folder folder;

  std::string open_error() {
    add_tensors(file, "llama", tensors);
    write_file(folder / "model.safetensors", file.build());
    write_file(folder / "config.json", config.dump());
    return error_of([&] { open_model(folder.path()); });
  }
};

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

TEST(ModelWeights, NamesAMissingTensor) {
  Llama llama;
  llama.tensors.erase("layers.1.attention.k.weight");
  const std::string error = llama.open_error();
  expect_contains(error,
                  "model.safetensors: has no tensor 'model.layers.1.self_attn.k_proj.weight'");
}

TEST(ModelWeights, NamesATensorOfAnotherShape) {
  Llama llama;
  llama.tensors["layers.0.ffn.up.weight"] = {{8, 6}, std::vector<float>(48)};
  expect_contains(llama.open_error(),
                  "tensor 'model.layers.0.mlp.up_proj.weight' is [8, 6] (allowed: [6, 8]");
}

TEST(ModelWeights, NamesATensorThatIsPartOfNoSuchModel) {
  Llama llama;
  llama.file.tensor("model.layers.0.self_attn.q_norm.weight", {4}, std::vector<float>(4));
  expect_contains(llama.open_error(),
                  "tensor 'model.layers.0.self_attn.q_norm.weight' is part of no llama model");
}

TEST(ModelWeights, NamesATensorThatIsNotRead) {
  Llama llama;
  llama.tensors.erase("norm.weight");
  llama.file.tensor("model.norm.weight", {8}, "I32", std::string(32, '\0'));
  expect_contains(llama.open_error(), "tensor 'model.norm.weight' has elements of type I32");
}

TEST(ModelWeights, ABiasInOneLayerIsWantedInAll) {
  Llama llama;
  llama.tensors["layers.0.attention.q.bias"] = {{8}, std::vector<float>(8)};
  expect_contains(llama.open_error(), "has no tensor 'model.layers.0.self_attn.k_proj.bias'");
}

TEST(ModelWeights, UntiedEmbeddingsNeedAnOutput) {
  Llama llama;
  llama.config["tie_word_embeddings"] = false;
  expect_contains(llama.open_error(), "has no tensor 'lm_head.weight'");
  Llama whole;
  whole.config["tie_word_embeddings"] = false;
  whole.file.tensor("lm_head.weight", {7, 8}, std::vector<float>(56, 1.0F));
  EXPECT_EQ(whole.open_error(), "");
  EXPECT_NE(open_model(whole.folder.path()).weights.find("output.weight"), nullptr);
}

// Configurations.

TEST(ModelConfig, NamesTheKeyThatIsWrong) {
  const auto error_with = [](const std::string& key, const nlohmann::json& value) {
    Llama llama;
    if (value.is_null()) {
      llama.config.erase(key);
    } else {
      llama.config[key] = value;
    }
    return llama.open_error();
  };
  expect_contains(error_with("model_type", "mamba"), "/model_type: is \"mamba\" (allowed: llama, ");
  expect_contains(error_with("hidden_size", nullptr), "config.json: /: has no 'hidden_size'");
  expect_contains(error_with("hidden_size", -8), "/hidden_size: is -8");
  expect_contains(error_with("hidden_act", "relu"), "/hidden_act: is \"relu\" (allowed: silu)");
  expect_contains(error_with("num_attention_heads", 0), "a number of heads of 0");
  expect_contains(error_with("num_key_value_heads", 3), "2 heads, no multiple of its 3 KV heads");
  expect_contains(error_with("rms_norm_eps", 0.0), "norm epsilon of 0");
  expect_contains(error_with("rope_scaling", {{"rope_type", "yarn"}}), "/rope_scaling/rope_type");
  expect_contains(error_with("vocab_size", 8), "'model.embed_tokens.weight' is [7, 8]");
}

TEST(ModelConfig, GgufNamesTheKeyThatIsWrong) {
  const auto error_with = [](GgufBuilder gguf) {
    add_tensors(gguf, "llama", tiny_tensors(false, false));
    const std::string bytes = gguf.build();
    return error_of([&] { gguf_config(WeightFile::from_memory(bytes_of(bytes), "tiny.gguf")); });
  };
  expect_contains(error_with(GgufBuilder()), "tiny.gguf: has no key 'general.architecture'");
  expect_contains(error_with(tiny_gguf_keys("bert")), "'general.architecture' is 'bert'");
  GgufBuilder partial = tiny_gguf_keys("llama");
  expect_contains(error_with(partial.u32("llama.rope.dimension_count", 2)),
                  "key 'llama.rope.dimension_count' is 2 (allowed: 4");
  GgufBuilder experts = tiny_gguf_keys("llama");
  expect_contains(error_with(experts.u32("llama.expert_count", 8)), "expert_count");
  GgufBuilder scaled = tiny_gguf_keys("llama");
  expect_contains(error_with(scaled.text("llama.rope.scaling.type", "yarn")), "is 'yarn'");
}

TEST(ModelConfig, LlamasRotaryScaling) {
  // Wavelengths longer than 8192 / 1 are stretched by 8, those shorter than 8192 / 4 are not, and
  // the frequency is blended between them: the rule as in the paper's code, by wavelength.
  Llama llama;
  llama.config["rope_theta"] = 500000.0;
  llama.config["head_dim"] = 128;
  for (const std::string layer : {"layers.0.", "layers.1."}) {
    for (const auto& [part, rows] :
         {std::pair("q", 256), std::pair("k", 128), std::pair("v", 128)}) {
      llama.tensors[layer + "attention." + part + ".weight"] = {
          {static_cast<std::uint64_t>(rows), 8},
          std::vector<float>(static_cast<std::size_t>(rows) * 8)};
    }
    llama.tensors[layer + "attention.output.weight"] = {{8, 256}, std::vector<float>(2048)};
  }
  llama.config["rope_scaling"] = {{"rope_type", "llama3"},
                                  {"factor", 8.0},
                                  {"low_freq_factor", 1.0},
                                  {"high_freq_factor", 4.0},
                                  {"original_max_position_embeddings", 8192}};
  ASSERT_EQ(llama.open_error(), "");
  const auto factors = open_model(llama.folder.path()).config.rope_factors;
  ASSERT_EQ(factors.size(), 64U);
  for (int i = 0; i < 64; ++i) {
    const double frequency = 1.0 / std::pow(500000.0, 2.0 * i / 128);
    const double wavelength = 2 * M_PI / frequency;
    double expected = 1;
    if (wavelength > 8192.0 / 1.0) {
      expected = 8;
    } else if (wavelength > 8192.0 / 4.0) {
      const double smooth = (8192.0 / wavelength - 1.0) / (4.0 - 1.0);
      expected = 1 / ((1 - smooth) / 8.0 + smooth);
    }
    EXPECT_NEAR(factors[static_cast<std::size_t>(i)], expected, 1e-5) << i;
  }
}

TEST(SmolLm2, Opens) {
  const auto path = cached_model("smollm2");
  if (!path) GTEST_SKIP() << "SmolLM2 is not in the cache: kvsim model fetch smollm2 gets it";
  const Model model = open_model(*path);
  EXPECT_EQ(model.config.layers, 30U);
  EXPECT_EQ(model.config.kv_heads, 3U);
  EXPECT_EQ(model.weights.parameters(), 134'515'008U);  // the model card: 135M
  EXPECT_EQ(model.config.eos, std::vector<Token>{2});
  const ModelWeights::Tensor* q = model.weights.find("layers.29.attention.q.weight");
  ASSERT_NE(q, nullptr);
  std::vector<float> values(q->elements());
  model.weights.read_f32(*q, values);
  for (const float value : values) ASSERT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace kvsim
