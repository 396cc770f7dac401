#include "model/torch/calibrate.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include "model/torch/sampler.hpp"
#include "sim/core/error.hpp"

namespace kvsim::torch_models {

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ElementType element_type_of_weights(at::ScalarType type) {
  return type == at::kHalf       ? ElementType::kFloat16
         : type == at::kBFloat16 ? ElementType::kBfloat16
                                 : ElementType::kFloat32;
}

// 1, 2, 4, … up to `most`, which is the last.
std::vector<std::uint64_t> doubling(std::uint64_t from, std::uint64_t most) {
  std::vector<std::uint64_t> values;
  for (std::uint64_t v = from; v < most; v *= 2) values.push_back(v);
  values.push_back(most);
  return values;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// A file of some bytes, read back from the disk and not from memory.
class DiskBlocks {
 public:
  DiskBlocks(const std::filesystem::path& folder, std::size_t bytes)
      : path_(folder / fmt::format(".kvsim-calibrate-{}", ::getpid())), buffer_(bytes, 'k') {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ < 0) fail("cannot be made");
    ::unlink(path_.c_str());
    for (std::size_t at = 0; at < bytes;) {
      const ssize_t n = ::write(fd_, buffer_.data() + at, bytes - at);
      if (n <= 0) fail("cannot be written");
      at += static_cast<std::size_t>(n);
    }
    if (::fsync(fd_) != 0) fail("cannot be written");
  }
  ~DiskBlocks() { ::close(fd_); }
  DiskBlocks(const DiskBlocks&) = delete;
  DiskBlocks& operator=(const DiskBlocks&) = delete;

  /// Seconds to read `bytes`.
  double read(std::size_t bytes) {
    ::posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED);
    const double began = now();
    for (std::size_t at = 0; at < bytes;) {
      const ssize_t n = ::pread(fd_, buffer_.data() + at, bytes - at, static_cast<off_t>(at));
      if (n <= 0) fail("cannot be read");
      at += static_cast<std::size_t>(n);
    }
    return now() - began;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw InputError(fmt::format("{}: {}: {}", path_.string(), what, std::strerror(errno)));
  }

  std::filesystem::path path_;
  std::vector<char> buffer_;
  int fd_ = -1;
};

// One point, and the times measured so far.
struct Point {
  std::function<double()> measure;
  std::function<void(double)> keep;
  std::vector<double> seconds;
};

}  // namespace

ElementType element_type_of(KvType type) {
  static constexpr ElementType kTypes[] = {ElementType::kFloat32, ElementType::kFloat16,
                                           ElementType::kBfloat16, ElementType::kInt8};
  return kTypes[static_cast<std::size_t>(type)];
}

ModelShape shape_of(const Transformer& model) {
  const ModelConfig& c = model.config();
  ModelShape shape;
  shape.name = c.name;
  shape.doc = fmt::format("{}, as it ran here", c.name);
  shape.hidden = c.hidden;
  shape.vocabulary = c.vocab;
  shape.tied_embeddings = c.tied_embeddings;
  AttentionLayers attention;
  attention.layers = c.layers;
  attention.query_heads = c.heads;
  attention.kv_heads = c.kv_heads;
  attention.head_size = c.head_dim;
  shape.attention = {attention};
  FeedForwardLayers feed_forward;
  feed_forward.layers = c.layers;
  feed_forward.size = c.ffn;
  feed_forward.matrices = c.architecture == Architecture::kGpt2 ? 2 : 3;
  shape.feed_forward = {feed_forward};
  shape.longest_context = c.context;
  shape.weight_type = shape.expert_type = element_type_of_weights(model.type());
  shape.other_weights = model.parameters() - shape.parameters();
  return shape;
}

