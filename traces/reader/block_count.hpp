#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "traces/reader/input.hpp"

namespace kvsim {

/// Throws BadRecord unless `blocks` is as many as cover `tokens`, the last block partly filled.
/// `format` has a parameter `block_size`.
inline void check_block_count(std::uint64_t blocks, std::uint32_t tokens, std::uint32_t block_size,
                              std::string_view format) {
  const std::uint64_t expected = (std::uint64_t{tokens} + block_size - 1) / block_size;
  if (blocks != expected) {
    bad_field(
        "hash_ids", fmt::format("{} ids", blocks),
        fmt::format("{}, which cover input_length {} at {} tokens a block; another block size: "
                    "--format {}:block_size=N",
                    expected, tokens, block_size, format));
  }
}

}  // namespace kvsim
