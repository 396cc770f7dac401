#include <gtest/gtest.h>

#include <vector>

#include "model/cost/cost_model.hpp"
#include "model/cost/presets.hpp"
#include "sim/core/error.hpp"

namespace kvsim {
namespace {

std::unique_ptr<const CostModel> roofline(const std::string& model, const std::string& gpu,
                                          const RooflineOptions& options = {}) {
  return make_roofline(find_model(model), find_gpu(gpu), options);
}

RooflineOptions over(std::uint64_t gpus) {
  RooflineOptions options;
  options.tensor_parallel = gpus;
  return options;
}

// 0.5 ms a step and 20 us a layer.
constexpr double kOverhead32 = 5e-4 + 32 * 2e-5;

TEST(Roofline, IsTheLargerOfComputeAndMemory) {
  const auto model = roofline("llama-3.1-8b", "h100");
  const double flops = model->shape().prefill_flops(0, 4096);
  EXPECT_DOUBLE_EQ(model->prefill_seconds(0, 4096), flops / (989.5e12 * 0.45) + kOverhead32);
  // A single token reads all weights but the table and norms, and its KV: 15.0 GB at 0.7 x 3.35
  // TB/s.
  const double weights = 2.0 * (32 * 218'103'808.0 + 4096 * 128'256.0);
  EXPECT_DOUBLE_EQ(model->prefill_seconds(1000, 1),
                   (weights + 1001 * 131'072.0) / (3.35e12 * 0.7) + kOverhead32);
  const std::vector<std::uint64_t> contexts{1000, 2000};
  EXPECT_DOUBLE_EQ(model->decode_step_seconds(contexts),
                   (weights + 3002 * 131'072.0) / (3.35e12 * 0.7) + kOverhead32);
  // A large batch computes: more sequences than FLOPs a byte.
  const std::vector<std::uint64_t> many(2000, 0);
  EXPECT_DOUBLE_EQ(model->decode_step_seconds(many),
                   2000 * model->shape().decode_flops(0) / (989.5e12 * 0.45) + kOverhead32);
}

TEST(Roofline, StatedSharesAndTypes) {
  RooflineOptions options;
  options.mfu = 0.9;
  options.mbu = 0.35;
  options.kv_type = ElementType::kFloat8;
  const auto half = roofline("llama-3.1-8b", "h100");
  const auto model = roofline("llama-3.1-8b", "h100", options);
  EXPECT_DOUBLE_EQ((model->prefill_seconds(0, 4096) - kOverhead32) * 2,
                   half->prefill_seconds(0, 4096) - kOverhead32);
  EXPECT_EQ(model->block_bytes(16), 16U * 65'536U);
  EXPECT_EQ(half->block_bytes(16), 16U * 131'072U);
  // Weights of 8 bits compute at that peak where the GPU has one.
  const auto deepseek = roofline("deepseek-v3", "h200", over(8));
  const ModelShape& shape = deepseek->shape();
  const double exchange = 2 * 61 * 1e5 * 7168 * 2 * 2 * 7 / 8 / 450e9;
  EXPECT_NEAR(deepseek->prefill_seconds(0, 100'000),
              shape.prefill_flops(0, 100'000) / (8 * 1979e12 * 0.45) + exchange + 5e-4 + 61 * 2e-5,
              1e-9);
}

TEST(Roofline, GrowsWithWorkAndFallsWithCache) {
  for (const ModelShape& shape : model_presets()) {
    for (const Gpu& gpu : gpu_presets()) {
      const auto model = make_roofline(shape, gpu);
      double last = 0;
      for (std::uint64_t n = 1; n < 200'000; n = n * 3 + 1) {
        const double now = model->prefill_seconds(0, n);
        EXPECT_GE(now, last) << shape.name << " on " << gpu.name << ", " << n;
        EXPECT_LE(model->prefill_seconds(n / 2, n - n / 2), now) << shape.name << ", " << n;
        EXPECT_GE(model->prefill_seconds(n, n), now);
        const std::vector<std::uint64_t> one{n}, two{n, n};
        EXPECT_GE(model->decode_step_seconds(two), model->decode_step_seconds(one));
        last = now;
      }
    }
  }
}

TEST(Roofline, TensorParallelismDividesWorkAndExchanges) {
  const auto one = roofline("llama-3.1-70b", "h100");
  const auto eight = roofline("llama-3.1-70b", "h100", over(8));
  // Two all-reduces a layer of 4,096 x 8,192 bfloat16, each 2 x 7/8 of it over 450 GB/s.
  const double exchange = 2 * 80 * (4096.0 * 8192 * 2) * 2 * 7 / 8 / 450e9;
  const double overhead = 5e-4 + 80 * 2e-5;
  EXPECT_NEAR(eight->prefill_seconds(0, 4096) - overhead,
              (one->prefill_seconds(0, 4096) - overhead) / 8 + exchange, 1e-9);
  EXPECT_EQ(eight->device(), "8 x h100");
}

TEST(Roofline, Copies) {
  const auto model = roofline("llama-3.1-8b", "h100");
  EXPECT_DOUBLE_EQ(model->copy_seconds(1'000'000, Place::kHost), 1e-6 + 1e6 / 50e9);
  EXPECT_DOUBLE_EQ(model->copy_seconds(1'000'000, Place::kDisk), 80e-6 + 1e6 / 7e9);
  EXPECT_DOUBLE_EQ(model->copy_seconds(1'000'000, Place::kDevice), 2e6 / (3.35e12 * 0.7));
}

TEST(Roofline, RefusesWhatDoesNotFit) {
  EXPECT_THROW(roofline("smollm2-135m", "h100", over(2)), InputError);  // 9 heads
  EXPECT_THROW(roofline("llama-3.1-8b", "h100", over(0)), InputError);
  RooflineOptions options;
  options.mfu = 0;
  EXPECT_THROW(roofline("llama-3.1-8b", "h100", options), InputError);
  ModelShape shape = find_model("llama-3.1-8b");
  shape.weight_type = ElementType::kFloat32;
  EXPECT_THROW((void)make_roofline(shape, find_gpu("h100")), InputError);
  Gpu gpu = find_gpu("h100");
  gpu.interconnect_bytes_per_second = 0;
  EXPECT_THROW((void)make_roofline(find_model("llama-3.1-8b"), gpu, over(2)), InputError);
}

}  // namespace
}  // namespace kvsim