Measurements measure(const Transformer& model, const CalibrateOptions& options,
                     const CalibrateProgress& progress) {
  const c10::InferenceMode guard;
  const std::uint64_t longest = std::min<std::uint64_t>(options.longest, model.config().context);
  const std::uint32_t bs = options.block_size;
  const auto blocks_each = static_cast<std::uint32_t>((longest + bs - 1) / bs);
  KvPool pool(model.kv_shape(bs, options.kv_type), std::uint64_t{blocks_each} * options.batch,
              model.device());
  std::vector<BlockId> blocks(pool.blocks());
  for (BlockId b = 0; b < blocks.size(); ++b) blocks[b] = b;
  Rng rng(options.seed);
  std::vector<Token> tokens(longest);
  for (Token& t : tokens) t = static_cast<Token>(rng.below(model.config().vocab));
  const auto table = [&](std::uint64_t sequence) {
    return std::span<const BlockId>(blocks).subspan(sequence * blocks_each, blocks_each);
  };
  // As a server's step: the logits come to the CPU, and a token is chosen.
  const auto pass = [&](std::span<const Chunk> chunks) {
    const double began = now();
    const at::Tensor logits = model.forward(chunks, pool);
    for (std::int64_t r = 0; r < logits.size(0); ++r) {
      sample(
          {logits.data_ptr<float>() + r * logits.size(1), static_cast<std::size_t>(logits.size(1))},
          {}, rng);
    }
    return now() - began;
  };

  Measurements result;
  std::vector<Point> points;
  std::vector<std::uint64_t> cached_counts{0};
  for (const std::uint64_t c : doubling(64, longest)) {
    if (c < longest) cached_counts.push_back(c);
  }
  for (const std::uint64_t cached : cached_counts) {
    for (const std::uint64_t added :
         {16U, 24U, 32U, 48U, 64U, 96U, 128U, 192U, 256U, 512U, 1024U, 2048U, 4096U}) {
      if (cached + added > longest) continue;
      points.push_back({[&pass, &tokens, table, cached, added] {
                          const Chunk chunk{std::span<const Token>(tokens).subspan(cached, added),
                                            cached, table(0)};
                          return pass({&chunk, 1});
                        },
                        [&result, cached, added](double s) {
                          result.prefill.push_back({cached, added, s, false});
                        },
                        {}});
    }
  }
  for (const std::uint64_t batch : doubling(1, options.batch)) {
    for (const std::uint64_t context :
         doubling(std::min<std::uint64_t>(32, longest - 1), longest - 1)) {
      points.push_back(
          {[&pass, &tokens, table, batch, context] {
             std::vector<Chunk> chunks;
             for (std::uint64_t s = 0; s < batch; ++s) {
               chunks.push_back({std::span<const Token>(tokens).first(1), context, table(s)});
             }
             return pass(chunks);
           },
           [&result, batch, context](double s) {
             result.decode.push_back({batch, context, s, false});
           },
           {}});
    }
  }
  // Copies of scattered blocks: within the device, and between it and the host's memory.
  const std::uint64_t block_bytes = pool.shape().block_bytes();
  const std::vector<std::uint64_t> counts =
      doubling(1, std::min<std::uint64_t>(128, pool.blocks()));
  const auto numbers = at::TensorOptions().dtype(at::kLong);
  for (const std::uint64_t count : counts) {
    const at::Tensor index =
        at::arange(static_cast<std::int64_t>(count), numbers).to(pool.device());
    points.push_back({[&pool, index] {
                        const double began = now();
                        const at::Tensor k = pool.keys().index_select(1, index);
                        const at::Tensor v = pool.values().index_select(1, index);
                        // One element comes to the CPU, so that the device is done.
                        k.reshape(-1)[0].item<float>();
                        v.reshape(-1)[0].item<float>();
                        return now() - began;
                      },
                      [&result, count, block_bytes](double s) {
                        result.copy.push_back({Place::kDevice, count * block_bytes, s, false});
                      },
                      {}});
    const at::Tensor host_k = pool.keys().index_select(1, index).cpu();
    const at::Tensor host_v = pool.values().index_select(1, index).cpu();
    points.push_back({[&pool, index, host_k, host_v] {
                        const double began = now();
                        pool.keys().index_copy_(1, index, host_k.to(pool.device()));
                        pool.values().index_copy_(1, index, host_v.to(pool.device()));
                        pool.keys().select(1, 0).reshape(-1)[0].item<float>();
                        return now() - began;
                      },
                      [&result, count, block_bytes](double s) {
                        result.copy.push_back({Place::kHost, count * block_bytes, s, false});
                      },
                      {}});
  }
  std::unique_ptr<DiskBlocks> disk;
  if (!options.disk_folder.empty()) {
    disk = std::make_unique<DiskBlocks>(options.disk_folder, counts.back() * block_bytes);
    for (const std::uint64_t count : counts) {
      points.push_back({[&disk, bytes = count * block_bytes] { return disk->read(bytes); },
                        [&result, count, block_bytes](double s) {
                          result.copy.push_back({Place::kDisk, count * block_bytes, s, false});
                        },
                        {}});
    }
  }

  // The first round warms up, and its times are dropped.
  const std::size_t total = points.size() * (options.rounds + 1);
  std::size_t done = 0;
  for (std::uint32_t round = 0; round <= options.rounds; ++round) {
    for (Point& point : points) {
      const double seconds = point.measure();
      if (round > 0) point.seconds.push_back(seconds);
      if (progress) progress(++done, total, round == 0 ? "warming up" : "measuring");
    }
  }
  for (Point& point : points) point.keep(median(std::move(point.seconds)));
  return result;
}

