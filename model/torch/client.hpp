#pragma once
// Who asks: turns a workload's sessions into requests, each turn when the one before was answered.

#include <cstdint>
#include <string>
#include <vector>

#include "model/tokenizer/tokenizer.hpp"
#include "model/torch/server.hpp"
#include "model/workload/workload.hpp"

namespace kvsim::torch_models {

/// What becomes of a prompt that the model's context or vocabulary does not hold.
enum class OnExcess { kRefuse, kCut };

struct ClientOptions {
  std::uint32_t sessions = 1;      ///< at a time; not by arrival
  bool by_arrival = false;         ///< sessions begin, and turns come, no sooner than recorded
  double time_scale = 1;           ///< recorded times are multiplied by it
  std::uint32_t most_output = 64;  ///< tokens, where the workload does not say
  bool stops_at_eos = true;
  std::uint32_t context = 0;  ///< longest sequence, output included
  std::uint32_t vocab = 0;
  OnExcess on_excess = OnExcess::kRefuse;
};

/// Requests that did not fit.
struct Excess {
  std::uint64_t context = 0;     ///< prompt and output exceed the context
  std::uint64_t vocabulary = 0;  ///< an id is beyond the vocabulary
  std::uint64_t unasked = 0;     ///< turns behind a refused one of a chat
};

/// Which turn a request is. Its number is ServeRequest::id.
struct AskedTurn {
  std::uint32_t session = 0;
  std::uint32_t turn = 0;  ///< from 0
};

class Client {
 public:
  /// `tokenizer` may be null: then a text's bytes are its tokens. All must outlive the client.
  /// Throws InputError where by_arrival is asked of a workload without times.
  Client(const Workload& workload, const Tokenizer* tokenizer, const ClientOptions& options);

  /// Submits the first requests.
  void begin(Server& server);
  /// Submits what follows an answer.
  void answered(Server& server, const ServedRequest& served);

  const Excess& excess() const { return excess_; }
  /// By request id, over all turns of the workload.
  AskedTurn turn_of(std::uint64_t id) const { return turns_[id]; }
  std::uint64_t turns() const { return turns_.size(); }
  /// Turns answered, refused or given up so far.
  std::uint64_t settled() const { return settled_; }

 private:
  struct Session {
    std::uint32_t turn = 0;  // the next to ask
    std::vector<ChatMessage> messages;
    std::vector<Token> history;  // without tokenizer
  };

  void begin_session(Server& server, double now);
  /// The next turn that fits, if any.
  void ask(Server& server, std::uint32_t session, double now);
  std::vector<Token> prompt_of(std::uint32_t session);
  std::vector<Token> bytes_of(const std::string& text) const;

  const Workload& workload_;
  const Tokenizer* tokenizer_;
  ClientOptions options_;
  std::vector<Session> sessions_;
  std::vector<std::uint64_t> first_id_;  // of a session's turns
  std::vector<AskedTurn> turns_;
  std::uint32_t next_session_ = 0;
  std::uint64_t settled_ = 0;
  Excess excess_;
};

}  // namespace kvsim::torch_models
