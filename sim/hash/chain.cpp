#include "sim/hash/chain.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/hash/chain_list.hpp"  // made from chains.list

namespace kvsim {

namespace {

template <ChainScheme C>
class ErasedChain : public Chain {
 public:
  explicit ErasedChain(const C& chain) : chain_(chain) {}

  std::string hash_name() const override { return std::string(chain_.hash_name()); }
  unsigned bits() const override { return chain_.bits(); }
  Digest root() const override { return chain_.root(); }
  Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens,
              const BlockExtras& extras) const override {
    return chain_.next(parent, is_first, tokens, extras);
  }

 private:
  C chain_;
};

struct ChainEntry {
  ComponentInfo info;
  void (*check)(const Params& params);
  std::unique_ptr<Chain> (*make)(const Params& params);
};

std::string place(std::string_view name) { return fmt::format("chain '{}'", name); }

template <ChainScheme C>
ChainEntry entry() {
  using Config = typename C::Config;
  return {
      {std::string(C::kName), std::string(C::kDoc), describe<Config>()},
      [](const Params& params) { (void)parse_config<Config>(params, place(C::kName)); },
      [](const Params& params) -> std::unique_ptr<Chain> {
        return std::make_unique<ErasedChain<C>>(C(parse_config<Config>(params, place(C::kName))));
      }};
}

ChainEntry own_entry() {
  return {{std::string(kOwnChain),
           "kvsim's own: the hash function of --hash over the parent's (truncated) key and the "
           "block's tokens as little-endian u32, or over the block's id where the trace has ids.",
           {}},
          [](const Params& params) { check_names(params, {}, place(kOwnChain)); },
          [](const Params&) -> std::unique_ptr<Chain> {
            throw std::logic_error("make_chain: kvsim's own chain is made of a hash function");
          }};
}

const std::vector<ChainEntry>& registry() {
  static const std::vector<ChainEntry> entries = [] {
    std::vector<ChainEntry> all{own_entry()};
    for_each_type(ChainList{}, [&]<class C>() { all.push_back(entry<C>()); });
    return all;
  }();
  return entries;
}

const ChainEntry& find_chain(std::string_view name) {
  return find_component("chain", name, registry());
}

}  // namespace

ComponentSpec checked_chain(ComponentSpec spec) {
  const ChainEntry& found = find_chain(spec.name);
  found.check(spec.params);
  drop_defaults(spec, found.info.fields);
  return spec;
}

ComponentSpec parse_chain(std::string_view text) {
  return checked_chain(parse_component("chain", text));
}

std::vector<ComponentSpec> parse_chain_list(std::string_view text) {
  return parse_components(text, parse_chain);
}

std::unique_ptr<Chain> make_chain(const ComponentSpec& spec) {
  return find_chain(spec.name).make(spec.params);
}

std::vector<ComponentInfo> list_chains() { return infos_of(registry()); }

}  // namespace kvsim
