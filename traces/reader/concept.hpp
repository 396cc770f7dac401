#pragma once
// What a trace format is: a plain struct with a name, a sentence, options, a way to recognise its
// content and a way to read it. One file and one line in formats.list adds one.

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/fields.hpp"
#include "traces/reader/input.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// What a format sees of a file to recognise it.
struct Sample {
  std::string_view head;              ///< the first bytes, at most TraceInput::kHead
  bool complete = false;              ///< head is all there is
  std::optional<std::uint64_t> size;  ///< bytes in all, where known without reading on
};

/// How sure a format is that content is its own. The surest wins if it is at least kLikely and
/// leads by kLead; otherwise the user is asked.
namespace certainty {
inline constexpr int kNo = 0;
inline constexpr int kPossible = 50;
inline constexpr int kLikely = 60;
inline constexpr int kCertain = 100;
inline constexpr int kLead = 20;
}  // namespace certainty

template <class F>
concept TraceFormat = requires(const Sample& sample, TraceInput& input,
                               const typename F::Config& config) {
  { F::kName } -> std::convertible_to<std::string_view>;
  { F::kDoc } -> std::convertible_to<std::string_view>;
  /// 0 (is none) to 100; see certainty.
  { F::sniff(sample) } -> std::same_as<int>;
  /// Reads all records. Throws InputError. Name, path and skipped records are set by the caller.
  { F::read(input, config) } -> std::same_as<Trace>;
};

/// A format that may also be a folder of files, given in the order of their names.
template <class F>
concept FolderFormat = TraceFormat<F> &&
    requires(std::span<const std::filesystem::path> files, TraceInput::Options options,
             const typename F::Config& config) {
  { F::read_folder(files, options, config) } -> std::same_as<Trace>;
};

}  // namespace kvsim
