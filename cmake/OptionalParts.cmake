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

find_file(KVSIM_TORCH_CONFIG TorchConfig.cmake
  HINTS "${Torch_DIR}" ENV Torch_DIR
  PATH_SUFFIXES share/cmake/Torch lib/cmake/Torch libtorch/share/cmake/Torch
  DOC "LibTorch's CMake package, where it is installed")
mark_as_advanced(KVSIM_TORCH_CONFIG)
if(KVSIM_TORCH_CONFIG)
  set(torch_state "LibTorch found (${KVSIM_TORCH_CONFIG})")
else()
  set(torch_state "LibTorch not found")
endif()

if(KVSIM_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    set(cuda_state "CUDA found (${CMAKE_CUDA_COMPILER})")
  else()
    set(cuda_state "CUDA not found, left out")
  endif()
else()
  set(cuda_state "CUDA not asked for (preset cuda)")
endif()

message(STATUS "kvsim: optional parts: ${mpi_state}; ${torch_state}; ${cuda_state}; nothing is built from the last two yet")
