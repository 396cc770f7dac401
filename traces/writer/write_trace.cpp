#include "traces/writer/write_trace.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/core/error.hpp"
#include "traces/format_spec.hpp"
#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"
#include "traces/writer/writers_list.hpp"

namespace kvsim {

namespace {

/// A writer with its type erased: once a file, never a record.
struct Entry {
  FormatInfo info;
  bool needs_blocks;
  void (*write)(const Trace&, OutputFile&, const Params&, std::string_view where);
  void (*check)(const Params&, std::string_view where);
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> made;
    for_each_type(WriterList{}, [&]<class W>() {
      using Config = typename W::Config;
      made.push_back(
          {{std::string(W::kName), std::string(W::kDoc), describe<Config>()},
           W::kNeedsBlocks,
           [](const Trace& trace, OutputFile& out, const Params& params, std::string_view where) {
             W::write(trace, out, parse_config<Config>(params, where));
           },
           [](const Params& params, std::string_view where) {
             static_cast<void>(parse_config<Config>(params, where));
           }});
    });
    return made;
  }();
  return all;
}

const Entry& find_entry(const std::string& name) {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) {
    if (entry.info.name == name) return entry;
    names.push_back(entry.info.name);
  }
  throw InputError(unknown_name("format to write", name, names));
}

}  // namespace

void write_trace(const Trace& trace, const std::filesystem::path& path, const std::string& format,
                 const WriteOptions& options) {
  const FormatSpec spec = parse_format_spec(format);
  const Entry& entry = find_entry(spec.name);
  const std::string where = fmt::format("format '{}'", entry.info.name);
  entry.check(spec.params, where);
  if (entry.needs_blocks && !trace.blocks && trace.tokens) {
    if (options.block_size == 0) {
      throw InputError(
          fmt::format("trace '{}' (tokens) cannot be written as {} without a block "
                      "size, at which its tokens become blocks",
                      trace.name, entry.info.name));
    }
    Trace cut = trace;
    cut.blocks = block_tokens(trace, options.block_size);
    OutputFile out(path);
    entry.write(cut, out, spec.params, where);
    out.commit();
    return;
  }
  OutputFile out(path);
  entry.write(trace, out, spec.params, where);
  out.commit();
}

std::vector<FormatInfo> list_writers() {
  std::vector<FormatInfo> writers;
  for (const Entry& entry : entries()) writers.push_back(entry.info);
  return writers;
}

}  // namespace kvsim
