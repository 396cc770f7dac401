#include "fuzz/check_trace.hpp"

#include <cstdio>
#include <cstdlib>

namespace kvsim {

namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "a trace was read in which this does not hold: %s\n", what);
  std::abort();
}

template <class T>
bool has(const Column<T>& column, std::uint64_t count) {
  return column.empty() || column.size() == count;
}

bool in_bounds(const Column<std::uint32_t>& column, std::uint64_t bound) {
  for (const std::uint32_t value : column) {
    if (value != kNone && value >= bound) return false;
  }
  return true;
}

bool ascending(const Column<std::uint64_t>& column, std::uint64_t last) {
  if (column.empty() || column[0] != 0 || column[column.size() - 1] != last) return false;
  for (std::size_t i = 1; i < column.size(); ++i) {
    if (column[i - 1] > column[i]) return false;
  }
  return true;
}

void check_blocks(const BlockColumns& blocks, std::uint64_t requests) {
  if (blocks.offset.empty()) {
    expect(blocks.slot.size() == requests, "one access a request");
  } else {
    expect(blocks.offset.size() == requests + 1, "an offset a request");
    expect(ascending(blocks.offset, blocks.accesses()), "block offsets ascend");
  }
  for (const Slot slot : blocks.slot) expect(slot < blocks.distinct, "slot < distinct");
  expect(has(blocks.id, blocks.distinct), "an id a slot");
  expect(has(blocks.bytes, blocks.distinct), "a size a slot");
  expect(has(blocks.access_bytes, blocks.accesses()), "a size an access");
  expect(has(blocks.tokens_per_block, requests), "tokens per block a request");
}

}  // namespace

void check_trace(const Trace& trace) {
  const RequestColumns& r = trace.requests;
  expect(r.count > 0, "there is a request");
  expect(has(r.arrival, r.count) && has(r.input_tokens, r.count) && has(r.output_tokens, r.count) &&
             has(r.session, r.count) && has(r.parent, r.count) && has(r.turn, r.count) &&
             has(r.category, r.count) && has(r.tenant, r.count) && has(r.priority, r.count),
         "columns have a value a request");
  expect(in_bounds(r.session, r.session_names.size()), "sessions have names");
  expect(in_bounds(r.category, r.category_names.size()), "categories have names");
  expect(in_bounds(r.tenant, r.tenant_names.size()), "tenants have names");
  expect(in_bounds(r.parent, r.count), "parents are requests");
  if (trace.blocks) check_blocks(*trace.blocks, r.count);
  if (trace.tokens) {
    expect(trace.tokens->offset.size() == r.count + 1, "a token offset a request");
    expect(ascending(trace.tokens->offset, trace.tokens->token.size()), "token offsets ascend");
    for (const std::uint32_t size : {1u, 3u, 16u, 0xffffffffu}) {
      check_blocks(block_tokens(trace, size), r.count);
      check_blocks(block_tokens(trace, size, true), r.count);
    }
  }
  if (trace.events) {
    const EventColumns& e = *trace.events;
    expect(e.kind.size() == e.size() && e.first.size() == e.size() && e.count.size() == e.size(),
           "event columns have one length");
    expect(in_bounds(e.request, r.count), "events belong to requests");
  }
}

}  // namespace kvsim
