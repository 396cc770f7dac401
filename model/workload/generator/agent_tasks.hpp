#pragma once

#include <span>
#include <string_view>

namespace kvsim {

/// A tool of an agent, and what its results look like. `{n}` and `{m}` stand for numbers.
struct AgentTool {
  std::string_view name;
  std::string_view header;                  ///< first line of a result
  std::span<const std::string_view> lines;  ///< the others, any number of them, in any order
};

/// An agent: its instruction with its tools, what it is asked to do, and what its tools answer.
struct AgentRole {
  std::string_view instruction;
  std::span<const std::string_view> tasks;
  std::span<const AgentTool> tools;
};

/// Every agent, in kvsim's own words.
std::span<const AgentRole> agent_roles();

/// What is said below a tool's result.
std::span<const std::string_view> agent_requests();

}  // namespace kvsim
