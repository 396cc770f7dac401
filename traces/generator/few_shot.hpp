#pragma once

#include <string>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/request_docs.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/generator/text.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Batch evaluation with in-context examples: a task's instruction and k solved examples, then the
/// query. Queries of one task come in runs. Tasks are the trace's categories.
struct FewShot {
  static constexpr std::string_view kName = "few_shot";
  static constexpr std::string_view kDoc =
      "Few-shot prompts: task template with k examples and a query, in runs of one task (Brown et "
      "al. 2020).";

  struct Config {
    std::uint64_t requests = 2'000;
    double rate = 10;
    std::uint32_t tasks = 20;
    double task_alpha = 0.8;
    double run_length = 16;
    double instruction_tokens = 60;
    std::uint32_t shots = 5;
    double shot_tokens = 120;
    double shot_sigma = 0.4;
    bool vary_shots = false;
    double shuffled = 0;
    double query_tokens = 100;
    double query_sigma = 0.4;
    double output_tokens = 16;
    double output_sigma = 0.8;
    std::uint32_t vocabulary = 32'000;

    static auto fields() {
      return std::tuple{
          field("requests", &Config::requests, 1, 1e8, request_docs::kRequests),
          field("rate", &Config::rate, 1e-6, 1e6, request_docs::kRate),
          field("tasks", &Config::tasks, 1, 1e6, "tasks (modelling choice)"),
          field("task_alpha", &Config::task_alpha, 0, 10,
                "Zipf exponent of task popularity (modelling choice)"),
          field("run_length", &Config::run_length, 1, 1e6,
                "mean consecutive queries of one task, geometric (modelling choice)"),
          field("instruction_tokens", &Config::instruction_tokens, 1, 1e6,
                "tokens of a task's instruction (modelling choice)"),
          field("shots", &Config::shots, 0, 1000,
                "examples a prompt: 5, as MMLU is commonly run (Hendrycks et al. 2021)"),
          field("shot_tokens", &Config::shot_tokens, 1, 1e6,
                "mean tokens of an example, lognormal (modelling choice)"),
          field("shot_sigma", &Config::shot_sigma, 0, 5,
                "standard deviation of the logarithm of shot_tokens (modelling choice)"),
          field("vary_shots", &Config::vary_shots,
                "each request takes the first 0 to `shots` examples, uniformly: nested prefixes"),
          field("shuffled", &Config::shuffled, 0, 1,
                "share of requests with their examples in random order, which breaks sharing"),
          field("query_tokens", &Config::query_tokens, 1, 1e6,
                "mean tokens of a query, lognormal (modelling choice)"),
          field("query_sigma", &Config::query_sigma, 0, 5,
                "standard deviation of the logarithm of query_tokens (modelling choice)"),
          field("output_tokens", &Config::output_tokens, 1, 1e6,
                "mean tokens of an answer, lognormal (modelling choice: a label or short answer)"),
          field("output_sigma", &Config::output_sigma, 0, 5,
                "standard deviation of the logarithm of output_tokens (modelling choice)"),
          field("vocabulary", &Config::vocabulary, 2, 1e7, request_docs::kVocabulary),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const Vocabulary vocabulary(config.vocabulary);
    const ZipfSampler task_rank(config.tasks, config.task_alpha);
    PoissonArrivals arrivals(config.rate, derive_seed(seed, 1));
    Rng rng(seed);
    struct Task {
      std::vector<Token> opening;
      std::vector<std::vector<Token>> shots;
    };
    std::vector<Task> tasks(config.tasks);
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      Rng own(derive_seed(derive_seed(seed, 2), t));
      std::vector<Token> text;
      vocabulary.append_words(own, static_cast<std::size_t>(config.instruction_tokens), text);
      tasks[t].opening = vocabulary.open_prompt(text);
      tasks[t].shots.resize(config.shots);
      for (std::vector<Token>& shot : tasks[t].shots) {
        vocabulary.append_words(own, lognormal_length(own, config.shot_tokens, config.shot_sigma),
                                shot);
      }
    }

    TraceBuilder builder(TraceBuilder::Kind::kTokens);
    std::uint64_t left_in_run = 0;
    std::size_t task = 0;
    std::vector<std::size_t> order;
    std::vector<Token> text;
    for (std::uint64_t i = 0; i < config.requests; ++i) {
      if (left_in_run == 0) {
        task = task_rank(rng) - 1;
        left_in_run = geometric(rng, config.run_length);
      }
      --left_in_run;
      order.resize(config.vary_shots ? rng.below(config.shots + std::uint64_t{1}) : config.shots);
      for (std::size_t s = 0; s < order.size(); ++s) order[s] = s;
      if (chance(rng, config.shuffled)) shuffle(rng, order);
      std::vector<Token> prompt = tasks[task].opening;
      for (const std::size_t s : order) {
        vocabulary.append_message(Role::kUser, tasks[task].shots[s], prompt);
      }
      text.clear();
      vocabulary.append_words(rng, lognormal_length(rng, config.query_tokens, config.query_sigma),
                              text);
      vocabulary.append_message(Role::kUser, text, prompt);
      prompt.push_back(vocabulary.role_marker(Role::kAssistant));
      text.clear();
      vocabulary.append_words(rng, lognormal_length(rng, config.output_tokens, config.output_sigma),
                              text);
      const std::string name = "task-" + std::to_string(task);
      RequestRow row;
      row.arrival = whole_ms(arrivals.next());
      row.category = name;
      add_request(builder, row, prompt, text);
    }
    return builder.finish("few_shot", "generated");
  }
};

static_assert(TraceGenerator<FewShot>);

}  // namespace kvsim
