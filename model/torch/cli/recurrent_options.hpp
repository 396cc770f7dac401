#pragma once
// What the commands over recurrent language models share.

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/cli/command.hpp"

namespace kvsim::cli {

/// What computes, and on how many threads.
struct DeviceOptions {
  std::optional<std::string> device, threads;

  void declare(Command& command);
  /// Sets the threads. Throws InputError where there is no such device.
  at::Device apply() const;
};

struct TextFile {
  std::string path;
  std::string text;
};
/// Throws InputError where a file cannot be read, or is empty.
std::vector<TextFile> read_texts(const std::vector<std::string>& paths);
/// The files' names without their folders and endings, joined by "+".
std::string name_of(const std::vector<TextFile>& files);

}  // namespace kvsim::cli
