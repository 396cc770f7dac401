#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <variant>

#include "model/torch/cli/commands.hpp"
#include "model/torch/cli/recurrent_options.hpp"
#include "model/torch/recurrent/training.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"

namespace kvsim::cli {
namespace {

using torch_models::TrainingConfig;
using torch_models::TrainingOptions;

// While it lives, the first SIGINT or SIGTERM is taken as a request; the second ends the process.
class StopRequest {
 public:
  StopRequest() {
    asked = 0;
    for (const int signal : {SIGINT, SIGTERM}) {
      handle(
          signal, [](int) { asked = 1; }, static_cast<int>(SA_RESETHAND));
    }
  }
  ~StopRequest() {
    for (const int signal : {SIGINT, SIGTERM}) handle(signal, SIG_DFL, 0);
  }
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  bool is_asked() const { return asked != 0; }

 private:
  static void handle(int signal, void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(signal, &action, nullptr);
  }
  // A signal handler sees nothing but globals.
  static inline volatile std::sig_atomic_t asked = 0;  // NOLINT: a constant by its spelling only
};

// The options that TrainingConfig's fields are.
class ConfigOptions {
 public:
  void declare(Command& command) {
    for (const FieldInfo& info : describe<TrainingConfig>()) {
      if (info.type == "bool") {
        command.flag("--" + info.name, flags_[info.name], info.doc);
        continue;
      }
      const std::string metavar = info.type == "choice"
                                      ? fmt::format("{}", fmt::join(info.choices, "|"))
                                  : info.type == "number" ? "X"
                                                          : "N";
      command.option("--" + info.name, metavar, values_[info.name],
                     fmt::format("{} Default: {}.", info.doc, to_text(info.default_value)));
    }
  }

  TrainingConfig config() const {
    Params params;
    for (const auto& [name, value] : values_) {
      if (value) params.emplace_back(name, parse_param_value(*value));
    }
    for (const auto& [name, is_set] : flags_) params.emplace_back(name, is_set);
    return parse_config<TrainingConfig>(params, "model train");
  }

