#pragma once
// Tests over every table of tables.list.

#include <gtest/gtest.h>

#include <string>

#include "sim/table/table_list.hpp"  // made from tables.list

namespace kvsim {

template <class... Ts>
::testing::Types<Ts...> as_test_types(TypeList<Ts...>);
using EveryTable = decltype(as_test_types(TableList{}));

struct TableName {
  template <class T>
  static std::string GetName(int) {  // NOLINT(readability-identifier-naming): GoogleTest's
    return std::string(T::kName);
  }
};

}  // namespace kvsim
