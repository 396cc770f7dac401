#include "model/torch/recurrent/training.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "model/torch/recurrent/checkpoint.hpp"
#include "model/torch/recurrent/ngrams.hpp"
#include "sim/core/error.hpp"
#include "sim/core/scrambled.hpp"
#include "sim/core/share.hpp"
#include "sim/metrics/provenance.hpp"

namespace kvsim::torch_models {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A text cut into parts that are read side by side: part p is tokens p × length and on. What is
// predicted are the tokens 1 … parts × length.
class SideBySide {
 public:
  SideBySide(std::span<const Token> tokens, std::int64_t parts, at::Device device)
      : length_((static_cast<std::int64_t>(tokens.size()) - 1) / parts) {
    const at::Tensor all = token_tensor(tokens, device);
    const auto cut = [&](std::int64_t first) {
      return all.slice(0, first, first + parts * length_).view({parts, length_}).t().contiguous();
    };
    inputs_ = cut(0);
    targets_ = cut(1);
  }

  std::int64_t length() const { return length_; }
  at::Tensor inputs(std::int64_t begin, std::int64_t end) const {
    return inputs_.slice(0, begin, end);
  }
  at::Tensor targets(std::int64_t begin, std::int64_t end) const {
    return targets_.slice(0, begin, end).reshape({-1});
  }

 private:
  std::int64_t length_;
  at::Tensor inputs_, targets_;
};

// Tokens whose highest score is the right one.
std::uint64_t correct_of(const at::Tensor& scores, const at::Tensor& targets) {
  return static_cast<std::uint64_t>(scores.argmax(-1).eq(targets).sum().item<std::int64_t>());
}

void add(TextScore& sum, const at::Tensor& scores, const at::Tensor& targets,
         const at::Tensor& mean_loss) {
  const std::int64_t count = targets.numel();
  sum.tokens += static_cast<std::uint64_t>(count);
  sum.nats += mean_loss.item<double>() * static_cast<double>(count);
  sum.correct += correct_of(scores, targets);
}

// The same tokens by counts.
template <class Model>
TextScore score_counts(const Model& model, std::span<const Token> tokens, std::int64_t parts) {
  const std::size_t predicted =
      (tokens.size() - 1) / static_cast<std::size_t>(parts) * static_cast<std::size_t>(parts);
  TextScore sum;
  sum.tokens = predicted;
  for (std::size_t i = 1; i <= predicted; ++i) {
    sum.nats -= std::log(model.probability(tokens[i - 1], tokens[i]));
    sum.correct += model.likeliest(tokens[i - 1]) == tokens[i];
  }
  return sum;
}

// The text's tokens, and where its parts end.
struct Corpus {
  Vocabulary vocabulary = Vocabulary::of_bytes();
  std::vector<Token> tokens;
  std::size_t valid_begin = 0, test_begin = 0;

  std::span<const Token> training() const { return std::span(tokens).first(valid_begin); }
  std::span<const Token> validation() const {
    return std::span(tokens).subspan(valid_begin, test_begin - valid_begin);
  }
  std::span<const Token> test() const { return std::span(tokens).subspan(test_begin); }
  double unknown_share() const {
    if (vocabulary.unit() == TextUnit::kByte) return 0;
    return static_cast<double>(std::count(tokens.begin(), tokens.end(), Vocabulary::kUnknown)) /
           static_cast<double>(tokens.size());
  }
};

constexpr std::int64_t kScoredTexts = 10;  // that a validation or test part is cut into

Corpus read_corpus(const std::string& text, const TrainingConfig& config) {
  Corpus corpus;
  std::vector<std::string_view> words;
  if (config.tokens == TextUnit::kWord) words = split_words(text);
  const std::size_t count = config.tokens == TextUnit::kWord ? words.size() : text.size();
  const std::size_t valid = share_of(count, config.valid);
  const std::size_t test = share_of(count, config.test);
  corpus.test_begin = count - test;
  corpus.valid_begin = corpus.test_begin - valid;
  const auto check = [&](std::string_view part, std::size_t tokens, std::size_t least) {
    if (tokens >= least) return;
    throw InputError(
        fmt::format("the text has {} tokens, of which the {} part has {}; allowed are "
                    "{} or more: take a longer text, or other shares",
                    count, part, tokens, least));
  };
  check("training", corpus.valid_begin, static_cast<std::size_t>(config.batch) + 1);
  check("validation", valid, kScoredTexts + 1);
  check("test", test, kScoredTexts + 1);
  if (config.tokens == TextUnit::kWord) {
    corpus.vocabulary = Vocabulary::of_words(std::span(words).first(corpus.valid_begin),
                                             static_cast<std::size_t>(config.vocab));
    corpus.tokens = corpus.vocabulary.encode(words);
  } else {
    corpus.tokens = corpus.vocabulary.encode(text);
  }
  return corpus;
}

RecurrentShape shape_of(const TrainingConfig& config, const Vocabulary& vocabulary) {
  RecurrentShape shape;
  shape.cell = config.cell;
  shape.vocabulary = static_cast<std::int64_t>(vocabulary.size());
  shape.embedding = config.embedding;
  shape.hidden = config.hidden;
  shape.layers = config.layers;
  shape.tied = !config.untied && config.embedding == config.hidden;
  return shape;
}

// Adam (Kingma and Ba, ICLR 2015, algorithm 1) over a model's parameters.
class Adam {
 public:
  Adam(const RecurrentModel::Parameters& parameters, std::map<std::string, at::Tensor>& tensors) {
    for (const auto& [name, tensor] : parameters) {
      const auto moment = [&, &key = name, &of = tensor](const char* prefix) {
        const auto [place, is_new] = tensors.try_emplace(prefix + key);
        place->second = is_new ? at::zeros_like(of) : place->second.to(of.device());
        return place->second;
      };
      moments_.push_back({tensor, moment("adam.mean."), moment("adam.square.")});
    }
  }

