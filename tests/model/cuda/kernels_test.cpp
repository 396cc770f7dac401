// The kernels' own source, run on the CPU thread by thread, against the references.
#include "tests/model/cuda/emulated_cuda.hpp"
// After the emulation.
#include <gtest/gtest.h>

#include <cstring>

#include "model/cuda/paged_attention_kernel.hpp"
#include "model/cuda/row_copy_kernel.hpp"
#include "tests/model/cuda/machine.hpp"

namespace kvsim::kernels {
namespace {

class Emulation : public Machine {
 public:
  void* upload(const void* from, std::size_t bytes) override {
    kept_.push_back(std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1));
    return std::memcpy(kept_.back().get(), from, bytes);
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void gather(const Pool& from, const Place& place, const Rows& to) override {
    launch_copy(emulated::Launch{}, gathering(from, place, to));
  }
  void scatter(const Rows& from, const Pool& to, const Place& place) override {
    launch_copy(emulated::Launch{}, scattering(from, to, place));
  }
  void copy_blocks(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                   const std::int32_t* to_blocks, std::int64_t count) override {
    launch_copy(emulated::Launch{}, copying(from, from_blocks, to, to_blocks, count));
  }
  void attend(const PagedAttention& attention) override {
    check(attention);
    launch_attention(emulated::Launch{}, attention);
  }

 private:
  std::vector<std::unique_ptr<std::max_align_t[]>> kept_;
};

TEST(EmulatedKernels, CopyRowsAsTheReferenceDoes) {
  Emulation machine;
  expect_copies_like_the_reference(machine);
}

TEST(EmulatedKernels, AttendAsTheReferenceDoes) {
  Emulation machine;
  expect_attention_like_the_reference(machine);
}

// What a kernel with a mistake meets.
TEST(Emulation, FindsThreadsThatWaitAtDifferentPlaces) {
  const auto kernel = +[] {
    if (threadIdx.x < 32) __syncthreads();
    __shfl_xor_sync(0xffffffffU, 1.0F, 1);
  };
  EXPECT_THROW(emulated::Launch{}(kernel, Grid{}, 64), std::logic_error);
}

TEST(Emulation, ShufflesAndWaits) {
  const auto kernel = +[](float* sums, float* last) {
    __shared__ float shared[64];
    shared[threadIdx.x] = sum_of_lanes(static_cast<float>(threadIdx.x), 8);
    __syncthreads();
    sums[threadIdx.x] = shared[63 - threadIdx.x];
    last[threadIdx.x] = most_of_lanes(static_cast<float>(threadIdx.x), 32);
  };
  std::vector<float> sums(64);
  std::vector<float> last(64);
  emulated::Launch{}(kernel, Grid{}, 64, sums.data(), last.data());
  for (unsigned i = 0; i < 64; ++i) {
    const unsigned first = (63 - i) / 8 * 8;  // of eight lanes
    EXPECT_EQ(sums[i], static_cast<float>(8 * first + 28));
    EXPECT_EQ(last[i], i < 32 ? 31 : 63);
  }
}

}  // namespace
}  // namespace kvsim::kernels
