#include "sim/hash/block_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>

#include "sim/core/error.hpp"
#include "sim/hash/device/functions.hpp"
#include "sim/hash/device/hash_request.hpp"
#include "sim/hash/hasher.hpp"

namespace kvsim {

namespace {

template <class Function>
void hash_requests(const BlockBatch& batch, const BlockHashing& hashing, BlockDigests& digests) {
  for (std::size_t r = 0; r < batch.requests(); ++r) {
    // Words of digests lie one after another, as a kernel writes them.
    auto* out = reinterpret_cast<std::uint64_t*>(digests.keys.data() + digests.first[r]);
    device::hash_request<Function>(batch.tokens.data(), batch.offset[r], batch.offset[r + 1],
                                   hashing.block_size, hashing.bits, hashing.seed, out);
  }
}
static_assert(sizeof(Digest) == 4 * sizeof(std::uint64_t));

}  // namespace

std::vector<std::string> block_hash_functions() {
  std::vector<std::string> names;
  for_each_type(DeviceFunctionList{}, [&]<class F>() { names.emplace_back(F::kName); });
  return names;
}

BlockHashing checked(BlockHashing hashing) {
  const std::vector<std::string> names = block_hash_functions();
  if (std::find(names.begin(), names.end(), hashing.function) == names.end()) {
    throw InputError(unknown_name("hash for blocks in batches", hashing.function, names));
  }
  (void)make_hasher({hashing.function, {}}, hashing.seed);
  hashing.bits = checked_bits(hashing.function, hashing.bits, hash_traits(hashing.function).bits);
  if (hashing.block_size == 0) throw InputError("block size is 0; allowed is 1 or more tokens");
  return hashing;
}

std::vector<std::uint64_t> first_blocks(const BlockBatch& batch, std::uint64_t block_size) {
  std::vector<std::uint64_t> first(batch.requests() + 1, 0);
  for (std::size_t r = 0; r < batch.requests(); ++r) {
    assert(batch.offset[r] <= batch.offset[r + 1] && batch.offset[r + 1] <= batch.tokens.size());
    const std::uint64_t tokens = batch.offset[r + 1] - batch.offset[r];
    first[r + 1] = first[r] + tokens / block_size + (tokens % block_size != 0 ? 1 : 0);
  }
  return first;
}

BlockDigests hash_blocks_host(const BlockBatch& batch, const BlockHashing& hashing) {
  const BlockHashing complete = checked(hashing);
  BlockDigests digests;
  digests.place = "CPU";
  digests.first = first_blocks(batch, complete.block_size);
  digests.keys.resize(digests.first.back());
  const auto start = std::chrono::steady_clock::now();
  for_each_type(DeviceFunctionList{}, [&]<class F>() {
    if (F::kName == complete.function) hash_requests<F>(batch, complete, digests);
  });
  digests.hash_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return digests;
}

}  // namespace kvsim