  // Takes the gradients, cut to a norm of at most `clip`, and forgets them. `updates` counts this.
  void update(double learning_rate, double clip, std::uint64_t updates) {
    constexpr double kMean = 0.9;
    constexpr double kSquare = 0.999;
    constexpr double kEpsilon = 1e-8;
    const at::NoGradGuard no_gradients;
    double squares = 0;
    for (const Moment& m : moments_) {
      squares += m.parameter.grad().square().sum().item<double>();
    }
    const double norm = std::sqrt(squares);
    const double scale = norm > clip ? clip / norm : 1;
    const double mean_left = 1 - std::pow(kMean, static_cast<double>(updates));
    const double square_left = 1 - std::pow(kSquare, static_cast<double>(updates));
    for (Moment& m : moments_) {
      const at::Tensor gradient = m.parameter.grad() * scale;
      m.mean.mul_(kMean).add_(gradient, 1 - kMean);
      m.square.mul_(kSquare).addcmul_(gradient, gradient, 1 - kSquare);
      const at::Tensor spread = (m.square / square_left).sqrt_().add_(kEpsilon);
      m.parameter.addcdiv_(m.mean, spread, -learning_rate / mean_left);
      m.parameter.mutable_grad() = at::Tensor();
    }
  }

 private:
  struct Moment {
    at::Tensor parameter, mean, square;
  };
  std::vector<Moment> moments_;
};

class Training {
 public:
  Training(const std::string& text, const TrainingConfig& config, const TrainingOptions& options)
      : config_(config),
        options_(options),
        corpus_(read_corpus(text, config)),
        checkpoint_(begin(text)),
        model_(checkpoint_.model("model.", options.device)),
        adam_(model_.parameters(), checkpoint_.tensors),
        batches_(corpus_.training(), config.batch, options.device) {
    for (const auto& [name, tensor] : model_.parameters()) {
      at::Tensor parameter = tensor;
      parameter.requires_grad_(true);
      checkpoint_.tensors["model." + name] = parameter;
    }
    resume_state();
  }

  TrainingResult run() {
    TrainingProgress& progress = checkpoint_.progress;
    tokens_before_ = progress.tokens;
    seconds_before_ = progress.seconds;
    start_ = saved_ = Clock::now();
    while (progress.epochs.size() < static_cast<std::size_t>(config_.epochs)) {
      if (!run_epoch()) {
        save();
        return result(false);
      }
      save();
    }
    return result(true);
  }

 private:
  std::uint64_t steps() const {
    return static_cast<std::uint64_t>((batches_.length() + config_.bptt - 1) / config_.bptt);
  }

  // From the file, or anew.
  Checkpoint begin(const std::string& text) const {
    Checkpoint fresh;
    fresh.shape = shape_of(config_, corpus_.vocabulary);
    fresh.vocabulary = corpus_.vocabulary;
    fresh.config = resolved_params(config_);
    fresh.text_sha256 = sha256_of(text);
    if (options_.resume && std::filesystem::exists(options_.checkpoint)) {
      Checkpoint saved = read_checkpoint(options_.checkpoint);
      check_same(saved, fresh);
      saved.config = fresh.config;
      return saved;
    }
    fresh.progress.learning_rate = config_.lr;
    const RecurrentModel model(fresh.shape, static_cast<std::uint64_t>(config_.seed),
                               options_.device);
    for (const auto& [name, tensor] : model.parameters()) {
      fresh.tensors["model." + name] = tensor;
      fresh.tensors["best." + name] = tensor.clone();
    }
    return fresh;
  }

