#include "sim/cli/commands.hpp"
#include "sim/cli/model_program.hpp"
#include "sim/cli/program.hpp"

namespace kvsim::cli {
namespace {

constexpr Entry kEntries[] = {
    {"run", "Run a configured experiment: traces x policies x capacities x ...", run_command},
    {"sim", "Replay one trace through policies and capacities.", sim_command},
    {"mrc", "Hit-ratio curves over capacity.", mrc_command},
    {"trace info", "What a trace carries, how often its blocks come back.", trace_info_command},
    {"trace convert", "Write a trace in another format.", trace_convert_command},
    {"trace generate", "Make a synthetic workload.", trace_generate_command},
    {"hash audit", "What hash functions do to a trace's keys; how many bits to take.",
     hash_audit_command},
    {"hash bench", "Speed of hash functions and tables, beside a prompt's prefill.",
     hash_bench_command},
    {"trace record", "Record a trace from a real model's run.",
     model_program_command<"trace record">},
    {"model fetch", "Get a small real model.", model_program_command<"model fetch">},
    {"model run", "Serve a workload with a real model, with and without its KV cache.",
     model_program_command<"model run">},
    {"model perplexity", "What the KV cache's element type does to a real model.",
     model_program_command<"model perplexity">},
    {"model logits", "A real model's logits, to compare with other implementations.",
     model_program_command<"model logits">},
    {"model train", "Train a recurrent language model.", model_program_command<"model train">},
    {"model calibrate", "Measure this machine; write a cost profile.",
     model_program_command<"model calibrate">},
    {"report", "Draw a report from results: one HTML page and plots.", report_command},
    {"list", "What there is: policies, formats, generators, ...", list_command},
};

constexpr Program kProgram{
    "kvsim replays token and request traces through cache policies and says which policy, "
    "capacity and block size a KV cache should use, and what it gains.",
    "kvsim sim trace.jsonl --policy lru,arc,s3fifo,belady --capacity 1%,5%,20%", kEntries};

}  // namespace
}  // namespace kvsim::cli

int main(int count, char** arguments) {
  return kvsim::cli::run_program(kvsim::cli::kProgram, count, arguments);
}
