#include "sim/hash/study/colliding_blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "sim/core/rng.hpp"
#include "sim/hash/hasher.hpp"

namespace kvsim {

namespace {

using Tokens = std::vector<Token>;

Tokens random_tokens(std::size_t count, Rng& rng) {
  Tokens tokens(count);
  for (Token& token : tokens) token = static_cast<Token>(rng.below(kSearchedVocabulary));
  return tokens;
}

// Functions of one word fold a key's words w as h = 31 h + w first: one more in a word, and 31 less
// in the next, fold alike. The lower halves of words are tokens of even number.
CollidingBlocks collide_folded(std::span<const std::byte> parent, std::size_t block_size,
                               Rng& rng) {
  CollidingBlocks found{
      random_tokens(block_size, rng), {}, "algebra: words fold as 31 h + w", true, true};
  const std::size_t at = parent.size() % 8 == 0 ? 0 : 1;  // of the first token that begins a word
  found.first[at] = 1'000;
  found.first[at + 2] = 2'000;
  found.second = found.first;
  found.second[at] += 1;
  found.second[at + 2] -= 31;
  return found;
}

// A CRC is affine over GF(2): what a set of flipped bits does to it is the sum of what each does.
// Of more flips than it has bits, some set does nothing.
std::optional<CollidingBlocks> collide_affine(const Hasher& hasher,
                                              std::span<const std::byte> parent,
                                              std::size_t block_size, Rng& rng) {
  constexpr unsigned kBitsOfToken = 16;  // stays within the vocabulary
  CollidingBlocks found{
      random_tokens(block_size, rng), {}, "linear algebra over GF(2)", true, true};
  for (Token& token : found.first) token %= 1U << kBitsOfToken;
  const std::uint64_t base = hasher.digest(key_bytes_of(parent, found.first)).words[0];
  struct Row {
    std::uint64_t effect = 0;
    std::vector<bool> flips;
  };
  std::array<Row, 64> row_of_bit;  // by its highest bit
  const std::size_t flips = block_size * kBitsOfToken;
  for (std::size_t i = 0; i < flips; ++i) {
    Tokens flipped = found.first;
    flipped[i / kBitsOfToken] ^= 1U << (i % kBitsOfToken);
    Row row{hasher.digest(key_bytes_of(parent, flipped)).words[0] ^ base, std::vector<bool>(flips)};
    row.flips[i] = true;
    while (row.effect != 0) {
      Row& pivot = row_of_bit[static_cast<unsigned>(std::bit_width(row.effect)) - 1];
      if (pivot.effect == 0) break;
      row.effect ^= pivot.effect;
      for (std::size_t f = 0; f < flips; ++f) row.flips[f] = row.flips[f] != pivot.flips[f];
    }
    if (row.effect != 0) {
      row_of_bit[static_cast<unsigned>(std::bit_width(row.effect)) - 1] = std::move(row);
      continue;
    }
    found.second = found.first;
    for (std::size_t f = 0; f < flips; ++f) {
      if (row.flips[f]) found.second[f / kBitsOfToken] ^= 1U << (f % kBitsOfToken);
    }
    return found;
  }
  return std::nullopt;
}

// FNV-1a takes a byte as h = (h ^ b) p. The lowest byte of h ^ b is what we like, so a step adds
// what we like, up to 255, before it multiplies: two keys collide where their differences e in what
// is added satisfy sum e_i p^(n-i) = 0 modulo 2^64. Small e are found by the generalised birthday
// algorithm (Wagner, CRYPTO 2002) over eight lists of four positions each, low bits first.
class FnvCollision {
 public:
  static constexpr std::size_t kTokens = 16;  // two free bytes each
  explicit FnvCollision(Rng& rng) : rng_(rng) {}