  void check_same(const Checkpoint& saved, const Checkpoint& fresh) const {
    const std::string file = options_.checkpoint.string();
    for (const auto& [name, value] : fresh.config) {
      if (name == "epochs") continue;
      const auto found = std::find_if(saved.config.begin(), saved.config.end(),
                                      [&key = name](const auto& p) { return p.first == key; });
      if (found != saved.config.end() && found->second == value) continue;
      throw InputError(fmt::format(
          "{}: was trained with {} {}, and cannot go on with {}; only epochs may change", file,
          name, found == saved.config.end() ? "unknown" : to_text(found->second), to_text(value)));
    }
    if (saved.text_sha256 != fresh.text_sha256) {
      throw InputError(fmt::format("{}: was trained on another text", file));
    }
    if (!(saved.shape == fresh.shape)) {
      throw InputError(fmt::format("{}: its model is of another shape than its training", file));
    }
    if (saved.progress.epochs.size() > static_cast<std::size_t>(config_.epochs)) {
      throw InputError(fmt::format("{}: was trained for {} epochs, more than the {} asked for",
                                   file, saved.progress.epochs.size(), config_.epochs));
    }
  }

  void resume_state() {
    state_ = model_.initial_state(config_.batch);
    const TrainingProgress& progress = checkpoint_.progress;
    if (progress.step == 0) return;
    const auto take = [&](const char* name, at::Tensor& tensor) {
      const auto found = checkpoint_.tensors.find(name);
      if (found == checkpoint_.tensors.end() || found->second.sizes() != tensor.sizes()) {
        throw InputError(
            fmt::format("{}: no tensor '{}' of the batch's shape, though it stopped "
                        "within an epoch",
                        options_.checkpoint.string(), name));
      }
      tensor = found->second.to(options_.device);
    };
    if (progress.step > steps()) {
      throw InputError(fmt::format("{}: stands at step {} of {}", options_.checkpoint.string(),
                                   progress.step, steps()));
    }
    take("state.h", state_.h);
    if (state_.c.defined()) take("state.c", state_.c);
  }

  // False if it was stopped within the epoch.
  bool run_epoch() {
    TrainingProgress& progress = checkpoint_.progress;
    while (progress.step < steps()) {
      step();
      if (progress.step < steps() && options_.should_stop && options_.should_stop()) return false;
      if (seconds_since(saved_) >= options_.checkpoint_seconds) save();
    }
    EpochResult epoch;
    epoch.epoch = progress.epochs.size() + 1;
    epoch.learning_rate = progress.learning_rate;
    epoch.training = std::exchange(progress.epoch_score, {});
    epoch.validation = score(model_, corpus_.validation(), kScoredTexts);
    const bool is_best =
        progress.best_epoch == 0 ||
        epoch.validation.nats < progress.epochs[progress.best_epoch - 1].validation.nats;
    if (is_best) {
      progress.best_epoch = epoch.epoch;
      for (const auto& [name, tensor] : model_.parameters()) {
        checkpoint_.tensors["best." + name] = tensor.detach().clone();
      }
    } else {
      progress.learning_rate /= 2;
    }
    progress.epochs.push_back(epoch);
    progress.step = 0;
    state_ = model_.initial_state(config_.batch);
    return true;
  }

  void step() {
    TrainingProgress& progress = checkpoint_.progress;
    const std::int64_t begin = static_cast<std::int64_t>(progress.step) * config_.bptt;
    const std::int64_t end = std::min(begin + config_.bptt, batches_.length());
    // What dropout draws follows from the step alone: nothing of a generator is to be kept.
    at::manual_seed(
        scrambled(static_cast<std::uint64_t>(config_.seed) * kGolden64 + progress.updates));
    state_.h = state_.h.detach();
    if (state_.c.defined()) state_.c = state_.c.detach();
    const at::Tensor targets = batches_.targets(begin, end);
    const at::Tensor outputs =
        model_.outputs(model_.embed(batches_.inputs(begin, end)), state_, config_.dropout);
    const at::Tensor scores = model_.scores(outputs).reshape({targets.numel(), -1});
    const at::Tensor loss = at::cross_entropy_loss(scores, targets);
    loss.backward();
    ++progress.updates;
    adam_.update(progress.learning_rate, config_.clip, progress.updates);
    add(progress.epoch_score, scores.detach(), targets, loss.detach());
    ++progress.step;
    progress.tokens += static_cast<std::uint64_t>(targets.numel());
    progress.seconds = seconds_before_ + seconds_since(start_);
    report();
  }