 private:
  std::map<std::string, std::optional<std::string>> values_;
  std::map<std::string, bool> flags_;
};

std::string training_text(const TrainingResult& result) {
  Table epochs({{"epoch"}, {"lr"}, {"train ppl"}, {"valid ppl"}, {"valid acc"}, {"", false}});
  for (const EpochResult& e : result.epochs) {
    epochs.add({std::to_string(e.epoch), fmt::format("{:.3g}", e.learning_rate),
                fmt::format("{:.2f}", e.training.perplexity()),
                fmt::format("{:.2f}", e.validation.perplexity()),
                fmt::format("{:.4f}", e.validation.accuracy()),
                e.epoch == result.best_epoch ? "best" : ""});
  }
  Table models({{"model", false},
                {"train ppl"},
                {"valid ppl"},
                {"test ppl"},
                {"train acc"},
                {"valid acc"},
                {"test acc"},
                {"", false}});
  for (const ModelScores& m : result.models) {
    std::vector<std::string> cells{m.model};
    for (const TextScore* score : {&m.training, &m.validation, &m.test}) {
      cells.push_back(fmt::format("{:.2f}", score->perplexity()));
    }
    for (const TextScore* score : {&m.training, &m.validation, &m.test}) {
      cells.push_back(fmt::format("{:.4f}", score->accuracy()));
    }
    cells.push_back(m.doc);
    models.add(std::move(cells));
  }
  std::string text = fmt::format(
      "{}: {} tokens for training, {} for validation, {} for the test, in this order; {} of the "
      "vocabulary, {:.2f} % unknown\n",
      styled(result.text, Style::kBold), grouped_digits(result.training_tokens),
      grouped_digits(result.validation_tokens), grouped_digits(result.test_tokens),
      grouped_digits(result.vocabulary), 100 * result.unknown_share);
  text += fmt::format("{} parameters, {:.0f} s, {:.0f} tokens/s\n\n",
                      grouped_digits(result.parameters), result.seconds, result.tokens_per_second);
  return text + epochs.text() + "\n" + models.text();
}

std::string config_json(const std::vector<TextFile>& files, const TrainingConfig& config,
                        const std::string& device) {
  nlohmann::ordered_json json;
  json["command"] = "model train";
  for (const TextFile& file : files) {
    json["texts"].push_back({{"path", file.path}, {"sha256", sha256_of(file.text)}});
  }
  for (const auto& [name, value] : resolved_params(config)) {
    std::visit([&, &key = name](const auto& v) { json[key] = v; }, value);
  }
  json["device"] = device;
  return json.dump();
}

}  // namespace

void model_train_command(Arguments arguments) {
  Command command(
      "kvsim model train",
      "Trains a recurrent language model on plain text, and scores it beside what counts "
      "of tokens and of pairs give. The text's beginning is trained on; then come the "
      "validation and the test part.");
  std::vector<std::string> paths;
  std::optional<std::string> checkpoint, output;
  bool resume = false;
  ConfigOptions configured;
  DeviceOptions device;
  command.arguments("TEXT", paths, "Text files; several are read one after another.");
  command.section("The model and its training");
  configured.declare(command);
  command.section("How it is run");
  device.declare(command);
  command.option("--checkpoint", "FILE", checkpoint,
                 "Where the model goes, and all that it takes to resume: after each epoch, every "
                 "minute, and when it is interrupted. A safetensors file.");
  command.flag("--resume", resume,
               "Go on from the checkpoint where there is one: to the same numbers as without an "
               "interruption. --epochs may have grown.");
  command.section("Output");
  command.option("-o,--output", "FILE", output,
                 "Write results as JSON; -: to standard output, instead of the text.");
  command.glossary("What the table says",
                   {{"ppl", "Perplexity: exp of the mean -ln of the next token's probability."},
                    {"acc", "Share of the tokens that were the likeliest."},
                    {"unigram", "Counts plus one, over tokens plus the vocabulary's size."},
                    {"bigram", "Interpolated Kneser-Ney with one discount."}});
  command.example("kvsim model train bible.txt --checkpoint bible.safetensors -o training.json",
                  "An LSTM of 256 over words.");
  command.example("kvsim model train *.txt --tokens byte --cell gru --bptt 100",
                  "A GRU over bytes.");
  if (!command.parse(arguments)) return;

  const TrainingConfig config = configured.config();
  if (resume && !checkpoint) throw InputError("--resume: only together with --checkpoint");
  const std::vector<std::filesystem::path> inputs(paths.begin(), paths.end());
  if (checkpoint) check_output(*checkpoint, inputs);
  if (output && *output != "-") check_output(*output, inputs);
  TrainingOptions options;
  options.device = device.apply();
  options.resume = resume;
  if (checkpoint) options.checkpoint = *checkpoint;
  const std::vector<TextFile> files = read_texts(paths);
  std::string text;
  for (const TextFile& file : files) text += file.text;

  Results results = study_results(config_json(files, config, options.device.str()), nullptr, "",
                                  static_cast<std::uint64_t>(config.seed));
  ProgressBar bar;
  options.on_progress = [&bar](std::uint64_t done, std::uint64_t left, double seconds,
                               const std::string& what) {
    constexpr std::uint64_t kThousand = 1000;
    Progress progress;
    progress.done = done / kThousand;
    progress.total = (done + left) / kThousand;
    progress.accesses_done = static_cast<double>(done);
    progress.accesses_left = static_cast<double>(left);
    progress.unit = "tokens";
    progress.seconds = seconds;
    const std::string label = "k tokens, " + what;
    progress.what = label;
    bar.show(progress);
  };
  std::optional<StopRequest> stop;
  if (checkpoint) {
    stop.emplace();
    options.should_stop = [&stop] { return stop->is_asked(); };
  }
  TrainingResult result = torch_models::train(text, config, options);
  bar.clear();
  if (!result.is_finished) {
    throw InputError(fmt::format("interrupted in epoch {} of {}; --resume goes on from {}",
                                 result.epochs.size() + 1, config.epochs, *checkpoint));
  }
  result.text = name_of(files);
  const std::string report = training_text(result);
  results.training = std::move(result);
  show_study(results, report, output);
}

}  // namespace kvsim::cli
