#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim {

/// Bad input: a file, an option or a configuration that does not say what it must. The message
/// names the place (file and line, or JSON pointer), what was found and what is allowed. Thrown by
/// every library part, caught only by the command line, which exits with 1.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The candidate nearest to `name` by edit distance, whatever its case, hyphens and underscores; ""
/// if none is near enough to be meant.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// `unknown KIND 'NAME'; did you mean 'x'? (allowed: …)`, for an InputError's message.
std::string unknown_name(std::string_view kind, std::string_view name,
                         std::span<const std::string> candidates);

}  // namespace kvsim
