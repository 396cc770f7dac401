#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/cost/cost_model.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

namespace {

constexpr double kActivationBytes = 2;  // bfloat16, between GPUs

class Roofline final : public CostModel {
 public:
  Roofline(ModelShape shape, Gpu gpu, const RooflineOptions& options)
      : shape_(std::move(shape)),
        gpu_(std::move(gpu)),
        gpus_(options.tensor_parallel),
        mfu_(options.mfu.value_or(gpu_.mfu)),
        mbu_(options.mbu.value_or(gpu_.mbu)),
        kv_type_(options.kv_type.value_or(shape_.kv_type)),
        uses_8bit_(gpu_.flops_8bit != 0 && (shape_.weight_type == ElementType::kFloat8 ||
                                            shape_.weight_type == ElementType::kInt8)) {
    const auto group = static_cast<double>(gpus_);
    flops_per_second_ = group * (uses_8bit_ ? gpu_.flops_8bit : gpu_.flops) * mfu_;
    bytes_per_second_ = group * gpu_.memory_bytes_per_second * mbu_;
  }

  double prefill_seconds(std::uint64_t cached, std::uint64_t added) const override {
    const double bytes = shape_.weight_bytes_read(static_cast<double>(added)) +
                         shape_.kv_bytes(cached + added, kv_type_, gpus_);
    return std::max(shape_.prefill_flops(cached, added) / flops_per_second_,
                    bytes / bytes_per_second_) +
           exchange_seconds(static_cast<double>(added)) + overhead_seconds();
  }

  double decode_step_seconds(std::span<const std::uint64_t> contexts) const override {
    const auto batch = static_cast<double>(contexts.size());
    double flops = 0;
    double bytes = shape_.weight_bytes_read(batch);
    for (const std::uint64_t context : contexts) {
      flops += shape_.decode_flops(context);
      bytes += shape_.kv_bytes(context + 1, kv_type_, gpus_);
    }
    return std::max(flops / flops_per_second_, bytes / bytes_per_second_) +
           exchange_seconds(batch) + overhead_seconds();
  }

  double copy_seconds(std::uint64_t bytes, Place place) const override {
    const auto amount = static_cast<double>(bytes);
    switch (place) {
      case Place::kDevice:
        return 2 * amount / bytes_per_second_;  // read and written
      case Place::kHost:  // each GPU has a way of its own to the host's memory
        return gpu_.host.latency_s +
               amount / (gpu_.host.bytes_per_second * static_cast<double>(gpus_));
      case Place::kDisk:
        break;
    }
    return gpu_.disk.latency_s + amount / gpu_.disk.bytes_per_second;
  }

  std::string device() const override {
    return gpus_ == 1 ? gpu_.name : fmt::format("{} x {}", gpus_, gpu_.name);
  }
  const ModelShape& shape() const override { return shape_; }
  ElementType kv_type() const override { return kv_type_; }
  std::uint64_t tensor_parallel() const override { return gpus_; }

  Params assumptions() const override {
    Params params{
        {"cost", "roofline"},
        {"model", shape_.name},
        {"parameters", static_cast<std::int64_t>(shape_.parameters())},
        {"active_parameters", static_cast<std::int64_t>(shape_.active_parameters())},
        {"gpu", gpu_.name},
        {"tensor_parallel", static_cast<std::int64_t>(gpus_)},
        {"mfu", mfu_},
        {"mbu", mbu_},
        {"overhead_s", overhead_seconds()},
        {"peak_flops", uses_8bit_ ? gpu_.flops_8bit : gpu_.flops},
        {"peak_bytes_per_second", gpu_.memory_bytes_per_second},
        {"weight_type", std::string(name_of(shape_.weight_type))},
        {"kv_type", std::string(name_of(kv_type_))},
        {"prefill",
         "max(FLOPs / (peak MFU), bytes / (bandwidth MBU)): two FLOPs a weight "
         "and new token, the head once, attention over (cached, new) tokens; and the overhead"},
        {"decode", "the same of one token a sequence: weights and KV are read once a step"}};
    if (gpus_ > 1) {
      params.emplace_back("tensor_parallelism",
                          "two all-reduces a layer over the interconnect, after the rest");
    }
    params.emplace_back("left_out", "tokenisation, queueing");
    return params;
  }

 private:
  double overhead_seconds() const {
    return gpu_.step_overhead_s + static_cast<double>(shape_.layers()) * gpu_.layer_overhead_s;
  }

  // The ring all-reduces after attention and after feed-forward of every layer.
  double exchange_seconds(double tokens) const {
    if (gpus_ == 1) return 0;
    const auto group = static_cast<double>(gpus_);
    const double bytes = 2 * static_cast<double>(shape_.layers()) * tokens *
                         static_cast<double>(shape_.hidden) * kActivationBytes;
    return bytes * 2 * (group - 1) / group / gpu_.interconnect_bytes_per_second;
  }

  ModelShape shape_;
  Gpu gpu_;
  std::uint64_t gpus_;
  double mfu_, mbu_;
  ElementType kv_type_;
  bool uses_8bit_;
  double flops_per_second_ = 0;
  double bytes_per_second_ = 0;
};

void check_share(std::string_view name, double share) {
  if (share > 0 && share <= 1) return;
  throw InputError(fmt::format("{} {:g}, allowed is above 0 and at most 1", name, share));
}

}  // namespace

std::unique_ptr<const CostModel> make_roofline(const ModelShape& shape, const Gpu& gpu,
                                               const RooflineOptions& options) {
  const std::uint64_t gpus = options.tensor_parallel;
  if (gpus == 0) throw InputError("tensor parallelism over 0 GPUs, allowed is 1 or more");
  for (const AttentionLayers& a : shape.attention) {
    if (a.kind != AttentionKind::kLinear && a.query_heads % gpus != 0) {
      throw InputError(
          fmt::format("tensor parallelism over {} GPUs does not divide the {} query "
                      "heads of '{}'",
                      gpus, a.query_heads, shape.name));
    }
  }
  if (gpus > 1 && gpu.interconnect_bytes_per_second == 0) {
    throw InputError(
        fmt::format("GPU '{}' states no interconnect, which tensor parallelism needs", gpu.name));
  }
  if (shape.weight_type == ElementType::kFloat32) {
    throw InputError(fmt::format(
        "model '{}' has float32 weights, GPU '{}' states no peak for such matrices; allowed are "
        "types of 16 bits and less",
        shape.name, gpu.name));
  }
  check_share("MFU", options.mfu.value_or(gpu.mfu));
  check_share("MBU", options.mbu.value_or(gpu.mbu));
  return std::make_unique<Roofline>(shape, gpu, options);
}

}  // namespace kvsim
