#pragma once

#include <string>
#include <unordered_map>

#include "traces/reader/concept.hpp"
#include "traces/reader/csv_table.hpp"
#include "traces/reader/object_batch.hpp"

namespace kvsim {

/// Object traces as delimited text, with columns named in the options, such as
/// `csv:id=lbn,size=size,time=time`. One access a line.
struct CsvFormat {
  static constexpr std::string_view kName = "csv";
  static constexpr std::string_view kDoc =
      "Delimited text, one object access a line, its columns named in the options.";

  enum class TimeUnit { kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };
  enum class Delimiter { kComma, kTab, kSpace, kSemicolon };
  enum class IdType { kNumber, kText };

  struct Config {
    std::string id = "id";
    std::string time;
    std::string size;
    TimeUnit time_unit = TimeUnit::kSeconds;
    Delimiter delimiter = Delimiter::kComma;
    IdType id_type = IdType::kNumber;
    bool header = true;
    static auto fields() {
      return std::tuple{
          field("id", &Config::id, "Column of the object's id; a number from 1 without a header."),
          field("time", &Config::time, "Column of the time; empty: 'time' where there is one."),
          field("size", &Config::size,
                "Column of the object's size in bytes; empty: 'size' where there is one."),
          field("time_unit", &Config::time_unit, {"s", "ms", "us", "ns"}, "Unit of the time."),
          field("delimiter", &Config::delimiter, {"comma", "tab", "space", "semicolon"},
                "What separates columns."),
          field("id_type", &Config::id_type, {"number", "text"},
                "Ids are integers, or any text, numbered as they appear."),
          field("header", &Config::header, "Whether the first line names the columns.")};
    }
  };

  static int sniff(const Sample& sample) {
    const CsvHeader header(sample, ',');
    return header.has("id") ? certainty::kLikely : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config& config) {
    std::vector<std::string> required{config.id};
    std::vector<std::string> optional;
    (config.time.empty() ? optional : required)
        .push_back(config.time.empty() ? "time" : config.time);
    (config.size.empty() ? optional : required)
        .push_back(config.size.empty() ? "size" : config.size);
    // Required columns come first, so the order is id, time, size unless only the size is required.
    const bool size_first = config.time.empty() && !config.size.empty();
    const std::size_t time_at = size_first ? 2 : 1;
    const std::size_t size_at = size_first ? 1 : 2;

    CsvTable table(input, delimiter(config), std::move(required), std::move(optional),
                   config.header);
    const bool has_time = table.has(time_at);
    const bool has_size = table.has(size_at);
    ObjectBatch batch(input, has_size, has_time);
    TextIds texts;
    table.each_row([&](std::span<const std::string_view> values) {
      const TimeNs time =
          has_time ? csv_time(values[time_at], required_name(config.time, "time"), unit_ns(config))
                   : 0;
      const std::uint32_t size =
          has_size ? csv_u32(values[size_at], required_name(config.size, "size")) : 0;
      const std::uint64_t id =
          config.id_type == IdType::kText ? texts.number(values[0]) : csv_u64(values[0], config.id);
      batch.add(id, size, time);
    });
    return batch.finish(kName);
  }

 private:
  /// Numbers texts in order of first appearance.
  class TextIds {
   public:
    std::uint64_t number(std::string_view text) {
      return ids_.try_emplace(std::string(text), ids_.size()).first->second;
    }

   private:
    std::unordered_map<std::string, std::uint64_t> ids_;
  };

  static std::string_view required_name(const std::string& given, std::string_view otherwise) {
    return given.empty() ? otherwise : std::string_view(given);
  }
  static std::uint64_t unit_ns(const Config& config) {
    constexpr std::uint64_t kUnits[] = {1'000'000'000, 1'000'000, 1'000, 1};
    return kUnits[static_cast<std::size_t>(config.time_unit)];
  }
  static char delimiter(const Config& config) {
    constexpr char kDelimiters[] = {',', '\t', ' ', ';'};
    return kDelimiters[static_cast<std::size_t>(config.delimiter)];
  }
};

static_assert(TraceFormat<CsvFormat>);

}  // namespace kvsim
