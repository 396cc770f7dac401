#include "sim/cli/program.hpp"

namespace kvsim::cli {
namespace {

constexpr Program kProgram{
    "kvsim-model runs real language models with a real KV cache, by LibTorch. 'kvsim model' and "
    "'kvsim trace record' start it.",
    "kvsim model run --model smollm2 --workload chat",
    {}};

}  // namespace
}  // namespace kvsim::cli

int main(int count, char** arguments) {
  return kvsim::cli::run_program(kvsim::cli::kProgram, count, arguments);
}
