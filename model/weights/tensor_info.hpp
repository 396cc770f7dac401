#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/weights/stored_type.hpp"

namespace kvsim {

/// Where a tensor lies and what it is.
struct TensorInfo {
  std::string name;
  StoredType type = StoredType::kF32;
  /// Row-major, outermost dimension first: what GGUF lists is turned around.
  std::vector<std::uint64_t> shape;
  std::size_t file = 0;      ///< which of WeightFile::files()
  std::uint64_t offset = 0;  ///< in bytes, from the file's beginning
  std::uint64_t bytes = 0;

  std::uint64_t elements() const { return element_count(shape).value_or(0); }
};

}  // namespace kvsim
