#include "traces/trace_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/core/column_builder.hpp"
#include "sim/core/error.hpp"
#include "traces/id_interner.hpp"

namespace kvsim {

namespace {

constexpr std::size_t kPending = 4096;
constexpr std::uint64_t kMostAccesses = 0xfffffffeu;

/// A column that exists from the first request that carries it; requests before it, and those
/// without it, hold `absent`.
template <class T>
class LazyColumn {
 public:
  LazyColumn(T absent, const std::filesystem::path& spill) : absent_(absent), values_(spill) {}

  void set(std::uint64_t row, const std::optional<T>& value) {
    if (!value) return;
    values_.resize(row + 1, absent_);
    values_[row] = *value;
  }
  void append(std::uint64_t row, std::span<const T> values) {
    values_.resize(row, absent_);
    values_.append(values);
  }
  std::span<T> values() { return values_.span(); }
  Column<T> take(std::uint64_t rows) {
    if (!values_.empty()) values_.resize(rows, absent_);
    return values_.take();
  }

 private:
  T absent_;
  ColumnBuilder<T> values_;
};

/// Distinct texts, numbered in order of first appearance.
class TextInterner {
 public:
  std::optional<std::uint32_t> intern(const std::optional<std::string_view>& text) {
    if (!text) return std::nullopt;
    if (const auto it = index_.find(*text); it != index_.end()) return it->second;
    const auto index = static_cast<std::uint32_t>(index_.size());
    index_.emplace(std::string(*text), index);
    if (offset_.empty()) offset_.push_back(0);
    text_.insert(text_.end(), text->begin(), text->end());
    offset_.push_back(text_.size());
    return index;
  }
  TextColumn take() {
    TextColumn column;
    if (offset_.empty()) return column;
    column.offset = Column<std::uint64_t>(std::move(offset_));
    column.text = Column<char>(std::move(text_));
    return column;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> index_;
  std::vector<std::uint64_t> offset_;
  std::vector<char> text_;
};

struct SequencedEvent {
  std::uint64_t sequence;
  std::uint32_t request;
  EventKind kind;
  std::uint32_t first;
  std::uint32_t count;
};

}  // namespace

struct TraceBuilder::State {
  State(Kind k, std::uint32_t size, std::filesystem::path folder)
      : kind(k), block_size(size), spill(std::move(folder)) {}

  Kind kind;
  std::uint32_t block_size;
  std::filesystem::path spill;
  std::uint64_t count = 0;
  bool from_earliest = false;

  LazyColumn<TimeNs> arrival{0, spill};
  LazyColumn<std::uint32_t> input_tokens{0, spill};
  LazyColumn<std::uint32_t> output_tokens{0, spill};
  LazyColumn<std::uint32_t> session{kNone, spill};
  LazyColumn<std::uint32_t> parent{kNone, spill};
  LazyColumn<std::uint32_t> turn{kNone, spill};
  LazyColumn<std::uint32_t> category{kNone, spill};
  LazyColumn<std::uint32_t> tenant{kNone, spill};
  LazyColumn<std::int32_t> priority{0, spill};
  LazyColumn<std::uint32_t> tokens_per_block{0, spill};
  TextInterner sessions, categories, tenants;

  ColumnBuilder<std::uint64_t> offset{spill};  // where each request's blocks, or tokens, begin
  ColumnBuilder<Slot> slot{spill};
  IdInterner ids;
  PathInterner paths;
  bool has_paths = false;
  Slot path = kNoSlot;  // the current request's last path block

  // Ids wait here, so that they are interned many at a time.
  std::vector<std::uint64_t> pending;
  std::vector<std::uint32_t> pending_bytes;

  // Until a size differs from the first, the first is all there is to know of them.
  std::optional<std::uint32_t> only_bytes;
  ColumnBuilder<std::uint32_t> bytes;                // one a slot, from the first difference on
  ColumnBuilder<std::uint32_t> access_bytes{spill};  // one an access, from a size's change on
  bool bytes_change = false;

  ColumnBuilder<Token> token{spill};
  std::vector<SequencedEvent> events;

  std::uint64_t accesses() const { return slot.size() + pending.size(); }

  void check_room(std::uint64_t more) const {
    if (accesses() + more > kMostAccesses) {
      throw InputError(
          fmt::format("request {}: more than {} accesses, the most that a trace may have", count,
                      kMostAccesses));
    }
  }

