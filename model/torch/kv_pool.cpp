#include "model/torch/kv_pool.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/core/error.hpp"
#include "sim/core/pick.hpp"

namespace kvsim::torch_models {

namespace {

at::ScalarType stored_type(KvType type) {
  switch (type) {
    case KvType::kFloat16:
      return at::kHalf;
    case KvType::kBfloat16:
      return at::kBFloat16;
    case KvType::kInt8:
      return at::kChar;
    case KvType::kFloat32:
      break;
  }
  return at::kFloat;
}

std::uint64_t element_bytes(KvType type) {
  return type == KvType::kFloat32 ? 4 : type == KvType::kInt8 ? 1 : 2;
}

// Runs of a sequence's positions that lie in one block: f(block, first token within it, count).
template <class F>
void for_each_run(std::span<const BlockId> table, std::uint64_t start, std::uint64_t tokens,
                  std::uint32_t block_size, F&& f) {
  for (std::uint64_t at = start; at < start + tokens;) {
    const std::uint64_t within = at % block_size;
    const std::uint64_t count = std::min<std::uint64_t>(block_size - within, start + tokens - at);
    f(static_cast<std::int64_t>(table[at / block_size]), static_cast<std::int64_t>(within),
      static_cast<std::int64_t>(count));
    at += count;
  }
}

struct Stored {
  at::Tensor values;
  at::Tensor scales;
};

// [tokens, kv_heads, head_dim] → the stored type, [kv_heads, tokens, head_dim].
Stored store(const at::Tensor& x, KvType type) {
  const at::Tensor turned = x.transpose(0, 1);
  if (type != KvType::kInt8) return {turned.to(stored_type(type)).contiguous(), {}};
  const at::Tensor full = turned.to(at::kFloat).contiguous();
  const at::Tensor scale = full.abs().amax(-1) / 127.0;
  const at::Tensor divisor = scale.clamp_min(1e-30).unsqueeze(-1);
  return {(full / divisor).round().clamp(-127, 127).to(at::kChar), scale};
}

}  // namespace

std::string_view name_of(KvType type) {
  static constexpr std::string_view kNames[] = {"float32", "float16", "bfloat16", "int8"};
  return kNames[static_cast<std::size_t>(type)];
}

KvType parse_kv_type(std::string_view text) {
  for (const KvType type : {KvType::kFloat32, KvType::kFloat16, KvType::kBfloat16, KvType::kInt8}) {
    if (text == name_of(type)) return type;
  }
  throw InputError(fmt::format(
      "KV element type '{}' is unknown (allowed: float32, float16, bfloat16, int8)", text));
}

std::uint64_t KvShape::block_bytes() const {
  const std::uint64_t vectors = std::uint64_t{2} * layers * kv_heads * block_size;
  return vectors * (head_dim * element_bytes(type) + (type == KvType::kInt8 ? 4 : 0));
}

KvPool::KvPool(const KvShape& shape, std::uint64_t blocks, at::Device device)
    : shape_(shape), blocks_(blocks) {
  const std::vector<std::int64_t> sizes{shape.layers, static_cast<std::int64_t>(blocks),
                                        shape.kv_heads, shape.block_size, shape.head_dim};
  const std::vector<std::int64_t> scale_sizes(sizes.begin(), sizes.end() - 1);
  try {
    const auto options = at::TensorOptions().device(device);
    keys_ = at::zeros(sizes, options.dtype(stored_type(shape.type)));
    values_ = at::zeros(sizes, options.dtype(stored_type(shape.type)));
    if (shape.type == KvType::kInt8) {
      key_scales_ = at::zeros(scale_sizes, options.dtype(at::kFloat));
      value_scales_ = at::zeros(scale_sizes, options.dtype(at::kFloat));
    }
  } catch (const c10::Error&) {
    throw InputError(fmt::format(
        "the KV pool of {} blocks of {} tokens takes {} bytes, which {} does not have; take a "
        "smaller capacity, batch or context, or a smaller KV element type",
        blocks, shape.block_size, bytes(), device.str()));
  }
}

void KvPool::write(std::uint32_t layer, std::span<const BlockId> table, std::uint64_t start,
                   const at::Tensor& keys, const at::Tensor& values) {
  const Stored k = store(keys, shape_.type);
  const Stored v = store(values, shape_.type);
  const auto put = [&](const at::Tensor& pool, const at::Tensor& from) {
    const at::Tensor of_layer = pool.select(0, layer);
    std::int64_t done = 0;
    if (pool.is_cpu()) {
      // A head's tokens within a block are in a row on both sides.
      const std::size_t token_bytes =
          (pool.dim() == 5 ? shape_.head_dim : 1) * static_cast<std::size_t>(pool.element_size());
      auto* to = static_cast<std::byte*>(of_layer.data_ptr());
      const auto* source = static_cast<const std::byte*>(from.data_ptr());
      const auto tokens = static_cast<std::size_t>(from.size(1));
      for_each_run(
          table, start, tokens, shape_.block_size,
          [&](std::int64_t block, std::int64_t within, std::int64_t count) {
            for (std::size_t h = 0; h < shape_.kv_heads; ++h) {
              const std::size_t row =
                  (static_cast<std::size_t>(block) * shape_.kv_heads + h) * shape_.block_size +
                  static_cast<std::size_t>(within);
              std::memcpy(to + row * token_bytes,
                          source + (h * tokens + static_cast<std::size_t>(done)) * token_bytes,
                          static_cast<std::size_t>(count) * token_bytes);
            }
            done += count;
          });
      return;
    }
    for_each_run(
        table, start, static_cast<std::uint64_t>(from.size(1)), shape_.block_size,
        [&](std::int64_t block, std::int64_t within, std::int64_t count) {
          of_layer.select(0, block).narrow(1, within, count).copy_(from.narrow(1, done, count));
          done += count;
        });
  };
  put(keys_, k.values);
  put(values_, v.values);
  if (k.scales.defined()) {
    put(key_scales_, k.scales);
    put(value_scales_, v.scales);
  }
}

std::pair<at::Tensor, at::Tensor> KvPool::read(std::uint32_t layer, std::span<const BlockId> table,
                                               std::uint64_t tokens, at::ScalarType type) const {
  const std::uint64_t blocks = (tokens + shape_.block_size - 1) / shape_.block_size;
  const auto n = static_cast<std::int64_t>(tokens);
  const auto gather_on_cpu = [&](const at::Tensor& pool) {
    const at::Tensor of_layer = pool.select(0, layer);
    std::vector<std::int64_t> sizes{shape_.kv_heads, n};
    if (pool.dim() == 5) sizes.push_back(shape_.head_dim);
    at::Tensor out = at::empty(sizes, pool.options());
    const std::size_t token_bytes =
        (pool.dim() == 5 ? shape_.head_dim : 1) * static_cast<std::size_t>(pool.element_size());
    const auto* from = static_cast<const std::byte*>(of_layer.data_ptr());
    auto* to = static_cast<std::byte*>(out.data_ptr());
    for (std::size_t h = 0; h < shape_.kv_heads; ++h) {
      for (std::size_t b = 0; b < blocks; ++b) {
        const std::size_t count =
            std::min<std::size_t>(shape_.block_size, tokens - b * shape_.block_size);
        const std::size_t row = (std::size_t{table[b]} * shape_.kv_heads + h) * shape_.block_size;
        std::memcpy(to + (h * tokens + b * shape_.block_size) * token_bytes,
                    from + row * token_bytes, count * token_bytes);
      }
    }
    return out;
  };
  const auto gather = [&](const at::Tensor& pool) {
    if (pool.is_cpu()) return gather_on_cpu(pool);
    std::vector<std::int64_t> ids(table.begin(),
                                  table.begin() + static_cast<std::ptrdiff_t>(blocks));
    const at::Tensor index =
        at::tensor(ids, at::TensorOptions().dtype(at::kLong)).to(pool.device());
    // [blocks, kv_heads, block_size, …] → [kv_heads, blocks · block_size, …]
    const at::Tensor chosen = pool.select(0, layer).index_select(0, index).transpose(0, 1);
    std::vector<std::int64_t> sizes{shape_.kv_heads, -1};
    if (pool.dim() == 5) sizes.push_back(shape_.head_dim);
    return chosen.reshape(sizes).narrow(1, 0, n);
  };
  at::Tensor k = gather(keys_);
  at::Tensor v = gather(values_);
  if (shape_.type == KvType::kInt8) {
    k = k.to(type) * gather(key_scales_).to(type).unsqueeze(-1);
    v = v.to(type) * gather(value_scales_).to(type).unsqueeze(-1);
  }
  return {k.to(type), v.to(type)};
}

}  // namespace kvsim::torch_models
