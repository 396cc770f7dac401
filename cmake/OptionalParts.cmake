# The parts that a machine may lack: each is found or left out, and one line says which. Nothing is
# built from them yet, and the simulator never links them.
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

message(STATUS "kvsim: optional parts: ${torch_state}; ${cuda_state}; nothing is built from either yet")
