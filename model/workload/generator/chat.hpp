#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "model/workload/generator/chat_subjects.hpp"
#include "model/workload/generator/concept.hpp"
#include "model/workload/generator/phrases.hpp"
#include "model/workload/generator/sessions.hpp"
#include "traces/generator/sampling.hpp"

namespace kvsim {

/// Conversations with assistants of several products: each product has a system message, which its
/// sessions share, and is about a subject. A session opens on one of the subject's topics and goes
/// on with follow-up questions; when there are none left, it turns to another topic. Some sessions
/// open with a question that the product suggests, word for word.
struct ChatWorkload {
  static constexpr std::string_view kName = "chat";
  static constexpr std::string_view kDoc =
      "Made-up chats in several turns, on cooking, travel, science, code, writing, home and daily "
      "life, with system messages that sessions share (kvsim's own texts).";

  struct Config {
    std::uint32_t sessions = 8;
    std::uint32_t turns = 12;
    double spread = 0;
    std::uint32_t system = 4;
    double alpha = 0.7;
    double suggested = 0.25;
    double rate = 0;
    double think_s = 30;
    std::uint32_t seed = 1;

    static auto fields() {
      return std::tuple{
          field("sessions", &Config::sessions, 1, 1e5, "conversations"),
          field("turns", &Config::turns, 1, 1e3, "questions of each, on average"),
          field("spread", &Config::spread, 0, 1, session_docs::kSpread),
          field("system", &Config::system, 0, 14,
                "system messages that the sessions share; 0: none, the model's own"),
          field("alpha", &Config::alpha, 0, 10, "Zipf exponent of their popularity"),
          field("suggested", &Config::suggested, 0, 1,
                "share of sessions that open with one of three questions that every user of that "
                "system message is offered"),
          field("rate", &Config::rate, 0, 1e6, session_docs::kRate),
          field("think_s", &Config::think_s, 0, 1e6, session_docs::kThink),
          field("seed", &Config::seed, 0, 4294967295.0, session_docs::kSeed),
      };
    }
  };

  static std::vector<WorkloadSession> generate(const Config& config) {
    Rng rng(config.seed);
    const std::vector<Product> products = choose_products(config, rng);
    const ZipfSampler popularity(products.size(), config.alpha);
    std::vector<WorkloadSession> sessions;
    for (std::uint32_t s = 0; s < config.sessions; ++s) {
      const Product& product = products[popularity(rng) - 1];
      sessions.push_back(converse(config, product, rng));
      sessions.back().name = fmt::format("chat-{}", s + 1);
    }
    add_arrivals(sessions, config.rate, config.think_s, derive_seed(config.seed, 1));
    return sessions;
  }

 private:
  struct Product {
    const ChatSubject* subject;
    std::string_view system;
  };

  static std::vector<Product> choose_products(const Config& config, Rng& rng) {
    std::vector<Product> products;
    for (const ChatSubject& subject : chat_subjects()) {
      for (const std::string_view system : subject.systems) {
        products.push_back({&subject, config.system == 0 ? std::string_view() : system});
      }
    }
    shuffle(rng, products);
    if (config.system > 0) products.resize(std::min<std::size_t>(config.system, products.size()));
    return products;
  }

  static WorkloadSession converse(const Config& config, const Product& product, Rng& rng) {
    const ChatSubject& subject = *product.subject;
    const std::uint64_t turns = varied_turns(rng, config.turns, config.spread);
    WorkloadSession session;
    session.system = product.system;
    session.is_chat = true;
    std::vector<std::string_view> left;  // follow-ups on the present topic
    while (session.turns.size() < turns) {
      WorkloadTurn turn;
      if (session.turns.empty() && chance(rng, config.suggested)) {
        turn.text = suggestion(subject, rng.below(3));
        left = shuffled(subject.follow_ups, rng);
      } else if (left.empty()) {
        turn.text = opening(subject, session.turns.empty(), rng);
        left = shuffled(subject.follow_ups, rng);
      } else {
        turn.text = left.back();
        left.pop_back();
        add_wish(turn.text, rng);
      }
      session.turns.push_back(std::move(turn));
    }
    return session;
  }

  static std::string suggestion(const ChatSubject& subject, std::size_t number) {
    return filled(subject.openings[number], {{"topic", subject.topics[number]}});
  }

  static std::string opening(const ChatSubject& subject, bool first, Rng& rng) {
    const std::string question = filled(any_of_phrases(rng, subject.openings),
                                        {{"topic", any_of_phrases(rng, subject.topics)}});
    std::string text = first ? std::string() : "Now to something else. ";
    if (first && chance(rng, 0.7)) {
      text = std::string(any_of_phrases(rng, subject.situations)) + " ";
    }
    text += question;
    add_wish(text, rng);
    return text;
  }

  static void add_wish(std::string& text, Rng& rng) {
    if (chance(rng, 0.4)) text += " " + std::string(any_of_phrases(rng, chat_wishes()));
  }

  static std::vector<std::string_view> shuffled(std::span<const std::string_view> phrases,
                                                Rng& rng) {
    std::vector<std::string_view> order(phrases.begin(), phrases.end());
    shuffle(rng, order);
    return order;
  }
};

}  // namespace kvsim
