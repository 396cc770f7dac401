// Drives every table with operations made of arbitrary bytes, beside std::unordered_map.
//
// The first two bytes say capacity and load, the third how numbers become keys; each later pair is
// an operation and a number.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <unordered_map>

#include "sim/core/scrambled.hpp"
#include "sim/table/table_list.hpp"  // made from tables.list

namespace {

using kvsim::NoProbes;
using kvsim::Slot;

void require(bool holds) {
  if (!holds) std::abort();
}

std::uint64_t key_of(std::uint8_t number, std::uint8_t kind) {
  switch (kind % 4) {
    case 0:
      return kvsim::scrambled(number);
    case 1:
      return std::uint64_t{number} << (kind / 4);  // strided
    case 2:
      return number;
    default:
      return ~std::uint64_t{0} - number;
  }
}

template <class T>
void drive(const std::uint8_t* data, std::size_t size) {
  const std::uint64_t capacity = 1 + data[0] % 96;
  const double load = (1 + data[1] % 100) / 100.0;
  T table({}, {capacity, load});
  std::unordered_map<std::uint64_t, Slot> map;
  NoProbes none;
  for (std::size_t at = 3; at + 1 < size; at += 2) {
    const std::uint64_t key = key_of(data[at + 1], data[2]);
    const auto held = map.find(key);
    const bool is_there = held != map.end();
    const Slot* found = table.find(key, none);
    require((found != nullptr) == is_there);
    require(!is_there || *found == held->second);
    if (data[at] % 3 == 0) {
      require(table.erase(key, none) == is_there);
      map.erase(key);
    } else if (is_there || map.size() < capacity) {
      const Slot value = static_cast<Slot>(at);
      require(table.insert(key, value, none) == !is_there);
      map.emplace(key, value);
    }
    require(table.size() == map.size());
  }
  for (const auto& [key, value] : map) {
    const Slot* found = table.find(key, none);
    require(found != nullptr && *found == value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  kvsim::for_each_type(kvsim::TableList{}, [&]<class T>() { drive<T>(data, size); });
  return 0;
}