Efficiency measure_efficiency(const Transformer& model, std::uint32_t rounds) {
  const c10::InferenceMode guard;
  Efficiency result;
  result.tokens = std::min<std::uint64_t>(512, model.config().context - 1);
  const auto rows = static_cast<std::int64_t>(result.tokens);
  const auto options = at::TensorOptions().device(model.device()).dtype(model.type());
  std::vector<at::Tensor> inputs;
  double product_flops = 0;
  for (const at::Tensor& w : model.layer_matrices()) {
    inputs.push_back(at::randn({rows, w.size(1)}, options));
    product_flops += 2.0 * static_cast<double>(rows) * static_cast<double>(w.numel());
  }
  KvPool pool(model.kv_shape(16, KvType::kFloat32), result.tokens / 16 + 1, model.device());
  std::vector<BlockId> table(pool.blocks());
  for (BlockId b = 0; b < table.size(); ++b) table[b] = b;
  const std::vector<Token> tokens(result.tokens, 1);
  const auto elements = static_cast<std::int64_t>(
      model.weight_bytes() / static_cast<std::uint64_t>(at::elementSize(model.type())));
  const at::Tensor from = at::zeros({elements}, options);
  at::Tensor to = at::empty_like(from);
  const auto wait = [](const at::Tensor& t) { t.reshape(-1)[0].item<float>(); };
  const auto best = [&](double& seconds, auto&& work) {
    const double began = now();
    work();
    const double took = now() - began;
    if (seconds == 0 || took < seconds) seconds = took;
  };
  double prefill = 0, products = 0, decode = 0, copy = 0;
  for (std::uint32_t r = 0; r <= rounds; ++r) {
    if (r == 1) prefill = products = decode = copy = 0;  // the first round warms up
    best(prefill, [&] {
      const Chunk chunk{tokens, 0, table};
      model.forward({&chunk, 1}, pool);
    });
    best(products, [&] {
      const std::vector<at::Tensor> weights = model.layer_matrices();
      for (std::size_t i = 0; i < weights.size(); ++i) wait(at::linear(inputs[i], weights[i]));
    });
    best(decode, [&] {
      const Chunk chunk{std::span<const Token>(tokens).first(1), 16, table};
      model.forward({&chunk, 1}, pool);
    });
    best(copy, [&] {
      to.copy_(from);
      wait(to);
    });
  }
  result.prefill_flops = model.flops(0, result.tokens) / prefill;
  result.product_flops = product_flops / products;
  result.decode_bytes = static_cast<double>(model.weight_bytes()) / decode;
  result.copy_bytes = static_cast<double>(model.weight_bytes()) / copy;
  return result;
}

}  // namespace kvsim::torch_models
