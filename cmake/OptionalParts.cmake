# The parts that a machine may lack: each is found or left out, and one line says which. The
# simulator never links them.
set(KVSIM_MPI AUTO CACHE STRING "Experiments over MPI's ranks: AUTO (where there is an MPI), ON, OFF")
set_property(CACHE KVSIM_MPI PROPERTY STRINGS AUTO ON OFF)
set(MPI_CXX_FOUND FALSE)
if(NOT KVSIM_MPI)
  set(mpi_state "MPI not asked for")
else()
  set(MPI_CXX_SKIP_MPICXX TRUE)  # MPI's old C++ names
  if(KVSIM_MPI STREQUAL "AUTO")
    find_package(MPI QUIET COMPONENTS CXX)
  else()
    find_package(MPI REQUIRED COMPONENTS CXX)
  endif()
  if(MPI_CXX_FOUND)
    set(mpi_state "MPI found (${MPI_CXX_LIBRARIES})")
  else()
    set(mpi_state "MPI not found")
  endif()
endif()

# BLAKE3 is in LLVM's support library from 15 on. The static one: LLVM as a whole would take every
# command 13 ms to load.
set(KVSIM_BLAKE3 AUTO CACHE STRING "The hash function blake3, by LLVM's library: AUTO, ON, OFF")
set_property(CACHE KVSIM_BLAKE3 PROPERTY STRINGS AUTO ON OFF)
set(KVSIM_BLAKE3_FOUND FALSE)
if(NOT KVSIM_BLAKE3)
  set(blake3_state "BLAKE3 not asked for")
else()
  foreach(version IN ITEMS 21 20 19 18 17 16 15)
    find_path(LLVM_BLAKE3_INCLUDE_DIR llvm-c/blake3.h
      PATHS /usr/include/llvm-c-${version} /usr/lib/llvm-${version}/include)
    if(LLVM_BLAKE3_INCLUDE_DIR)
      find_library(LLVM_BLAKE3_LIBRARY libLLVMSupport.a PATHS /usr/lib/llvm-${version}/lib)
      break()
    endif()
  endforeach()
  mark_as_advanced(LLVM_BLAKE3_INCLUDE_DIR LLVM_BLAKE3_LIBRARY)
  if(LLVM_BLAKE3_INCLUDE_DIR AND LLVM_BLAKE3_LIBRARY)
    set(KVSIM_BLAKE3_FOUND TRUE)
    set(blake3_state "BLAKE3 found (${LLVM_BLAKE3_LIBRARY})")
  elseif(KVSIM_BLAKE3 STREQUAL "AUTO")
    set(blake3_state "BLAKE3 not found (llvm-16-dev)")
  else()
    message(FATAL_ERROR "KVSIM_BLAKE3 is ON, but llvm-c/blake3.h or libLLVMSupport.a is not found (llvm-16-dev)")
  endif()
endif()

if(KVSIM_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES all-major)
    endif()
    enable_language(CUDA)
    # CMake 3.25 does not know that nvcc has C++20, which CUDA takes from CMAKE_CXX_STANDARD.
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    endif()
    set(cuda_state "CUDA found (${CMAKE_CUDA_COMPILER})")
  else()
    set(cuda_state "CUDA not found, left out")
  endif()
else()
  set(cuda_state "CUDA not asked for (preset cuda)")
endif()

# LibTorch is loaded only where it is asked for: finding it takes seconds, and a third of its
# releases' packages say much on the way.
if(KVSIM_TORCH)
  # One with CUDA wants the toolkit (nvcc on PATH), asks the machine's GPUs for their architectures,
  # and sets nvcc's flags for its own extensions: none of that is for kvsim's kernels.
  set(cuda_architectures "${CMAKE_CUDA_ARCHITECTURES}")
  set(cuda_flags "${CMAKE_CUDA_FLAGS}")
  unset(CMAKE_CUDA_ARCHITECTURES)
  set(TORCH_CUDA_ARCH_LIST 8.0)
  find_package(Torch REQUIRED)
  set(CMAKE_CUDA_ARCHITECTURES "${cuda_architectures}")
  set(CMAKE_CUDA_FLAGS "${cuda_flags}")
  if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "LibTorch ${Torch_VERSION} in ${TORCH_INSTALL_PREFIX} has the C++ ABI from before GCC 5, which "
      "does not link with the system's libraries (allowed: Debian's, PyPI's from 2.7 on, PyTorch's archives named "
      "cxx11-abi)")
  endif()
  cmake_path(IS_PREFIX TORCH_INSTALL_PREFIX "${c10_LIBRARY}" torch_is_one)
  if(NOT torch_is_one)
    message(FATAL_ERROR "LibTorch's CMake files are in ${TORCH_INSTALL_PREFIX}, but the first libc10 found is another "
      "one's, ${c10_LIBRARY}: set CMAKE_PREFIX_PATH=${TORCH_INSTALL_PREFIX} in the environment and remove "
      "${PROJECT_BINARY_DIR}/CMakeCache.txt")
  endif()
  set(torch_state "LibTorch ${Torch_VERSION} found (${TORCH_INSTALL_PREFIX})")
else()
  set(torch_state "LibTorch not asked for (KVSIM_TORCH)")
endif()

message(STATUS "kvsim: optional parts: ${mpi_state}; ${blake3_state}; ${torch_state}; ${cuda_state}")
