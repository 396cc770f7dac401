#pragma once
// How long a model's work takes, and how many bytes its KV cache holds: what turns hits into time.
// Seconds throughout; no queueing and no batching beyond what a call names.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "model/cost/gpu.hpp"
#include "model/cost/model_shape.hpp"
#include "sim/core/fields.hpp"

namespace kvsim {

/// A model on its hardware. Immutable: threads share one.
class CostModel {
 public:
  virtual ~CostModel() = default;

  /// To compute the KV of `added` tokens, at least one, behind `cached` ones whose KV is at hand,
  /// and the logits of the last: the time to first token of a request alone.
  virtual double prefill_seconds(std::uint64_t cached, std::uint64_t added) const = 0;
  /// One step of a batch: each sequence gets one token behind as many as `contexts` says, at least
  /// one sequence.
  virtual double decode_step_seconds(std::span<const std::uint64_t> contexts) const = 0;
  /// To copy KV between the GPU's memory and `place`.
  /// Throws InputError where the model is a profile that has no such copies.
  virtual double copy_seconds(std::uint64_t bytes, Place place) const = 0;

  /// Whether decode_step_seconds() may be asked: a profile need not have it.
  virtual bool has_decode() const { return true; }

  /// What it runs on: "h100", "8 x h100", or as a profile names it.
  virtual std::string device() const = 0;
  virtual const ModelShape& shape() const = 0;
  virtual ElementType kv_type() const = 0;
  virtual std::uint64_t tensor_parallel() const { return 1; }
  /// What results state of where the times come from: model, hardware, parameters, formulas.
  virtual Params assumptions() const = 0;

  /// Bytes of a cached block, rounded up.
  std::uint64_t block_bytes(std::uint64_t block_size) const;
};

/// What a roofline assumes beside shape and GPU. Absent: the GPU's, the model's.
struct RooflineOptions {
  std::uint64_t tensor_parallel = 1;
  std::optional<double> mfu;  ///< share of the peak FLOP/s that prefill and decode reach
  std::optional<double> mbu;  ///< share of the peak memory bandwidth that they reach
  std::optional<ElementType> kv_type;
  bool operator==(const RooflineOptions&) const = default;
};

/// The roofline of a model on `tensor_parallel` GPUs: the larger of operations / (peak · MFU) and
/// bytes / (bandwidth · MBU), and the all-reduces of tensor parallelism after it. Throws InputError
/// where weights do not divide, or the GPU lacks a number that is needed.
std::unique_ptr<const CostModel> make_roofline(const ModelShape& shape, const Gpu& gpu,
                                               const RooflineOptions& options = {});

/// Which cost model, as options and configurations say it: a model on a GPU, or a profile.
struct CostSpec {
  std::string model;  ///< a preset's name, or the path of a JSON file
  std::string gpu;    ///< the same
  RooflineOptions roofline;
  std::string
      profile;  ///< path of a calibrated profile (`kvsim.cost/1`); then the others are empty
  bool operator==(const CostSpec&) const = default;
};

/// Opens files as they stand or, where relative, from `folder`. Throws InputError.
std::shared_ptr<const CostModel> make_cost_model(const CostSpec& spec,
                                                 const std::filesystem::path& folder = {});

}  // namespace kvsim
