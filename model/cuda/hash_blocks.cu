#include "model/cuda/hash_blocks.hpp"
#include "model/cuda/runtime.hpp"
#include "sim/hash/device/functions.hpp"
#include "sim/hash/device/hash_request.hpp"

namespace kvsim {

namespace {

template <class Function>
__global__ void hash_requests(const std::uint32_t* tokens, const std::uint64_t* offset,
                              const std::uint64_t* first, std::uint64_t requests,
                              std::uint64_t block_size, unsigned bits, std::uint64_t seed,
                              std::uint64_t* keys) {
  const std::uint64_t r = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (r >= requests) return;
  device::hash_request<Function>(tokens, offset[r], offset[r + 1], block_size, bits, seed,
                                 keys + 4 * first[r]);
}

}  // namespace

BlockDigests hash_blocks_cuda(const BlockBatch& batch, const BlockHashing& hashing) {
  const BlockHashing complete = checked(hashing);
  const DeviceStatus status = cuda_device();
  if (!status.available) throw std::runtime_error("CUDA: no device: " + status.text);
  BlockDigests digests;
  digests.place = status.text;
  digests.first = first_blocks(batch, complete.block_size);
  digests.keys.resize(digests.first.back());
  if (digests.keys.empty()) return digests;

  Event begin;
  Event copied;
  Event hashed;
  Event end;
  begin.record();
  const DeviceMemory tokens(batch.tokens.data(), batch.tokens.size_bytes());
  const DeviceMemory offset(batch.offset.data(), batch.offset.size_bytes());
  const DeviceMemory first(digests.first.data(), digests.first.size() * sizeof(std::uint64_t));
  const DeviceMemory keys(digests.keys.size() * sizeof(Digest));
  copied.record();
  constexpr unsigned kThreads = 128;
  const auto groups = static_cast<unsigned>((batch.requests() + kThreads - 1) / kThreads);
  for_each_type(DeviceFunctionList{}, [&]<class F>() {
    if (complete.function != F::kName) return;
    hash_requests<F>
        <<<groups, kThreads>>>(tokens.data<std::uint32_t>(), offset.data<std::uint64_t>(),
                               first.data<std::uint64_t>(), batch.requests(), complete.block_size,
                               complete.bits, complete.seed, keys.data<std::uint64_t>());
  });
  check(cudaGetLastError(), "starting the kernel");
  hashed.record();
  keys.copy_to(digests.keys.data());
  end.record();
  digests.copy_seconds = copied.seconds_since(begin) + end.seconds_since(hashed);
  digests.hash_seconds = hashed.seconds_since(copied);
  return digests;
}

BlockDigests hash_blocks(const BlockBatch& batch, const BlockHashing& hashing) {
  const DeviceStatus status = cuda_device();
  if (status.available) return hash_blocks_cuda(batch, hashing);
  BlockDigests digests = hash_blocks_host(batch, hashing);
  digests.place += ", for want of a CUDA device: " + status.text;
  return digests;
}

}  // namespace kvsim
