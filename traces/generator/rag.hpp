#pragma once

#include <algorithm>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/request_docs.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/generator/text.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Retrieval-augmented questions: a system prompt, the passages that the retriever found, the
/// question. A question belongs to a topic; its passages come from the topic's, popular ones first.
/// In order of relevance, equal sets of passages seldom share more than a short prefix; sorted,
/// they do.
struct Rag {
  static constexpr std::string_view kName = "rag";
  static constexpr std::string_view kDoc =
      "Retrieval-augmented questions: system prompt, Zipf-popular passages, question (passage "
      "length as in dense passage retrieval, Karpukhin et al. 2020).";

  struct Config {
    std::uint64_t requests = 1'500;
    double rate = 3;
    double system_tokens = 300;
    std::uint32_t topics = 200;
    double topic_alpha = 0.9;
    std::uint32_t topic_passages = 30;
    double passage_alpha = 1;
    std::uint32_t top_k = 5;
    double passage_tokens = 130;
    double passage_sigma = 0.3;
    bool sorted = false;
    double question_tokens = 25;
    double question_sigma = 0.6;
    double output_tokens = 120;
    double output_sigma = 0.8;
    std::uint32_t vocabulary = 32'000;

    static auto fields() {
      return std::tuple{
          field("requests", &Config::requests, 1, 1e8, request_docs::kRequests),
          field("rate", &Config::rate, 1e-6, 1e6, request_docs::kRate),
          field("system_tokens", &Config::system_tokens, 1, 1e6,
                "tokens of the one system prompt (modelling choice)"),
          field("topics", &Config::topics, 1, 1e7, "topics of the corpus (modelling choice)"),
          field("topic_alpha", &Config::topic_alpha, 0, 10,
                "Zipf exponent of topic popularity (modelling choice)"),
          field("topic_passages", &Config::topic_passages, 1, 1e6,
                "passages a topic has (modelling choice)"),
          field("passage_alpha", &Config::passage_alpha, 0, 10,
                "Zipf exponent of passage popularity within a topic (modelling choice)"),
          field("top_k", &Config::top_k, 0, 1000,
                "distinct passages a question, at most topic_passages (modelling choice)"),
          field("passage_tokens", &Config::passage_tokens, 1, 1e6,
                "mean tokens of a passage, lognormal: 100 words, as in dense passage retrieval, at "
                "about 1.3 tokens a word"),
          field("passage_sigma", &Config::passage_sigma, 0, 5,
                "standard deviation of the logarithm of passage_tokens (modelling choice)"),
          field(
              "sorted", &Config::sorted,
              "passages in order of their number, not of relevance, so that more prefix is shared"),
          field("question_tokens", &Config::question_tokens, 1, 1e6,
                "mean tokens of a question, lognormal (modelling choice)"),
          field("question_sigma", &Config::question_sigma, 0, 5,
                "standard deviation of the logarithm of question_tokens (modelling choice)"),
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
    const ZipfSampler topic_rank(config.topics, config.topic_alpha);
    const ZipfSampler passage_rank(config.topic_passages, config.passage_alpha);
    const std::uint32_t top_k = std::min(config.top_k, config.topic_passages);
    PoissonArrivals arrivals(config.rate, derive_seed(seed, 1));
    Rng rng(seed);
    const auto opening = vocabulary.open_prompt(
        vocabulary.words(seed, 2, static_cast<std::size_t>(config.system_tokens)));
    // A passage's text follows from its number, and is written when it is first retrieved.
    std::vector<std::vector<Token>> passages(std::size_t{config.topics} * config.topic_passages);
    const auto passage = [&](std::uint64_t number) -> const std::vector<Token>& {
      std::vector<Token>& text = passages[number];
      if (text.empty()) {
        Rng own(derive_seed(derive_seed(seed, 3), number));
        vocabulary.append_words(
            own, lognormal_length(own, config.passage_tokens, config.passage_sigma), text);
      }
      return text;
    };

    TraceBuilder builder(TraceBuilder::Kind::kTokens);
    std::vector<std::uint64_t> found;
    std::vector<Token> text;
    for (std::uint64_t i = 0; i < config.requests; ++i) {
      const std::uint64_t topic = topic_rank(rng) - 1;
      retrieve(top_k, config.topic_passages, passage_rank, rng, found);
      if (config.sorted) std::sort(found.begin(), found.end());
      std::vector<Token> prompt = opening;
      for (const std::uint64_t number : found) {
        vocabulary.append_message(Role::kTool, passage(topic * config.topic_passages + number),
                                  prompt);
      }
      text.clear();
      vocabulary.append_words(
          rng, lognormal_length(rng, config.question_tokens, config.question_sigma), text);
      vocabulary.append_message(Role::kUser, text, prompt);
      prompt.push_back(vocabulary.role_marker(Role::kAssistant));
      text.clear();
      vocabulary.append_words(rng, lognormal_length(rng, config.output_tokens, config.output_sigma),
                              text);
      RequestRow row;
      row.arrival = whole_ms(arrivals.next());
      row.category = "rag";
      add_request(builder, row, prompt, text);
    }
    return builder.finish("rag", "generated");
  }

 private:
  /// `count` distinct passages of a topic, by successive draws. Where popular ones come up again
  /// and again, the most popular that is not yet found is taken.
  static void retrieve(std::uint32_t count, std::uint32_t of, const ZipfSampler& rank, Rng& rng,
                       std::vector<std::uint64_t>& found) {
    found.clear();
    const auto is_new = [&](std::uint64_t number) {
      return std::find(found.begin(), found.end(), number) == found.end();
    };
    while (found.size() < count) {
      std::uint64_t number = rank(rng) - 1;
      for (int tries = 0; !is_new(number) && tries < 100; ++tries) number = rank(rng) - 1;
      for (std::uint64_t n = 0; !is_new(number) && n < of; ++n) number = n;
      found.push_back(number);
    }
  }
};

static_assert(TraceGenerator<Rag>);

}  // namespace kvsim
