#pragma once
// Trainings as JSON: the section `training` of results files.

#include <string>

#include "sim/metrics/training.hpp"

namespace kvsim {

std::string to_json(const TrainingResult& training);

}  // namespace kvsim
