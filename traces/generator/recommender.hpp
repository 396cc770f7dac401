#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Embedding rows of a recommendation model. One inference reads the user's row, the rows of the
/// items that the user touched last, one row of each context table, and the rows of the candidate
/// items that it ranks: many look-ups at one time. Afterwards the user touches one of the
/// candidates. An object's id is its table in the top 24 bits and its row below; categories "user",
/// "history", "context" and "candidate".
struct Recommender {
  static constexpr std::string_view kName = "recommender";
  static constexpr std::string_view kDoc =
      "Embedding rows of a recommendation model: user, history, context tables and candidate "
      "items, looked up in batches (Naumov et al. 2019, DLRM).";

  struct Config {
    std::uint64_t inferences = 5'000;
    std::uint64_t users = 20'000;
    std::uint64_t items = 200'000;
    double user_alpha = 0.6;
    double item_alpha = 0.9;
    std::uint32_t history = 20;
    std::uint32_t candidates = 50;
    std::uint32_t context_tables = 24;
    std::uint64_t context_rows = 1'000;
    double rate = 100;
    std::uint32_t row_bytes = 512;

    static auto fields() {
      return std::tuple{
          field("inferences", &Config::inferences, 1, 1e8, "rankings computed"),
          field("users", &Config::users, 1, 1e9, "users (modelling choice)"),
          field("items", &Config::items, 1, 1e9,
                "items that may be recommended (modelling choice)"),
          field("user_alpha", &Config::user_alpha, 0, 10,
                "Zipf exponent of user activity (modelling choice)"),
          field("item_alpha", &Config::item_alpha, 0, 10,
                "Zipf exponent of item popularity (modelling choice)"),
          field("history", &Config::history, 0, 10'000,
                "items of the user's history that are looked up (modelling choice)"),
          field("candidates", &Config::candidates, 1, 1e6,
                "distinct draws of items ranked an inference (modelling choice)"),
          field("context_tables", &Config::context_tables, 0, 1000,
                "small tables, one row each (with users and items, the 26 categorical features of "
                "the Criteo data sets)"),
          field("context_rows", &Config::context_rows, 1, 1e9,
                "rows of each context table, Zipf with exponent 1 (modelling choice)"),
          field("rate", &Config::rate, 1e-6, 1e9, "inferences a second, Poisson"),
          field("row_bytes", &Config::row_bytes, 1, 1e9,
                "bytes of an embedding row: 128 float32 values, as in MLPerf's DLRM"),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const ZipfSampler user_rank(config.users, config.user_alpha);
    const ZipfSampler item_rank(config.items, config.item_alpha);
    const ZipfSampler context_rank(config.context_rows, 1);
    PoissonArrivals arrivals(config.rate, derive_seed(seed, 1));
    Rng rng(seed);
    std::unordered_map<std::uint64_t, std::deque<std::uint64_t>> history_of;
    std::vector<std::uint64_t> candidates(config.candidates);
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    for (std::uint64_t i = 0; i < config.inferences; ++i) {
      RequestRow row;
      row.arrival = whole_ms(arrivals.next());
      const auto look_up = [&](std::uint64_t table, std::uint64_t index,
                               std::string_view category) {
        row.category = category;
        builder.add_object(table << 40 | index, config.row_bytes, row);
      };
      const std::uint64_t user = user_rank(rng) - 1;
      look_up(0, user, "user");
      std::deque<std::uint64_t>& history = history_of[user];
      for (const std::uint64_t item : history) look_up(1, item, "history");
      for (std::uint64_t table = 0; table < config.context_tables; ++table) {
        look_up(2 + table, context_rank(rng) - 1, "context");
      }
      for (std::uint64_t& item : candidates) {
        item = item_rank(rng) - 1;
        look_up(1, item, "candidate");
      }
      history.push_front(candidates[rng.below(candidates.size())]);
      if (history.size() > config.history) history.pop_back();
    }
    return builder.finish("recommender", "generated");
  }
};

static_assert(TraceGenerator<Recommender>);

}  // namespace kvsim