  void add_row(const RequestRow& row) {
    if (count >= kMostAccesses) {
      throw InputError(
          fmt::format("more than {} requests, the most that a trace may have", kMostAccesses));
    }
    arrival.set(count, row.arrival);
    input_tokens.set(count, row.input_tokens);
    output_tokens.set(count, row.output_tokens);
    session.set(count, sessions.intern(row.session));
    parent.set(count, row.parent);
    turn.set(count, row.turn);
    category.set(count, categories.intern(row.category));
    tenant.set(count, tenants.intern(row.tenant));
    priority.set(count, row.priority);
    ++count;
  }

  void flush() {
    if (pending.empty()) return;
    intern(pending, pending_bytes);
    pending.clear();
    pending_bytes.clear();
  }

  void intern(std::span<const std::uint64_t> some, std::span<const std::uint32_t> sizes) {
    const std::span<Slot> slots(slot.extend(some.size()), some.size());
    const std::size_t known = ids.ids().size();
    ids.intern(some, slots.data());
    if (!sizes.empty()) note_bytes(slots, sizes, known);
  }

  /// `known`: distinct objects before these.
  void note_bytes(std::span<const Slot> slots, std::span<const std::uint32_t> sizes,
                  std::size_t known) {
    if (!only_bytes) only_bytes = sizes.front();
    if (bytes.empty()) {
      bool same = true;
      for (const std::uint32_t size : sizes) same &= size == *only_bytes;
      if (same) return;
    }
    if (bytes.empty()) bytes.resize(known, *only_bytes);
    const std::size_t start = slot.size() - slots.size();
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      constexpr std::size_t kAhead = 16;
      if (i + kAhead < sizes.size()) __builtin_prefetch(bytes.data() + slots[i + kAhead]);
      if (slots[i] == bytes.size()) bytes.push_back(sizes[i]);
      if (bytes[slots[i]] != sizes[i] && !bytes_change) {
        bytes_change = true;
        for (const Slot s : slot.span().first(start + i)) access_bytes.push_back(bytes[s]);
      }
      if (bytes_change) access_bytes.push_back(sizes[i]);
    }
  }

  RequestColumns take_requests() {
    if (const std::span<TimeNs> times = arrival.values(); from_earliest && !times.empty()) {
      const TimeNs origin = *std::min_element(times.begin(), times.end());
      for (TimeNs& time : times) time -= origin;
    }
    RequestColumns requests;
    requests.count = count;
    requests.arrival = arrival.take(count);
    requests.input_tokens = input_tokens.take(count);
    requests.output_tokens = output_tokens.take(count);
    requests.session = session.take(count);
    requests.parent = parent.take(count);
    requests.turn = turn.take(count);
    requests.category = category.take(count);
    requests.tenant = tenant.take(count);
    requests.priority = priority.take(count);
    requests.session_names = sessions.take();
    requests.category_names = categories.take();
    requests.tenant_names = tenants.take();
    return requests;
  }

  BlockColumns take_blocks() {
    BlockColumns blocks;
    blocks.block_size = block_size;
    if (kind == Kind::kBlocks) {
      offset.push_back(slot.size());
      blocks.offset = offset.take();
      blocks.tokens_per_block = tokens_per_block.take(count);
    }
    blocks.distinct = has_paths ? paths.distinct() : static_cast<std::uint32_t>(ids.ids().size());
    if (!has_paths) blocks.id = ids.take_ids();
    blocks.slot = slot.take();
    if (only_bytes && bytes.empty() && *only_bytes != 0) bytes.resize(blocks.distinct, *only_bytes);
    blocks.bytes = bytes.take();
    blocks.access_bytes = access_bytes.take();
    return blocks;
  }

  EventColumns take_events() {
    std::sort(events.begin(), events.end(), [](const SequencedEvent& a, const SequencedEvent& b) {
      return a.sequence < b.sequence;
    });
    EventColumns columns;
    std::vector<std::uint32_t> request, first, blocks;
    std::vector<EventKind> kinds;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const SequencedEvent& event = events[i];
      if (i > 0 && events[i - 1].sequence == event.sequence) {
        throw InputError(fmt::format(
            "events of requests {} and {} have the same sequence number {}, allowed is each once",
            events[i - 1].request, event.request, event.sequence));
      }
      request.push_back(event.request);
      kinds.push_back(event.kind);
      first.push_back(event.first);
      blocks.push_back(event.count);
    }
    columns.request = Column<std::uint32_t>(std::move(request));
    columns.kind = Column<EventKind>(std::move(kinds));
    columns.first = Column<std::uint32_t>(std::move(first));
    columns.count = Column<std::uint32_t>(std::move(blocks));
    return columns;
  }
};

TraceBuilder::TraceBuilder(Kind kind, std::uint32_t block_size, std::filesystem::path spill)
    : state_(std::make_unique<State>(kind, block_size, std::move(spill))) {
  assert((kind == Kind::kBlocks) == (block_size != 0));
}

