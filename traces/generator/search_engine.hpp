#pragma once

#include <cmath>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// A search engine's result cache: one object is the result page of one query. Most queries are
/// drawn from a Zipf law, at a rate that follows the hour; some go to trending topics, queries
/// never seen before that rise at once and decay exponentially. Categories "query" and "trend".
struct SearchEngine {
  static constexpr std::string_view kName = "search_engine";
  static constexpr std::string_view kDoc =
      "Query result cache: Zipf queries over a daily cycle, with trending bursts (Xie and "
      "O'Hallaron 2002, INFOCOM: query frequencies follow Zipf's law).";

  struct Config {
    std::uint64_t accesses = 500'000;
    std::uint64_t queries = 1'000'000;
    double alpha = 0.85;
    double days = 2;
    double swing = 0.6;
    double trend_share = 0.1;
    double trends_per_day = 40;
    double trend_hours = 3;
    double mean_bytes = 8192;
    double sigma_bytes = 0.4;

    static auto fields() {
      return std::tuple{
          field("accesses", &Config::accesses, 1, 4e9, "queries asked"),
          field("queries", &Config::queries, 1, 1e9,
                "distinct queries that people may ask, trends apart (modelling choice)"),
          field("alpha", &Config::alpha, 0, 10,
                "Zipf exponent of query popularity (modelling choice, at the upper end of what "
                "Breslau et al. 1999 measured for web requests)"),
          field("days", &Config::days, 0.001, 1000, "length of the trace; sets the mean rate"),
          field("swing", &Config::swing, 0, 1,
                "half the daily swing of the rate over its mean (modelling choice: the peak is 4 "
                "times the trough)"),
          field("trend_share", &Config::trend_share, 0, 1,
                "share of queries that go to trending topics while there are any (modelling "
                "choice)"),
          field("trends_per_day", &Config::trends_per_day, 0.001, 1e6,
                "new trending topics a day, Poisson (modelling choice)"),
          field("trend_hours", &Config::trend_hours, 0.001, 1e4,
                "time in which a topic's interest falls to 1/e (modelling choice)"),
          field("mean_bytes", &Config::mean_bytes, 0, 1e9,
                "mean size of a result page, lognormal; 0: the trace carries no sizes (modelling "
                "choice: ten titles, addresses and excerpts)"),
          field("sigma_bytes", &Config::sigma_bytes, 0, 5,
                "standard deviation of the size's logarithm (modelling choice)"),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const double span = config.days * kDay;
    const ZipfSampler rank(config.queries, config.alpha);
    DiurnalArrivals arrivals(static_cast<double>(config.accesses) / span, config.swing,
                             derive_seed(seed, 1));
    PoissonArrivals births(config.trends_per_day / kDay, derive_seed(seed, 2));
    ObjectSizes bytes(config.mean_bytes, config.sigma_bytes, derive_seed(seed, 3));
    Rng rng(seed);
    Trends trends(config.trend_hours * 3600, config.queries);
    double next_birth = births.next();
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    for (std::uint64_t i = 0; i < config.accesses; ++i) {
      const double now = arrivals.next();
      while (next_birth <= now) {
        trends.add(next_birth);
        next_birth = births.next();
      }
      RequestRow row;
      row.arrival = whole_ms(now);
      const bool trending = chance(rng, config.trend_share) && trends.any(now);
      row.category = trending ? "trend" : "query";
      const std::uint64_t object = trending ? trends.pick(now, rng) : rank(rng) - 1;
      builder.add_object(object, bytes(object), row);
    }
    return builder.finish("search_engine", "generated");
  }

 private:
  static constexpr double kDay = 86400;

  /// Topics whose interest decays exponentially from their birth.
  class Trends {
   public:
    Trends(double life, std::uint64_t first_object) : life_(life), next_object_(first_object) {}

    void add(double birth) { active_.push_back({birth, next_object_++}); }

    /// Forgets topics of less than e^-10 of their first interest; true if some are left.
    bool any(double now) {
      std::erase_if(active_, [&](const Topic& t) { return now - t.birth > 10 * life_; });
      return !active_.empty();
    }

    std::uint64_t pick(double now, Rng& rng) const {
      double sum = 0;
      for (const Topic& t : active_) sum += interest(t, now);
      double left = rng.uniform() * sum;
      for (const Topic& t : active_) {
        left -= interest(t, now);
        if (left < 0) return t.object;
      }
      return active_.back().object;
    }

   private:
    struct Topic {
      double birth;
      std::uint64_t object;
    };
    double interest(const Topic& t, double now) const { return std::exp((t.birth - now) / life_); }

    double life_;
    std::uint64_t next_object_;
    std::vector<Topic> active_;
  };
};

static_assert(TraceGenerator<SearchEngine>);

}  // namespace kvsim
