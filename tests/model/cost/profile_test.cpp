#include "model/cost/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "model/cost/presets.hpp"
#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {
namespace {

using Time = std::function<double(double cached, double added)>;

Measurements measured(const Time& prefill, double noise = 0) {
  Rng rng(7);
  const auto noisy = [&](double seconds) {
    return seconds * (1 + noise * (2 * rng.uniform() - 1));
  };
  Measurements all;
  for (const std::uint64_t cached : {0, 128, 512, 1024, 2048}) {
    for (const std::uint64_t added : {1, 4, 16, 32, 64, 128, 256, 512, 1024, 2048}) {
      all.prefill.push_back(
          {cached, added, noisy(prefill(static_cast<double>(cached), static_cast<double>(added))),
           false});
    }
  }
  for (const std::uint64_t batch : {1, 2, 4, 8, 16}) {
    for (const std::uint64_t context : {16, 256, 1024, 2048}) {
      const auto b = static_cast<double>(batch);
      all.decode.push_back({batch, context,
                            noisy(4e-3 + 5e-4 * b + 1e-7 * b * static_cast<double>(context)),
                            false});
    }
  }
  for (std::uint64_t bytes = 4096; bytes < (1U << 28); bytes *= 4) {
    for (const Place place : {Place::kHost, Place::kDevice}) {
      const double bandwidth = place == Place::kHost ? 8e9 : 3e10;
      all.copy.push_back(
          {place, bytes, noisy(2e-6 + static_cast<double>(bytes) / bandwidth), false});
    }
  }
  return all;
}

CostProfile fitted(const Time& prefill, double noise = 0) {
  ProfileProvenance provenance;
  provenance.device = "a test's";
  return fit_profile(measured(prefill, noise), find_model("smollm2-135m"), ElementType::kFloat32,
                     provenance);
}

double coefficient(const Fit& fit, const std::string& name) {
  for (const Fit::Term& term : fit.terms) {
    if (term.name == name) return term.coefficient;
  }
  ADD_FAILURE() << "no term " << name;
  return 0;
}

TEST(FitProfile, RecoversKnownParameters) {
  const CostProfile profile = fitted([](double cached, double added) {
    return 2e-3 + 1e-5 * std::min(added, 64.0) + 4e-6 * std::max(added - 64, 0.0) +
           3e-9 * added * (cached + added / 2) + 5e-7 * cached;
  });
  EXPECT_EQ(profile.prefill.k, 64);
  EXPECT_NEAR(coefficient(profile.prefill, "1"), 2e-3, 1e-9);
  EXPECT_NEAR(coefficient(profile.prefill, "min(new,k)"), 1e-5, 1e-11);
  EXPECT_NEAR(coefficient(profile.prefill, "max(new-k,0)"), 4e-6, 1e-12);
  EXPECT_NEAR(coefficient(profile.prefill, "new*(cached+new/2)"), 3e-9, 1e-15);
  EXPECT_NEAR(coefficient(profile.prefill, "cached"), 5e-7, 1e-13);
  EXPECT_LT(profile.prefill.max_relative_error, 1e-7);
  EXPECT_LT(profile.prefill.held_out_median_relative_error.value(), 1e-7);
  EXPECT_EQ(profile.prefill.points + profile.prefill.held_out_points, 50U);
  EXPECT_EQ(profile.prefill.held_out_points, 10U);
  ASSERT_TRUE(profile.decode);
  EXPECT_NEAR(coefficient(*profile.decode, "context"), 1e-7, 1e-13);
  ASSERT_EQ(profile.copy.size(), 2U);
  EXPECT_EQ(profile.copy[0].place, Place::kDevice);
  EXPECT_NEAR(1 / coefficient(profile.copy[0].fit, "bytes"), 3e10, 1e3);
  EXPECT_NEAR(1 / coefficient(profile.copy[1].fit, "bytes"), 8e9, 1e3);
}

// Time that no formula's is: held-out points within 10 %, the bound that calibration must keep.
TEST(FitProfile, FollowsMachinesThatAreNotItsFormula) {
  const Time floor = [](double cached, double added) {  // a GPU: weights are read in any case
    return 1e-4 +
           std::max(6e-3 + 4e-8 * cached, 1.2e-5 * added + 1e-9 * added * (cached + added / 2));
  };
  const Time small_is_slow = [](double cached, double added) {  // a CPU: GEMM below its full rate
    const double rate = 6e10 * added / (added + 24);
    return 3e-3 + 2.7e8 * added / rate + 2e-9 * added * (cached + added / 2) + 3e-7 * cached;
  };
  for (const Time& time : {floor, small_is_slow}) {
    const CostProfile profile = fitted(time, 0.03);
    EXPECT_LT(profile.prefill.held_out_median_relative_error.value(), 0.1);
    EXPECT_LT(profile.prefill.median_relative_error, 0.05);
    for (const Fit::Term& term : profile.prefill.terms) EXPECT_GE(term.coefficient, 0) << term.name;
  }
}

// What is made small is the relative error: a point of 1 ms counts as much as one of 10 s.
TEST(FitProfile, SmallTimesCountAsMuchAsLargeOnes) {
  Measurements all;
  for (const std::uint64_t n : {1, 2, 4, 8, 100'000, 200'000, 400'000, 800'000}) {
    const double error = n >= 100'000 ? (n % 200'000 == 0 ? 1.1 : 0.9) : 1;
    all.prefill.push_back({0, n, error * (1e-3 + 1e-5 * static_cast<double>(n)), false});
  }
  const CostProfile profile = fit_profile(all, find_model("smollm2-135m"), ElementType::kFloat32);
  const auto model = make_profile_costs(profile);
  EXPECT_NEAR(model->prefill_seconds(0, 1) / (1e-3 + 1e-5), 1, 0.01);
}

