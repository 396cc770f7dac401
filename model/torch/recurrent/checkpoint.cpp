#include "model/torch/recurrent/checkpoint.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "model/weights/weight_file.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"

namespace kvsim::torch_models {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSettings = "recurrent.settings";
constexpr const char* kVocabulary = "recurrent.vocabulary";
constexpr std::uint64_t kVersion = 1;

Json json_of(const TextScore& score) {
  return Json::array({score.tokens, score.correct, score.nats});
}
TextScore score_of(const Json& json) {
  return {json.at(0).get<std::uint64_t>(), json.at(1).get<std::uint64_t>(),
          json.at(2).get<double>()};
}

Json settings_of(const Checkpoint& checkpoint) {
  const RecurrentShape& shape = checkpoint.shape;
  const TrainingProgress& progress = checkpoint.progress;
  Json config = Json::object();
  for (const auto& [name, value] : checkpoint.config) {
    std::visit([&, &key = name](const auto& v) { config[key] = v; }, value);
  }
  Json epochs = Json::array();
  for (const EpochResult& e : progress.epochs) {
    epochs.push_back({{"epoch", e.epoch},
                      {"learning_rate", e.learning_rate},
                      {"training", json_of(e.training)},
                      {"validation", json_of(e.validation)}});
  }
  return {{"version", kVersion},
          {"shape",
           {{"cell", name_of(shape.cell)},
            {"vocabulary", shape.vocabulary},
            {"embedding", shape.embedding},
            {"hidden", shape.hidden},
            {"layers", shape.layers},
            {"tied", shape.tied}}},
          {"config", std::move(config)},
          {"text_sha256", checkpoint.text_sha256},
          {"progress",
           {{"step", progress.step},
            {"updates", progress.updates},
            {"epoch_score", json_of(progress.epoch_score)},
            {"learning_rate", progress.learning_rate},
            {"epochs", std::move(epochs)},
            {"best_epoch", progress.best_epoch},
            {"seconds", progress.seconds},
            {"tokens", progress.tokens}}}};
}

void take_settings(const Json& json, Checkpoint& checkpoint) {
  const Json& s = json.at("shape");
  RecurrentShape& shape = checkpoint.shape;
  shape.cell = parse_cell(s.at("cell").get<std::string>());
  for (const auto& [name, member] : {std::pair{"vocabulary", &RecurrentShape::vocabulary},
                                     {"embedding", &RecurrentShape::embedding},
                                     {"hidden", &RecurrentShape::hidden},
                                     {"layers", &RecurrentShape::layers}}) {
    shape.*member = s.at(name).get<std::int64_t>();
    constexpr std::int64_t kMost = 1 << 20;
    if (shape.*member < 1 || shape.*member > kMost) {
      throw InputError(
          fmt::format("shape: {} is {}, allowed is 1 to {}", name, shape.*member, kMost));
    }
  }
  shape.tied = s.at("tied").get<bool>();
  if (shape.tied && shape.embedding != shape.hidden) {
    throw InputError(fmt::format("shape: tied, with an embedding of {} and a state of {}",
                                 shape.embedding, shape.hidden));
  }
  for (const auto& [name, value] : json.at("config").items()) {
    ParamValue param;
    if (value.is_boolean()) {
      param = value.get<bool>();
    } else if (value.is_number_integer()) {
      param = value.get<std::int64_t>();
    } else if (value.is_number()) {
      param = value.get<double>();
    } else {
      param = value.get<std::string>();
    }
    checkpoint.config.emplace_back(name, std::move(param));
  }
  checkpoint.text_sha256 = json.at("text_sha256").get<std::string>();
  const Json& p = json.at("progress");
  TrainingProgress& progress = checkpoint.progress;
  progress.step = p.at("step").get<std::uint64_t>();
  progress.updates = p.at("updates").get<std::uint64_t>();
  progress.epoch_score = score_of(p.at("epoch_score"));
  progress.learning_rate = p.at("learning_rate").get<double>();
  for (const Json& e : p.at("epochs")) {
    progress.epochs.push_back({e.at("epoch").get<std::uint64_t>(),
                               e.at("learning_rate").get<double>(), score_of(e.at("training")),
                               score_of(e.at("validation"))});
  }
  progress.best_epoch = p.at("best_epoch").get<std::uint64_t>();
  progress.seconds = p.at("seconds").get<double>();
  progress.tokens = p.at("tokens").get<std::uint64_t>();
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view raw_text(const WeightFile& file, const std::string& path, const char* name) {
  const TensorInfo* tensor = file.find(name);
  if (tensor == nullptr) {
    throw InputError(
        fmt::format("{}: no tensor '{}', which a recurrent model's checkpoint has; "
                    "'kvsim model train' writes them",
                    path, name));
  }
  return text_of(file.raw(*tensor));
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  const std::string settings = settings_of(checkpoint).dump();
  const std::string vocabulary = checkpoint.vocabulary.saved();
  Json header = Json::object();
  std::uint64_t end = 0;
  const auto declare = [&](const std::string& name, const char* type,
                           std::vector<std::int64_t> shape, std::size_t bytes) {
    header[name] = {{"dtype", type}, {"shape", shape}, {"data_offsets", {end, end + bytes}}};
    end += bytes;
  };
  // Those of four bytes first, so that all are aligned.
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    tensors.push_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    declare(name, "F32", tensor.sizes().vec(), tensors.back().nbytes());
  }
  declare(kSettings, "U8", {static_cast<std::int64_t>(settings.size())}, settings.size());
  declare(kVocabulary, "U8", {static_cast<std::int64_t>(vocabulary.size())}, vocabulary.size());
  std::string text = header.dump();
  constexpr std::size_t kAlignment = 8;
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');

  OutputFile file(path);
  const std::uint64_t length = text.size();
  file.write({reinterpret_cast<const char*>(&length), sizeof(length)});  // little-endian
  file.write(text);
  for (const at::Tensor& tensor : tensors) {
    file.write({static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()});
  }
  file.write(settings);
  file.write(vocabulary);
  file.commit();
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const std::string name = path.string();
  const WeightFile file = WeightFile::open(path);
  Checkpoint checkpoint;
  const std::string_view settings = raw_text(file, name, kSettings);
  const Json json = Json::parse(settings, nullptr, /*allow_exceptions=*/false);
  try {
    if (json.is_discarded()) throw InputError("is no JSON");
    const auto version = json.at("version").get<std::uint64_t>();
    if (version != kVersion) {
      throw InputError(fmt::format("version {}, allowed is {}", version, kVersion));
    }
    take_settings(json, checkpoint);
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("{}: tensor '{}': {}", name, kSettings, error.what()));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: tensor '{}': {}", name, kSettings, error.what()));
  }
  checkpoint.vocabulary = Vocabulary::parse(raw_text(file, name, kVocabulary),
                                            fmt::format("{}: tensor '{}'", name, kVocabulary));
  if (checkpoint.vocabulary.size() != static_cast<std::size_t>(checkpoint.shape.vocabulary)) {
    throw InputError(fmt::format("{}: the vocabulary has {} tokens, and the model is of {}", name,
                                 checkpoint.vocabulary.size(), checkpoint.shape.vocabulary));
  }
  for (const TensorInfo& info : file.tensors()) {
    if (info.name == kSettings || info.name == kVocabulary) continue;
    if (info.type != StoredType::kF32) {
      throw InputError(fmt::format("{}: tensor '{}' is {}, allowed is F32", name, info.name,
                                   layout_of(info.type).name));
    }
    const std::vector<std::int64_t> sizes(info.shape.begin(), info.shape.end());
    at::Tensor tensor = at::empty(sizes, at::kFloat);
    file.read_f32(info, {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())});
    checkpoint.tensors.emplace(info.name, std::move(tensor));
  }
  const RecurrentShape& shape = checkpoint.shape;
  const auto shapes = RecurrentModel::parameter_shapes(shape);
  const auto check = [&](const std::string& tensor, const std::vector<std::int64_t>& sizes) {
    const auto found = checkpoint.tensors.find(tensor);
    if (found == checkpoint.tensors.end()) {
      throw InputError(fmt::format("{}: no tensor '{}'", name, tensor));
    }
    if (found->second.sizes() != at::IntArrayRef(sizes)) {
      throw InputError(fmt::format("{}: tensor '{}' is [{}], and this {} has [{}]", name, tensor,
                                   fmt::join(found->second.sizes().vec(), ", "),
                                   name_of(shape.cell), fmt::join(sizes, ", ")));
    }
  };
  for (const char* prefix : {"best.", "model.", "adam.mean.", "adam.square."}) {
    for (const auto& [parameter, sizes] : shapes) check(prefix + parameter, sizes);
  }
  return checkpoint;
}

bool is_recurrent_checkpoint(const std::filesystem::path& path) {
  return WeightFile::open(path).find(kSettings) != nullptr;
}

RecurrentModel Checkpoint::model(const std::string& prefix, at::Device device) const {
  RecurrentModel::Parameters parameters;
  for (const auto& [name, sizes] : RecurrentModel::parameter_shapes(shape)) {
    parameters.emplace_back(name, tensors.at(prefix + name).to(device));
  }
  return {shape, std::move(parameters)};
}

}  // namespace kvsim::torch_models
