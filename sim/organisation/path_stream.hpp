#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/stream.hpp"

namespace kvsim {

/// A stream whose blocks are identified by their whole path: a node is a block together with all
/// blocks of its request before it. Where a trace's ids already stand for content and history,
/// nodes and slots are one to one.
struct PathStream {
  std::uint32_t nodes = 0;
  std::vector<Slot> node;                   ///< one an access
  std::vector<Slot> parent;                 ///< one a node; kNoSlot for a request's first block
  std::vector<std::uint32_t> next_request;  ///< one an access: the next request with this node, or
                                            ///< kNever; filled on demand
};

/// One pass; the future is derived only where asked for.
PathStream make_path_stream(const AccessStream& stream, bool with_future);

}  // namespace kvsim
