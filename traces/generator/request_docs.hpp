#pragma once
// Meanings of the fields that every request workload has.

#include <string_view>

namespace kvsim::request_docs {

inline constexpr std::string_view kRequests =
    "requests in the trace; sessions that are still open then are cut off, as in a recording";
inline constexpr std::string_view kRate =
    "requests a second, Poisson; where sessions have several requests, in the steady state, with "
    "Poisson session starts";
inline constexpr std::string_view kVocabulary =
    "words of the vocabulary: 32,000 as in Llama 2; the chat template's markers come on top";
inline constexpr std::string_view kContextLimit =
    "most tokens of a prompt: a session ends before it would exceed them";
inline constexpr std::string_view kDecodeRate =
    "tokens a second at which an answer is generated: a session goes on after its answer is there "
    "(modelling choice)";

}  // namespace kvsim::request_docs
