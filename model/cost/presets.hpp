#pragma once
// Models and GPUs by name, and the user's own by JSON file of the same form.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model/cost/gpu.hpp"
#include "model/cost/model_shape.hpp"

namespace kvsim {

const std::vector<ModelShape>& model_presets();
const std::vector<Gpu>& gpu_presets();

/// A preset by name, or the JSON file where `name_or_path` has a folder or ends in .json; relative
/// paths start from `folder`. Throws InputError: the nearest name, or file, JSON pointer, what was
/// found and what is allowed.
ModelShape find_model(std::string_view name_or_path, const std::filesystem::path& folder = {});
Gpu find_gpu(std::string_view name_or_path, const std::filesystem::path& folder = {});

/// From a file's text; `file` is its name in messages.
ModelShape parse_model(std::string_view text, const std::string& file);
Gpu parse_gpu(std::string_view text, const std::string& file);
/// As they are read back.
std::string to_json(const ModelShape& shape);
std::string to_json(const Gpu& gpu);

}  // namespace kvsim
