// What engines and papers have published of prefill and decode times, and what the rooflines say of
// the same with the presets' MFU and MBU. docs/cost-models.md shows this table, line for line.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "model/cost/cost_model.hpp"
#include "model/cost/presets.hpp"

namespace kvsim {
namespace {

// Llama 2 has the layers of what is a preset here, but for its vocabulary and, in 7B, its heads and
// inner size (config.json of meta-llama/Llama-2-7b-hf and -70b-hf on Hugging Face).
ModelShape llama_2_7b() {
  ModelShape shape = find_model("llama-3.1-8b");
  shape.name = "llama-2-7b";
  shape.vocabulary = 32'000;
  shape.attention.front().kv_heads = 32;
  shape.feed_forward.front().size = 11'008;
  return shape;
}

ModelShape llama_2_70b() {
  ModelShape shape = find_model("llama-3.1-70b");
  shape.name = "llama-2-70b";
  shape.vocabulary = 32'000;
  return shape;
}

ModelShape model_of(const std::string& name) {
  if (name == "llama-2-7b") return llama_2_7b();
  if (name == "llama-2-70b") return llama_2_70b();
  return find_model(name);
}

constexpr ElementType kBf16 = ElementType::kBfloat16;  // float16 weighs and computes the same
constexpr ElementType kFp8 = ElementType::kFloat8;

struct Published {
  std::string model;
  ElementType type;     // of weights
  ElementType kv_type;  // where not stated, bfloat16, as engines hold it unless told otherwise
  std::string gpu;
  std::uint64_t gpus;
  std::uint64_t tokens;  // prefill: of the prompt; decode: of the context
  std::uint64_t batch;   // 0: prefill of one prompt; else a decode step of so many sequences
  double milliseconds;
  std::string source;  // its key in the page's list
};

// Sources: [trt] TensorRT-LLM 0.5 (docs/source/performance.md, "Low Latency"); [nim] NVIDIA NIM
// benchmarking 1.0.0 (Performance, Llama-3.3-70b-instruct 1.8.0, 5,000 / 500 tokens, concurrency
// 1); [minf] MInference (arXiv 2407.02490, abstract); [llama] ggml-org/llama.cpp, pull request
// 4766, comment of 2024-01-10: 11,048.22 and 61.03 tokens/s; [fast] pytorch-labs/gpt-fast, README:
// 104.9, 21.32, 38.01 and 62.50 tokens/s; [vllm] vLLM's performance benchmark, build 9515: 833.421
// and 2,077.53 ms over 128 tokens; [sily] tgarg01/silybench-data, median between tokens,
// 2,048 / 2,048, concurrency 1; [rocm] ROCm/vllm, docs/dev-docker/README.md: 17.236 and 46.484 s
// over 2,048 tokens.
const Published kPublished[] = {
    {"llama-2-7b", kBf16, kBf16, "a100", 1, 2048, 0, 133, "trt"},
    {"llama-2-70b", kBf16, kBf16, "a100", 4, 2048, 0, 377, "trt"},
    {"llama-2-7b", kFp8, kFp8, "l40s", 1, 2048, 0, 73, "trt"},
    {"llama-2-7b", kFp8, kFp8, "h100", 1, 2048, 0, 36, "trt"},
    {"llama-2-70b", kFp8, kFp8, "h100", 4, 2048, 0, 109, "trt"},
    {"llama-3.1-70b", kFp8, kBf16, "h100", 2, 5000, 0, 406.77, "nim"},
    {"llama-3.1-70b", kFp8, kBf16, "h100", 2, 500, 0, 47.77, "nim"},
    {"llama-2-7b", kFp8, kFp8, "h100", 1, 128, 0, 7, "trt"},
    {"llama-2-70b", kBf16, kBf16, "a100", 4, 128, 0, 47, "trt"},
    {"llama-3.1-8b", kBf16, kBf16, "a100", 1, 1'000'000, 0, 1.8e6, "minf"},
    {"llama-2-7b", kBf16, kBf16, "rtx4090", 1, 512, 0, 512e3 / 11'048.22, "llama"},
    {"llama-2-7b", kBf16, kBf16, "a100", 1, 100, 1, 1e3 / 104.9, "fast"},
    {"llama-2-70b", kBf16, kBf16, "a100", 2, 100, 1, 1e3 / 21.32, "fast"},
    {"llama-2-70b", kBf16, kBf16, "a100", 4, 100, 1, 1e3 / 38.01, "fast"},
    {"llama-2-70b", kBf16, kBf16, "a100", 8, 100, 1, 1e3 / 62.50, "fast"},
    {"llama-3.1-70b", kFp8, kBf16, "h100", 2, 5250, 1, 18.58, "nim"},
    {"qwen3-8b", kFp8, kBf16, "h100", 1, 3072, 1, 4.796, "sily"},
    {"llama-2-7b", kBf16, kBf16, "rtx4090", 1, 64, 1, 1e3 / 61.03, "llama"},
    {"llama-3.1-8b", kBf16, kBf16, "h200", 1, 96, 8, 833.421 / 128, "vllm"},
    {"llama-3.1-70b", kBf16, kBf16, "h200", 4, 96, 8, 2077.53 / 128, "vllm"},
    {"llama-3.1-70b", kFp8, kBf16, "mi300x", 8, 1152, 1, 17.236e3 / 2048, "rocm"},
    {"llama-3.1-70b", kFp8, kBf16, "mi300x", 8, 1152, 128, 46.484e3 / 2048, "rocm"},
};

double predicted_milliseconds(const Published& known) {
  ModelShape shape = model_of(known.model);
  shape.weight_type = known.type;
  shape.expert_type = known.type;
  RooflineOptions options;
  options.tensor_parallel = known.gpus;
  options.kv_type = known.kv_type;
  const auto model = make_roofline(shape, find_gpu(known.gpu), options);
  if (known.batch == 0) return 1e3 * model->prefill_seconds(0, known.tokens);
  return 1e3 * model->decode_step_seconds(std::vector<std::uint64_t>(known.batch, known.tokens));
}

double error_of(const Published& known) {
  return predicted_milliseconds(known) / known.milliseconds - 1;
}

// A number with three significant digits, thousands apart.
std::string rounded(double milliseconds) {
  if (milliseconds >= 1e4) return fmt::format("{:.0f} s", milliseconds / 1e3);
  if (milliseconds >= 100) return fmt::format("{:.0f} ms", milliseconds);
  return fmt::format("{:.{}f} ms", milliseconds, milliseconds >= 10 ? 1 : 2);
}

std::string row_of(const Published& known) {
  const std::string what =
      known.batch == 0 ? fmt::format("prefill of {} tokens", known.tokens)
                       : fmt::format("decode step, {} x {} tokens", known.batch, known.tokens);
  return fmt::format("| {} | {} | {}{} | {:.0f}/{:.0f} | {} | {} | {:+.0f} % | [{}] |", what,
                     known.model, known.gpus == 1 ? "" : fmt::format("{} x ", known.gpus),
                     known.gpu, bits_of(known.type), bits_of(known.kv_type),
                     rounded(known.milliseconds), rounded(predicted_milliseconds(known)),
                     100 * error_of(known), known.source);
}

std::string page() {
  std::ifstream stream(std::string(KVSIM_SOURCE_DIR) + "/docs/cost-models.md");
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string with_thousands(double number) {
  std::string text = fmt::format("{:.0f}", number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

TEST(Published, ThePageHasTheKvBytesOfEveryPreset) {
  const std::string text = page();
  for (const ModelShape& shape : model_presets()) {
    const std::string cells =
        fmt::format("| {} | {}", shape.name, with_thousands(shape.kv_bytes_per_token(kBf16)));
    EXPECT_NE(text.find(cells), std::string::npos) << cells;
  }
}

// "prefill 35 %": half of the errors, without their sign, are no larger.
std::string median_error(bool prefill) {
  std::vector<double> errors;
  for (const Published& known : kPublished) {
    if ((known.batch == 0) == prefill) errors.push_back(std::abs(error_of(known)));
  }
  std::sort(errors.begin(), errors.end());
  const std::size_t middle = errors.size() / 2;
  const double median =
      errors.size() % 2 == 1 ? errors[middle] : (errors[middle - 1] + errors[middle]) / 2;
  return fmt::format("{} {:.0f} %", prefill ? "prefill" : "decode", 100 * median);
}

TEST(Published, ThePageShowsEveryPredictionAndItsError) {
  const std::string text = page();
  std::string all;
  for (const Published& known : kPublished) all += row_of(known) + "\n";
  EXPECT_NE(text.find(all), std::string::npos) << "docs/cost-models.md should have:\n" << all;
  for (const Published& known : kPublished) {
    EXPECT_NE(text.find("\n- [" + known.source + "] "), std::string::npos) << known.source;
  }
  const std::string medians =
      fmt::format("Median error: {}, {}.", median_error(true), median_error(false));
  EXPECT_NE(text.find(medians), std::string::npos) << medians;
}

// Whole nodes prefill many prompts at a time, over GPUs that share out experts; a roofline of one
// prompt has no such mode. But the rate says which MFU it takes: 52,300 tokens/s a node of 8 H100,
// prompts of 2,000 tokens (SGLang, large-scale expert parallelism).
TEST(Published, MfuThatDeepSeeksPrefillImplies) {
  const double flops = find_model("deepseek-v3").prefill_flops(0, 2000) / 2000;
  const double mfu = 52'300 * flops / (8 * find_gpu("h100").flops_8bit);
  const std::string sentence = fmt::format("implies an MFU of {:.2f}", mfu);
  EXPECT_NE(page().find(sentence), std::string::npos) << sentence;
}

}  // namespace
}  // namespace kvsim
