#include "sim/hash/study/audit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <tuple>
#include <unordered_set>

#include "sim/core/error.hpp"
#include "sim/engine/block_keys.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/collisions.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/hash/study/avalanche.hpp"
#include "sim/hash/study/bits_needed.hpp"
#include "sim/hash/study/colliding_blocks.hpp"
#include "sim/hash/study/structured_keys.hpp"

namespace kvsim {

namespace {

constexpr std::uint64_t kStride = 65'536;

CollisionCheck check(std::string keys, unsigned bits, std::uint64_t inputs, std::uint64_t observed,
                     std::optional<double> p_value = std::nullopt) {
  const auto n = static_cast<double>(inputs);
  CollisionCheck result{
      std::move(keys), bits, inputs, observed, expected_collisions(n, bits), 0, 1};
  const double sigma = std::sqrt(collision_variance(n, bits));
  if (sigma > 0) {
    result.deviations = (static_cast<double>(observed) - result.expected) / sigma;
  }
  result.p_value = p_value ? *p_value : collision_p_value(observed, inputs, bits);
  return result;
}

BucketCheck check_buckets(std::string keys, std::vector<std::uint64_t> words, unsigned bits) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  const std::uint64_t buckets = std::bit_floor(std::max<std::uint64_t>(words.size(), 1));
  for (std::uint64_t& word : words) word %= buckets;
  const BucketTest test = test_buckets(words, buckets, bits);
  return {std::move(keys), buckets, test.observed, test.expected, test.p_value};
}

// The trace's keys at each width, and their buckets at the largest.
void audit_trace_keys(const AccessStream& stream, KeySpec spec, const std::string& keys,
                      const std::vector<unsigned>& widths, HashAuditEntry& entry) {
  for (const unsigned bits : widths) {
    if (bits > entry.bits) continue;
    spec.bits = bits;
    const BlockKeys found = make_block_keys(stream, spec);
    entry.collisions.push_back(
        check(keys, bits, found.inputs, found.inputs - found.keys, found.p_value()));
  }
  spec.bits = std::min(64U, entry.bits);
  const BlockKeys found = make_block_keys(stream, spec);
  std::vector<std::uint64_t> words;
  for (const Slot s : found.representative) words.push_back(found.word[s]);
  entry.buckets.push_back(check_buckets(keys, std::move(words), spec.bits));
}

void audit_structured_keys(const Hasher& hasher, const std::vector<KeySet>& sets,
                           HashAuditEntry& entry) {
  constexpr unsigned kBits = 24;  // 128 collisions of 2^16 keys are expected
  for (const KeySet& set : sets) {
    std::vector<Digest> digests(set.size());
    hasher.digest_many(set.bytes, set.key_bytes, digests);
    std::vector<std::uint64_t> words;
    for (const Digest& digest : digests) words.push_back(digest.words[0]);
    for (const unsigned bits : {kBits, std::min(64U, entry.bits)}) {
      std::unordered_set<std::uint64_t> distinct;
      for (const std::uint64_t word : words) {
        distinct.insert(bits == 64 ? word : word & ((std::uint64_t{1} << bits) - 1));
      }
      entry.collisions.push_back(check(set.name, bits, set.size(), set.size() - distinct.size()));
    }
    entry.buckets.push_back(check_buckets(set.name, std::move(words), std::min(64U, entry.bits)));
  }
}

std::vector<std::string> known_weaknesses(std::string_view hash) {
  if (hash == "xxh3_64" || hash == "xxh3_128") {
    return {
        "Pairs of inputs of 32 to 240 bytes are published that collide under one random seed in "
        "2^27, or in 2^10.5 with the library's own secret; a block of 16 tokens is such an input "
        "(xxHash issue 1127). A seed does not protect it against chosen prompts."};
  }
  if (hash == "cpython") {
    return {
        "One user's prompt could hit another's blocks in vLLM before 0.7.2, which used it "
        "(CVE-2025-25183)."};
  }
  if (hash == "murmur3_128") {
    return {
        "Inputs that collide under every seed are known (Aumasson, Bernstein and Boßlet, "
        "\"Hash-flooding DoS reloaded\", 29C3, 2012)."};
  }
  if (hash == "fnv1a_64") {
    return {"llm-d indexes blocks by it; whoever chooses prompts can make them collide."};
  }
  return {};
}

std::string name_of(HashStrength strength) {
  switch (strength) {
    case HashStrength::kStructural:
      return "structural";
    case HashStrength::kStatistical:
      return "statistical";
    case HashStrength::kKeyed:
      return "keyed";
    case HashStrength::kCryptographic:
      return "cryptographic";
  }
  return "";
}

std::string keys_in_words(const std::string& keys) {
  if (keys == "trace") return "this trace's keys";
  if (keys == "trace_strided") return "its ids times 65,536";
  std::string words = keys;  // of structured ones: their name
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

// Checks beyond chance in words, the worst of each set of keys.
class Findings {
 public:
  void add(const std::string& keys, double p_value, double distance, std::string text) {
    const auto it =
        std::find_if(worst_.begin(), worst_.end(), [&](const Worst& w) { return w.keys == keys; });
    if (it == worst_.end()) {
      worst_.push_back({keys, p_value, distance, std::move(text)});
    } else if (std::tie(p_value, it->distance) < std::tie(it->p_value, distance)) {
      *it = {keys, p_value, distance, std::move(text)};
    }
  }
  bool names(const std::string& keys) const {
    return std::any_of(worst_.begin(), worst_.end(),
                       [&](const Worst& w) { return w.keys == keys; });
  }
  void write(std::string_view heading, std::vector<std::string>& findings) const {
    if (worst_.empty()) return;
    std::vector<std::string> texts;
    for (const Worst& w : worst_) {
      texts.push_back(fmt::format("{} ({})", keys_in_words(w.keys), w.text));
    }
    findings.push_back(fmt::format("{} on {}", heading, fmt::join(texts, ", ")));
  }

 private:
  struct Worst {
    std::string keys;
    double p_value;
    double distance;  ///< from what is expected, where p-values are too small to tell apart
    std::string text;
  };
  std::vector<Worst> worst_;
};

std::string amount(double value) {
  constexpr double kWhole = 100;
  return value >= kWhole ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

// Many checks are made of a function, so each must be the more unlikely to count.
bool judge_checks(HashAuditEntry& entry) {
  const double limit =
      kBeyondChance / static_cast<double>(entry.collisions.size() + entry.buckets.size());
  Findings many, few, uneven;
  for (const CollisionCheck& c : entry.collisions) {
    if (c.p_value >= limit) continue;
    (c.deviations > 0 ? many : few)
        .add(c.keys, c.p_value, std::abs(c.deviations),
             fmt::format("{} for {} at {} bits", c.observed, amount(c.expected), c.bits));
  }
  for (const BucketCheck& b : entry.buckets) {
    if (b.p_value >= limit || many.names(b.keys) || few.names(b.keys)) continue;
    uneven.add(b.keys, b.p_value, 0,
               fmt::format("{} keys for {} find one of {} taken, p {:.1g}", b.observed,
                           amount(b.expected), b.buckets, b.p_value));
  }
  const std::size_t before = entry.findings.size();
  few.write("Too few collisions", entry.findings);
  many.write("Too many collisions", entry.findings);
  uneven.write("Uneven buckets", entry.findings);
  return entry.findings.size() > before;
}

void judge(HashAuditEntry& entry) {
  const bool is_unfit = judge_checks(entry);
  if (entry.avalanche && !entry.avalanche->passes) {
    entry.findings.push_back(fmt::format(
        "Output bits follow single input bits: worst bias {:.2f}, mean {:.3f} where "
        "chance gives {:.3f}",
        entry.avalanche->worst_bias, entry.avalanche->mean_bias, entry.avalanche->mean_by_chance));
  }
  if (entry.colliding_prompts) {
    entry.findings.push_back(fmt::format("Two prompts with one key were found in {:.2f} s ({})",
                                         entry.colliding_prompts->seconds,
                                         entry.colliding_prompts->method));
  }
  if (is_unfit) {
    entry.verdict = "unfit";
    entry.verdict_text =
        "Do not use: its collisions follow the keys' structure, and no expectation holds.";
  } else if (entry.strength == "cryptographic") {
    entry.verdict = "cryptographic";
    entry.verdict_text = "Good, also against users who choose their prompts.";
  } else if (entry.strength == "keyed") {
    entry.verdict = "keyed";
    entry.verdict_text =
        entry.seed == 0
            ? "Good against chosen prompts with a secret random seed; seed 0 is none."
            : "Good, also against users who choose their prompts, while its seed is secret.";
  } else {
    entry.verdict = "predictable";
    entry.verdict_text =
        entry.colliding_prompts
            ? "Good on keys that nobody chose, but who chooses prompts can make them collide."
            : "Good on keys that nobody chose; not made to withstand chosen prompts.";
  }
}

// What the kvsim chain hashes for a first block: a parent's key of zeros, then the tokens.
std::vector<std::byte> root_key(unsigned bits) {
  return std::vector<std::byte>(digest_bytes(bits), std::byte{0});
}

double mean_rate(const AccessStream& stream) {
  constexpr double kOtherwise = 10'000;
  const Column<TimeNs>& arrival = stream.trace->requests.arrival;
  if (arrival.empty()) return kOtherwise;
  const auto [first, last] = std::minmax_element(arrival.begin(), arrival.end());
  const double seconds = static_cast<double>(*last - *first) * 1e-9;
  return seconds > 0 ? static_cast<double>(stream.slot.size()) / seconds : kOtherwise;
}

WidthAdvice advise(const AccessStream& stream, std::uint64_t blocks,
                   const HashAuditOptions& options, const std::vector<HashAuditEntry>& functions) {
  WidthAdvice advice;
  advice.lookups_per_second = options.lookups_per_second.value_or(mean_rate(stream));
  advice.resident = options.resident.value_or(static_cast<double>(blocks));
  advice.false_hits_per_year = options.false_hits_per_year;
  advice.bits = bits_needed(advice.lookups_per_second, advice.resident, advice.false_hits_per_year);
  for (const unsigned bits : {16U, 20U, 24U, 32U, 48U, 64U, 96U, 128U}) {
    advice.expected.push_back(
        {bits, false_hits_per_year(advice.lookups_per_second, advice.resident, bits)});
  }
  std::vector<std::string> good, safe;
  for (const HashAuditEntry& entry : functions) {
    if (entry.verdict == "unfit" || entry.bits < advice.bits) continue;
    good.push_back(entry.hash);
    if (entry.verdict != "predictable") safe.push_back(entry.hash);
  }
  const auto list = [](const std::vector<std::string>& names) {
    return names.empty() ? std::string("none of those audited")
                         : fmt::format("{}", fmt::join(names, ", "));
  };
  advice.text = fmt::format(
      "{} bits keep false hits at or below {:g} a year, with {} resident blocks and {} "
      "look-ups a second: at {} bits, {:.2g} a year are expected. Wide enough and good on this "
      "trace: {}. Of these, where users choose their prompts: {}.",
      advice.bits, advice.false_hits_per_year, amount(advice.resident),
      amount(advice.lookups_per_second), advice.bits,
      false_hits_per_year(advice.lookups_per_second, advice.resident, advice.bits), list(good),
      list(safe));
  return advice;
}

// Ids times the stride, where the trace has ids that leave room for it.
std::optional<AccessStream> strided(const AccessStream& stream) {
  if (stream.id.empty() || stream.trace->tokens) return std::nullopt;
  std::vector<std::uint64_t> ids(stream.id.begin(), stream.id.end());
  if (*std::max_element(ids.begin(), ids.end()) >= (std::uint64_t{1} << 48)) return std::nullopt;
  for (std::uint64_t& id : ids) id *= kStride;
  AccessStream copy = stream;
  copy.id = std::move(ids);
  return copy;
}

}  // namespace

HashAudit audit_hashes(const AccessStream& stream, const HashAuditOptions& options) {
  const bool own_chain = options.chain.name == kOwnChain;
  if (!own_chain && !options.hashes.empty()) {
    throw InputError(fmt::format("chain '{}' brings its own hash function: none may be given",
                                 label_of(options.chain)));
  }
  std::vector<KeySpec> specs;
  if (own_chain) {
    std::vector<ComponentSpec> hashes = options.hashes;
    if (hashes.empty()) {
      for (const ComponentInfo& info : list_hashes()) {
        if (hash_available(info.name)) hashes.push_back({info.name, {}});
      }
    }
    for (ComponentSpec& hash : hashes) {
      const std::uint64_t seed = hash_traits(hash.name).seeded ? options.seed : 0;
      specs.push_back({std::move(hash), 0, seed, options.chain});
    }
  } else {
    KeySpec spec;
    spec.chain = options.chain;
    specs.push_back(spec);
  }
  for (KeySpec& spec : specs) {
    spec = checked(spec);
    check_keys(stream, spec);
  }

  HashAudit audit;
  audit.trace = stream.trace->name;
  if (stream.block_size != 0) audit.block_size = stream.block_size;
  audit.chain = label_of(options.chain);
  const std::optional<AccessStream> strided_stream = own_chain ? strided(stream) : std::nullopt;
  const std::vector<KeySet> sets =
      own_chain ? structured_keys(options.seed) : std::vector<KeySet>{};
  for (const KeySpec& spec : specs) {
    const std::string label = own_chain ? label_of(spec.hash) : label_of(spec.chain);
    if (options.on_progress) options.on_progress(audit.functions.size(), specs.size(), label);
    HashAuditEntry entry;
    entry.hash = label;
    entry.bits = spec.bits;
    entry.seed = spec.seed;
    const HashTraits traits = hash_traits(spec.hash.name);
    entry.strength = name_of(traits.strength);
    entry.seeded = traits.seeded;
    entry.warnings = known_weaknesses(spec.hash.name);
    audit_trace_keys(stream, spec, "trace", options.bits, entry);
    if (strided_stream)
      audit_trace_keys(*strided_stream, spec, "trace_strided", options.bits, entry);
    if (own_chain) {
      const auto hasher = make_hasher(spec.hash, spec.seed);
      audit_structured_keys(*hasher, sets, entry);
      constexpr std::size_t kIdBytes = 8;
      constexpr std::size_t kMostTokens = 16;
      const std::size_t key_bytes =
          stream.trace->tokens
              ? digest_bytes(spec.bits) + 4 * std::min<std::size_t>(stream.block_size, kMostTokens)
              : kIdBytes;
      const Avalanche a = measure_avalanche(*hasher, spec.bits, key_bytes, options.seed);
      entry.avalanche = {
          a.mean_bias, a.worst_bias, a.mean_by_chance, a.worst_by_chance, a.input_bits * a.samples,
          a.passes()};
      const auto began = std::chrono::steady_clock::now();
      constexpr std::size_t kBlockOfIds = 16;  // where the trace has no tokens
      const std::size_t tokens = stream.trace->tokens ? stream.block_size : kBlockOfIds;
      const auto found =
          find_colliding_blocks(spec.hash, root_key(spec.bits), tokens, options.seed);
      if (found) {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        entry.colliding_prompts = {found->first,    found->second,     found->method,
                                   found->any_seed, found->any_parent, took.count()};
      }
    }
    judge(entry);
    audit.functions.push_back(std::move(entry));
  }
  audit.blocks = audit.functions.empty() ? 0 : make_block_keys(stream, specs.front()).blocks;
  audit.advice = advise(stream, audit.blocks, options, audit.functions);
  return audit;
}

}  // namespace kvsim
