#pragma once
// Small trace files of each kind, as the tests of experiments and of the command line use them.

#include <cstdint>
#include <string>

namespace kvsim::test {

/// Conversations that grow, in the `bailian` format: 16 tokens a block, the last one partly filled;
/// categories "text" and "search".
std::string chat_trace(std::uint32_t requests, std::uint64_t seed = 1);

/// Objects of several sizes in the `csv` format, with a time of one second each.
std::string object_trace(std::uint32_t requests, std::uint64_t seed = 1);

/// Prompts of token ids in the `tokens` format.
std::string token_trace(std::uint32_t requests, std::uint64_t seed = 1);

}  // namespace kvsim::test
