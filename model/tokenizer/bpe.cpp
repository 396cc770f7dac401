#include "model/tokenizer/bpe.hpp"

#include <algorithm>
#include <utility>

namespace kvsim {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// Whether `a` is merged after `b`.
bool is_later(const Bpe::Scratch::Candidate& a, const Bpe::Scratch::Candidate& b) {
  return std::pair(a.rank, a.left) > std::pair(b.rank, b.left);
}

}  // namespace

void Bpe::encode(std::string_view piece, Scratch& scratch, std::vector<Token>& out) const {
  auto& [symbols, heap] = scratch;
  symbols.clear();
  heap.clear();
  for (const char c : piece) {
    const Token token = bytes_[static_cast<unsigned char>(c)];
    if (token == kNoToken) continue;
    const auto at = static_cast<std::uint32_t>(symbols.size());
    symbols.push_back({token, at == 0 ? kNone : at - 1, at + 1});
  }
  if (symbols.empty()) return;
  symbols.back().next = kNone;

  // Candidates stay in the heap when a merge beside them makes them void; they are told by their
  // tokens. A symbol that became part of the one before it has kNoToken.
  const auto consider = [&](std::uint32_t left) {
    const std::uint32_t right = symbols[left].next;
    if (right == kNone) return;
    const Merge* merge = find(symbols[left].token, symbols[right].token);
    if (merge == nullptr) return;
    heap.push_back({merge->rank, left, symbols[left].token, symbols[right].token});
    std::push_heap(heap.begin(), heap.end(), is_later);
  };
  for (std::uint32_t i = 0; i + 1 < symbols.size(); ++i) consider(i);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), is_later);
    const Scratch::Candidate candidate = heap.back();
    heap.pop_back();
    Scratch::Symbol& left = symbols[candidate.left];
    if (left.token != candidate.left_token || left.next == kNone) continue;
    Scratch::Symbol& right = symbols[left.next];
    if (right.token != candidate.right_token) continue;
    left.token = find(candidate.left_token, candidate.right_token)->merged;
    left.next = right.next;
    right.token = kNoToken;
    if (left.next != kNone) symbols[left.next].previous = candidate.left;
    if (left.previous != kNone) consider(left.previous);
    consider(candidate.left);
  }
  for (std::uint32_t i = 0; i != kNone; i = symbols[i].next) out.push_back(symbols[i].token);
}

}  // namespace kvsim
