#include "model/torch/paged_pass.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/cuda/kv_blocks.hpp"
#include "model/cuda/paged_attention.hpp"
#if KVSIM_KERNELS_ON_CUDA
#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace kvsim::torch_models {

namespace {

using kernels::Element;
using kernels::Place;
using kernels::Pool;
using kernels::Rows;

std::int64_t i64(std::uint64_t n) { return static_cast<std::int64_t>(n); }

Element element_of(at::ScalarType type) {
  return type == at::kHalf       ? Element::kFloat16
         : type == at::kBFloat16 ? Element::kBfloat16
         : type == at::kChar     ? Element::kInt8
                                 : Element::kFloat32;
}

// Each on the stream that LibTorch computes on, so that it comes between what LibTorch does before
// and after.
#if KVSIM_KERNELS_ON_CUDA
constexpr bool kOnCuda = true;

template <class Launch>
void on_stream(at::Device device, const Launch& launch) {
  const c10::cuda::CUDAGuard guard(device);
  launch(static_cast<void*>(c10::cuda::getCurrentCUDAStream().stream()));
}

void gather(at::Device device, const Pool& from, const Place& place, const Rows& to) {
  if (device.is_cpu()) return gather_host(from, place, to);
  on_stream(device, [&](void* stream) { gather_cuda(from, place, to, stream); });
}

void scatter(at::Device device, const Rows& from, const Pool& to, const Place& place) {
  if (device.is_cpu()) return scatter_host(from, to, place);
  on_stream(device, [&](void* stream) { scatter_cuda(from, to, place, stream); });
}

void attend(at::Device device, const kernels::PagedAttention& attention) {
  if (device.is_cpu()) return paged_attention_host(attention);
  on_stream(device, [&](void* stream) { paged_attention_cuda(attention, stream); });
}

int multiprocessors(at::Device device) {
  return device.is_cpu() ? 1 : at::cuda::getDeviceProperties(device.index())->multiProcessorCount;
}
#else
constexpr bool kOnCuda = false;

void gather(at::Device /*device*/, const Pool& from, const Place& place, const Rows& to) {
  gather_host(from, place, to);
}

void scatter(at::Device /*device*/, const Rows& from, const Pool& to, const Place& place) {
  scatter_host(from, to, place);
}

void attend(at::Device /*device*/, const kernels::PagedAttention& attention) {
  paged_attention_host(attention);
}

int multiprocessors(at::Device /*device*/) { return 1; }
#endif

Pool of_layer(const at::Tensor& stored, const at::Tensor& scales, std::uint32_t layer) {
  return {element_of(stored.scalar_type()),
          stored.select(0, layer).data_ptr(),
          scales.defined() ? scales.select(0, layer).data_ptr<float>() : nullptr,
          stored.size(1),
          stored.size(2),
          stored.size(3),
          stored.size(4)};
}

Pool keys_of(const KvPool& pool, std::uint32_t layer) {
  return of_layer(pool.keys(), pool.key_scales(), layer);
}

Pool values_of(const KvPool& pool, std::uint32_t layer) {
  return of_layer(pool.values(), pool.value_scales(), layer);
}

}  // namespace

bool PagedPass::can(const KvPool& pool, at::ScalarType type) {
  if (!pool.device().is_cpu() && !(kOnCuda && pool.device().is_cuda())) return false;
  const std::size_t least = std::min<std::size_t>(bytes_of(element_of(type)),
                                                  bytes_of(element_of(pool.keys().scalar_type())));
  constexpr std::uint32_t kLongestRow = 256;
  return pool.shape().head_dim <= kLongestRow && pool.shape().head_dim * least % 16 == 0;
}

