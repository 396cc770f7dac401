#pragma once
// What `kvsim` can be told to do. Each command is given the arguments behind its name, and throws
// UsageError or InputError.

#include "sim/cli/command.hpp"

namespace kvsim::cli {

void run_command(Arguments arguments);
void sim_command(Arguments arguments);
void mrc_command(Arguments arguments);
void trace_info_command(Arguments arguments);
void trace_convert_command(Arguments arguments);
void trace_generate_command(Arguments arguments);
void hash_audit_command(Arguments arguments);
void hash_bench_command(Arguments arguments);
void report_command(Arguments arguments);
void list_command(Arguments arguments);

}  // namespace kvsim::cli
