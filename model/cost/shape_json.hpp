#pragma once
// A model's shape within a larger JSON document.

#include <nlohmann/json.hpp>

#include "model/cost/model_shape.hpp"
#include "sim/core/json_node.hpp"

namespace kvsim {

ModelShape read_model(const JsonNode& node);
nlohmann::ordered_json json_of(const ModelShape& shape);

}  // namespace kvsim
