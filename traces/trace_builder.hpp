#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "traces/trace.hpp"

namespace kvsim {

/// Turns the requests that a reader or generator yields, one after the other, into a Trace:
/// interns ids to dense slots in order of first appearance (exactly, in one pass) and keeps each
/// column that at least one request carries.
class TraceBuilder {
 public:
  enum class Kind {
    kObjects,  ///< add_object()
    kBlocks,   ///< begin_request(), then add_block() or add_path_block() for each of its blocks
    kTokens,   ///< begin_request(), then add_tokens(), then add_event() if recorded
    kLengths,  ///< begin_request() alone: load without content
  };

  /// `block_size` in tokens, for kBlocks only. With a `spill` folder, long columns lie in nameless
  /// files there, so that memory grows with the distinct blocks alone.
  explicit TraceBuilder(Kind kind, std::uint32_t block_size = 0, std::filesystem::path spill = {});
  ~TraceBuilder();
  TraceBuilder(const TraceBuilder&) = delete;
  TraceBuilder& operator=(const TraceBuilder&) = delete;

  /// One request of one object. `bytes` 0: the trace carries no sizes.
  void add_object(std::uint64_t id, std::uint32_t bytes, const RequestRow& row = {});
  /// One request an id, in order; `bytes` and `arrival` have a value an id, or are empty
  /// throughout the trace.
  void add_objects(std::span<const std::uint64_t> ids, std::span<const std::uint32_t> bytes = {},
                   std::span<const TimeNs> arrival = {});

  void begin_request(const RequestRow& row);
  /// The next block of the current request; equal id = equal content and equal history.
  void add_block(std::uint64_t id);
  void add_blocks(std::span<const std::uint64_t> ids);
  /// The next `count` blocks, of successive ids from `first` on.
  void add_block_run(std::uint64_t first, std::uint64_t count);
  /// The next block where ids name content alone: its identity is `component` and `id` together
  /// with every block of the request before it.
  void add_path_block(std::uint32_t component, std::uint64_t id);
  /// Sets tokens_per_block of the current request.
  void set_tokens_per_block(std::uint32_t tokens);
  /// The current request's tokens, once; they say its input and output length.
  void add_tokens(std::span<const Token> input, std::span<const Token> output);
  /// Events of the current request; they are sorted by `sequence` over the whole trace at the end.
  void add_event(std::uint64_t sequence, EventKind kind, std::uint32_t first, std::uint32_t count);

  /// Requests so far.
  std::uint64_t requests() const;
  /// Accesses so far.
  std::uint64_t accesses() const;
  /// Makes the earliest arrival the origin of times when the trace is finished: for files whose
  /// times are dates.
  void start_at_earliest();

  /// The trace. The builder is empty afterwards. Throws InputError if sequence numbers repeat or
  /// there are more than 2^32 - 2 distinct blocks or accesses.
  Trace finish(std::string name, std::string format);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kvsim