  void report() const {
    if (!options_.on_progress) return;
    const TrainingProgress& progress = checkpoint_.progress;
    const auto epoch_tokens = static_cast<std::uint64_t>(batches_.length() * config_.batch);
    const std::uint64_t all = epoch_tokens * static_cast<std::uint64_t>(config_.epochs);
    const std::uint64_t done = epoch_tokens * progress.epochs.size() + progress.epoch_score.tokens;
    options_.on_progress(progress.tokens - tokens_before_, all - done, seconds_since(start_),
                         fmt::format("epoch {}: perplexity {:.1f}", progress.epochs.size() + 1,
                                     progress.epoch_score.perplexity()));
  }

  void save() {
    saved_ = Clock::now();
    if (options_.checkpoint.empty()) return;
    checkpoint_.tensors.erase("state.h");
    checkpoint_.tensors.erase("state.c");
    if (checkpoint_.progress.step > 0) {
      checkpoint_.tensors["state.h"] = state_.h;
      if (state_.c.defined()) checkpoint_.tensors["state.c"] = state_.c;
    }
    write_checkpoint(options_.checkpoint, checkpoint_);
  }

  TrainingResult result(bool is_finished) const {
    const TrainingProgress& progress = checkpoint_.progress;
    TrainingResult result;
    result.config = checkpoint_.config;
    result.vocabulary = corpus_.vocabulary.size();
    for (const auto& [name, tensor] : model_.parameters()) {
      result.parameters += static_cast<std::uint64_t>(tensor.numel());
    }
    result.training_tokens = corpus_.training().size();
    result.validation_tokens = corpus_.validation().size();
    result.test_tokens = corpus_.test().size();
    result.unknown_share = corpus_.unknown_share();
    result.epochs = progress.epochs;
    result.best_epoch = progress.best_epoch;
    result.is_finished = is_finished;
    result.seconds = progress.seconds;
    if (progress.seconds > 0) {
      result.tokens_per_second = static_cast<double>(progress.tokens) / progress.seconds;
    }
    if (!is_finished) return result;

    const RecurrentModel best = checkpoint_.model("best.", options_.device);
    const auto scores = [&](std::string name, std::string doc, auto&& score_part) {
      result.models.push_back({std::move(name), std::move(doc),
                               score_part(corpus_.training(), config_.batch),
                               score_part(corpus_.validation(), kScoredTexts),
                               score_part(corpus_.test(), kScoredTexts)});
    };
    scores(
        std::string(name_of(config_.cell)),
        fmt::format("as trained, of epoch {}", progress.best_epoch),
        [&](std::span<const Token> part, std::int64_t texts) { return score(best, part, texts); });
    const std::size_t vocabulary = corpus_.vocabulary.size();
    const auto counted = [](const auto& model) {
      return [&model](std::span<const Token> part, std::int64_t texts) {
        return score_counts(model, part, texts);
      };
    };
    const UnigramModel unigram(corpus_.training(), vocabulary);
    scores("unigram", "counts plus one", counted(unigram));
    const BigramModel bigram(corpus_.training(), vocabulary);
    scores("bigram", "interpolated Kneser-Ney", counted(bigram));
    return result;
  }

  const TrainingConfig config_;
  const TrainingOptions options_;
  const Corpus corpus_;
  Checkpoint checkpoint_;
  RecurrentModel model_;
  Adam adam_;
  SideBySide batches_;
  RecurrentState state_;
  std::uint64_t tokens_before_ = 0;
  double seconds_before_ = 0;
  Clock::time_point start_, saved_;
};

}  // namespace

TextScore score(const RecurrentModel& model, std::span<const Token> tokens, std::int64_t texts) {
  const at::NoGradGuard no_gradients;
  constexpr std::int64_t kStep = 64;
  const SideBySide parts(tokens, texts, model.device());
  RecurrentState state = model.initial_state(texts);
  TextScore sum;
  for (std::int64_t begin = 0; begin < parts.length(); begin += kStep) {
    const std::int64_t end = std::min(begin + kStep, parts.length());
    const at::Tensor targets = parts.targets(begin, end);
    const at::Tensor scores =
        model.scores(model.outputs(model.embed(parts.inputs(begin, end)), state))
            .reshape({targets.numel(), -1});
    add(sum, scores, targets, at::cross_entropy_loss(scores, targets));
  }
  return sum;
}

TrainingResult train(const std::string& text, const TrainingConfig& config,
                     const TrainingOptions& options) {
  return Training(text, config, options).run();
}

}  // namespace kvsim::torch_models