TraceBuilder::~TraceBuilder() = default;

void TraceBuilder::add_object(std::uint64_t id, std::uint32_t bytes, const RequestRow& row) {
  assert(state_->kind == Kind::kObjects);
  state_->check_room(1);
  state_->add_row(row);
  state_->pending.push_back(id);
  state_->pending_bytes.push_back(bytes);
  if (state_->pending.size() >= kPending) state_->flush();
}

void TraceBuilder::add_objects(std::span<const std::uint64_t> ids,
                               std::span<const std::uint32_t> bytes,
                               std::span<const TimeNs> arrival) {
  assert(state_->kind == Kind::kObjects);
  assert(bytes.empty() || bytes.size() == ids.size());
  assert(arrival.empty() || arrival.size() == ids.size());
  State& state = *state_;
  state.check_room(ids.size());
  if (!arrival.empty()) state.arrival.append(state.count, arrival);
  state.count += ids.size();
  state.flush();
  state.intern(ids, bytes);
}

void TraceBuilder::begin_request(const RequestRow& row) {
  State& state = *state_;
  assert(state.kind != Kind::kObjects);
  state.add_row(row);
  if (state.kind == Kind::kBlocks) state.offset.push_back(state.accesses());
  if (state.kind == Kind::kTokens) state.offset.push_back(state.token.size());
  state.path = kNoSlot;
}

void TraceBuilder::add_block(std::uint64_t id) { add_blocks({&id, 1}); }

void TraceBuilder::add_blocks(std::span<const std::uint64_t> ids) {
  State& state = *state_;
  assert(state.kind == Kind::kBlocks && !state.offset.empty() && !state.has_paths);
  state.check_room(ids.size());
  state.pending.insert(state.pending.end(), ids.begin(), ids.end());
  if (state.pending.size() >= kPending) state.flush();
}

void TraceBuilder::add_block_run(std::uint64_t first, std::uint64_t count) {
  State& state = *state_;
  assert(state.kind == Kind::kBlocks && !state.offset.empty() && !state.has_paths);
  state.check_room(count);
  state.flush();
  state.ids.intern_run(first, count, state.slot.extend(count));
}

void TraceBuilder::add_path_block(std::uint32_t component, std::uint64_t id) {
  State& state = *state_;
  assert(state.kind == Kind::kBlocks && !state.offset.empty() && state.pending.empty());
  state.check_room(1);
  state.has_paths = true;
  state.path = state.paths.intern(state.path, component, id);
  state.slot.push_back(state.path);
}

void TraceBuilder::set_tokens_per_block(std::uint32_t tokens) {
  assert(state_->kind == Kind::kBlocks && state_->count > 0);
  state_->tokens_per_block.set(state_->count - 1, tokens);
}

void TraceBuilder::add_tokens(std::span<const Token> input, std::span<const Token> output) {
  State& state = *state_;
  assert(state.kind == Kind::kTokens && state.count > 0);
  state.input_tokens.set(state.count - 1, static_cast<std::uint32_t>(input.size()));
  state.output_tokens.set(state.count - 1, static_cast<std::uint32_t>(output.size()));
  state.token.append(input);
  state.token.append(output);
}

void TraceBuilder::add_event(std::uint64_t sequence, EventKind kind, std::uint32_t first,
                             std::uint32_t count) {
  assert(state_->count > 0);
  state_->events.push_back(
      {sequence, static_cast<std::uint32_t>(state_->count - 1), kind, first, count});
}

std::uint64_t TraceBuilder::requests() const { return state_->count; }
std::uint64_t TraceBuilder::accesses() const { return state_->accesses(); }
void TraceBuilder::start_at_earliest() { state_->from_earliest = true; }

Trace TraceBuilder::finish(std::string name, std::string format) {
  State& state = *state_;
  state.flush();
  Trace trace;
  trace.name = std::move(name);
  trace.format = std::move(format);
  trace.requests = state.take_requests();
  if (state.kind == Kind::kObjects || state.kind == Kind::kBlocks) {
    trace.blocks = state.take_blocks();
  }
  if (state.kind == Kind::kTokens) {
    TokenColumns tokens;
    state.offset.push_back(state.token.size());
    tokens.offset = state.offset.take();
    tokens.token = state.token.take();
    trace.tokens = std::move(tokens);
  }
  if (!state.events.empty()) trace.events = state.take_events();
  state_ = std::make_unique<State>(state.kind, state.block_size, std::move(state.spill));
  return trace;
}

}  // namespace kvsim
