# A toolchain file: the newest clang++ here, 16 first, whose fuzzing runtime the packages name.
if(NOT CMAKE_CXX_COMPILER)
  find_program(KVSIM_CLANG
    NAMES clang++-16 clang++-19 clang++-18 clang++-17 clang++-15 clang++-14 clang++)
  if(NOT KVSIM_CLANG)
    message(FATAL_ERROR "this preset needs clang++, and none is installed (Debian: clang-16)")
  endif()
  set(CMAKE_CXX_COMPILER "${KVSIM_CLANG}")
endif()
