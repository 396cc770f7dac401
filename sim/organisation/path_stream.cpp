#include "sim/organisation/path_stream.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

namespace kvsim {

PathStream make_path_stream(const AccessStream& stream, bool with_future) {
  PathStream paths;
  paths.node.resize(stream.slot.size());
  boost::unordered_flat_map<std::uint64_t, Slot> node_of;  // (parent node, slot) → node
  node_of.reserve(stream.distinct);
  for (std::uint64_t r = 0; r < stream.requests; ++r) {
    Slot parent = kNoSlot;
    for (std::uint64_t i = stream.begin(r); i < stream.end(r); ++i) {
      const std::uint64_t key = static_cast<std::uint64_t>(parent) << 32 | stream.slot[i];
      const auto [it, is_new] = node_of.try_emplace(key, paths.nodes);
      if (is_new) {
        paths.parent.push_back(parent);
        ++paths.nodes;
      }
      parent = paths.node[i] = it->second;
    }
  }
  if (with_future) {
    paths.next_request.resize(paths.node.size());
    std::vector<std::uint32_t> seen(paths.nodes, kNever);
    for (std::uint64_t r = stream.requests; r-- > 0;) {
      for (std::uint64_t i = stream.begin(r); i < stream.end(r); ++i) {
        paths.next_request[i] = seen[paths.node[i]];
        seen[paths.node[i]] = static_cast<std::uint32_t>(r);
      }
    }
  }
  return paths;
}

}  // namespace kvsim
