#include "sim/hash/hasher.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/hash/function_list.hpp"  // made from functions.list

namespace kvsim {

namespace {

template <HashFunction H>
class ErasedHasher : public Hasher {
 public:
  explicit ErasedHasher(const H& hash) : hash_(hash) {}

  Digest digest(std::span<const std::byte> key) const override { return widened(hash_(key)); }
  void digest_many(std::span<const std::byte> keys, std::size_t key_bytes,
                   std::span<Digest> digests) const override {
    const H hash = hash_;  // of which the compiler knows that digests do not overwrite it
    const std::byte* key = keys.data();
    for (Digest& digest : digests) {
      digest = widened(hash({key, key_bytes}));
      key += key_bytes;
    }
  }

 private:
  H hash_;
};

struct HashEntry {
  ComponentInfo info;
  HashTraits traits;
  std::string_view missing;  // what to install for it; empty: nothing
  void (*check)(const Params& params);
  std::unique_ptr<Hasher> (*make)(const Params& params, std::uint64_t seed);
};

std::string place(std::string_view name) { return fmt::format("hash '{}'", name); }

// A function built without its library says in kMissing what that is.
template <HashFunction H>
constexpr std::string_view missing_part() {
  if constexpr (requires { H::kMissing; }) {
    return H::kMissing;
  } else {
    return "";
  }
}

template <HashFunction H>
HashEntry entry() {
  using Config = typename H::Config;
  return {{std::string(H::kName), std::string(H::kDoc), describe<Config>()},
          H::kTraits,
          missing_part<H>(),
          [](const Params& params) { (void)parse_config<Config>(params, place(H::kName)); },
          [](const Params& params, std::uint64_t seed) -> std::unique_ptr<Hasher> {
            return std::make_unique<ErasedHasher<H>>(
                H(parse_config<Config>(params, place(H::kName)), seed));
          }};
}

const std::vector<HashEntry>& registry() {
  static const std::vector<HashEntry> entries = [] {
    std::vector<HashEntry> all;
    for_each_type(HashFunctionList{}, [&]<class H>() { all.push_back(entry<H>()); });
    return all;
  }();
  return entries;
}

const HashEntry& find_hash(std::string_view name) {
  return find_component("hash", name, registry());
}

const HashEntry& find_built_hash(std::string_view name) {
  const HashEntry& found = find_hash(name);
  if (!found.missing.empty()) {
    throw InputError(fmt::format("{}: kvsim was built without it; install {} and build again",
                                 place(name), found.missing));
  }
  return found;
}

}  // namespace

ComponentSpec checked_hash(ComponentSpec spec) {
  const HashEntry& found = find_built_hash(spec.name);
  found.check(spec.params);
  drop_defaults(spec, found.info.fields);
  return spec;
}

ComponentSpec parse_hash(std::string_view text) {
  return checked_hash(parse_component("hash", text));
}

std::vector<ComponentSpec> parse_hash_list(std::string_view text) {
  return parse_components(text, parse_hash);
}

HashTraits hash_traits(std::string_view name) { return find_hash(name).traits; }

unsigned checked_bits(std::string_view hash, unsigned bits, unsigned most) {
  if (bits > most) {
    throw InputError(
        fmt::format("{}: {} bits are asked, but its digests have {}", place(hash), bits, most));
  }
  return bits == 0 ? most : bits;
}

bool hash_available(std::string_view name) { return find_hash(name).missing.empty(); }

std::unique_ptr<Hasher> make_hasher(const ComponentSpec& spec, std::uint64_t seed) {
  const HashEntry& found = find_built_hash(spec.name);
  if (seed != 0 && !found.traits.seeded) {
    throw InputError(
        fmt::format("{}: takes no seed, but {} is given; allowed is 0", place(spec.name), seed));
  }
  return found.make(spec.params, seed);
}

std::vector<ComponentInfo> list_hashes() { return infos_of(registry()); }

}  // namespace kvsim
