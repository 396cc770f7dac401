#pragma once

#include <string>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/event_queue.hpp"
#include "traces/generator/request_docs.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/generator/text.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Multi-turn conversations that interleave. A turn's prompt is the previous turn's prompt, its
/// answer, and the user's new message; the user writes it some time after the answer. Sometimes a
/// user asks for another answer to the same prompt, and goes on from that one. `parent` is the
/// request that a prompt extends.
struct Chat {
  static constexpr std::string_view kName = "chat";
  static constexpr std::string_view kDoc =
      "Multi-turn conversations with growing history, think times and interleaved sessions "
      "(message lengths as in LMSYS-Chat-1M, Zheng et al. 2024).";

  struct Config {
    std::uint64_t requests = 2'000;
    double rate = 2;
    std::uint32_t systems = 4;
    double system_alpha = 1;
    double system_tokens = 400;
    double system_sigma = 0.6;
    double turns = 4;
    double user_tokens = 70;
    double user_sigma = 1.2;
    double output_tokens = 215;
    double output_sigma = 0.9;
    double think_s = 60;
    double think_sigma = 1.2;
    double regenerate = 0.03;
    double decode_rate = 50;
    std::uint32_t context_limit = 8'192;
    std::uint32_t vocabulary = 32'000;

    static auto fields() {
      return std::tuple{
          field("requests", &Config::requests, 1, 1e8, request_docs::kRequests),
          field("rate", &Config::rate, 1e-6, 1e6, request_docs::kRate),
          field("systems", &Config::systems, 1, 1e6,
                "system prompts, one for each application (modelling choice)"),
          field("system_alpha", &Config::system_alpha, 0, 10,
                "Zipf exponent of their popularity (modelling choice)"),
          field("system_tokens", &Config::system_tokens, 1, 1e6,
                "mean tokens of a system prompt, lognormal (modelling choice)"),
          field("system_sigma", &Config::system_sigma, 0, 5,
                "standard deviation of the logarithm of system_tokens (modelling choice)"),
          field("turns", &Config::turns, 1, 1e4,
                "mean turns of a conversation, geometric (modelling choice, longer than "
                "LMSYS-Chat-1M's 2.0 on average: committed users rather than visitors)"),
          field("user_tokens", &Config::user_tokens, 1, 1e6,
                "mean tokens of a user's message, lognormal: LMSYS-Chat-1M has 69.5"),
          field("user_sigma", &Config::user_sigma, 0, 5,
                "standard deviation of the logarithm of user_tokens (modelling choice)"),
          field("output_tokens", &Config::output_tokens, 1, 1e6,
                "mean tokens of an answer, lognormal: LMSYS-Chat-1M has 214.5"),
          field("output_sigma", &Config::output_sigma, 0, 5,
                "standard deviation of the logarithm of output_tokens (modelling choice)"),
          field("think_s", &Config::think_s, 0, 1e7,
                "mean seconds from an answer to the user's next message, lognormal (modelling "
                "choice: read, think, write)"),
          field("think_sigma", &Config::think_sigma, 0, 5,
                "standard deviation of the logarithm of think_s (modelling choice: some users "
                "come back after minutes)"),
          field("regenerate", &Config::regenerate, 0, 0.9,
                "probability that the user asks for another answer to the same prompt (modelling "
                "choice)"),
          field("decode_rate", &Config::decode_rate, 0.01, 1e6, request_docs::kDecodeRate),
          field("context_limit", &Config::context_limit, 16, 1e8, request_docs::kContextLimit),
          field("vocabulary", &Config::vocabulary, 2, 1e7, request_docs::kVocabulary),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    return Run(config, seed).trace();
  }

 private:
  struct Session {
    std::string name;
    std::vector<Token> prompt;  ///< of its next request
    std::uint64_t turns_left = 0;
    std::uint32_t turn = 1;
    std::uint32_t parent = kNone;
  };

  class Run {
   public:
    Run(const Config& config, std::uint64_t seed)
        : config_(config),
          vocabulary_(config.vocabulary),
          system_rank_(config.systems, config.system_alpha),
          starts_(config.rate * (1 - config.regenerate) / config.turns, derive_seed(seed, 1)),
          rng_(seed) {
      Rng lengths(derive_seed(seed, 2));
      openings_.resize(config.systems);
      for (std::vector<Token>& opening : openings_) {
        std::vector<Token> text;
        vocabulary_.append_words(
            lengths, lognormal_length(lengths, config.system_tokens, config.system_sigma), text);
        opening = vocabulary_.open_prompt(text);
      }
    }

    Trace trace() {
      due_.push(starts_.next(), kNewSession);
      while (builder_.requests() < config_.requests) {
        auto [now, session] = due_.pop();
        if (session == kNewSession) {
          session = open_session();
          due_.push(starts_.next(), kNewSession);
        }
        send(now, session);
      }
      return builder_.finish("chat", "generated");
    }

   private:
    static constexpr std::size_t kNewSession = ~std::size_t{0};

    std::size_t open_session() {
      Session session;
      session.name = "chat-" + std::to_string(sessions_.size());
      session.turns_left = geometric(rng_, config_.turns);
      session.prompt = openings_[system_rank_(rng_) - 1];
      add_user_message(session.prompt);
      sessions_.push_back(std::move(session));
      return sessions_.size() - 1;
    }

    void add_user_message(std::vector<Token>& prompt) {
      text_.clear();
      vocabulary_.append_words(
          rng_, lognormal_length(rng_, config_.user_tokens, config_.user_sigma), text_);
      vocabulary_.append_message(Role::kUser, text_, prompt);
      prompt.push_back(vocabulary_.role_marker(Role::kAssistant));
    }

    void send(double now, std::size_t index) {
      Session& session = sessions_[index];
      // A first message over the limit is cut, as clients do; later ones end the session.
      if (session.prompt.size() > config_.context_limit) {
        session.prompt.resize(config_.context_limit);
      }
      output_.clear();
      vocabulary_.append_words(
          rng_, lognormal_length(rng_, config_.output_tokens, config_.output_sigma), output_);
      RequestRow row;
      row.arrival = whole_ms(now);
      row.session = session.name;
      row.turn = session.turn;
      if (session.parent != kNone) row.parent = session.parent;
      row.category = "chat";
      const std::uint32_t number = add_request(builder_, row, session.prompt, output_);

      double next = now + static_cast<double>(output_.size()) / config_.decode_rate;
      if (config_.think_s > 0) next += lognormal(rng_, config_.think_s, config_.think_sigma);
      if (chance(rng_, config_.regenerate)) {
        due_.push(next, index);
        return;
      }

      std::vector<Token>& prompt = session.prompt;
      prompt.insert(prompt.end(), output_.begin(), output_.end());
      prompt.push_back(vocabulary_.end_marker());
      add_user_message(prompt);
      if (--session.turns_left == 0 || prompt.size() > config_.context_limit) {
        prompt = {};  // the session is over
        return;
      }
      session.parent = number;
      ++session.turn;
      due_.push(next, index);
    }

    const Config config_;
    const Vocabulary vocabulary_;
    const ZipfSampler system_rank_;
    PoissonArrivals starts_;
    Rng rng_;
    std::vector<std::vector<Token>> openings_;
    std::vector<Session> sessions_;
    EventQueue<std::size_t> due_;
    TraceBuilder builder_{TraceBuilder::Kind::kTokens};
    std::vector<Token> text_;
    std::vector<Token> output_;
  };
};

static_assert(TraceGenerator<Chat>);

}  // namespace kvsim
