// kvsim-gpu-bench: how fast the kernels move memory, beside the device's peak, by CUDA's events.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/cuda/device.hpp"
#include "model/cuda/kv_blocks.hpp"
#include "model/cuda/paged_attention.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"
#include "sim/core/rng.hpp"

namespace {

using namespace kvsim;           // NOLINT(google-build-using-namespace): a program of one file
using namespace kvsim::kernels;  // NOLINT(google-build-using-namespace)

struct Options {
  std::int64_t megabytes = 1'024;  ///< of a pool
  int rounds = 20;
  std::string output;
};

/// What a kernel is timed with: the shape of Llama-3.1-8B's cache.
constexpr std::int64_t kKvHeads = 8;
constexpr std::int64_t kBlockSize = 16;
constexpr std::int64_t kHeadDim = 128;
constexpr std::int64_t kBlockRows = kKvHeads * kBlockSize;

double row_bytes(Element element) {
  return static_cast<double>(kHeadDim) * static_cast<double>(bytes_of(element)) +
         (element == Element::kInt8 ? sizeof(float) : 0);
}

/// Random elements in host memory.
std::vector<unsigned char> random_elements(Element element, std::size_t count, Rng& rng) {
  std::vector<unsigned char> data(count * bytes_of(element));
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = static_cast<float>(rng.uniform() - 0.5);
    if (element == Element::kInt8) {
      data[i] = Int8::bits(x * 254);
    } else {
      store_float(element, data.data(), static_cast<std::int64_t>(i), x);
    }
  }
  return data;
}

