// A kernel's keys against the CPU's, where there is a device; and what is said where there is none.
#include "model/cuda/hash_blocks.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "sim/core/rng.hpp"

namespace kvsim {
namespace {

struct Requests {
  std::vector<Token> tokens;
  std::vector<std::uint64_t> offset{0};

  Requests() {
    Rng rng(30);
    for (std::size_t r = 0; r < 1'000; ++r) {
      const std::uint64_t length = rng.below(2'000);
      for (std::uint64_t t = 0; t < length; ++t) tokens.push_back(static_cast<Token>(rng.next()));
      offset.push_back(tokens.size());
    }
  }
};

TEST(CudaHashBlocks, AreTheCpus) {
  const DeviceStatus status = cuda_device();
  if (!status.available) GTEST_SKIP() << "no CUDA device: " << status.text;
  const Requests requests;
  const BlockBatch batch{requests.tokens, requests.offset};
  for (const std::string& function : block_hash_functions()) {
    for (const unsigned bits : {0U, 20U, 64U}) {
      for (const std::uint64_t block_size : {1, 16, 60, 512}) {
        const BlockHashing hashing{function, bits, function == "sha256" ? 0U : 5U, block_size};
        const BlockDigests digests = hash_blocks_cuda(batch, hashing);
        ASSERT_EQ(digests.keys, hash_blocks_host(batch, hashing).keys)
            << function << ", " << bits << " bits, blocks of " << block_size;
        EXPECT_GT(digests.hash_seconds, 0);
        EXPECT_GT(digests.copy_seconds, 0);
      }
    }
  }
}

TEST(CudaHashBlocks, RunWhereTheyCanAndSayWhere) {
  const Requests requests;
  const BlockBatch batch{requests.tokens, requests.offset};
  const BlockDigests digests = hash_blocks(batch, {});
  EXPECT_EQ(digests.keys, hash_blocks_host(batch, {}).keys);
  const DeviceStatus status = cuda_device();
  ASSERT_FALSE(status.text.empty());
  if (status.available) {
    EXPECT_EQ(digests.place, status.text);
  } else {
    EXPECT_EQ(digests.place, "CPU, for want of a CUDA device: " + status.text);
    EXPECT_THROW((void)hash_blocks_cuda(batch, {}), std::runtime_error);
  }
}

}  // namespace
}  // namespace kvsim
