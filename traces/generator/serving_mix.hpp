#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "sim/core/error.hpp"
#include "traces/generator/agent_tree.hpp"
#include "traces/generator/chat.hpp"
#include "traces/generator/concept.hpp"
#include "traces/generator/few_shot.hpp"
#include "traces/generator/rag.hpp"
#include "traces/generator/request_docs.hpp"
#include "traces/generator/shared_prefix.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// One service, several workloads: the request generators at their defaults, each with its share of
/// the requests and of the rate, interleaved by arrival. Categories and session names are the
/// parts' own.
struct ServingMix {
  static constexpr std::string_view kName = "serving_mix";
  static constexpr std::string_view kDoc =
      "Chat, agents, retrieval, few-shot batches and shared prefixes on one service, by share "
      "(kvsim's own mixture).";

  struct Config {
    std::uint64_t requests = 2'000;
    double rate = 4;
    double chat = 0.4;
    double agent_tree = 0.3;
    double rag = 0.1;
    double few_shot = 0.1;
    double shared_prefix = 0.1;
    double scale = 1;
    std::uint32_t vocabulary = 32'000;

    static auto fields() {
      return std::tuple{
          field("requests", &Config::requests, 1, 1e8, request_docs::kRequests),
          field("rate", &Config::rate, 1e-6, 1e6,
                "requests a second of all parts together, once sessions have built up"),
          field("chat", &Config::chat, 0, 1e6, "weight of chat (modelling choice)"),
          field("agent_tree", &Config::agent_tree, 0, 1e6, "weight of agents (modelling choice)"),
          field("rag", &Config::rag, 0, 1e6, "weight of retrieval (modelling choice)"),
          field("few_shot", &Config::few_shot, 0, 1e6,
                "weight of few-shot batches (modelling choice)"),
          field("shared_prefix", &Config::shared_prefix, 0, 1e6,
                "weight of single requests with shared prefixes (modelling choice)"),
          field(
              "scale", &Config::scale, 0.001, 1000,
              "factor on the mean length of system prompts, documents, tool results and examples"),
          field("vocabulary", &Config::vocabulary, 2, 1e7, request_docs::kVocabulary),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const double weights =
        config.chat + config.agent_tree + config.rag + config.few_shot + config.shared_prefix;
    if (weights <= 0) {
      throw InputError(
          "generator 'serving_mix': every weight is 0, allowed is at least one above 0");
    }
    std::vector<Part> parts;
    double weight_so_far = 0;
    std::uint64_t requests_so_far = 0;
    // Rounding the running sum, not each share, makes the parts add up to `requests`.
    const auto add = [&]<class Generator>(double weight, typename Generator::Config part) {
      weight_so_far += weight;
      const auto upto = static_cast<std::uint64_t>(
          std::llround(static_cast<double>(config.requests) * weight_so_far / weights));
      if (upto > requests_so_far) {
        part.requests = upto - requests_so_far;
        part.rate = config.rate * weight / weights;
        part.vocabulary = config.vocabulary;
        parts.emplace_back(Generator::generate(part, derive_seed(seed, parts.size())));
      }
      requests_so_far = upto;
    };
    Chat::Config chat;
    chat.system_tokens = scaled(chat.system_tokens, config);
    add.operator()<Chat>(config.chat, chat);
    AgentTree::Config agents;
    agents.system_tokens = scaled(agents.system_tokens, config);
    agents.tool_tokens = scaled(agents.tool_tokens, config);
    add.operator()<AgentTree>(config.agent_tree, agents);
    Rag::Config rag;
    rag.system_tokens = scaled(rag.system_tokens, config);
    rag.passage_tokens = scaled(rag.passage_tokens, config);
    add.operator()<Rag>(config.rag, rag);
    FewShot::Config few_shot;
    few_shot.shot_tokens = scaled(few_shot.shot_tokens, config);
    add.operator()<FewShot>(config.few_shot, few_shot);
    SharedPrefix::Config shared_prefix;
    shared_prefix.tenant_tokens = scaled(shared_prefix.tenant_tokens, config);
    shared_prefix.app_tokens = scaled(shared_prefix.app_tokens, config);
    add.operator()<SharedPrefix>(config.shared_prefix, shared_prefix);
    return merge(parts);
  }

 private:
  /// A part's trace and how far it is merged.
  struct Part {
    explicit Part(Trace whole) : trace(std::move(whole)) {}
    Trace trace;
    std::uint64_t next = 0;
    std::vector<std::uint32_t> number;  ///< of each of its requests in the mixture

    bool done() const { return next == trace.requests.count; }
    TimeNs arrival() const { return trace.requests.arrival[next]; }
  };

  static double scaled(double tokens, const Config& config) {
    return std::max(1.0, tokens * config.scale);
  }

  static Trace merge(std::vector<Part>& parts) {
    TraceBuilder builder(TraceBuilder::Kind::kTokens);
    while (true) {
      Part* first = nullptr;
      for (Part& part : parts) {
        if (!part.done() && (first == nullptr || part.arrival() < first->arrival())) first = &part;
      }
      if (first == nullptr) return builder.finish("serving_mix", "generated");
      add_next(*first, builder);
    }
  }

  static void add_next(Part& part, TraceBuilder& builder) {
    const RequestColumns& r = part.trace.requests;
    const TokenColumns& t = *part.trace.tokens;
    const std::uint64_t i = part.next++;
    const auto text = [i](const Column<std::uint32_t>& column, const TextColumn& names) {
      return column.empty() || column[i] == kNone ? std::nullopt : std::optional(names[column[i]]);
    };
    RequestRow row;
    row.arrival = r.arrival[i];
    row.session = text(r.session, r.session_names);
    row.category = text(r.category, r.category_names);
    row.tenant = text(r.tenant, r.tenant_names);
    if (!r.turn.empty() && r.turn[i] != kNone) row.turn = r.turn[i];
    if (!r.parent.empty() && r.parent[i] != kNone) row.parent = part.number[r.parent[i]];
    const std::span<const Token> tokens =
        t.token.span().subspan(t.offset[i], t.offset[i + 1] - t.offset[i]);
    const std::size_t input = r.input_tokens[i];
    part.number.push_back(add_request(builder, row, tokens.first(input), tokens.subspan(input)));
  }
};

static_assert(TraceGenerator<ServingMix>);

}  // namespace kvsim
