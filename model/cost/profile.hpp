#pragma once
// A cost model fitted to measurements of a real machine: the file `kvsim.cost/1`, which
// `kvsim model calibrate` writes and `--cost` takes.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cost/cost_model.hpp"

namespace kvsim {

struct PrefillMeasurement {
  std::uint64_t cached = 0, added = 0;  ///< tokens
  double seconds = 0;
  bool held_out = false;  ///< said by fit_profile(): took no part in the fit
};
struct DecodeMeasurement {
  std::uint64_t batch = 0;    ///< sequences
  std::uint64_t context = 0;  ///< tokens before the new one, of each
  double seconds = 0;         ///< a step
  bool held_out = false;
};
struct CopyMeasurement {
  Place place = Place::kDevice;
  std::uint64_t bytes = 0;
  double seconds = 0;
  bool held_out = false;
};

struct Measurements {
  std::vector<PrefillMeasurement> prefill;
  std::vector<DecodeMeasurement> decode;
  std::vector<CopyMeasurement> copy;
};

/// A fitted formula: seconds = Σ coefficient · term, none of them below 0.
struct Fit {
  struct Term {
    std::string name;  ///< what it multiplies: "1", "min(new,k)", "new*(cached+new/2)", …
    double coefficient = 0;
  };
  std::vector<Term> terms;
  double k = 0;  ///< of the terms that name it: where matrices become large enough for full speed
  double median_relative_error = 0;  ///< |predicted - measured| / measured, over what was fitted
  double max_relative_error = 0;
  /// Over points that took no part in the fit; absent where too few were measured to hold any out.
  std::optional<double> held_out_median_relative_error;
  std::uint64_t points = 0, held_out_points = 0;
};

/// Copies between the GPU's memory and a place: latency and bandwidth.
struct CopyFit {
  Place place = Place::kDevice;
  Fit fit;  ///< terms "1" and "bytes"
};

/// The machine and the run that were measured, for who reads the file.
struct ProfileProvenance {
  std::string kvsim_version, host, device, started, finished, command;
};

/// What is in the file.
struct CostProfile {
  ModelShape shape;
  ElementType kv_type = ElementType::kFloat32;
  ProfileProvenance provenance;
  Measurements measurements;  ///< all of them, so that residuals can be drawn
  Fit prefill;
  std::optional<Fit> decode;
  std::vector<CopyFit> copy;
};

/// Fits by least squares of the relative residuals, with coefficients that are not negative:
///
///   prefill = a + b min(new, k) + c max(new - k, 0) + d new (cached + new/2) + e cached
///   decode  = a + b min(batch, k) + c max(batch - k, 0) + d (context tokens of the batch)
///   copy    = a + b bytes
///
/// where k, of a few powers of two, is where matrices become large enough for full speed: b below c
/// is a floor that memory bandwidth sets, b above c what small matrices cost. A fifth of the
/// distinct points, drawn with a fixed seed, is held out where there are ten or more of them.
/// Throws InputError where points are fewer than coefficients (prefill is a must), or not above 0.
CostProfile fit_profile(Measurements measurements, ModelShape shape, ElementType kv_type,
                        ProfileProvenance provenance = {});

/// The file's text, and back. Reading throws InputError with `file`, JSON pointer, what was found
/// and what is allowed.
std::string to_json(const CostProfile& profile);
CostProfile parse_profile(std::string_view text, const std::string& file);
/// Whole or not at all.
void write_profile(const std::filesystem::path& path, const CostProfile& profile);
CostProfile read_profile(const std::filesystem::path& path);

/// The costs that a profile's fits predict; copies and decode steps that it did not measure throw
/// InputError when asked for.
std::unique_ptr<const CostModel> make_profile_costs(CostProfile profile);

}  // namespace kvsim
