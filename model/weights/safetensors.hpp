#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights/tensor_info.hpp"

namespace kvsim {

/// Reads a safetensors file's header: eight bytes of length, JSON, and behind it the data, which
/// the tensors must fill without holes or overlaps. Throws InputError naming `file`, the tensor,
/// what was found, and what is allowed.
///
/// Source: the safetensors README, section "Format".
std::vector<TensorInfo> read_safetensors(std::span<const std::byte> bytes, const std::string& file);

/// Which of the files beside it holds each tensor, by a model.safetensors.index.json. File names
/// that lead out of the folder are refused. Throws InputError.
std::map<std::string, std::string> read_safetensors_index(std::string_view json,
                                                          const std::string& file);

}  // namespace kvsim
