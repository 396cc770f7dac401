#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "traces/trace.hpp"

namespace kvsim::testing {

template <class T>
bool same_column(const Column<T>& a, const Column<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Whether two traces carry the same requests, accesses and tokens.
inline bool same_trace(const Trace& a, const Trace& b) {
  const RequestColumns& r = a.requests;
  const RequestColumns& s = b.requests;
  if (r.count != s.count || a.blocks.has_value() != b.blocks.has_value() ||
      a.tokens.has_value() != b.tokens.has_value()) {
    return false;
  }
  bool same = same_column(r.arrival, s.arrival) && same_column(r.input_tokens, s.input_tokens) &&
              same_column(r.output_tokens, s.output_tokens) && same_column(r.session, s.session) &&
              same_column(r.parent, s.parent) && same_column(r.turn, s.turn) &&
              same_column(r.category, s.category) && same_column(r.tenant, s.tenant) &&
              same_column(r.session_names.text, s.session_names.text) &&
              same_column(r.category_names.text, s.category_names.text) &&
              same_column(r.tenant_names.text, s.tenant_names.text);
  if (a.blocks) {
    same = same && same_column(a.blocks->slot, b.blocks->slot) &&
           same_column(a.blocks->id, b.blocks->id) && same_column(a.blocks->bytes, b.blocks->bytes);
  }
  if (a.tokens) {
    same = same && same_column(a.tokens->offset, b.tokens->offset) &&
           same_column(a.tokens->token, b.tokens->token);
  }
  return same;
}

/// A request's prompt.
inline std::span<const Token> input_of(const Trace& trace, std::size_t request) {
  return trace.tokens->token.span().subspan(trace.tokens->offset[request],
                                            trace.requests.input_tokens[request]);
}

/// A request's answer.
inline std::span<const Token> output_of(const Trace& trace, std::size_t request) {
  return trace.tokens->token.span().subspan(
      trace.tokens->offset[request] + trace.requests.input_tokens[request],
      trace.requests.output_tokens[request]);
}

/// A request's prompt and answer.
inline std::vector<Token> context_of(const Trace& trace, std::size_t request) {
  const auto input = input_of(trace, request);
  const auto output = output_of(trace, request);
  std::vector<Token> both(input.begin(), input.end());
  both.insert(both.end(), output.begin(), output.end());
  return both;
}

inline bool starts_with(std::span<const Token> text, std::span<const Token> prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin());
}

}  // namespace kvsim::testing
