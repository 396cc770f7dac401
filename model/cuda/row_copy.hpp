#pragma once
// What gathering, scattering and copying blocks have in common: rows are copied from one view to
// another. Shared by the reference and the kernels.

#include <cstdint>

#include "model/cuda/kv_blocks.hpp"

namespace kvsim::kernels {

/// One side of a copy. Strides are in rows.
struct RowView {
  Element element = Element::kFloat32;
  char* data = nullptr;
  float* scale = nullptr;
  const std::int32_t* list = nullptr;  ///< none: plain rows
  bool by_slot = false;
  std::uint32_t first = 0;
  std::uint32_t block_size = 1;
  std::int64_t blocks = 0;  ///< of the pool
  std::int64_t block_stride = 0;
  std::int64_t head_stride = 0;
  std::int64_t token_stride = 0;
};

struct RowCopy {
  RowView from;
  RowView to;
  std::uint32_t tokens = 0;
  std::uint32_t kv_heads = 0;
  std::uint32_t head_dim = 0;
};

/// The number of a token's row, or -1 where the list leaves it out.
KVSIM_HOST_DEVICE inline std::int64_t row_of(const RowView& view, std::uint32_t token,
                                             std::uint32_t head) {
  std::int64_t block = 0;
  std::uint32_t offset = token;
  if (view.list != nullptr) {
    const std::uint32_t position = view.first + token;
    const std::int32_t entry = view.list[view.by_slot ? position : position / view.block_size];
    if (entry < 0) return -1;
    const auto e = static_cast<std::uint32_t>(entry);
    block = view.by_slot ? e / view.block_size : e;
    offset = (view.by_slot ? e : position) % view.block_size;
  }
  return block * view.block_stride + std::int64_t{head} * view.head_stride +
         std::int64_t{offset} * view.token_stride;
}

/// The checked copies behind the functions of kv_blocks.hpp. Throw InputError as those do.
RowCopy gathering(const Pool& from, const Place& place, const Rows& to);
RowCopy scattering(const Rows& from, const Pool& to, const Place& place);
RowCopy copying(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                const std::int32_t* to_blocks, std::int64_t count);

/// Throws InputError unless the pool has a shape, its pointers, and rows that vectors divide.
/// `name` is what the message calls it.
void check_pool(const Pool& pool, const char* name, std::int64_t longest_row);

}  // namespace kvsim::kernels