PagedPass::PagedPass(std::span<const Chunk> chunks, KvPool& pool) : chunks_(chunks), pool_(pool) {
  const std::uint64_t block_size = pool.shape().block_size;
  std::vector<std::int32_t> slots, contexts;
  for (const Chunk& chunk : chunks) {
    is_decode_ = is_decode_ && chunk.tokens.size() == 1;
    const std::uint64_t end = chunk.start + chunk.tokens.size();
    for (std::uint64_t at = chunk.start; at < end; ++at) {
      const std::uint64_t slot = chunk.table[at / block_size] * block_size + at % block_size;
      slots.push_back(static_cast<std::int32_t>(slot));
    }
    contexts.push_back(static_cast<std::int32_t>(end));
    longest_ = std::max(longest_, i64(end));
  }
  const auto width = (static_cast<std::uint64_t>(longest_) + block_size - 1) / block_size;
  std::vector<std::int32_t> tables;
  for (const Chunk& chunk : chunks) {
    const std::size_t used = std::min<std::size_t>(width, chunk.table.size());
    tables.insert(tables.end(), chunk.table.begin(), chunk.table.begin() + i64(used));
    tables.resize(tables.size() + width - used);
  }
  const auto on_device = [&](const std::vector<std::int32_t>& numbers) {
    return at::tensor(numbers, at::TensorOptions().dtype(at::kInt)).to(pool.device());
  };
  slots_ = on_device(slots);
  tables_ = on_device(tables).view({i64(chunks.size()), i64(width)});
  contexts_ = on_device(contexts);
}

void PagedPass::write(std::uint32_t layer, const at::Tensor& keys, const at::Tensor& values) const {
  const Place place{Place::By::kSlot, slots_.data_ptr<std::int32_t>(), 0, slots_.numel()};
  const auto rows_of = [](const at::Tensor& x) {
    const std::int64_t head_dim = x.size(2);
    return Rows{element_of(x.scalar_type()), x.data_ptr(), nullptr, x.stride(0) / head_dim,
                x.stride(1) / head_dim};
  };
  scatter(pool_.device(), rows_of(keys), keys_of(pool_, layer), place);
  scatter(pool_.device(), rows_of(values), values_of(pool_, layer), place);
}

std::pair<at::Tensor, at::Tensor> PagedPass::read(std::uint32_t layer, std::size_t chunk,
                                                  at::ScalarType type) const {
  const std::int64_t tokens = i64(chunks_[chunk].start + chunks_[chunk].tokens.size());
  const Place place{Place::By::kBlock, tables_.select(0, i64(chunk)).data_ptr<std::int32_t>(), 0,
                    tokens};
  const auto read_from = [&](const Pool& pool) {
    at::Tensor x = at::empty({pool.kv_heads, tokens, pool.head_dim},
                             at::TensorOptions().device(pool_.device()).dtype(type));
    gather(pool_.device(), pool, place, {element_of(type), x.data_ptr(), nullptr, 1, tokens});
    return x;
  };
  return {read_from(keys_of(pool_, layer)), read_from(values_of(pool_, layer))};
}

at::Tensor PagedPass::attention(std::uint32_t layer, const at::Tensor& queries) const {
  const at::Tensor q = queries.contiguous();
  at::Tensor out = at::empty_like(q);
  kernels::PagedAttention a;
  a.element = element_of(q.scalar_type());
  a.query = q.data_ptr();
  a.out = out.data_ptr();
  a.sequences = q.size(0);
  a.query_heads = q.size(1);
  a.scale = 1 / std::sqrt(static_cast<float>(q.size(2)));
  a.key = keys_of(pool_, layer);
  a.value = values_of(pool_, layer);
  a.block_table = tables_.data_ptr<std::int32_t>();
  a.table_stride = tables_.size(1);
  a.context = contexts_.data_ptr<std::int32_t>();
  a.longest = longest_;
  a.partition = partition_for(a, multiprocessors(pool_.device()));
  const at::Tensor scratch =
      at::empty({i64(scratch_floats(a))}, contexts_.options().dtype(at::kFloat));
  a.scratch = scratch.data_ptr<float>();
  attend(pool_.device(), a);
  return out.view({q.size(0), q.size(1) * q.size(2)});
}

}  // namespace kvsim::torch_models
