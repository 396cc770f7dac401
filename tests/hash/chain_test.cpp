// Chaining schemes: known keys from the engines' own tests, keys that Python's pickle, cbor2,
// hashlib and xxhash made (tests/parity/chains.py, which compares a thousand random chains a
// scheme), and what every scheme must do.

#include "sim/hash/chain.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <functional>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/hash/chain/bytes.hpp"
#include "sim/hash/chain/dynamo.hpp"
#include "sim/hash/chain/pickle.hpp"

namespace kvsim {
namespace {

using Tokens = std::vector<Token>;

/// A request's blocks and what they hold besides.
struct Block {
  Tokens tokens;
  std::vector<MultimodalKey> multimodal;
  std::vector<std::byte> embeddings;
};
struct Request {
  std::string lora;
  std::string salt;
  std::vector<Block> blocks;
};

/// The digest's bytes in their order.
std::string hex(const Digest& digest, unsigned bits) {
  std::string text;
  for (unsigned i = 0; i < bits / 8; ++i) {
    text += fmt::format("{:02x}", digest.words[i / 8] >> (8 * (i % 8)) & 0xff);
  }
  return text;
}

std::vector<Digest> digests_of(const Chain& chain, const Request& request) {
  std::vector<Digest> digests;
  for (const Block& block : request.blocks) {
    digests.push_back(chain.next(digests.empty() ? chain.root() : digests.back(), digests.empty(),
                                 block.tokens,
                                 {.lora = request.lora,
                                  .multimodal = block.multimodal,
                                  .salt = request.salt,
                                  .embeddings = block.embeddings}));
  }
  return digests;
}

/// The root's key and the blocks'.
std::vector<std::string> keys_of(std::string_view spec, const Request& request) {
  const auto chain = make_chain(parse_chain(spec));
  std::vector<std::string> keys{hex(chain->root(), chain->bits())};
  for (const Digest& digest : digests_of(*chain, request)) {
    keys.push_back(hex(digest, chain->bits()));
  }
  return keys;
}

std::uint64_t number_of(std::string_view spec, const Request& request, std::size_t block) {
  return digests_of(*make_chain(parse_chain(spec)), request).at(block).words[0];
}

Request plain(const std::vector<Tokens>& blocks) {
  Request request;
  for (const Tokens& tokens : blocks) request.blocks.push_back({tokens, {}, {}});
  return request;
}

const Request kTwoBlocks = plain({{1, 2, 3, 4}, {5, 6, 7, 8}});

using Keys = std::vector<std::string>;

// Mooncake's conductor holds itself to vLLM 0.22 by these (mooncake-conductor/tests/fixtures,
// hash_golden_vectors.json and hash_golden_vectors_sha256.json).
TEST(VllmChain, Sha256EqualsPublishedKeys) {
  EXPECT_EQ(keys_of("vllm_sha256:seed=0", kTwoBlocks),
            (Keys{"1973e23848344dc43a988a9b478663803cfffe1243480253f9a3cf004b14aa7c",
                  "762b2e7e1520febd3a0aedb7358e8602facf3924440e18538fce057e23bae91d",
                  "9e62b5a7ec298f33cb4c7d9e00b659874bb2432d23ad6879ad1746592a2b036b"}));
  EXPECT_EQ(keys_of("vllm_sha256:seed=random", {})[0],
            "fa1326fc0ad784c54e10f808051a77f999f7b675b12fba49cbef92b3e1a09cb7");
  EXPECT_EQ(keys_of("vllm_sha256:seed=0", plain({{7}}))[1],
            "4e7493abc7315520e17ce180ee400439b7dc83e7406fb239462766705eb058c8");
  EXPECT_EQ(keys_of("vllm_sha256:seed=0", plain({{7, 8}}))[1],
            "aa9e79304bb6921235ea2e187b25f9bb43d9044ec232e3d1c07d7e21e51e64ee");
  EXPECT_EQ(keys_of("vllm_sha256:seed=0", plain({{7, 8, 9}}))[1],
            "6368e68a46c970c8ec2ebab3eb9d2fe7ddc2730165bb64d698aaed2907396794");
  Request request = kTwoBlocks;
  request.salt = "tenant-salt";
  EXPECT_EQ(keys_of("vllm_sha256:seed=0", request)[2],
            "141900dd6fe59d22764357a125ecf4d670923bb12ad705a520de0e98c7338d5d");
  request.lora = "adapter-A";
  EXPECT_EQ(keys_of("vllm_sha256:seed=0", request)[2],
            "55575bd9b63ced6a3dc36c355afbb5f551599533795c26d27d8b5fc836681618");
  request.salt.clear();
  request.blocks.pop_back();
  request.lora = std::string(255, 'a');
  EXPECT_EQ(keys_of("vllm_sha256:seed=0", request)[1],
            "866b277c9d76457e35bd6a5dd3ec0d5b598faa9e36d108608f6e925149b1524b");
  request.lora += 'a';
  EXPECT_EQ(keys_of("vllm_sha256:seed=0", request)[1],
            "0c934ab8aa543128da871a91a46387ed907ed3ca8b39e5c137da510f80a106df");
}

TEST(VllmChain, Sha256CborEqualsPublishedKeys) {
  EXPECT_EQ(keys_of("vllm_sha256_cbor:seed=0", kTwoBlocks),
            (Keys{"4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e61c3e",
                  "c9d58ba695280d69b243e1e0df813136ca9196b286fb1a021e0b2e028ef071cb",
                  "24125b23e68883b5c2141db2959d48433fe6bde2f26bd914efad121d154ab2d6"}));
  EXPECT_EQ(keys_of("vllm_sha256_cbor:seed=4294967295", {})[0],
            "177f280a5695322a18f16c96a26dc99d9c03f905940103dfe24a9c646fe446a8");
  Request request = kTwoBlocks;
  request.lora = "adapter-A";
  EXPECT_EQ(keys_of("vllm_sha256_cbor:seed=0", request)[2],
            "4a2ec941640a8f2470869ec2b3cf6bdd90e2be83b21807b628ac9abe9341eea9");
  request.salt = "tenant-salt";
  EXPECT_EQ(keys_of("vllm_sha256_cbor:seed=0", request)[2],
            "6a3cd7de2626c2d2982eb5bc9d4878a49745c3784bde8a2334ffac47286bb866");
  request.blocks.pop_back();
  request.lora = "模型-适配器";
  request.salt = "盐值-🚀";
  EXPECT_EQ(keys_of("vllm_sha256_cbor:seed=0", request)[1],
            "69af00b1b180a366c69003a00527c2baf6bbc71880abc3b1d3b60fa2f553cdca");
  Tokens tokens(24);
  for (Token t = 0; t < 24; ++t) tokens[t] = t;
  EXPECT_EQ(keys_of("vllm_sha256_cbor:seed=0", plain({tokens}))[1],
            "792917e681c347b21bebfdd57cabcca6b79c865f83ccd2cfbd9cb56ffed2b088");
}

// From the conductor's earlier tests (hash_golden_vectors.json, seed_golden_vectors.json).
TEST(MooncakeChain, EqualsPublishedKeys) {
  const Request request = plain({{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}});
  EXPECT_EQ(make_chain(parse_chain("mooncake"))->root().words[0], 17241709254077376921u);
  EXPECT_EQ(number_of("mooncake", request, 0), 17479108795143759033u);
  EXPECT_EQ(number_of("mooncake", request, 1), 7381301201260694503u);
  EXPECT_EQ(number_of("mooncake", request, 2), 18337328429285706432u);
  EXPECT_EQ(make_chain(parse_chain("mooncake:salt=customer-x"))->root().words[0],
            1088188355629082276u);
  EXPECT_EQ(number_of("mooncake:salt=test-salt", kTwoBlocks, 1), 17244436113247910852u);
  Request salted = kTwoBlocks;
  salted.salt = "test-salt";
  EXPECT_EQ(number_of("mooncake", salted, 1), 17244436113247910852u);
}

// What CPython 3.12 prints with PYTHONHASHSEED=7: h = hash('7'), then hash((h, (1, 2, 3, 4), None))
// and hash((that, (5, 6, 7, 2**31), None)).
TEST(LmCacheChain, BuiltinEqualsCPython) {
  const Request request = plain({{1, 2, 3, 4}, {5, 6, 7, Token{1} << 31}});
  EXPECT_EQ(make_chain(parse_chain("lmcache:seed=7"))->root().words[0], 4372514316192806101u);
  EXPECT_EQ(number_of("lmcache:seed=7", request, 0), 3328992362070025078u);
  EXPECT_EQ(number_of("lmcache:seed=7", request, 1), 1048066834336838911u);
}

// Computed by the rules in tests/parity/chains.py with CPython 3.11, cbor2 6.3.0 and xxhash 4.1.0.
TEST(Chains, EqualKeysThatPythonMade) {
  const std::string image_a = "00000000000000ff" + std::string(48, '0');
  std::string image_b;
  for (int i = 0; i < 32; ++i) image_b += "a1";
  Request request{"adapter-A",
                  "tenant-salt",
                  {{{1, 2, 3, 4}, {}, {}},
                   {{5, 255, 256, 65536}, {{image_b, -3}, {image_a, 2}}, {}},
                   {{2147483647}, {}, std::vector<std::byte>(32)}}};
  for (unsigned i = 0; i < 32; ++i) request.blocks[2].embeddings[i] = static_cast<std::byte>(i);

  const std::vector<std::pair<std::string, Keys>> expected = {
      {"vllm_sha256:seed=0",
       {"1973e23848344dc43a988a9b478663803cfffe1243480253f9a3cf004b14aa7c",
        "dacd8a5addba8cf4b89589bedab04999b3676299a455ba3e085cc7777be6b328",
        "0523f05cdb371fdebeb5c342b31f7a1fc10f31a99d64350e0f4290fce4cab11d",
        "1a0294ea91f7769c06bd9fa0e7251ff25a8c1f819d2f65ddac0590eb2783a783"}},
      {"vllm_sha256_cbor:seed=0",
       {"4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e61c3e",
        "22977da6c71098507264dbf4161d451c2d98494c5c146717f36787e184b36040",
        "224d0eb3dce5ce35dc717c4d489f1ee24a6d9accc4a2dacfc09f72a6ef271ab0",
        "162fab2e5ed511920964090be76958859808cdd3aaec5d2a411f219e119c097c"}},
      {"vllm_xxhash:seed=0",
       {"6fb31cc38bba6066183f7f2104b9c051", "1c91f19130f47d618fb69f5b23eb5450",
        "cbcd9553380507431279f529ee20d612", "9767d3e26e38c36ee2fadeb334e6be75"}},
      {"vllm_xxhash_cbor:seed=0",
       {"1ebe36576dcb573f26b99533a20aaeca", "da2f8cddc2a73704a9d7fcc7cdcb6753",
        "d8bdafc18d3b6397df758e241599d82a", "dbcfa420854ca4a05ecc166ee34e1c4f"}},
      {"dynamo", {"0000000000000000", "7076b364673d928e", "54a4202200dbc180", "376dd3c3897d0dfe"}},
      {"sglang_hicache",
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "cf97adeedb59e05bfd73a2b4c2a8885708c4f4f70c84c64b27120e72ab733b72",
        "71353347a44142c4873b71b6d25ec309bff90e78d8e91aa61eb60beb77505558",
        "beaa393729310604e3c7db8e08b613afef3bfae62b9c45e1418af049687ea6e4"}},
      {"lmcache", {"2efc8b472c19bc49", "f9ef0e24728f8cd6", "de50ddd41be8826e", "277134da5cd6982f"}},
      {"lmcache:hash=sha256",
       {"1973e23848344dc43a988a9b478663803cfffe1243480253f9a3cf004b14aa7c",
        "762b2e7e1520febd3a0aedb7358e8602facf3924440e18538fce057e23bae91d",
        "8a5acc64ecf95f857e72d292e8b7b6f8281d7dfe918575fb0b7811aad0d682b2",
        "27885ba61d349c1d662208fdd6d9878e50d48d8e5024afdcda68aae2bf29f622"}},
      {"lmcache:hash=sha256_cbor",
       {"4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e61c3e",
        "c9d58ba695280d69b243e1e0df813136ca9196b286fb1a021e0b2e028ef071cb",
        "21cf0371a85b59ee0f50948deced7f80f361f2c9ac4e4912bf4bcb226f3fb60a",
        "961676412eda17913b24a045b641fbe2ee31050537af5b7f3c1dda7301bd17ca"}},
      {"lmcache:hash=xxhash",
       {"6fb31cc38bba6066183f7f2104b9c051", "f3856cedd7e636094750c4546e855397",
        "137eb7250e1c019301812452495d8373", "cd73a39c18b07fd1ba069b960317f7b5"}},
      {"lmcache:hash=xxhash_cbor",
       {"1ebe36576dcb573f26b99533a20aaeca", "0a8577df5ee3430515a8cc1f6e3ac52e",
        "26625fda361e893fe8056b3071d40bdf", "4955dbc80e1bf14e58869915f02d071d"}},
      {"llm_d:seed=0,model=meta/llama",
       {"57fd41a414c542bc", "b837a7b7e072bc09", "d26bf93d2354d52e", "abcf90dfb3f6b87a"}},
      {"llm_d:algorithm=xxh64,seed=0",
       {"0530d0a3800112f7", "123454b13f451807", "45bd15cc4f1dd8b3", "9c3f427d70d4a7fe"}},
      {"mooncake:salt=s0",
       {"3ee04ea138bff127", "b8a0d942e27bb669", "db1b024ea8f856e2", "9eed3c9060785035"}},
  };
  for (const auto& [spec, keys] : expected) EXPECT_EQ(keys_of(spec, request), keys) << spec;
}

// Sizes as pickletools.dis gives them: a frame holds four bytes or more, and 64 KiB or a little
// more.
TEST(PickleWriter, FramesAsCPython) {
  Bytes out;
  PickleWriter none(out);
  none.none();
  none.finish();
  EXPECT_EQ(out, (Bytes{std::byte{0x80}, std::byte{5}, std::byte{'N'}, std::byte{'.'}}));

  out.clear();
  PickleWriter large(out);
  large.begin_tuple(3);
  large.bytes(bytes_of(Digest{}, 32));
  large.tokens(Tokens(22000, 256));
  large.none();
  large.end_tuple(3);
  large.finish();
  const std::size_t protocol = 2, frames = 2 * 9, parent = 2 + 32 + 1, tokens = 1 + 3 * 22000 + 2;
  EXPECT_EQ(out.size(), protocol + frames + parent + tokens + 1 + 2 + 1);
}

std::vector<std::string> engine_chains() {
  std::vector<std::string> names{"lmcache:hash=sha256", "llm_d:algorithm=xxh64"};
  for (const ComponentInfo& info : list_chains()) {
    if (info.name != kOwnChain) names.push_back(info.name);
  }
  return names;
}

RC_GTEST_PROP(Chains, AChangedTokenChangesItsBlockAndAllThatFollow, ()) {
  const std::string spec = *rc::gen::elementOf(engine_chains());
  RC_LOG() << spec;
  const auto chain = make_chain(parse_chain(spec));
  Request request;
  const auto blocks = *rc::gen::inRange<std::size_t>(1, 6);
  for (std::size_t i = 0; i < blocks; ++i) {
    request.blocks.push_back({*rc::gen::nonEmpty<Tokens>(), {}, {}});
  }
  Request other = request;
  const auto at = *rc::gen::inRange<std::size_t>(0, blocks);
  Tokens& tokens = other.blocks[at].tokens;
  tokens[*rc::gen::inRange<std::size_t>(0, tokens.size())] ^= *rc::gen::nonZero<Token>();
  const auto digests = digests_of(*chain, request);
  const auto others = digests_of(*chain, other);
  for (std::size_t i = 0; i < blocks; ++i) {
    RC_ASSERT((digests[i] == others[i]) == (i < at));
    RC_ASSERT(truncated(digests[i], chain->bits()) == digests[i]);
  }
}

// What each engine's keys tell apart besides tokens.
TEST(Chains, SeeTheExtrasThatTheirEnginesSee) {
  struct Seen {
    bool lora, salt, multimodal, embeddings;
  };
  const auto seen_by = [](const std::string& spec) -> Seen {
    if (spec.starts_with("vllm")) return {true, true, true, true};
    if (spec == "dynamo") return {true, true, true, false};
    if (spec.starts_with("llm_d")) return {true, false, true, false};
    if (spec == "mooncake") return {false, true, false, false};
    return {false, false, false, false};
  };
  for (const std::string& spec : engine_chains()) {
    SCOPED_TRACE(spec);
    const auto chain = make_chain(parse_chain(spec));
    const Seen seen = seen_by(spec);
    const auto differ = [&](const Request& request) {
      const auto plain_digests = digests_of(*chain, kTwoBlocks);
      const auto digests = digests_of(*chain, request);
      EXPECT_EQ(plain_digests[0] == digests[0], plain_digests[1] == digests[1]);
      return plain_digests[0] != digests[0];
    };
    Request request = kTwoBlocks;
    request.lora = "adapter";
    EXPECT_EQ(differ(request), seen.lora);
    request = kTwoBlocks;
    request.salt = "tenant";
    EXPECT_EQ(differ(request), seen.salt);
    request = kTwoBlocks;
    request.blocks[0].multimodal = {{"c0ffee", 1}};
    EXPECT_EQ(differ(request), seen.multimodal);
    request = kTwoBlocks;
    request.blocks[0].embeddings.resize(32);
    EXPECT_EQ(differ(request), seen.embeddings);
  }
}

TEST(VllmChain, SaltsFirstBlocksAlone) {
  for (const char* spec : {"vllm_sha256", "vllm_sha256_cbor", "vllm_xxhash", "vllm_xxhash_cbor"}) {
    const auto chain = make_chain(parse_chain(spec));
    const Tokens tokens{1, 2, 3};
    const Digest parent = chain->root();
    EXPECT_EQ(chain->next(parent, false, tokens, {.salt = "tenant"}),
              chain->next(parent, false, tokens, {}));
    EXPECT_NE(chain->next(parent, true, tokens, {.salt = "tenant"}),
              chain->next(parent, true, tokens, {}));
  }
}

TEST(DynamoChain, LocalHashesAreTheSameWhereverTheyStand) {
  const Dynamo chain({});
  const Tokens tokens{1, 2, 3};
  EXPECT_EQ(chain.next({}, true, tokens, {}), widened(chain.local_hash(tokens, {})));
  EXPECT_NE(chain.next({}, false, tokens, {}), widened(chain.local_hash(tokens, {})));
}

std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Chains, ErrorsSayWhatIsAllowed) {
  EXPECT_EQ(error_of([] { parse_chain("vllm_sha256_cbr"); }).substr(0, 68),
            "unknown chain 'vllm_sha256_cbr'; did you mean 'vllm_sha256_cbor'? (a");
  EXPECT_NE(error_of([] { parse_chain("dynamo:seed=1"); }).find("chain 'dynamo'"),
            std::string::npos);
  EXPECT_NE(error_of([] { parse_chain("kvsim:seed=1"); }).find("chain 'kvsim'"), std::string::npos);
  EXPECT_NE(error_of([] { parse_chain("lmcache:hash=md5"); }).find("sha256_cbor"),
            std::string::npos);
  EXPECT_NE(error_of([] { parse_chain("lmcache:seed=4294967296"); }).find("4294967295"),
            std::string::npos);
  const auto dynamo = make_chain(parse_chain("dynamo"));
  for (const char* hash : {"", "image", "12 4"}) {
    const std::array<MultimodalKey, 1> multimodal{{{hash, 0}}};
    EXPECT_NE(error_of([&] {
                (void)dynamo->next({}, true, Tokens{1}, {.multimodal = multimodal});
              }).find("hexadecimal"),
              std::string::npos)
        << hash;
  }
}

TEST(Chains, TheirOwnIsListedAndMadeElsewhere) {
  EXPECT_EQ(list_chains().front().name, "kvsim");
  EXPECT_EQ(parse_chain_list("kvsim,vllm_sha256:seed=1,dynamo").size(), 3u);
  EXPECT_TRUE(parse_chain("vllm_sha256:seed=vllm-none-hash").params.empty());
  EXPECT_THROW(make_chain(parse_chain("kvsim")), std::logic_error);
}

}  // namespace
}  // namespace kvsim