/// Rows of random content, on the device and, where there are few, on the host too.
class Tensor {
 public:
  Tensor(Element element, std::int64_t rows, bool on_host, Rng& rng)
      : element_(element),
        rows_(static_cast<std::size_t>(rows)),
        data_(rows_ * static_cast<std::size_t>(kHeadDim) * bytes_of(element)),
        scale_(rows_ * sizeof(float)) {
    // A piece over and over: what is moved does not matter to how fast.
    const std::size_t piece = std::min<std::size_t>(rows_, 32'768);
    const auto elements = random_elements(element, piece * static_cast<std::size_t>(kHeadDim), rng);
    std::vector<float> scales(piece);
    for (float& scale : scales) scale = static_cast<float>(rng.uniform() / 127);
    const std::size_t row = static_cast<std::size_t>(kHeadDim) * bytes_of(element);
    for (std::size_t at = 0; at < rows_; at += piece) {
      const std::size_t count = std::min(piece, rows_ - at);
      data_.copy_from(elements.data(), count * row, at * row);
      scale_.copy_from(scales.data(), count * sizeof(float), at * sizeof(float));
    }
    if (on_host) {
      host_data_ = elements;
      host_scale_ = scales;
    }
  }

  Pool pool(bool host) {
    const auto blocks = static_cast<std::int64_t>(rows_) / kBlockRows;
    return {element_, data(host), scale(host), blocks, kKvHeads, kBlockSize, kHeadDim};
  }
  Rows rows(bool host) {
    const auto tokens = static_cast<std::int64_t>(rows_) / kKvHeads;
    return {element_, data(host), scale(host), 1, tokens};
  }

  /// Whether the device's rows are, to the bit, the host's.
  bool same_on_both() const {
    std::vector<unsigned char> found(data_.bytes());
    data_.copy_to(found.data());
    if (found != host_data_) return false;
    if (element_ != Element::kInt8) return true;
    std::vector<float> scales(rows_);
    scale_.copy_to(scales.data());
    return scales == host_scale_;
  }

 private:
  void* data(bool host) { return host ? host_data_.data() : data_.data(); }
  float* scale(bool host) {
    if (element_ != Element::kInt8) return nullptr;
    return host ? host_scale_.data() : scale_.data<float>();
  }

  Element element_;
  std::size_t rows_;
  DeviceMemory data_;
  DeviceMemory scale_;
  std::vector<unsigned char> host_data_;
  std::vector<float> host_scale_;
};

std::vector<std::int32_t> shuffled(std::int64_t count, Rng& rng) {
  std::vector<std::int32_t> list(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = static_cast<std::int32_t>(i);
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[rng.below(i)]);
  return list;
}

template <class T>
DeviceMemory on_device(const std::vector<T>& host) {
  return {host.data(), host.size() * sizeof(T)};
}

struct Timing {
  std::string kernel;
  std::string elements;
  std::string shape;
  double bytes = 0;    ///< read and written
  double seconds = 0;  ///< the median of the rounds
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double time(const std::function<void()>& start, int rounds) {
  for (int i = 0; i < 3; ++i) (void)device_seconds(start);
  std::vector<double> seconds;
  for (int i = 0; i < rounds; ++i) seconds.push_back(device_seconds(start));
  return median(std::move(seconds));
}

enum class Move : std::uint8_t { kGather, kScatter, kCopyBlocks };

/// Moves all of a pool's blocks, in random order.
void move(Move what, Tensor& from, Tensor& to, const std::int32_t* order, bool host) {
  const std::int64_t blocks = from.pool(host).blocks;
  const Place place{Place::By::kBlock, order, 0, blocks * kBlockSize};
  switch (what) {
    case Move::kGather:
      host ? gather_host(from.pool(host), place, to.rows(host))
           : gather_cuda(from.pool(host), place, to.rows(host));
      return;
    case Move::kScatter:
      host ? scatter_host(from.rows(host), to.pool(host), place)
           : scatter_cuda(from.rows(host), to.pool(host), place);
      return;
    case Move::kCopyBlocks:
      host ? copy_blocks_host(from.pool(host), order, to.pool(host), order, blocks)
           : copy_blocks_cuda(from.pool(host), order, to.pool(host), order, blocks);
      return;
  }
}

Timing time_move(Move what, Element from, Element to, const Options& options) {
  static constexpr const char* kNames[] = {"gather", "scatter", "copy_blocks"};
  Timing timing;
  timing.kernel = kNames[static_cast<int>(what)];
  timing.elements = std::string(name_of(from)) + " to " + name_of(to);
  Rng rng(1);
  {
    constexpr std::int64_t kFew = 33;
    Tensor source(from, kFew * kBlockRows, true, rng);
    Tensor target(to, kFew * kBlockRows, true, rng);
    const std::vector<std::int32_t> order = shuffled(kFew, rng);
    const DeviceMemory order_there = on_device(order);
    move(what, source, target, order.data(), true);
    move(what, source, target, order_there.data<std::int32_t>(), false);
    if (!target.same_on_both()) {
      throw std::runtime_error(timing.kernel + ", " + timing.elements +
                               ": the kernel's rows are not the reference's");
    }
  }
  const double block_bytes =
      static_cast<double>(kBlockRows) * std::max(row_bytes(from), row_bytes(to));
  const auto blocks = static_cast<std::int64_t>(
      std::ceil(static_cast<double>(options.megabytes) * 1e6 / block_bytes));
  Tensor source(from, blocks * kBlockRows, false, rng);
  Tensor target(to, blocks * kBlockRows, false, rng);
  const DeviceMemory order = on_device(shuffled(blocks, rng));
  timing.shape =
      fmt::format("{} blocks of {} tokens, {} heads of {}", blocks, kBlockSize, kKvHeads, kHeadDim);
  timing.bytes = static_cast<double>(blocks * kBlockRows) * (row_bytes(from) + row_bytes(to));
  timing.seconds =
      time([&] { move(what, source, target, order.data<std::int32_t>(), false); }, options.rounds);
  return timing;
}

struct AttentionShape {
  std::int64_t sequences, context, group;
};

/// Runs a decode step on the device; where `rounds` is 0, compares it with the reference instead.
std::optional<double> attend(Element stored, const AttentionShape& shape, int multiprocessors,
                             int rounds) {
  Rng rng(2);
  const bool compare = rounds == 0;
  const std::int64_t table = (shape.context + kBlockSize - 1) / kBlockSize;
  const std::int64_t blocks = shape.sequences * table;
  Tensor keys(stored, blocks * kBlockRows, compare, rng);
  Tensor values(stored, blocks * kBlockRows, compare, rng);
  const std::int64_t heads = kKvHeads * shape.group;
  const auto elements = static_cast<std::size_t>(shape.sequences * heads * kHeadDim);
  const auto query = random_elements(Element::kFloat32, elements, rng);
  const std::vector<std::int32_t> block_table = shuffled(blocks, rng);
  const std::vector<std::int32_t> context(static_cast<std::size_t>(shape.sequences),
                                          static_cast<std::int32_t>(shape.context));
  const DeviceMemory query_there = on_device(query);
  const DeviceMemory out(query.size());
  const DeviceMemory table_there = on_device(block_table);
  const DeviceMemory context_there = on_device(context);
  PagedAttention a;
  a.query = query_there.data();
  a.out = out.data();
  a.sequences = shape.sequences;
  a.query_heads = heads;
  a.scale = 1 / std::sqrt(static_cast<float>(kHeadDim));
  a.key = keys.pool(false);
  a.value = values.pool(false);
  a.block_table = table_there.data<std::int32_t>();
  a.table_stride = table;
  a.context = context_there.data<std::int32_t>();
  a.longest = shape.context;
  a.partition = partition_for(a, multiprocessors);
  const DeviceMemory scratch(std::max<std::size_t>(1, scratch_floats(a)) * sizeof(float));
  a.scratch = scratch.data<float>();
  if (!compare) return time([&] { paged_attention_cuda(a); }, rounds);

  paged_attention_cuda(a);
  std::vector<float> found(elements);
  out.copy_to(found.data());
  std::vector<float> expected(elements);
  a.query = query.data();
  a.out = expected.data();
  a.key = keys.pool(true);
  a.value = values.pool(true);
  a.block_table = block_table.data();
  a.context = context.data();
  paged_attention_host(a);
  for (std::size_t i = 0; i < elements; ++i) {
    if (!(std::abs(found[i] - expected[i]) <= 1e-5F)) {
      throw std::runtime_error(
          fmt::format("paged attention over {}: the kernel computes {} where the reference has {}",
                      name_of(stored), found[i], expected[i]));
    }
  }
  return std::nullopt;
}

Timing time_attention(Element stored, AttentionShape shape, const DeviceTraits& traits,
                      const Options& options) {
  (void)attend(stored, {3, 700, shape.group}, traits.multiprocessors, 0);
  // As many sequences, or as long a one, as make up the pool.
  const double token = 2 * static_cast<double>(kKvHeads) * row_bytes(stored);
  const double tokens = static_cast<double>(options.megabytes) * 1e6 / token;
  if (shape.sequences == 0) {
    shape.sequences =
        std::max<std::int64_t>(1, std::llround(tokens / static_cast<double>(shape.context)));
  } else {
    shape.context =
        std::max<std::int64_t>(1, std::llround(tokens / static_cast<double>(shape.sequences)));
  }
  Timing timing;
  timing.kernel = "paged_attention";
  timing.elements = name_of(stored);
  timing.shape = fmt::format("{} x {} tokens, {} heads of {}, {} queries each", shape.sequences,
                             shape.context, kKvHeads, kHeadDim, shape.group);
  timing.bytes = static_cast<double>(shape.sequences * shape.context) * token;
  timing.seconds = attend(stored, shape, traits.multiprocessors, options.rounds).value_or(0);
  return timing;
}

Timing time_driver_copy(const Options& options) {
  const auto bytes = static_cast<std::size_t>(options.megabytes) * 1'000'000;
  const DeviceMemory from(bytes);
  const DeviceMemory to(bytes);
  Timing timing{"cudaMemcpy", "bytes", fmt::format("{} MB in one piece", options.megabytes)};
  timing.bytes = 2 * static_cast<double>(bytes);
  timing.seconds = time([&] { copy_on_device(to.data(), from.data(), bytes); }, options.rounds);
  return timing;
}

nlohmann::ordered_json json_of(const DeviceTraits& traits, const std::vector<Timing>& timings,
                               const Options& options) {
  nlohmann::ordered_json kernels = nlohmann::ordered_json::array();
  for (const Timing& t : timings) {
    nlohmann::ordered_json kernel = {
        {"kernel", t.kernel}, {"elements", t.elements}, {"shape", t.shape},
        {"bytes", t.bytes},   {"seconds", t.seconds},   {"bytes_per_second", t.bytes / t.seconds}};
    if (traits.peak_bytes_per_second > 0) {
      kernel["share_of_peak"] = t.bytes / t.seconds / traits.peak_bytes_per_second;
    }
    kernels.push_back(kernel);
  }
  nlohmann::ordered_json device = {{"name", traits.name},
                                   {"compute_capability", traits.compute_capability},
                                   {"multiprocessors", traits.multiprocessors},
                                   {"memory_bytes", traits.memory_bytes},
                                   {"l2_bytes", traits.l2_bytes},
                                   {"memory_clock_hz", traits.memory_clock_hz},
                                   {"memory_bus_bits", traits.memory_bus_bits},
                                   {"cuda_driver", traits.driver},
                                   {"cuda_runtime", traits.runtime}};
  if (traits.peak_bytes_per_second > 0) {
    device["peak_bytes_per_second"] = traits.peak_bytes_per_second;
  }
  return {{"schema", "kvsim.gpu_bench/1"},
          {"device", device},
          {"rounds", options.rounds},
          {"kernels", kernels}};
}

void print_row(const Timing& t, const DeviceTraits& traits) {
  const double rate = t.bytes / t.seconds;
  std::string share = "-";
  if (traits.peak_bytes_per_second > 0) {
    share = fmt::format("{:.1f} %", 100 * rate / traits.peak_bytes_per_second);
  }
  fmt::print("{:<16} {:<20} {:>9.1f} {:>8}  {}\n", t.kernel, t.elements, rate / 1e9, share,
             t.shape);
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Times the kernels that move KV blocks and attend over them, by CUDA's events, on the first\n"
      "device; each is compared with its reference on the CPU first. The rate counts what must be\n"
      "read and written; the share is of the peak that the device's memory clock and bus give.\n\n"
      "Example: kvsim-gpu-bench -o bandwidth.json");
  app.add_option("--megabytes", options.megabytes,
                 "What the larger tensor of a copy holds, and an attention's keys and values; "
                 "several times the L2 cache")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{16'000}))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Of which the median is taken")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("-o,--output", options.output, "JSON file to write");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return 2;
  }

