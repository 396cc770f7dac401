#pragma once
// Where kernels run in a test, and what they must compute there.

#include <cstddef>
#include <memory>
#include <vector>

#include "model/cuda/kv_blocks.hpp"
#include "model/cuda/paged_attention.hpp"

namespace kvsim::kernels {

/// A device with its own memory.
class Machine {
 public:
  virtual ~Machine() = default;
  /// A copy of host memory, aligned to 16 bytes; it lasts as long as the machine.
  virtual void* upload(const void* from, std::size_t bytes) = 0;
  virtual void download(void* to, const void* from, std::size_t bytes) = 0;
  virtual void gather(const Pool& from, const Place& place, const Rows& to) = 0;
  virtual void scatter(const Rows& from, const Pool& to, const Place& place) = 0;
  virtual void copy_blocks(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                           const std::int32_t* to_blocks, std::int64_t count) = 0;
  virtual void attend(const PagedAttention& attention) = 0;
};

/// GoogleTest expectations: the machine computes what the references do, bit for bit where rows are
/// copied, within the rounding of sums in another order where they are attended to.
void expect_copies_like_the_reference(Machine& machine);
void expect_attention_like_the_reference(Machine& machine);

}  // namespace kvsim::kernels
