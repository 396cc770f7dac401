#pragma once
// The commands of kvsim-model. Each is given the arguments behind its name, and throws UsageError
// or InputError.

#include "sim/cli/command.hpp"

namespace kvsim::cli {

void model_fetch_command(Arguments arguments);
void model_run_command(Arguments arguments);
void model_train_command(Arguments arguments);
void model_logits_command(Arguments arguments);
void model_perplexity_command(Arguments arguments);
void model_calibrate_command(Arguments arguments);
/// model_run_command() where the model is a recurrent one's checkpoint.
void recurrent_run_command(Arguments arguments);
/// Whether `--model` is such a checkpoint.
bool names_recurrent_model(Arguments arguments);
void trace_record_command(Arguments arguments);

}  // namespace kvsim::cli
