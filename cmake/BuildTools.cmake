# What makes builds faster where it is installed. None of it changes what is built.
find_program(KVSIM_CCACHE ccache)
mark_as_advanced(KVSIM_CCACHE)
if(KVSIM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${KVSIM_CCACHE}")
endif()
