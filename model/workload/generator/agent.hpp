#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "model/workload/generator/agent_tasks.hpp"
#include "model/workload/generator/concept.hpp"
#include "model/workload/generator/phrases.hpp"
#include "model/workload/generator/sessions.hpp"
#include "traces/generator/sampling.hpp"

namespace kvsim {

/// Agents that call tools: a long instruction shared by all sessions of a role, a task, and results
/// of tools, each put behind all that came before. What the model answers does not choose the
/// results: they come as they come, so that the load is the same for every model.
struct AgentWorkload {
  static constexpr std::string_view kName = "agent";
  static constexpr std::string_view kDoc =
      "Made-up agents that call tools: a software engineer, a data analyst and a support desk, "
      "with "
      "long shared instructions and a growing transcript (kvsim's own texts).";

  struct Config {
    std::uint32_t sessions = 4;
    std::uint32_t turns = 10;
    double spread = 0;
    std::uint32_t roles = 3;
    double lines = 8;
    double rate = 0;
    double think_s = 2;
    std::uint32_t seed = 1;

    static auto fields() {
      return std::tuple{
          field("sessions", &Config::sessions, 1, 1e5, "tasks"),
          field("turns", &Config::turns, 1, 1e3,
                "messages to the agent of each, on average: the task, then tools' results"),
          field("spread", &Config::spread, 0, 1, session_docs::kSpread),
          field("roles", &Config::roles, 1, 3, "different agents, each with its instruction"),
          field("lines", &Config::lines, 1, 1e4, "mean lines of a tool's result, geometric"),
          field("rate", &Config::rate, 0, 1e6, session_docs::kRate),
          field("think_s", &Config::think_s, 0, 1e6, session_docs::kThink),
          field("seed", &Config::seed, 0, 4294967295.0, session_docs::kSeed),
      };
    }
  };

  static std::vector<WorkloadSession> generate(const Config& config) {
    Rng rng(config.seed);
    const auto roles = agent_roles().first(config.roles);
    std::vector<WorkloadSession> sessions;
    for (std::uint32_t s = 0; s < config.sessions; ++s) {
      sessions.push_back(work(config, roles[rng.below(roles.size())], rng));
      sessions.back().name = fmt::format("agent-{}", s + 1);
    }
    add_arrivals(sessions, config.rate, config.think_s, derive_seed(config.seed, 1));
    return sessions;
  }

 private:
  static WorkloadSession work(const Config& config, const AgentRole& role, Rng& rng) {
    WorkloadSession session;
    session.system = role.instruction;
    session.is_chat = true;
    const std::uint64_t turns = varied_turns(rng, config.turns, config.spread);
    for (std::uint64_t t = 0; t < turns; ++t) {
      WorkloadTurn turn;
      turn.text = t == 0 ? std::string(any_of_phrases(rng, role.tasks))
                         : result(config, role.tools[rng.below(role.tools.size())], rng);
      session.turns.push_back(std::move(turn));
    }
    return session;
  }

  static std::string result(const Config& config, const AgentTool& tool, Rng& rng) {
    std::string text = fmt::format("Result of {}: {}\n", tool.name, with_numbers(tool.header, rng));
    std::vector<std::string_view> patterns(tool.lines.begin(), tool.lines.end());
    shuffle(rng, patterns);
    const std::uint64_t lines = geometric(rng, config.lines);
    for (std::uint64_t i = 0; i < lines; ++i) {
      text += with_numbers(patterns[i % patterns.size()], rng) + "\n";
    }
    text += any_of_phrases(rng, agent_requests());
    return text;
  }

  static std::string with_numbers(std::string_view pattern, Rng& rng) {
    return filled(pattern, {{"n", std::to_string(300 + rng.below(9'000))},
                            {"m", std::to_string(2 + rng.below(96))}});
  }
};

}  // namespace kvsim
