#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <variant>

#include "model/torch/cli/commands.hpp"
#include "model/torch/libtorch.hpp"
#include "model/torch/recurrent/training.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"
#include "sim/core/file.hpp"

namespace kvsim::cli {
namespace {

using torch_models::TrainingConfig;
using torch_models::TrainingOptions;

}  // namespace
}  // namespace kvsim::cli
