#include "model/torch/recurrent/training.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "model/torch/recurrent/checkpoint.hpp"
#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"

namespace kvsim::torch_models {
namespace {

namespace fs = std::filesystem;

// Sentences of a tiny grammar: what follows depends on more than one word.
std::string tiny_text(std::size_t lines) {
  const char* who[] = {"the cat", "the dog", "a bird"};
  const char* does[] = {"sees", "likes", "follows"};
  Rng rng(5);
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::uint64_t w = rng.below(3);
    text += std::string(who[w]) + " " + does[w] + " " + who[rng.below(3)] + " .\n";
  }
  return text;
}

TrainingConfig tiny_config() {
  TrainingConfig config;
  config.hidden = config.embedding = 12;
  config.epochs = 3;
  config.batch = 4;
  config.bptt = 7;
  config.lr = 0.01;
  return config;
}

struct Folder {
  fs::path path = fs::temp_directory_path() / ("kvsim-training-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

// Scores and parameters, exactly.
void expect_same(const TrainingResult& a, const TrainingResult& b) {
  EXPECT_EQ(a.epochs, b.epochs);
  EXPECT_EQ(a.best_epoch, b.best_epoch);
  EXPECT_EQ(a.models, b.models);
}
void expect_same_tensors(const fs::path& a, const fs::path& b) {
  const Checkpoint x = read_checkpoint(a);
  const Checkpoint y = read_checkpoint(b);
  ASSERT_EQ(x.tensors.size(), y.tensors.size());
  for (const auto& [name, tensor] : x.tensors) {
    EXPECT_TRUE(tensor.equal(y.tensors.at(name))) << name;
  }
}

TEST(Training, LearnsWhatCountsOfPairsCannot) {
  TrainingConfig config = tiny_config();
  config.epochs = 12;
  config.dropout = 0;
  const TrainingResult result = train(tiny_text(600), config, {});
  ASSERT_EQ(result.models.size(), 3);
  EXPECT_EQ(result.models[0].model, "lstm");
  EXPECT_LT(result.models[0].test.perplexity(), result.models[2].test.perplexity());
  EXPECT_LT(result.models[2].test.perplexity(), result.models[1].test.perplexity());
  EXPECT_EQ(result.models[0].test.tokens, result.models[2].test.tokens);
  EXPECT_LT(result.epochs.back().validation.perplexity(),
            result.epochs.front().validation.perplexity());
}

TEST(Training, CutsTheTextInOrder) {
  TrainingConfig config = tiny_config();
  config.valid = 0.1;
  config.test = 0.2;
  config.epochs = 1;
  const std::string text = tiny_text(100);
  const std::size_t tokens = split_words(text).size();
  const TrainingResult result = train(text, config, {});
  EXPECT_EQ(result.test_tokens, tokens / 5);
  EXPECT_EQ(result.validation_tokens, tokens / 10);
  EXPECT_EQ(result.training_tokens, tokens - tokens / 5 - tokens / 10);
  EXPECT_EQ(result.models[0].training.tokens, (result.training_tokens - 1) / 4 * 4);
}

class EveryCell : public testing::TestWithParam<Cell> {};

TEST_P(EveryCell, ResumesToTheSameNumbers) {
  const Folder folder;
  const std::string text = tiny_text(120);
  TrainingConfig config = tiny_config();
  config.cell = GetParam();
  config.tokens = config.cell == Cell::kRnn ? TextUnit::kByte : TextUnit::kWord;
  config.layers = 2;
  TrainingOptions options;
  options.checkpoint = folder.path / "whole";
  const TrainingResult whole = train(text, config, options);
  ASSERT_TRUE(whole.is_finished);
  const TrainingResult again = train(text, config, {});
  expect_same(whole, again);

  options.checkpoint = folder.path / "pieces";
  options.resume = true;
  options.checkpoint_seconds = 0;
  int pieces = 0;
  for (;; ++pieces) {
    int steps = 0;
    options.should_stop = [&steps, pieces] { return ++steps > 3 * pieces; };
    const TrainingResult result = train(text, config, options);
    if (!result.is_finished) {
      EXPECT_TRUE(result.models.empty());
      continue;
    }
    expect_same(whole, result);
    break;
  }
  EXPECT_GT(pieces, 3);
  expect_same_tensors(folder.path / "whole", folder.path / "pieces");

  // A finished training goes on where more epochs are asked for.
  options.should_stop = nullptr;
  config.epochs = 4;
  const TrainingResult longer = train(text, config, options);
  expect_same(train(text, config, {}), longer);
}

INSTANTIATE_TEST_SUITE_P(All, EveryCell, testing::Values(Cell::kRnn, Cell::kGru, Cell::kLstm));

TEST(Training, RefusesToResumeAnother) {
  const Folder folder;
  const std::string text = tiny_text(60);
  TrainingConfig config = tiny_config();
  config.epochs = 1;
  TrainingOptions options;
  options.checkpoint = folder.path / "model";
  options.resume = true;
  train(text, config, options);
  EXPECT_THROW(train(tiny_text(61), config, options), InputError);
  TrainingConfig other = config;
  other.dropout = 0.3;
  EXPECT_THROW(train(text, other, options), InputError);
}

TEST(Training, RefusesAShortText) {
  EXPECT_THROW(train("one two three", tiny_config(), {}), InputError);
}

TEST(Checkpoint, RefusesWhatIsDamaged) {
  const Folder folder;
  const fs::path path = folder.path / "model";
  TrainingOptions options;
  options.checkpoint = path;
  TrainingConfig config = tiny_config();
  config.epochs = 1;
  train(tiny_text(60), config, options);
  EXPECT_TRUE(is_recurrent_checkpoint(path));
  const Checkpoint good = read_checkpoint(path);

  const auto refused = [&](const std::string& part) {
    try {
      read_checkpoint(path);
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find(path.string()), std::string::npos) << message;
      EXPECT_NE(message.find(part), std::string::npos) << message;
      return;
    }
    ADD_FAILURE() << "read, though damaged: " << part;
  };
  Checkpoint bad = good;
  bad.tensors.erase("best.rnn.bias_hh_l0");
  write_checkpoint(path, bad);
  refused("no tensor 'best.rnn.bias_hh_l0'");
  bad = good;
  bad.tensors["model.embedding.weight"] = at::zeros({3, 12});
  write_checkpoint(path, bad);
  refused("tensor 'model.embedding.weight' is [3, 12]");
  bad = good;
  bad.shape.hidden = 0;
  write_checkpoint(path, bad);
  refused("hidden is 0");
  bad = good;
  bad.vocabulary = Vocabulary::of_bytes();
  write_checkpoint(path, bad);
  refused("the vocabulary has 256 tokens");

  write_checkpoint(path, good);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto rewritten = [&](const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  };
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    rewritten(bytes.substr(0, size));
    refused("");
  }
  std::string text = bytes;
  text.replace(text.find("\"version\":1"), 11, "\"version\":7");
  rewritten(text);
  refused("version 7");
  text = bytes;
  text.replace(text.find("{\"version\":1"), 1, "[");
  rewritten(text);
  refused("recurrent.settings");
}

}  // namespace
}  // namespace kvsim::torch_models
