#include "sim/metrics/training_json.hpp"

#include <nlohmann/json.hpp>
#include <variant>

namespace kvsim {

namespace {

using Json = nlohmann::ordered_json;

Json to_value(const TextScore& score) {
  return {
      {"tokens", score.tokens}, {"perplexity", score.perplexity()}, {"accuracy", score.accuracy()}};
}

}  // namespace

std::string to_json(const TrainingResult& training) {
  Json config = Json::object();
  for (const auto& [name, value] : training.config) {
    std::visit([&, &key = name](const auto& v) { config[key] = v; }, value);
  }
  Json epochs = Json::array();
  for (const EpochResult& epoch : training.epochs) {
    epochs.push_back({{"epoch", epoch.epoch},
                      {"learning_rate", epoch.learning_rate},
                      {"training", to_value(epoch.training)},
                      {"validation", to_value(epoch.validation)}});
  }
  Json models = Json::array();
  for (const ModelScores& model : training.models) {
    models.push_back({{"model", model.model},
                      {"doc", model.doc},
                      {"training", to_value(model.training)},
                      {"validation", to_value(model.validation)},
                      {"test", to_value(model.test)}});
  }
  const Json json = {{"text", training.text},
                     {"config", std::move(config)},
                     {"vocabulary", training.vocabulary},
                     {"parameters", training.parameters},
                     {"tokens",
                      {{"training", training.training_tokens},
                       {"validation", training.validation_tokens},
                       {"test", training.test_tokens}}},
                     {"unknown_share", training.unknown_share},
                     {"epochs", std::move(epochs)},
                     {"best_epoch", training.best_epoch},
                     {"models", std::move(models)},
                     {"seconds", training.seconds},
                     {"tokens_per_second", training.tokens_per_second}};
  return json.dump(1);
}

}  // namespace kvsim
