#include "experiments/distributed/launch.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "sim/core/error.hpp"

#if KVSIM_MPI
#include <dlfcn.h>
#endif

namespace kvsim {

namespace {

// Where launchers leave the number of processes: Open MPI's mpirun; MPICH's, Intel's and Cray's,
// and srun with --mpi=pmi2; Flux; srun, whatever its --mpi.
constexpr const char* kSizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "FLUX_JOB_SIZE",
                                  "SLURM_STEP_NUM_TASKS"};

// "VARIABLE=N" for N over 1; empty: this process is alone.
std::string launch_of_several() {
  for (const char* name : kSizes) {
    const char* value = std::getenv(name);
    if (value == nullptr) continue;
    return std::strtol(value, nullptr, 10) > 1 ? fmt::format("{}={}", name, value) : "";
  }
  return "";
}

[[noreturn]] void refuse_strangers(const std::string& launch) {
  throw InputError(
      fmt::format("{}: several processes were started, but MPI knows of this one alone, so that "
                  "each would run the whole experiment: start them with the mpirun of the MPI "
                  "that kvsim was built with, or with srun --mpi=pmix (docs/cluster.md)",
                  launch));
}

#if KVSIM_MPI

// srun says how many processes there are even where it gives MPI no way to find them, which Open
// MPI answers with a page of text from each.
bool is_without_mpi() {
  return std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr && std::getenv("PMIX_RANK") == nullptr &&
         std::getenv("PMI_RANK") == nullptr && std::getenv("FLUX_JOB_SIZE") == nullptr;
}

std::unique_ptr<Messenger> start_mpi(const std::string& launch) {
  if (is_without_mpi()) refuse_strangers(launch);
  // MPI's own plug-ins look for its symbols among the global ones.
  constexpr const char* kModule = "kvsim_mpi.so";
  void* const module = dlopen(kModule, RTLD_NOW | RTLD_GLOBAL);
  void* const start = module != nullptr ? dlsym(module, "kvsim_start_mpi") : nullptr;
  if (start == nullptr)
    throw InputError(fmt::format("{}: MPI cannot be used: {}", launch, dlerror()));
  return std::unique_ptr<Messenger>(reinterpret_cast<Messenger* (*)()>(start)());
}

#else

std::unique_ptr<Messenger> start_mpi(const std::string& launch) {
  throw InputError(
      fmt::format("{}: several processes were started, but this kvsim was built without MPI, so "
                  "that each would run the whole experiment (docs/cluster.md)",
                  launch));
}

#endif

}  // namespace

std::unique_ptr<Messenger> join_ranks() {
  const std::string launch = launch_of_several();
  if (launch.empty()) return nullptr;
  std::unique_ptr<Messenger> ranks = start_mpi(launch);
  if (ranks->size() == 1) refuse_strangers(launch);
  return ranks;
}

}  // namespace kvsim
