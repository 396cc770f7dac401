#include "experiments/keying.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

bool is_dense(const ComponentSpec& table) { return table.name == "dense"; }

std::vector<KeySpec> key_specs(const KeySweep& sweep) {
  std::vector<ComponentSpec> chains = sweep.chains;
  if (chains.empty()) chains.push_back(KeySpec{}.chain);
  std::vector<std::uint32_t> widths = sweep.bits;
  if (widths.empty()) widths.push_back(0);
  const bool has_plain_chain = std::any_of(
      chains.begin(), chains.end(), [](const ComponentSpec& c) { return c == KeySpec{}.chain; });
  if (sweep.seed.value_or(0) != 0 && !has_plain_chain) {
    throw InputError(
        fmt::format("hash seed {} is asked for, but chain '{}' has its own rules for it",
                    *sweep.seed, label_of(chains.front())));
  }
  std::vector<KeySpec> specs;
  for (const ComponentSpec& chain : chains) {
    std::vector<ComponentSpec> hashes = sweep.hashes;
    if (hashes.empty()) hashes.push_back(KeySpec{}.hash);
    if (chain != KeySpec{}.chain) {
      const std::string own = checked(KeySpec{{}, 0, 0, chain}).hash.name;
      const bool is_named = std::any_of(sweep.hashes.begin(), sweep.hashes.end(),
                                        [&](const ComponentSpec& h) { return h.name == own; });
      if (!sweep.hashes.empty() && !is_named && !has_plain_chain) {
        throw InputError(fmt::format("chain '{}' uses hash '{}', but '{}' is asked for", chain.name,
                                     own, label_of(sweep.hashes.front())));
      }
      hashes = {{own, {}}};
    }
    for (const ComponentSpec& hash : hashes) {
      for (const std::uint32_t bits : widths) {
        const bool takes_seed = chain == KeySpec{}.chain;
        specs.push_back(
            checked(KeySpec{hash, bits, takes_seed ? sweep.seed.value_or(0) : 0, chain}));
      }
    }
  }
  return specs;
}

}  // namespace

bool KeySweep::asks_for_hash() const {
  return !hashes.empty() || !bits.empty() || seed || !chains.empty() ||
         std::any_of(tables.begin(), tables.end(), [](const auto& t) { return !is_dense(t); });
}

std::vector<Keying> keyings_of(const KeySweep& sweep) {
  std::vector<ComponentSpec> tables = sweep.tables;
  if (tables.empty()) tables.push_back({"dense", {}});
  if (!sweep.loads.empty() && std::all_of(tables.begin(), tables.end(), is_dense)) {
    throw InputError("a load is asked for, but no table that has one: table dense is an array");
  }
  std::vector<std::optional<KeySpec>> specs;
  if (sweep.asks_for_hash()) {
    for (KeySpec& spec : key_specs(sweep)) specs.emplace_back(std::move(spec));
  } else {
    specs.emplace_back();
  }
  std::vector<Keying> keyings;
  for (const std::optional<KeySpec>& spec : specs) {
    for (const ComponentSpec& table : tables) {
      std::vector<double> loads = sweep.loads;
      if (loads.empty() || is_dense(table)) loads = {kDefaultLoad};
      for (const double load : loads) keyings.push_back({spec, table, load});
    }
  }
  return keyings;
}

std::string identity_of(const Keying& keying) {
  std::string text = label_of(keying.table);
  if (!is_dense(keying.table)) text += fmt::format(" {}", keying.load);
  if (!keying.keys) return text;
  return fmt::format("{} {} {} {} {}", text, label_of(keying.keys->hash), keying.keys->bits,
                     keying.keys->seed, label_of(keying.keys->chain));
}

}  // namespace kvsim
