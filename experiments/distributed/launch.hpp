#pragma once

#include <memory>

#include "experiments/distributed/messenger.hpp"

namespace kvsim {

/// Joins the other processes that mpirun, srun or another launcher of MPI started with this one, as
/// its environment variables tell. Nothing, in no time, where this process is alone. Throws
/// InputError where others were started but cannot be reached: each would do all of the work.
std::unique_ptr<Messenger> join_ranks();

}  // namespace kvsim
