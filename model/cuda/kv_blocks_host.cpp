#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "model/cuda/kv_blocks.hpp"
#include "model/cuda/row_copy.hpp"
#include "sim/core/error.hpp"

namespace kvsim::kernels {

namespace {

constexpr std::int64_t kLongestRow = 512;
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

void check_row(Element element, std::int64_t head_dim, const char* name, std::int64_t longest) {
  const auto step = static_cast<std::int64_t>(16 / bytes_of(element));
  if (head_dim < 1 || head_dim > longest || head_dim % step != 0) {
    throw InputError(
        fmt::format("{}: head_dim is {}; allowed for {} are multiples of {}, at most {}", name,
                    head_dim, name_of(element), step, longest));
  }
}

void check_pointers(Element element, const void* data, const float* scale, const char* name) {
  if (data == nullptr || reinterpret_cast<std::uintptr_t>(data) % 16 != 0) {
    throw InputError(fmt::format("{}: data must be there and aligned to 16 bytes", name));
  }
  if (element == Element::kInt8 && scale == nullptr) {
    throw InputError(fmt::format("{}: int8 needs scales", name));
  }
}

RowView view_of(const Pool& pool, const Place& place, const char* name) {
  check_pool(pool, name, kLongestRow);
  if (place.count > 0 && place.list == nullptr) {
    throw InputError(fmt::format("{}: no list of blocks or slots", name));
  }
  if (place.first < 0 || place.count < 0 || place.first > kMost - place.count) {
    throw InputError(fmt::format("{}: positions {} to {} + {}; allowed are 0 to 2^31 - 1", name,
                                 place.first, place.first, place.count));
  }
  RowView view;
  view.element = pool.element;
  view.data = static_cast<char*>(pool.data);
  view.scale = pool.scale;
  view.list = place.list;
  view.by_slot = place.by == Place::By::kSlot;
  view.first = static_cast<std::uint32_t>(place.first);
  view.block_size = static_cast<std::uint32_t>(pool.block_size);
  view.blocks = pool.blocks;
  view.block_stride = pool.kv_heads * pool.block_size;
  view.head_stride = pool.block_size;
  view.token_stride = 1;
  return view;
}

RowView view_of(const Rows& rows, std::int64_t head_dim, const char* name) {
  check_row(rows.element, head_dim, name, kLongestRow);
  check_pointers(rows.element, rows.data, rows.scale, name);
  if (rows.token_stride < 1 || rows.head_stride < 1) {
    throw InputError(fmt::format("{}: strides are {} and {}; allowed is 1 or more", name,
                                 rows.token_stride, rows.head_stride));
  }
  RowView view;
  view.element = rows.element;
  view.data = static_cast<char*>(rows.data);
  view.scale = rows.scale;
  view.head_stride = rows.head_stride;
  view.token_stride = rows.token_stride;
  return view;
}

RowCopy copy_of(RowView from, RowView to, std::int64_t tokens, std::int64_t kv_heads,
                std::int64_t head_dim) {
  if (tokens > kMost / kv_heads) {
    throw InputError(fmt::format("{} tokens of {} heads in one copy; allowed are 2^31 - 1 rows",
                                 tokens, kv_heads));
  }
  return {from, to, static_cast<std::uint32_t>(tokens), static_cast<std::uint32_t>(kv_heads),
          static_cast<std::uint32_t>(head_dim)};
}

void check_list(const RowView& view, std::uint32_t tokens) {
  if (view.list == nullptr || tokens == 0) return;
  const std::uint32_t per_entry = view.by_slot ? 1 : view.block_size;
  const std::int64_t end = view.by_slot ? view.blocks * view.block_size : view.blocks;
  const std::uint32_t last = (view.first + tokens - 1) / per_entry;
  for (std::uint32_t i = view.first / per_entry; i <= last; ++i) {
    if (view.list[i] >= end) {
      throw InputError(fmt::format("entry {} of a list names {} {}; allowed are those below {}", i,
                                   view.by_slot ? "slot" : "block", view.list[i], end));
    }
  }
}

template <class E>
typename E::Bits* elements(const RowView& view, std::int64_t row, std::uint32_t head_dim) {
  return reinterpret_cast<typename E::Bits*>(view.data) + row * head_dim;
}

template <class From, class To>
void copy_row(const RowCopy& copy, std::int64_t from_row, std::int64_t to_row) {
  const auto* from = elements<From>(copy.from, from_row, copy.head_dim);
  auto* to = elements<To>(copy.to, to_row, copy.head_dim);
  if constexpr (From::kElement == To::kElement) {
    std::copy_n(from, copy.head_dim, to);
    if constexpr (From::kElement == Element::kInt8) {
      copy.to.scale[to_row] = copy.from.scale[from_row];
    }
  } else {
    float from_scale = 1;
    if constexpr (From::kElement == Element::kInt8) from_scale = copy.from.scale[from_row];
    float to_scale = 1;
    if constexpr (To::kElement == Element::kInt8) {
      float most = 0;
      for (std::uint32_t d = 0; d < copy.head_dim; ++d) {
        most = std::max(most, std::fabs(From::value(from[d])));
      }
      copy.to.scale[to_row] = most / 127;
      to_scale = most > 0 ? 127 / most : 0;
    }
    for (std::uint32_t d = 0; d < copy.head_dim; ++d) {
      to[d] = To::bits(From::value(from[d]) * from_scale * to_scale);
    }
  }
}

void run(const RowCopy& copy) {
  check_list(copy.from, copy.tokens);
  check_list(copy.to, copy.tokens);
  with_element(copy.from.element, [&]<class From>() {
    with_element(copy.to.element, [&]<class To>() {
      for (std::uint32_t h = 0; h < copy.kv_heads; ++h) {
        for (std::uint32_t t = 0; t < copy.tokens; ++t) {
          const std::int64_t from = row_of(copy.from, t, h);
          const std::int64_t to = row_of(copy.to, t, h);
          if (from >= 0 && to >= 0) copy_row<From, To>(copy, from, to);
        }
      }
    });
  });
}

}  // namespace

void check_pool(const Pool& pool, const char* name, std::int64_t longest_row) {
  if (pool.blocks < 1 || pool.kv_heads < 1 || pool.block_size < 1 || pool.kv_heads > kMost ||
      pool.block_size > kMost / pool.blocks) {
    throw InputError(
        fmt::format("{}: {} blocks of {} heads and {} tokens; allowed are 1 or more of each, and "
                    "2^31 - 1 tokens",
                    name, pool.blocks, pool.kv_heads, pool.block_size));
  }
  check_row(pool.element, pool.head_dim, name, longest_row);
  check_pointers(pool.element, pool.data, pool.scale, name);
}

RowCopy gathering(const Pool& from, const Place& place, const Rows& to) {
  const RowView source = view_of(from, place, "the pool");
  const RowView target = view_of(to, from.head_dim, "the rows");
  return copy_of(source, target, place.count, from.kv_heads, from.head_dim);
}

RowCopy scattering(const Rows& from, const Pool& to, const Place& place) {
  const RowView target = view_of(to, place, "the pool");
  const RowView source = view_of(from, to.head_dim, "the rows");
  return copy_of(source, target, place.count, to.kv_heads, to.head_dim);
}

RowCopy copying(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                const std::int32_t* to_blocks, std::int64_t count) {
  if (from.kv_heads != to.kv_heads || from.block_size != to.block_size ||
      from.head_dim != to.head_dim) {
    throw InputError(fmt::format(
        "the pools' blocks differ: {} heads, {} tokens and head_dim {} against {}, {} and {}",
        from.kv_heads, from.block_size, from.head_dim, to.kv_heads, to.block_size, to.head_dim));
  }
  if (count < 0 || count > kMost / std::max<std::int64_t>(1, from.block_size)) {
    throw InputError(fmt::format("{} blocks in one copy; allowed are 2^31 - 1 rows", count));
  }
  Place place;
  place.count = count * from.block_size;
  place.list = from_blocks;
  const RowView source = view_of(from, place, "the pool to copy from");
  place.list = to_blocks;
  const RowView target = view_of(to, place, "the pool to copy to");
  return copy_of(source, target, place.count, from.kv_heads, from.head_dim);
}

void gather_host(const Pool& from, const Place& place, const Rows& to) {
  run(gathering(from, place, to));
}

void scatter_host(const Rows& from, const Pool& to, const Place& place) {
  run(scattering(from, to, place));
}

void copy_blocks_host(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                      const std::int32_t* to_blocks, std::int64_t count) {
  run(copying(from, from_blocks, to, to_blocks, count));
}

}  // namespace kvsim::kernels
