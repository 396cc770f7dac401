#include "model/cost/presets.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "sim/core/error.hpp"

namespace kvsim {
namespace {

std::string complaint(const std::function<void()>& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Presets, ThirteenModelsAndEightGpusWithSources) {
  EXPECT_EQ(model_presets().size(), 13U);
  EXPECT_EQ(gpu_presets().size(), 8U);
  for (const Gpu& gpu : gpu_presets()) {
    EXPECT_FALSE(gpu.doc.empty()) << gpu.name;
    EXPECT_GE(gpu.sources.size(), 5U) << gpu.name;
    EXPECT_GT(gpu.interconnect_bytes_per_second, 0) << gpu.name;
  }
}

TEST(Presets, RoundTrip) {
  for (const ModelShape& shape : model_presets()) {
    const std::string text = to_json(shape);
    EXPECT_EQ(to_json(parse_model(text, "x.json")), text);
  }
  for (const Gpu& gpu : gpu_presets()) {
    const std::string text = to_json(gpu);
    EXPECT_EQ(to_json(parse_gpu(text, "x.json")), text);
  }
}

TEST(Presets, OwnOnesByPath) {
  const std::filesystem::path folder = testing::TempDir();
  std::ofstream(folder / "mine.json") << to_json(find_model("smollm2-135m"));
  EXPECT_EQ(find_model("mine.json", folder).name, "smollm2-135m");
  EXPECT_EQ(find_model((folder / "mine.json").string()).name, "smollm2-135m");
  EXPECT_NE(complaint([&] { (void)find_model("no/such.json", folder); }).find("no/such.json"),
            std::string::npos);
  EXPECT_NE(complaint([] { (void)find_model("llama-3.1-8"); }).find("'llama-3.1-8b'"),
            std::string::npos);
  EXPECT_NE(complaint([] { (void)find_gpu("h10"); }).find("'h100'"), std::string::npos);
}

struct Bad {
  std::string text;
  std::string complaint;  // a part of it
};

TEST(Presets, BadModelsAreRefusedInTheirPlace) {
  const std::string attention =
      R"("attention": [{"kind": "full", "layers": 2, "query_heads": 4, "kv_heads": 2, "head_size": 8}])";
  const auto with = [&](const std::string& more) {
    return R"({"name": "x", "hidden": 32, "vocabulary": 100, )" + attention + more + "}";
  };
  EXPECT_EQ(complaint([&] { (void)parse_model(with(""), "m.json"); }), "");
  const Bad bad[] = {
      {"{", "m.json: not JSON"},
      {"[]", "an object"},
      {R"({"name": "x", "vocabulary": 1, )" + attention + "}", "\"hidden\" is missing"},
      {with(R"(, "hiden": 3)"), "m.json: /hiden: unknown key 'hiden'; did you mean 'hidden'?"},
      {with(R"(, "hidden": 3)"), "/hidden: key \"hidden\" is given twice"},
      {with(R"(, "kv_type": "bf16")"), "/kv_type: unknown element type 'bf16'"},
      {with(R"(, "feed_forward": [{"layers": 2, "size": 8, "experts": 4}])"),
       "/feed_forward/0: \"active_experts\" is missing"},
      {with(R"(, "feed_forward": [{"layers": 2, "size": 8, "experts": 4, "active_experts": 5}])"),
       "/feed_forward/0/active_experts: found 5, allowed: an integer from 1 to 4"},
      {with(R"(, "tied_embeddings": 1)"), "/tied_embeddings: found 1"},
      {R"({"name": "x", "hidden": 32, "vocabulary": 100, "attention": [{"kind": "ful"}]})",
       "/attention/0/kind: unknown kind of attention 'ful'; did you mean 'full'?"},
      {R"({"name": "x", "hidden": 32, "vocabulary": 100, "attention": []})", "/attention"},
      {R"({"name": "x", "hidden": 32, "vocabulary": 100, "attention": [{"kind": "full", "layers": 1,
          "query_heads": 4, "kv_heads": 0, "head_size": 8}]})",
       "/attention/0/kv_heads: found 0"},
      {R"({"name": "x", "hidden": 32, "vocabulary": 100, "attention": [{"kind": "full", "layers": 1,
          "window": 4}]})",
       "/attention/0/window: unknown key"}};
  for (const Bad& one : bad) {
    const std::string text = complaint([&] { (void)parse_model(one.text, "m.json"); });
    EXPECT_NE(text.find(one.complaint), std::string::npos) << one.text << "\n" << text;
  }
}

TEST(Presets, BadGpusAreRefusedInTheirPlace) {
  const auto gpu = [](const std::string& mfu, const std::string& more = "") {
    return R"({"name": "x", "flops": 1e12, "memory_bytes_per_second": 1e9, "memory_bytes": 1e9,
      "host": {"bytes_per_second": 1e9}, "disk": {"bytes_per_second": 1e9}, "mfu": )" +
           mfu + R"(, "mbu": 0.5)" + more + "}";
  };
  EXPECT_EQ(parse_gpu(gpu("0.5"), "g.json").mfu, 0.5);
  const Bad bad[] = {{gpu("1.5"), "g.json: /mfu: found 1.5"},
                     {gpu("\"half\""), "/mfu: found \"half\""},
                     {gpu("0.5", R"(, "tflops": 3)"), "/tflops: unknown key 'tflops'"},
                     {R"({"name": "x"})", "\"flops\" is missing"}};
  for (const Bad& one : bad) {
    const std::string text = complaint([&] { (void)parse_gpu(one.text, "g.json"); });
    EXPECT_NE(text.find(one.complaint), std::string::npos) << one.text << "\n" << text;
  }
}

}  // namespace
}  // namespace kvsim
