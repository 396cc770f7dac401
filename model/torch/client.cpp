#include "model/torch/client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace kvsim::torch_models {

Client::Client(const Workload& workload, const Tokenizer* tokenizer, const ClientOptions& options)
    : workload_(workload), tokenizer_(tokenizer), options_(options) {
  if (options_.by_arrival && !workload_.has_times) {
    throw InputError(fmt::format("workload '{}' carries no arrival times; allowed is a closed loop",
                                 workload_.name));
  }
  sessions_.resize(workload_.sessions.size());
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    first_id_.push_back(turns_.size());
    for (std::uint32_t t = 0; t < workload_.sessions[s].turns.size(); ++t) {
      turns_.push_back({s, t});
    }
  }
}

std::vector<Token> Client::bytes_of(const std::string& text) const {
  std::vector<Token> tokens;
  for (const char c : text) {
    tokens.push_back(static_cast<Token>(static_cast<unsigned char>(c)) % options_.vocab);
  }
  return tokens;
}

std::vector<Token> Client::prompt_of(std::uint32_t s) {
  const WorkloadSession& session = workload_.sessions[s];
  Session& state = sessions_[s];
  const WorkloadTurn& turn = session.turns[state.turn];
  if (workload_.has_tokens) return turn.tokens;
  if (!session.is_chat) {
    if (tokenizer_ == nullptr) return bytes_of(turn.text);
    std::vector<Token> tokens;
    if (tokenizer_->adds_bos() && tokenizer_->bos()) tokens.push_back(*tokenizer_->bos());
    const std::vector<Token> text = tokenizer_->encode(turn.text, true);
    tokens.insert(tokens.end(), text.begin(), text.end());
    return tokens;
  }
  if (tokenizer_ == nullptr) {
    std::string text;
    if (state.turn == 0 && !session.system.empty()) text += session.system + "\n";
    text += "User: " + turn.text + "\nAssistant:";
    const std::vector<Token> tokens = bytes_of(text);
    state.history.insert(state.history.end(), tokens.begin(), tokens.end());
    return state.history;
  }
  if (state.turn == 0 && !session.system.empty()) {
    state.messages.push_back({"system", session.system});
  }
  state.messages.push_back({"user", turn.text});
  return tokenizer_->encode_chat(state.messages, true);
}

void Client::begin(Server& server) {
  const std::uint64_t first = options_.by_arrival
                                  ? sessions_.size()
                                  : std::min<std::uint64_t>(options_.sessions, sessions_.size());
  for (std::uint64_t i = 0; i < first; ++i) begin_session(server, 0);
}

void Client::begin_session(Server& server, double now) {
  if (next_session_ < sessions_.size()) ask(server, next_session_++, now);
}

void Client::ask(Server& server, std::uint32_t s, double now) {
  const WorkloadSession& session = workload_.sessions[s];
  Session& state = sessions_[s];
  for (; state.turn < session.turns.size(); ++state.turn) {
    const WorkloadTurn& turn = session.turns[state.turn];
    ServeRequest request;
    request.id = first_id_[s] + state.turn;
    request.prompt = prompt_of(s);
    request.most_output = std::max(1U, turn.output_tokens.value_or(options_.most_output));
    request.stops_at_eos = options_.stops_at_eos && !turn.output_tokens;
    request.arrival_s = now;
    if (options_.by_arrival) {
      request.arrival_s =
          std::max(now, static_cast<double>(turn.arrival.value_or(0)) * 1e-9 * options_.time_scale);
    }
    std::vector<Token>& prompt = request.prompt;
    const auto beyond =
        std::find_if(prompt.begin(), prompt.end(), [&](Token t) { return t >= options_.vocab; });
    const bool has_unknown = beyond != prompt.end();
    if (has_unknown) prompt.erase(beyond, prompt.end());
    const bool is_long = prompt.size() + request.most_output > options_.context;
    if (is_long && request.most_output < options_.context) {
      prompt.resize(options_.context - request.most_output);
    }
    excess_.vocabulary += has_unknown ? 1U : 0U;
    excess_.context += is_long ? 1U : 0U;
    const bool fits = !has_unknown && !is_long;
    const bool can_be_cut = !prompt.empty() && request.most_output < options_.context;
    if (fits || (options_.on_excess == OnExcess::kCut && can_be_cut)) {
      if (prompt.empty()) {  // nothing was asked
        ++settled_;
        continue;
      }
      ++state.turn;
      server.submit(std::move(request));
      return;
    }
    ++settled_;
    if (session.is_chat) {  // what follows would have it in its history
      excess_.unasked += session.turns.size() - state.turn - 1;
      settled_ += session.turns.size() - state.turn - 1;
      state.turn = static_cast<std::uint32_t>(session.turns.size());
      break;
    }
  }
  if (!options_.by_arrival) begin_session(server, now);
}

void Client::answered(Server& server, const ServedRequest& served) {
  ++settled_;
  const std::uint32_t s = turns_[served.id].session;
  Session& state = sessions_[s];
  if (workload_.sessions[s].is_chat) {
    if (tokenizer_ != nullptr) {
      std::vector<Token> reply = served.output;
      if (served.is_complete) reply.pop_back();
      state.messages.push_back({"assistant", tokenizer_->decode(reply)});
    } else {
      state.history.insert(state.history.end(), served.output.begin(), served.output.end());
    }
  }
  ask(server, s, served.end_s);
}

}  // namespace kvsim::torch_models
