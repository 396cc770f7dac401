#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/event_queue.hpp"
#include "traces/generator/request_docs.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/generator/text.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Agents at work. An agent's context starts with a long system prompt (its tools) and the task,
/// and every step appends the model's tool call and the tool's result; the next step comes when the
/// tool has returned. At some steps the agent calls sub-agents instead, which run at the same time,
/// from the parent's context or from a system prompt of their own; the parent waits for all of them
/// and reads their last answers. One session a task; categories "agent" and "subagent"; `parent` is
/// the request whose answer led to this one, `turn` the step of its agent.
struct AgentTree {
  static constexpr std::string_view kName = "agent_tree";
  static constexpr std::string_view kDoc =
      "Agents with tool calls and concurrent sub-agents that fork from the parent's context or "
      "start afresh (loop of reasoning and acting: Yao et al. 2023, ReAct).";

  struct Config {
    std::uint64_t requests = 1'000;
    double rate = 1;
    std::uint32_t agents = 3;
    double system_tokens = 3'000;
    double system_sigma = 0.3;
    double task_tokens = 300;
    double task_sigma = 1;
    double steps = 12;
    double output_tokens = 150;
    double output_sigma = 0.8;
    double tool_tokens = 400;
    double tool_sigma = 1.4;
    double tool_s = 4;
    double tool_s_sigma = 1.3;
    double fork = 0.08;
    double children = 2;
    double child_steps = 4;
    std::uint32_t depth = 2;
    double inherit = 0.5;
    double decode_rate = 50;
    std::uint32_t context_limit = 32'768;
    std::uint32_t vocabulary = 32'000;

    static auto fields() {
      return std::tuple{
          field("requests", &Config::requests, 1, 1e8, request_docs::kRequests),
          field("rate", &Config::rate, 1e-6, 1e6, request_docs::kRate),
          field("agents", &Config::agents, 1, 1e6,
                "kinds of agent, each with its own system prompt and sub-agent, equally popular "
                "(modelling choice)"),
          field("system_tokens", &Config::system_tokens, 1, 1e6,
                "mean tokens of a system prompt with its tools, lognormal (modelling choice)"),
          field("system_sigma", &Config::system_sigma, 0, 5,
                "standard deviation of the logarithm of system_tokens (modelling choice)"),
          field("task_tokens", &Config::task_tokens, 1, 1e6,
                "mean tokens of a task, lognormal (modelling choice)"),
          field("task_sigma", &Config::task_sigma, 0, 5,
                "standard deviation of the logarithm of task_tokens (modelling choice)"),
          field("steps", &Config::steps, 1, 1e5,
                "mean steps of a task's agent, geometric (modelling choice)"),
          field("output_tokens", &Config::output_tokens, 1, 1e6,
                "mean tokens of a step's output, lognormal (modelling choice)"),
          field("output_sigma", &Config::output_sigma, 0, 5,
                "standard deviation of the logarithm of output_tokens (modelling choice)"),
          field("tool_tokens", &Config::tool_tokens, 1, 1e6,
                "mean tokens of a tool's result, lognormal (modelling choice)"),
          field("tool_sigma", &Config::tool_sigma, 0, 5,
                "standard deviation of the logarithm of tool_tokens (modelling choice: whole files "
                "beside one-line answers)"),
          field("tool_s", &Config::tool_s, 0, 1e6,
                "mean seconds that a tool takes, lognormal (modelling choice)"),
          field("tool_s_sigma", &Config::tool_s_sigma, 0, 5,
                "standard deviation of the logarithm of tool_s (modelling choice: tests run for "
                "minutes)"),
          field("fork", &Config::fork, 0, 1,
                "probability that a step calls sub-agents instead of a tool (modelling choice)"),
          field("children", &Config::children, 1, 1000,
                "mean sub-agents of such a step, geometric (modelling choice)"),
          field("child_steps", &Config::child_steps, 1, 1e5,
                "mean steps of a sub-agent, geometric (modelling choice)"),
          field("depth", &Config::depth, 0, 8,
                "deepest level of sub-agents; 0: none are called (modelling choice)"),
          field("inherit", &Config::inherit, 0, 1,
                "probability that a sub-agent starts from its parent's context (modelling choice)"),
          field("decode_rate", &Config::decode_rate, 0.01, 1e6, request_docs::kDecodeRate),
          field("context_limit", &Config::context_limit, 16, 1e8,
                "most tokens of a prompt: an agent whose next would exceed them ends, and a "
                "sub-agent whose first would is cut"),
          field("vocabulary", &Config::vocabulary, 2, 1e7, request_docs::kVocabulary),
      };
    }
  };