TEST(FitProfile, RefusesTooLittle) {
  const ModelShape shape = find_model("smollm2-135m");
  EXPECT_THROW((void)fit_profile({}, shape, ElementType::kFloat32), InputError);
  Measurements zero = measured([](double, double added) { return added; });
  zero.prefill[3].seconds = 0;
  EXPECT_THROW((void)fit_profile(zero, shape, ElementType::kFloat32), InputError);
  Measurements same;
  same.prefill.assign(20, {0, 10, 1.0, false});
  EXPECT_THROW((void)fit_profile(same, shape, ElementType::kFloat32), InputError);
}

TEST(Profile, RoundTripAndPredictions) {
  const CostProfile profile =
      fitted([](double, double added) { return 1e-3 + 1e-5 * added; }, 0.05);
  const std::string text = to_json(profile);
  const CostProfile again = parse_profile(text, "p.json");
  EXPECT_EQ(to_json(again), text);
  const auto before = make_profile_costs(profile);
  const auto after = make_profile_costs(again);
  EXPECT_EQ(before->prefill_seconds(300, 77), after->prefill_seconds(300, 77));
  const std::vector<std::uint64_t> contexts{10, 500};
  EXPECT_EQ(before->decode_step_seconds(contexts), after->decode_step_seconds(contexts));
  EXPECT_EQ(before->copy_seconds(1 << 20, Place::kHost),
            after->copy_seconds(1 << 20, Place::kHost));
  EXPECT_THROW((void)after->copy_seconds(1, Place::kDisk), InputError);
  EXPECT_EQ(after->block_bytes(16), 16U * 2 * 30 * 3 * 64 * 4);  // float32
  EXPECT_EQ(after->device(), "a test's");

  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "cost.json";
  write_profile(file, profile);
  CostSpec spec;
  spec.profile = file.string();
  EXPECT_EQ(make_cost_model(spec)->prefill_seconds(3, 4), before->prefill_seconds(3, 4));
}

TEST(Profile, WithoutDecodeSteps) {
  Measurements all = measured([](double, double added) { return 1e-3 + 1e-5 * added; });
  all.decode.clear();
  const auto model =
      make_profile_costs(fit_profile(all, find_model("smollm2-135m"), ElementType::kFloat32));
  EXPECT_FALSE(model->has_decode());
  const std::vector<std::uint64_t> one{1};
  EXPECT_THROW((void)model->decode_step_seconds(one), InputError);
}

TEST(Profile, BadFilesAreRefusedInTheirPlace) {
  const std::string good =
      to_json(fitted([](double, double added) { return 1e-3 + 1e-5 * added; }));
  const auto broken = [&](const std::string& what, const std::string& by) {
    std::string text = good;
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), by);
    try {
      (void)parse_profile(text, "p.json");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const struct {
    std::string what, by, complaint;
  } bad[] = {
      {"kvsim.cost/1", "kvsim.cost/2", "p.json: /schema: found \"kvsim.cost/2\""},
      {"\"cached\":", "\"cachd\":", "/prefill/terms/cachd: unknown key 'cachd'"},
      {"\"k\": ", "\"k\": -", "/prefill/k: found -"},
      {"\"kv_type\": \"float32\"", "\"kv_type\": \"float\"", "/kv_type: unknown element type"},
      {"\"hidden\": 576", "\"hidden\": 0", "/model/hidden: found 0"},
      {"\"place\": \"device\"", "\"place\": \"moon\"", "unknown place 'moon'"}};
  for (const auto& one : bad) {
    const std::string complaint = broken(one.what, one.by);
    EXPECT_NE(complaint.find(one.complaint), std::string::npos) << one.by << "\n" << complaint;
  }
  EXPECT_THROW((void)parse_profile("{}", "p.json"), InputError);
  EXPECT_THROW((void)read_profile("no/such/profile.json"), InputError);
}

}  // namespace
}  // namespace kvsim