  const DeviceTraits traits = device_traits();
  // A copy has two tensors of the larger kind, and pieces.
  const auto room = static_cast<std::int64_t>(traits.free_bytes / 1'000'000 * 2 / 5);
  if (options.megabytes > room) {
    throw InputError(
        fmt::format("--megabytes {}: the device has room for {}", options.megabytes, room));
  }
  fmt::print("{}, compute capability {}, peak {} GB/s\n\n", traits.name, traits.compute_capability,
             traits.peak_bytes_per_second > 0
                 ? fmt::format("{:.0f}", traits.peak_bytes_per_second / 1e9)
                 : "unknown");
  fmt::print("{:<16} {:<20} {:>9} {:>8}  {}\n", "kernel", "elements", "GB/s", "of peak", "shape");
  std::vector<Timing> timings;
  const auto add = [&](Timing timing) {
    print_row(timing, traits);
    timings.push_back(std::move(timing));
  };
  add(time_driver_copy(options));
  constexpr Element kElements[] = {Element::kFloat32, Element::kFloat16, Element::kBfloat16,
                                   Element::kInt8};
  for (const Element stored : kElements) {
    add(time_move(Move::kGather, stored, stored, options));
    add(time_move(Move::kScatter, stored, stored, options));
    add(time_move(Move::kCopyBlocks, stored, stored, options));
  }
  for (const Element stored : {Element::kBfloat16, Element::kInt8}) {
    add(time_move(Move::kGather, stored, Element::kFloat16, options));
    add(time_move(Move::kScatter, Element::kFloat16, stored, options));
    add(time_move(Move::kCopyBlocks, Element::kFloat16, stored, options));
  }
  for (const Element stored : kElements) {
    for (const std::int64_t group : {1, 4, 8}) {
      add(time_attention(stored, {0, 4'096, group}, traits, options));
    }
    add(time_attention(stored, {1, 0, 4}, traits, options));
  }
  if (!options.output.empty()) {
    OutputFile file(options.output);
    file.write(json_of(traits, timings, options).dump(2) + "\n");
    file.commit();
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "kvsim-gpu-bench: {}\n", e.what());
    return 1;
  }
}