  std::optional<CollidingBlocks> find(std::span<const std::byte> parent, std::size_t block_size) {
    const Tokens head = random_tokens(block_size - kTokens, rng_);
    std::uint64_t state = 0xcbf29ce484222325;
    for (const std::byte b : key_bytes_of(parent, head)) {
      state = (state ^ std::to_integer<std::uint64_t>(b)) * kPrime;
    }
    for (const Differences& differences : small_solutions()) {
      constexpr int kTries = 1000;
      for (int i = 0; i < kTries; ++i) {
        std::array<Token, kTokens> first{}, second{};
        if (!realise(state, differences, first, second)) continue;
        CollidingBlocks found{head, head, "generalised birthday (Wagner) over byte differences",
                              false, false};
        found.first.insert(found.first.end(), first.begin(), first.end());
        found.second.insert(found.second.end(), second.begin(), second.end());
        return found;
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::uint64_t kPrime = 0x100000001b3;
  static constexpr std::size_t kPositions = 2 * kTokens;
  static constexpr std::size_t kLists = 8;
  static constexpr std::size_t kOfList = kPositions / kLists;
  static constexpr int kLargest = 9;  // 19^4 is just below 2^17
  static constexpr unsigned kStepBits = 17;
  using Differences = std::array<int, kPositions>;

  struct Entry {
    std::uint64_t sum;
    std::uint32_t left, right;  // entries of the level below; at the bottom, `left` is the number
  };
  using List = std::vector<Entry>;

  static List list_of(std::size_t number) {
    std::array<std::uint64_t, kOfList> weight{};
    for (std::size_t i = 0; i < kOfList; ++i) weight[i] = weight_of(number * kOfList + i);
    constexpr std::uint32_t kChoices = 2 * kLargest + 1;
    List list;
    for (std::uint32_t code = 0; code < kChoices * kChoices * kChoices * kChoices; ++code) {
      std::uint64_t sum = 0;
      std::uint32_t rest = code;
      for (std::size_t i = 0; i < kOfList; ++i, rest /= kChoices) {
        sum += static_cast<std::uint64_t>(static_cast<int>(rest % kChoices) - kLargest) * weight[i];
      }
      list.push_back({sum, code, 0});
    }
    return list;
  }

  // What a difference at a free byte is multiplied by until the end.
  static std::uint64_t weight_of(std::size_t position) {
    const std::size_t byte = 4 * (position / 2) + position % 2;
    std::uint64_t weight = 1;
    for (std::size_t i = byte; i < 4 * kTokens; ++i) weight *= kPrime;
    return weight;
  }

  // Pairs whose sums' low `bits` are zero.
  static List joined(const List& left, const List& right, unsigned bits) {
    const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    std::vector<std::uint32_t> order(right.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto key = [&](std::uint32_t i) { return right[i].sum & mask; };
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    constexpr std::size_t kMost = std::size_t{1} << 18;
    List result;
    for (std::uint32_t i = 0; i < left.size() && result.size() < kMost; ++i) {
      const std::uint64_t wanted = (0 - left[i].sum) & mask;
      auto it = std::lower_bound(order.begin(), order.end(), wanted,
                                 [&](std::uint32_t a, std::uint64_t k) { return key(a) < k; });
      for (; it != order.end() && key(*it) == wanted && result.size() < kMost; ++it) {
        result.push_back({left[i].sum + right[*it].sum, i, *it});
      }
    }
    return result;
  }

  static std::vector<Differences> small_solutions() {
    std::array<List, kLists> lists;
    for (std::size_t i = 0; i < kLists; ++i) lists[i] = list_of(i);
    std::array<List, 4> pairs;
    for (std::size_t i = 0; i < 4; ++i)
      pairs[i] = joined(lists[2 * i], lists[2 * i + 1], kStepBits);
    const std::array<List, 2> fours = {joined(pairs[0], pairs[1], 2 * kStepBits),
                                       joined(pairs[2], pairs[3], 2 * kStepBits)};
    std::vector<Differences> solutions;
    for (const Entry& root : joined(fours[0], fours[1], 64)) {
      Differences differences{};
      for (std::size_t list = 0; list < kLists; ++list) {
        const Entry& four = fours[list / 4][list < 4 ? root.left : root.right];
        const Entry& pair = pairs[list / 2][list / 2 % 2 == 0 ? four.left : four.right];
        const Entry& leaf = lists[list][list % 2 == 0 ? pair.left : pair.right];
        std::uint32_t rest = leaf.left;
        for (std::size_t i = 0; i < kOfList; ++i, rest /= 2 * kLargest + 1) {
          differences[list * kOfList + i] = static_cast<int>(rest % (2 * kLargest + 1)) - kLargest;
        }
      }
      if (differences != Differences{}) solutions.push_back(differences);
    }
    return solutions;
  }

  // Tokens that add the differences, if chance lets every one fit into a byte.
  bool realise(std::uint64_t state, const Differences& differences,
               std::array<Token, kTokens>& first, std::array<Token, kTokens>& second) {
    std::uint64_t a = state;
    std::uint64_t b = state;
    for (std::size_t byte = 0; byte < 4 * kTokens; ++byte) {
      std::uint32_t of_a = 0;
      std::uint32_t of_b = 0;
      if (byte % 4 < 2) {
        const int low_a = static_cast<int>(a & 0xff);
        const int low_b = static_cast<int>(b & 0xff);
        const int apart = differences[byte / 4 * 2 + byte % 4] + low_a - low_b;
        if (apart < -255 || apart > 255) return false;
        const int least = std::max(0, apart);
        const int choices = std::min(255, 255 + apart) - least + 1;
        const int low = least + static_cast<int>(rng_.below(static_cast<std::uint64_t>(choices)));
        of_a = static_cast<std::uint32_t>(low ^ low_a);
        of_b = static_cast<std::uint32_t>((low - apart) ^ low_b);
      }
      first[byte / 4] |= of_a << (8 * (byte % 4));
      second[byte / 4] |= of_b << (8 * (byte % 4));
      a = (a ^ of_a) * kPrime;
      b = (b ^ of_b) * kPrime;
    }
    return true;
  }

  Rng& rng_;
};

// CPython's tuple takes a lane as s = rotl(s + lane P2, 31) P1. Two states that differ by a
// multiple d of P2 become one with next tokens that differ by d; so of many states over P2, two
// that lie less than the vocabulary apart. Three tokens behind the start make the states; of two,
// there are too few different differences, since a rotated sum is nearly the sum of what is
// rotated.
std::optional<CollidingBlocks> collide_tuples(std::size_t block_size, Rng& rng) {
  constexpr std::uint64_t kStart = 0x27d4eb2f165667c5;
  constexpr std::uint64_t kP1 = 0x9e3779b185ebca87;
  constexpr std::uint64_t kP2 = 0xc2b2ae3d27d4eb4f;
  std::uint64_t inverse = kP2;  // of P2 modulo 2^64, by Newton's iteration
  for (int i = 0; i < 6; ++i) inverse *= 2 - kP2 * inverse;

  constexpr std::size_t kTokens = 3;
  using Lanes = std::array<Token, kTokens>;
  const std::uint64_t start = rng.next();
  // Random tokens by number, so that they need not be kept.
  const auto lanes_of = [&](std::uint32_t number) {
    std::uint64_t x = start + number * 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    Lanes lanes;
    for (std::size_t i = 0; i < kTokens; ++i) {
      lanes[i] = static_cast<Token>((x >> (20 * i) & 0xfffff) * kSearchedVocabulary >> 20);
    }
    return lanes;
  };
  struct State {
    std::uint64_t value;
    std::uint32_t number;
  };
  // Of 2^25 states, eight pairs are so near; a sixteenth of the states at a time, by their top
  // bits.
  constexpr std::uint32_t kStates = 1U << 25;
  constexpr unsigned kPassBits = 4;
  for (std::uint64_t pass = 0; pass < 1U << kPassBits; ++pass) {
    std::vector<State> states;
    states.reserve((kStates >> kPassBits) * 9 / 8);
    for (std::uint32_t number = 0; number < kStates; ++number) {
      std::uint64_t s = kStart;
      for (const Token lane : lanes_of(number)) s = std::rotl(s + lane * kP2, 31) * kP1;
      s *= inverse;
      if (s >> (64 - kPassBits) == pass) states.push_back({s, number});
    }
    std::sort(states.begin(), states.end(),
              [](const State& a, const State& b) { return a.value < b.value; });
    for (std::size_t i = 1; i < states.size(); ++i) {
      const std::uint64_t apart = states[i].value - states[i - 1].value;
      const Lanes low = lanes_of(states[i - 1].number);
      const Lanes high = lanes_of(states[i].number);
      if (apart >= kSearchedVocabulary || low == high) continue;
      CollidingBlocks found{
          random_tokens(block_size, rng), {}, "birthday on states of the tuple", true, true};
      found.second = found.first;
      std::copy(low.begin(), low.end(), found.first.begin());
      std::copy(high.begin(), high.end(), found.second.begin());
      found.second[kTokens] = static_cast<Token>(rng.below(kSearchedVocabulary - apart));
      found.first[kTokens] = found.second[kTokens] + static_cast<Token>(apart);
      return found;
    }
  }
  return std::nullopt;
}

bool collide(const CollidingBlocks& found, const ComponentSpec& hash,
             std::span<const std::byte> parent) {
  std::vector<std::uint64_t> seeds{0};
  if (found.any_seed && hash_traits(hash.name).seeded) seeds.insert(seeds.end(), {1, 0x9e3779b9});
  return found.first != found.second &&
         std::all_of(seeds.begin(), seeds.end(), [&](std::uint64_t seed) {
           const auto hasher = make_hasher(hash, seed);
           return hasher->digest(key_bytes_of(parent, found.first)) ==
                  hasher->digest(key_bytes_of(parent, found.second));
         });
}

bool folds(std::string_view hash) {
  return hash == "identity" || hash == "modulo" || hash == "fibonacci" || hash == "boost_combine";
}

}  // namespace

std::vector<std::byte> key_bytes_of(std::span<const std::byte> parent,
                                    std::span<const Token> tokens) {
  std::vector<std::byte> bytes(parent.begin(), parent.end());
  const auto view = std::as_bytes(tokens);
  bytes.insert(bytes.end(), view.begin(), view.end());
  return bytes;
}

std::size_t least_searched_tokens(std::string_view hash) {
  if (folds(hash) || hash == "cpython") return 4;
  if (hash == "crc32c") return 3;
  if (hash == "fnv1a_64") return FnvCollision::kTokens;
  return 0;
}

bool has_collision_search(std::string_view hash) { return least_searched_tokens(hash) > 0; }

std::optional<CollidingBlocks> find_colliding_blocks(const ComponentSpec& hash,
                                                     std::span<const std::byte> parent,
                                                     std::size_t block_size, std::uint64_t seed) {
  if (!has_collision_search(hash.name) || block_size < least_searched_tokens(hash.name)) return {};
  Rng rng(seed);
  std::optional<CollidingBlocks> found;
  if (folds(hash.name)) {
    found = collide_folded(parent, block_size, rng);
  } else if (hash.name == "crc32c") {
    found = collide_affine(*make_hasher(hash, 0), parent, block_size, rng);
  } else if (hash.name == "fnv1a_64") {
    found = FnvCollision(rng).find(parent, block_size);
  } else {
    found = collide_tuples(block_size, rng);
  }
  return found && collide(*found, hash, parent) ? found : std::nullopt;
}

}  // namespace kvsim
