#pragma once
// The functions that run on a GPU too, each named as in functions.list.

#include "sim/core/type_list.hpp"
#include "sim/hash/device/murmur3_128.hpp"
#include "sim/hash/device/sha256.hpp"
#include "sim/hash/device/xxh3_64.hpp"
#include "sim/hash/device/xxh64.hpp"

namespace kvsim {

using DeviceFunctionList = TypeList<device::Xxh3, device::Xxh64, device::Murmur3, device::Sha256>;

}  // namespace kvsim
