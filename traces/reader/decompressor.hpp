#pragma once
// Sources that decompress `content` as they are read. `name` is the file's, for messages; `owner`
// keeps the content alive.

#include <memory>
#include <span>
#include <string>

#include "traces/reader/byte_source.hpp"

namespace kvsim {

std::unique_ptr<ByteSource> gzip_source(std::span<const char> content, std::string name,
                                        std::shared_ptr<const void> owner);
std::unique_ptr<ByteSource> zstd_source(std::span<const char> content, std::string name,
                                        std::shared_ptr<const void> owner);
std::unique_ptr<ByteSource> xz_source(std::span<const char> content, std::string name,
                                      std::shared_ptr<const void> owner);

}  // namespace kvsim