  /// Requests that an agent at this level and its sub-agents make, on average, but for the context
  /// limit.
  static double mean_requests(const Config& config, std::uint32_t level = 0) {
    const double steps = level == 0 ? config.steps : config.child_steps;
    if (level == config.depth) return steps;
    // The last step ends the agent and calls nobody.
    return steps + (steps - 1) * config.fork * config.children * mean_requests(config, level + 1);
  }

  static Trace generate(const Config& config, std::uint64_t seed) {
    return Run(config, seed).trace();
  }

 private:
  static constexpr std::size_t kNobody = ~std::size_t{0};

  struct Agent {
    std::size_t kind = 0;
    std::uint64_t task = 0;
    std::uint32_t level = 0;
    std::size_t caller = kNobody;  ///< the agent that waits for this one
    std::vector<Token> prompt;     ///< of its next request
    std::uint64_t steps_left = 0;
    std::uint32_t step = 1;
    std::uint32_t parent = kNone;  ///< request whose answer led to the next one
    std::size_t awaited = 0;       ///< sub-agents still running
    double reported = 0;           ///< when the last of their reports was there
  };

  class Run {
   public:
    Run(const Config& config, std::uint64_t seed)
        : config_(config),
          vocabulary_(config.vocabulary),
          starts_(config.rate / mean_requests(config), derive_seed(seed, 1)),
          rng_(seed) {
      Rng lengths(derive_seed(seed, 2));
      openings_.resize(std::size_t{2} * config.agents);  // of each kind: agent, then sub-agent
      for (std::vector<Token>& opening : openings_) {
        std::vector<Token> text;
        vocabulary_.append_words(
            lengths, lognormal_length(lengths, config.system_tokens, config.system_sigma), text);
        opening = vocabulary_.open_prompt(text);
      }
    }

    Trace trace() {
      due_.push(starts_.next(), kNobody);
      while (builder_.requests() < config_.requests) {
        auto [now, agent] = due_.pop();
        if (agent == kNobody) {
          agent = open_task();
          due_.push(starts_.next(), kNobody);
        }
        act(now, agent);
      }
      return builder_.finish("agent_tree", "generated");
    }

   private:
    std::size_t add_agent(Agent agent, double steps) {
      agent.steps_left = geometric(rng_, steps);
      close_prompt(agent.prompt);
      agents_.push_back(std::move(agent));
      return agents_.size() - 1;
    }

    std::size_t open_task() {
      Agent agent;
      agent.kind = rng_.below(config_.agents);
      agent.task = tasks_++;
      agent.prompt = openings_[2 * agent.kind];
      append(Role::kUser, config_.task_tokens, config_.task_sigma, agent.prompt);
      return add_agent(std::move(agent), config_.steps);
    }

    /// A sub-agent of `caller`, whose prompt already holds its own last output.
    std::size_t open_child(std::size_t caller) {
      Agent agent;
      agent.kind = agents_[caller].kind;
      agent.task = agents_[caller].task;
      agent.level = agents_[caller].level + 1;
      agent.caller = caller;
      agent.parent = agents_[caller].parent;
      agent.prompt =
          chance(rng_, config_.inherit) ? agents_[caller].prompt : openings_[2 * agent.kind + 1];
      append(Role::kUser, config_.task_tokens, config_.task_sigma, agent.prompt);
      return add_agent(std::move(agent), config_.child_steps);
    }

