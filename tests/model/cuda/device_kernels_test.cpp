// The kernels on a GPU against the references, where there is one.
#include <gtest/gtest.h>

#include <vector>

#include "model/cuda/device.hpp"
#include "tests/model/cuda/machine.hpp"

namespace kvsim::kernels {
namespace {

class Device : public Machine {
 public:
  void* upload(const void* from, std::size_t bytes) override {
    return kept_.emplace_back(from, bytes).data();
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    for (const DeviceMemory& memory : kept_) {
      if (memory.data() == from && memory.bytes() == bytes) return memory.copy_to(to);
    }
    FAIL() << "not a piece of this device's memory";
  }
  void gather(const Pool& from, const Place& place, const Rows& to) override {
    gather_cuda(from, place, to);
  }
  void scatter(const Rows& from, const Pool& to, const Place& place) override {
    scatter_cuda(from, to, place);
  }
  void copy_blocks(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                   const std::int32_t* to_blocks, std::int64_t count) override {
    copy_blocks_cuda(from, from_blocks, to, to_blocks, count);
  }
  void attend(const PagedAttention& attention) override { paged_attention_cuda(attention); }

 private:
  std::vector<DeviceMemory> kept_;
};

#define KVSIM_NEED_DEVICE()                               \
  if (const DeviceStatus s = cuda_device(); !s.available) \
  GTEST_SKIP() << "no CUDA device: " << s.text

TEST(CudaKernels, CopyRowsAsTheReferenceDoes) {
  KVSIM_NEED_DEVICE();
  Device machine;
  expect_copies_like_the_reference(machine);
}

TEST(CudaKernels, AttendAsTheReferenceDoes) {
  KVSIM_NEED_DEVICE();
  Device machine;
  expect_attention_like_the_reference(machine);
}

TEST(CudaDevice, TellsItsTraits) {
  KVSIM_NEED_DEVICE();
  const DeviceTraits traits = device_traits();
  EXPECT_FALSE(traits.name.empty());
  EXPECT_GT(traits.multiprocessors, 0);
  EXPECT_GT(traits.memory_bytes, 0U);
}

TEST(CudaDevice, SaysWhyThereIsNone) {
  const DeviceStatus status = cuda_device();
  if (status.available) GTEST_SKIP() << "there is one: " << status.text;
  EXPECT_FALSE(status.text.empty());
  EXPECT_THROW((void)device_traits(), std::runtime_error);
}

}  // namespace
}  // namespace kvsim::kernels
