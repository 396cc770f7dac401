// trace_sha256(): the identity of the file that a trace was read from.

#include <fmt/format.h>
#include <openssl/evp.h>

#include <memory>
#include <new>
#include <span>

#include "sim/core/error.hpp"
#include "sim/core/mapped_file.hpp"
#include "traces/reader/byte_source.hpp"
#include "traces/sha256.hpp"
#include "traces/trace.hpp"

namespace kvsim {

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (state_->context == nullptr ||
      EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const char> bytes) {
  if (!bytes.empty()) EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

void Sha256::digest(std::array<unsigned char, 32>& out) {
  EVP_DigestFinal_ex(state_->context.get(), out.data(), nullptr);
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> bytes{};
  digest(bytes);
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

namespace {

std::string file_sha256(const std::filesystem::path& path) {
  const MappedFile file = map_file(path);
  Sha256 sha;
  sha.update(file.bytes);
  return sha.hex();
}

}  // namespace

std::string trace_sha256(const Trace& trace) {
  if (!trace.sha256.empty() || trace.path.empty()) return trace.sha256;
  std::error_code error;
  if (!std::filesystem::is_directory(trace.path, error)) return file_sha256(trace.path);
  // A folder's digest is that of the list of its files' digests and names.
  Sha256 sha;
  for (const std::filesystem::path& file : folder_files(trace.path)) {
    const std::string line = fmt::format("{}  {}\n", file_sha256(file), file.filename().string());
    sha.update(line);
  }
  return sha.hex();
}

}  // namespace kvsim
