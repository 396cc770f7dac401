#pragma once
// Components as they are named: `s3fifo:small=0.1`, in lists and alone. What each name means, its
// kind's registry knows.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/fields.hpp"

namespace kvsim {

/// A component by name with the parameters given for it.
struct ComponentSpec {
  std::string name;
  Params params;
  bool operator==(const ComponentSpec&) const = default;
};

/// What `list` says of a component.
struct ComponentInfo {
  std::string name;
  std::string doc;  ///< one sentence and the source
  std::vector<FieldInfo> fields;
};

/// The one called `name` among a kind's entries, each of which has an `info`. Throws InputError
/// with the nearest name.
template <class Entry>
const Entry& find_component(std::string_view kind, std::string_view name,
                            const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    if (entry.info.name == name) return entry;
    names.push_back(entry.info.name);
  }
  throw InputError(unknown_name(kind, name, names));
}

/// What `list` says of a kind's entries.
template <class Entry>
std::vector<ComponentInfo> infos_of(const std::vector<Entry>& entries) {
  std::vector<ComponentInfo> infos;
  for (const Entry& entry : entries) infos.push_back(entry.info);
  return infos;
}

/// The text's pieces, without the spaces around them.
std::vector<std::string_view> split_trimmed(std::string_view text, char separator);

/// Reads `name` or `name:a=1,b=2`; `kind` is what messages call it. Throws InputError.
ComponentSpec parse_component(std::string_view kind, std::string_view text);

/// The entries of a list: in `a:x=1,y=2,b` the piece `y=2` belongs to `a`.
std::vector<std::string> split_components(std::string_view text);

/// Each of the entries of a list as `parse` reads it.
template <class Parse>
auto parse_components(std::string_view text, Parse&& parse) {
  std::vector<decltype(parse(text))> specs;
  for (const std::string& entry : split_components(text)) specs.push_back(parse(entry));
  return specs;
}

/// Drops parameters that say what the default is anyway, so that equal specs are equal.
void drop_defaults(ComponentSpec& spec, const std::vector<FieldInfo>& fields);

/// Every parameter with its value, defaults included; `components` are those of its kind, of which
/// it is one.
Params resolved_params(const ComponentSpec& spec, const std::vector<ComponentInfo>& components);

/// The spec as parse_component() reads it.
std::string label_of(const ComponentSpec& spec);
std::vector<std::string> labels_of(const std::vector<ComponentSpec>& specs);

}  // namespace kvsim
