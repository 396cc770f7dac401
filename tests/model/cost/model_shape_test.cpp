#include "model/cost/model_shape.hpp"

#include <gtest/gtest.h>

#include "model/cost/presets.hpp"
#include "sim/core/error.hpp"

namespace kvsim {
namespace {

constexpr ElementType kBf16 = ElementType::kBfloat16;

struct Known {
  std::string model;
  double kv_bytes;          // a token, bfloat16, all layers
  double kv_bytes_growing;  // once windows are full
  double parameters;        // billions, as model cards say, to their digits
  double active;
  double digit;  // of those
};

// KV bytes: 2 x layers x KV heads x head size x 2 bytes, worked out by hand; DeepSeek-V3's 70,272
// is 61 x (512 + 64) x 2 (DeepSeek-V3 report, table 1). Parameters: model cards.
const Known kKnown[] = {
    {"llama-3.1-8b", 131'072, 131'072, 8.03, 8.03, 0.005},
    {"llama-3.1-70b", 327'680, 327'680, 70.6, 70.6, 0.05},
    {"mistral-7b", 131'072, 131'072, 7.25, 7.25, 0.005},
    {"qwen2.5-7b", 57'344, 57'344, 7.62, 7.62, 0.005},
    {"qwen2.5-72b", 327'680, 327'680, 72.7, 72.7, 0.05},
    {"qwen3-8b", 147'456, 147'456, 8.19, 8.19, 0.005},
    {"qwen3-32b", 262'144, 262'144, 32.8, 32.8, 0.05},
    {"qwen3-30b-a3b", 98'304, 98'304, 30.5, 3.3, 0.06},
    {"qwen3-235b-a22b", 192'512, 192'512, 235, 22, 0.5},
    // gpt-oss: its card leaves the 0.579 billion of the embedding table out, and counts biases of
    // active experts alone.
    {"gpt-oss-20b", 49'152, 24'576, 20.9, 3.61 + 0.579, 0.05},
    {"gpt-oss-120b", 73'728, 36'864, 116.8, 5.13 + 0.579, 0.05},
    {"deepseek-v3", 70'272, 70'272, 671, 37, 0.6},
    {"smollm2-135m", 23'040, 23'040, 0.135, 0.135, 0.0005},
};

TEST(ModelShape, KnownFiguresOfEveryPreset) {
  ASSERT_EQ(std::size(kKnown), model_presets().size());
  for (const Known& known : kKnown) {
    const ModelShape shape = find_model(known.model);
    EXPECT_EQ(shape.kv_bytes_per_token(kBf16), known.kv_bytes) << known.model;
    EXPECT_EQ(shape.kv_bytes_per_token_growing(kBf16), known.kv_bytes_growing) << known.model;
    EXPECT_NEAR(static_cast<double>(shape.parameters()) / 1e9, known.parameters, known.digit)
        << known.model;
    EXPECT_NEAR(static_cast<double>(shape.active_parameters()) / 1e9, known.active, known.digit)
        << known.model;
    // Float8 and int8 halve it.
    EXPECT_EQ(shape.kv_bytes_per_token(ElementType::kFloat8), known.kv_bytes / 2) << known.model;
    EXPECT_EQ(shape.kv_bytes_per_token(ElementType::kInt8), known.kv_bytes / 2) << known.model;
    EXPECT_EQ(shape.kv_bytes_per_token(ElementType::kFloat32), known.kv_bytes * 2) << known.model;
    EXPECT_FALSE(shape.sources.empty()) << known.model;
  }
}

// Exactly as their files on Hugging Face add up.
TEST(ModelShape, EveryWeightIsCounted) {
  EXPECT_EQ(find_model("llama-3.1-8b").parameters(), 8'030'261'248U);
  EXPECT_EQ(find_model("llama-3.1-70b").parameters(), 70'553'706'496U);
  EXPECT_EQ(find_model("qwen2.5-7b").parameters(), 7'615'616'512U);
  EXPECT_EQ(find_model("qwen3-8b").parameters(), 8'190'735'360U);
  EXPECT_EQ(find_model("qwen3-30b-a3b").parameters(), 30'532'122'624U);
  EXPECT_EQ(find_model("smollm2-135m").parameters(), 134'515'008U);
}

TEST(ModelShape, WindowsAndStatesDoNotGrow) {
  const ModelShape oss = find_model("gpt-oss-20b");
  // 12 full layers hold all 1,000 tokens, 12 with a window 128: 2,048 bytes each.
  EXPECT_EQ(oss.kv_bytes(1000, kBf16), 2048.0 * 12 * (1000 + 128));
  EXPECT_EQ(oss.kv_bytes(100, kBf16), 2048.0 * 24 * 100);
  EXPECT_EQ(oss.kv_bytes_per_block(16, kBf16), 2048.0 * 24 * 16);

  ModelShape hybrid;
  hybrid.hidden = 64;
  hybrid.vocabulary = 100;
  AttentionLayers full;
  full.layers = 1;
  full.query_heads = full.kv_heads = 2;
  full.head_size = 32;
  AttentionLayers linear;
  linear.kind = AttentionKind::kLinear;
  linear.layers = 3;
  linear.state_size = 1000;
  linear.layer_weights = 5000;
  hybrid.attention = {full, linear};
  EXPECT_EQ(hybrid.kv_bytes(10, kBf16), 2.0 * (10 * 2 * 64 + 3 * 1000));
  EXPECT_EQ(hybrid.kv_bytes(20, kBf16) - hybrid.kv_bytes(10, kBf16), 2.0 * 10 * 2 * 64);
  EXPECT_EQ(hybrid.kv_bytes_per_block(16, kBf16), 2.0 * (16 * 2 * 64 + 3 * 1000));
  // Weights: 2 x 64 x 32 x 4 of the full layer, 3 x 5000; the table and the head 64 x 100 each.
  EXPECT_EQ(hybrid.parameters(), 16'384U + 15'000U + 12'800U);
  // Prefill of 10 tokens behind 5: two a weight and token, the head once, 4 h d (5 x 10 + 50), and
  // four an element of each state.
  EXPECT_EQ(hybrid.prefill_flops(5, 10),
            2.0 * 31'384 * 10 + 2.0 * 6400 + 4.0 * 64 * 100 + 3.0 * 4 * 1000 * 10);
}

TEST(ModelShape, TensorParallelismDividesHeadsAndRepeatsWhatCannotBeDivided) {
  const ModelShape llama = find_model("llama-3.1-70b");  // 8 KV heads
  EXPECT_EQ(llama.kv_bytes_per_token(kBf16, 8), 327'680);
  EXPECT_EQ(llama.kv_bytes_per_token(kBf16, 16), 2 * 327'680);  // a head on two GPUs
  const ModelShape deepseek = find_model("deepseek-v3");
  EXPECT_EQ(deepseek.kv_bytes_per_token(kBf16, 8), 8 * 70'272);  // MLA: on each
}

// By hand, Llama-3.1-8B: a layer has 2 x 4096 x 128 x (32 + 8) + 3 x 4096 x 14336 = 218,103,808
// weights. 4,096 tokens: 2 x 32 x 218,103,808 x 4096 + 2 x 4096 x 128256 (the last token's head)
// + 4 x 32 layers x 32 heads x 128 x 4096^2 / 2.
TEST(ModelShape, PrefillFlopsByHand) {
  const ModelShape llama = find_model("llama-3.1-8b");
  const double dense = 2.0 * 32 * 218'103'808 * 4096 + 2.0 * 4096 * 128'256;
  EXPECT_EQ(llama.prefill_flops(0, 4096), dense + 4.0 * 32 * 32 * 128 * 4096 * 4096 / 2);
  // Behind 10,000 cached ones each new token attends to those, too.
  EXPECT_EQ(llama.prefill_flops(10'000, 4096),
            dense + 4.0 * 32 * 32 * 128 * (10'000.0 * 4096 + 4096.0 * 4096 / 2));
  // One decoded token behind 999: everything times two, attention over 1,000.
  EXPECT_EQ(llama.decode_flops(999),
            2.0 * (32 * 218'103'808.0 + 4096 * 128'256.0) + 4.0 * 32 * 32 * 128 * 1000);
}

// The model cards of Qwen3-30B-A3B: 128 experts, 8 a token. A token passes the experts' matrices
// 8 x 3 x 2048 x 768 a layer.
TEST(ModelShape, MixturesReadTheExpertsThatTokensReach) {
  const ModelShape qwen = find_model("qwen3-30b-a3b");
  const double expert = 48.0 * 3 * 2048 * 768 * 2;  // bytes of one a layer, all layers
  const double one = qwen.weight_bytes_read(1);
  EXPECT_NEAR((qwen.weight_bytes_read(2) - one) / expert, 128 * (1 - 0.9375 * 0.9375) - 8, 1e-6);
  EXPECT_NEAR((qwen.weight_bytes_read(1e6) - one) / expert, 120, 1e-6);
  // Behind all of it stand the table and the norms.
  EXPECT_NEAR(qwen.weight_bytes() - qwen.weight_bytes_read(1e6),
              2 * (2048.0 * 151'936 + static_cast<double>(qwen.other_weights)), 1);
  // gpt-oss-120b: about 60.8 GiB with experts of 4.25 bits (its card, table 1).
  EXPECT_NEAR(find_model("gpt-oss-120b").weight_bytes() / (1ULL << 30), 60.8, 0.2);
}

TEST(ModelShape, ExpandedAndAbsorbedLatentAttention) {
  const ModelShape deepseek = find_model("deepseek-v3");
  // 100 tokens, 61 layers, 128 heads: keys of 192 and values of 128 elements.
  EXPECT_EQ(deepseek.attention_flops(0, 100), 61 * 2.0 * 128 * (192 + 128) * 100 * 100 / 2);
  // Cached tokens' keys and values are made anew from 512 elements.
  EXPECT_EQ(deepseek.attention_flops(50, 1) - 61 * 2.0 * 128 * 320 * 50.5,
            61 * 2.0 * 512 * 128 * (128 + 128) * 50);
  EXPECT_EQ(deepseek.decode_flops(100) - deepseek.decode_flops(0),
            61 * 2.0 * 128 * (2 * 512 + 64) * 100);
}

TEST(ModelShape, WindowsLimitWhatAttends) {
  ModelShape shape;
  AttentionLayers window;
  window.kind = AttentionKind::kSlidingWindow;
  window.layers = 1;
  window.query_heads = window.kv_heads = 1;
  window.head_size = 1;
  window.window = 10;
  shape.attention = {window};
  EXPECT_EQ(shape.attention_flops(0, 8), 4.0 * 32);           // within it: n^2 / 2
  EXPECT_EQ(shape.attention_flops(10, 5), 4.0 * 50);          // full: 10 each
  EXPECT_EQ(shape.attention_flops(0, 20), 4.0 * (50 + 100));  // half of it
}

TEST(ElementType, NamesTheNearest) {
  for (const std::string& name : element_type_names()) {
    EXPECT_EQ(name_of(parse_element_type(name)), name);
  }
  EXPECT_EQ(bits_of(ElementType::kMxfp4), 4.25);
  try {
    (void)parse_element_type("bfloat1");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("bfloat16"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace kvsim
