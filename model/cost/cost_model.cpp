#include "model/cost/cost_model.hpp"

#include <cmath>
#include <filesystem>

#include "model/cost/presets.hpp"
#include "model/cost/profile.hpp"

namespace kvsim {

std::uint64_t CostModel::block_bytes(std::uint64_t block_size) const {
  return static_cast<std::uint64_t>(
      std::ceil(shape().kv_bytes_per_block(block_size, kv_type(), tensor_parallel())));
}

std::shared_ptr<const CostModel> make_cost_model(const CostSpec& spec,
                                                 const std::filesystem::path& folder) {
  if (!spec.profile.empty()) return make_profile_costs(read_profile(folder / spec.profile));
  return make_roofline(find_model(spec.model, folder), find_gpu(spec.gpu, folder), spec.roofline);
}

}  // namespace kvsim
