#include "traces/generator/generate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sim/core/error.hpp"
#include "tests/traces/generator/same_trace.hpp"

namespace kvsim {
namespace {

using testing::same_trace;

/// A generator at a tenth of its default size or less.
Params small(const GeneratorInfo& info) {
  for (const char* name : {"requests", "accesses", "queries", "inferences"}) {
    for (const FieldInfo& f : info.fields) {
      if (f.name == name) return {{name, std::int64_t{300}}};
    }
  }
  ADD_FAILURE() << info.name << " has no field that sets its size";
  return {};
}

std::string message_of(const std::string& name, const Params& params) {
  try {
    generate(name, params, 1);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(GeneratorsTest, AreDescribed) {
  EXPECT_GE(generators().size(), 15u);
  for (const GeneratorInfo& info : generators()) {
    EXPECT_TRUE(info.doc.ends_with('.')) << info.name;
    EXPECT_FALSE(info.fields.empty()) << info.name;
    std::set<std::string> names;
    for (const FieldInfo& f : info.fields) {
      EXPECT_TRUE(names.insert(f.name).second) << info.name << "." << f.name;
      EXPECT_FALSE(f.doc.empty()) << info.name << "." << f.name;
    }
  }
}

TEST(GeneratorsTest, DefaultsAreInRange) {
  for (const GeneratorInfo& info : generators()) {
    EXPECT_NO_THROW(resolve_generator_params(info.name, resolve_generator_params(info.name, {})))
        << info.name;
  }
}

TEST(GeneratorsTest, SameSeedSameTrace) {
  for (const GeneratorInfo& info : generators()) {
    const Params params = small(info);
    EXPECT_TRUE(same_trace(generate(info.name, params, 7), generate(info.name, params, 7)))
        << info.name;
  }
}

TEST(GeneratorsTest, AnotherSeedAnotherTrace) {
  for (const GeneratorInfo& info : generators()) {
    const bool fixed = info.name == "scan" || info.name == "loop";  // no chance in them
    const Params params = small(info);
    EXPECT_EQ(same_trace(generate(info.name, params, 7), generate(info.name, params, 8)), fixed)
        << info.name;
  }
}

TEST(GeneratorsTest, TracesSayWhatTheyAre) {
  for (const GeneratorInfo& info : generators()) {
    const Trace trace = generate(info.name, small(info), 1);
    EXPECT_EQ(trace.name, info.name);
    EXPECT_EQ(trace.format, "generated");
    EXPECT_NE(trace.blocks.has_value(), trace.tokens.has_value()) << info.name;
    if (trace.blocks) {
      EXPECT_TRUE(trace.is_object_trace());
    }
  }
}

TEST(GeneratorsTest, TimesAreInOrderAndWholeMilliseconds) {
  for (const GeneratorInfo& info : generators()) {
    const Trace trace = generate(info.name, small(info), 3);
    const Column<TimeNs>& arrival = trace.requests.arrival;
    EXPECT_TRUE(std::is_sorted(arrival.begin(), arrival.end())) << info.name;
    EXPECT_TRUE(std::all_of(arrival.begin(), arrival.end(), [](TimeNs t) {
      return t >= 0 && t % 1'000'000 == 0;
    })) << info.name;
  }
}

TEST(GeneratorsTest, EveryRequestOfATokenTraceHasAPromptAndAnAnswer) {
  for (const GeneratorInfo& info : generators()) {
    const Trace trace = generate(info.name, small(info), 4);
    if (!trace.tokens) continue;
    EXPECT_EQ(trace.requests.count, 300u);
    for (std::size_t i = 0; i < trace.requests.count; ++i) {
      ASSERT_GT(trace.requests.input_tokens[i], 0u) << info.name;
      ASSERT_GT(trace.requests.output_tokens[i], 0u) << info.name;
      ASSERT_EQ(trace.tokens->offset[i + 1] - trace.tokens->offset[i],
                trace.requests.input_tokens[i] + trace.requests.output_tokens[i])
          << info.name;
    }
  }
}

TEST(GeneratorsTest, UnknownNameGetsTheNearest) {
  const std::string message = message_of("zipff", {});
  EXPECT_NE(message.find("unknown generator 'zipff'; did you mean 'zipf'?"), std::string::npos)
      << message;
}

TEST(GeneratorsTest, BadParametersAreRefused) {
  EXPECT_NE(message_of("zipf", {{"alhpa", 1.0}}).find("did you mean 'alpha'?"), std::string::npos);
  EXPECT_NE(message_of("zipf", {{"alpha", -1.0}}).find("generator 'zipf'"), std::string::npos);
  EXPECT_NE(message_of("zipf", {{"alpha", std::string("steep")}}), "");
  EXPECT_NE(message_of("zipf", {{"objects", std::int64_t{0}}}), "");
  EXPECT_NE(message_of("zipf", {{"objects", 2.5}}), "");
  EXPECT_NE(message_of("chat", {{"turns", 2.0}, {"turns", 3.0}}).find("twice"), std::string::npos);
  EXPECT_NE(message_of("serving_mix", {{"chat", 0.0},
                                       {"agent_tree", 0.0},
                                       {"rag", 0.0},
                                       {"few_shot", 0.0},
                                       {"shared_prefix", 0.0}}),
            "");
}

TEST(GeneratorsTest, ResolvedParametersCarryDefaults) {
  const Params params = resolve_generator_params("zipf", {{"alpha", std::int64_t{1}}});
  const auto value = [&](const std::string& name) {
    const auto it =
        std::find_if(params.begin(), params.end(), [&](const auto& p) { return p.first == name; });
    return it == params.end() ? ParamValue(false) : it->second;
  };
  EXPECT_EQ(value("alpha"), ParamValue(1.0));
  EXPECT_EQ(value("objects"), ParamValue(std::int64_t{100'000}));
}

}  // namespace
}  // namespace kvsim
