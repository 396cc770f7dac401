#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cstdio>

#include "model/torch/cli/commands.hpp"
#include "sim/cli/program.hpp"

namespace kvsim::cli {
namespace {

constexpr Entry kEntries[] = {
    {"model fetch", "Get a small real model.", model_fetch_command},
    {"model run", "Serve a workload, with and without the KV cache.", model_run_command},
    {"model train", "Train a recurrent language model.", model_train_command},
    {"model perplexity", "What the KV cache's element type does to a model.",
     model_perplexity_command},
    {"model calibrate", "Measure this machine; write a cost profile.", model_calibrate_command},
    {"model logits", "Logits and continuations of prompts, to compare with others.",
     model_logits_command},
    {"trace record", "Record a trace of a served workload.", trace_record_command},
};

constexpr Program kProgram{
    "kvsim-model runs real language models with a real KV cache, by LibTorch. 'kvsim model' and "
    "'kvsim trace record' start it.",
    "kvsim model run --model smollm2 --workload chat:turns=12 --verify", kEntries};

}  // namespace
}  // namespace kvsim::cli

int main(int count, char** arguments) {
  try {
    return kvsim::cli::run_program(kvsim::cli::kProgram, count, arguments);
  } catch (const c10::Error& error) {  // no memory, or an element type that a device lacks
    fmt::print(stderr, "kvsim: LibTorch: {}\n", error.what_without_backtrace());
    return 1;
  }
}