    void append(Role role, double mean, double sigma, std::vector<Token>& prompt) {
      text_.clear();
      vocabulary_.append_words(rng_, lognormal_length(rng_, mean, sigma), text_);
      vocabulary_.append_message(role, text_, prompt);
    }

    void close_prompt(std::vector<Token>& prompt) const {
      prompt.push_back(vocabulary_.role_marker(Role::kAssistant));
      if (prompt.size() > config_.context_limit) prompt.resize(config_.context_limit);
    }

    /// One step of an agent: its request, and what follows from the answer.
    void act(double now, std::size_t index) {
      output_.clear();
      vocabulary_.append_words(
          rng_, lognormal_length(rng_, config_.output_tokens, config_.output_sigma), output_);
      const double answered = now + static_cast<double>(output_.size()) / config_.decode_rate;
      {
        Agent& agent = agents_[index];
        agent.parent = send(now, agent);
        ++agent.step;
        --agent.steps_left;
        if (agent.steps_left == 0) return finish(answered, index);
        agent.prompt.insert(agent.prompt.end(), output_.begin(), output_.end());
        agent.prompt.push_back(vocabulary_.end_marker());
      }
      if (agents_[index].level < config_.depth && chance(rng_, config_.fork)) {
        const std::uint64_t children = geometric(rng_, config_.children);
        agents_[index].awaited = children;
        // agents_ grows here: no reference into it is held.
        for (std::uint64_t c = 0; c < children; ++c) due_.push(answered, open_child(index));
        return;
      }
      append(Role::kTool, config_.tool_tokens, config_.tool_sigma, agents_[index].prompt);
      double ready = answered;
      if (config_.tool_s > 0) ready += lognormal(rng_, config_.tool_s, config_.tool_s_sigma);
      go_on(ready, index);
    }

    std::uint32_t send(double now, const Agent& agent) {
      const std::string session = "agent-" + std::to_string(agent.task);
      RequestRow row;
      row.arrival = whole_ms(now);
      row.session = session;
      row.turn = agent.step;
      if (agent.parent != kNone) row.parent = agent.parent;
      row.category = agent.level == 0 ? "agent" : "subagent";
      return add_request(builder_, row, agent.prompt, output_);
    }

    /// The agent's context is complete up to its next request.
    void go_on(double ready, std::size_t index) {
      Agent& agent = agents_[index];
      if (agent.prompt.size() + 1 > config_.context_limit) {
        output_.clear();
        return finish(ready, index);
      }
      close_prompt(agent.prompt);
      due_.push(ready, index);
    }

    /// The agent is done; its last output is its report to the caller.
    void finish(double now, std::size_t index) {
      agents_[index].prompt = {};
      const std::size_t caller = agents_[index].caller;
      if (caller == kNobody) return;
      Agent& waiting = agents_[caller];
      vocabulary_.append_message(Role::kTool, output_, waiting.prompt);
      // Sub-agents end in the order of their last requests, not of those requests' answers.
      waiting.reported = std::max(waiting.reported, now);
      if (--waiting.awaited == 0) go_on(waiting.reported, caller);
    }

    const Config config_;
    const Vocabulary vocabulary_;
    PoissonArrivals starts_;
    Rng rng_;
    std::vector<std::vector<Token>> openings_;
    std::vector<Agent> agents_;
    std::uint64_t tasks_ = 0;
    EventQueue<std::size_t> due_;  ///< agents by the time of their next request
    TraceBuilder builder_{TraceBuilder::Kind::kTokens};
    std::vector<Token> text_;
    std::vector<Token> output_;
  };
};

static_assert(TraceGenerator<AgentTree>);

}  // namespace kvsim
