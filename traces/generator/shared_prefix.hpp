#pragma once

#include <string>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/request_docs.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/generator/text.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Independent single requests of many applications. A prompt is a preamble that all share, one
/// that the tenant's applications share, the application's own instructions, and the user's text: a
/// tree of shared prefixes. Tenants are the trace's tenants, applications its categories.
struct SharedPrefix {
  static constexpr std::string_view kName = "shared_prefix";
  static constexpr std::string_view kDoc =
      "Single requests with system prompts shared across applications, tenants and the platform "
      "(the setting of RadixAttention, Zheng et al. 2024).";

  struct Config {
    std::uint64_t requests = 2'000;
    double rate = 5;
    std::uint32_t tenants = 8;
    std::uint32_t apps = 6;
    double app_alpha = 1;
    std::uint32_t platform_tokens = 128;
    double tenant_tokens = 256;
    double app_tokens = 800;
    double app_sigma = 0.6;
    double user_tokens = 200;
    double user_sigma = 1;
    double output_tokens = 150;
    double output_sigma = 0.8;
    std::uint32_t vocabulary = 32'000;

    static auto fields() {
      return std::tuple{
          field("requests", &Config::requests, 1, 1e8, request_docs::kRequests),
          field("rate", &Config::rate, 1e-6, 1e6, request_docs::kRate),
          field("tenants", &Config::tenants, 1, 1e6, "tenants (modelling choice)"),
          field("apps", &Config::apps, 1, 1e6, "applications a tenant (modelling choice)"),
          field("app_alpha", &Config::app_alpha, 0, 10,
                "Zipf exponent of popularity over all applications, which are dealt to the tenants "
                "in turn (modelling choice)"),
          field("platform_tokens", &Config::platform_tokens, 0, 1e6,
                "tokens of the preamble that every request shares; 0: none (modelling choice)"),
          field("tenant_tokens", &Config::tenant_tokens, 1, 1e6,
                "mean tokens of a tenant's preamble, lognormal with app_sigma (modelling choice)"),
          field("app_tokens", &Config::app_tokens, 1, 1e6,
                "mean tokens of an application's instructions, lognormal (modelling choice)"),
          field("app_sigma", &Config::app_sigma, 0, 5,
                "standard deviation of the logarithm of tenant_tokens and app_tokens (modelling "
                "choice)"),
          field("user_tokens", &Config::user_tokens, 1, 1e6,
                "mean tokens of the user's text, lognormal (modelling choice)"),
          field("user_sigma", &Config::user_sigma, 0, 5,
                "standard deviation of the logarithm of user_tokens (modelling choice)"),
          field("output_tokens", &Config::output_tokens, 1, 1e6,
                "mean tokens of an answer, lognormal (modelling choice)"),
          field("output_sigma", &Config::output_sigma, 0, 5,
                "standard deviation of the logarithm of output_tokens (modelling choice)"),
          field("vocabulary", &Config::vocabulary, 2, 1e7, request_docs::kVocabulary),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const Vocabulary vocabulary(config.vocabulary);
    const std::uint64_t apps = std::uint64_t{config.tenants} * config.apps;
    const ZipfSampler app_rank(apps, config.app_alpha);
    PoissonArrivals arrivals(config.rate, derive_seed(seed, 1));
    Rng rng(seed);

    Rng lengths(derive_seed(seed, 2));
    std::vector<Token> platform{vocabulary.begin_marker(), vocabulary.role_marker(Role::kSystem)};
    const std::vector<Token> preamble = vocabulary.words(seed, 3, config.platform_tokens);
    platform.insert(platform.end(), preamble.begin(), preamble.end());
    std::vector<std::vector<Token>> opening_of(apps);  // an application's prompt before the user's
    std::vector<std::vector<Token>> tenant_text(config.tenants);
    for (std::vector<Token>& text : tenant_text) {
      vocabulary.append_words(
          lengths, lognormal_length(lengths, config.tenant_tokens, config.app_sigma), text);
    }
    for (std::size_t a = 0; a < apps; ++a) {
      std::vector<Token>& opening = opening_of[a] = platform;
      const std::vector<Token>& tenant = tenant_text[a % config.tenants];
      opening.insert(opening.end(), tenant.begin(), tenant.end());
      vocabulary.append_words(
          lengths, lognormal_length(lengths, config.app_tokens, config.app_sigma), opening);
      opening.push_back(vocabulary.end_marker());
    }

    TraceBuilder builder(TraceBuilder::Kind::kTokens);
    std::vector<Token> text;
    std::vector<Token> output;
    for (std::uint64_t i = 0; i < config.requests; ++i) {
      const std::uint64_t app = app_rank(rng) - 1;
      std::vector<Token> prompt = opening_of[app];
      text.clear();
      vocabulary.append_words(rng, lognormal_length(rng, config.user_tokens, config.user_sigma),
                              text);
      vocabulary.append_message(Role::kUser, text, prompt);
      prompt.push_back(vocabulary.role_marker(Role::kAssistant));
      output.clear();
      vocabulary.append_words(rng, lognormal_length(rng, config.output_tokens, config.output_sigma),
                              output);
      const std::string tenant_name = "tenant-" + std::to_string(app % config.tenants);
      const std::string app_name = "app-" + std::to_string(app);
      RequestRow row;
      row.arrival = whole_ms(arrivals.next());
      row.tenant = tenant_name;
      row.category = app_name;
      add_request(builder, row, prompt, output);
    }
    return builder.finish("shared_prefix", "generated");
  }
};

static_assert(TraceGenerator<SharedPrefix>);

}  // namespace kvsim
