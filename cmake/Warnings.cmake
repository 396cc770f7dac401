# kvsim_warnings: what every target of ours compiles under; kvsim_library(<target> <sources>…) makes
# a static library that does, with the repository's root as its include path.
#
# Warnings are errors with the compilers that the checks run; a newer one may find more.
set(werror OFF)
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^12\\.") OR
   (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^16\\."))
  set(werror ON)
endif()
option(KVSIM_WERROR "Warnings are errors" ${werror})

add_library(kvsim_warnings INTERFACE)
target_compile_options(kvsim_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${KVSIM_WERROR}>:-Werror>)
# GCC 12 sees overlapping copies in std::string's own operator+ (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(kvsim_warnings INTERFACE -Wno-restrict)
endif()
if(KVSIM_SANITIZE)
  target_compile_options(kvsim_warnings INTERFACE
    -fsanitize=${KVSIM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(kvsim_warnings INTERFACE -fsanitize=${KVSIM_SANITIZE})
  # With sanitizers, GCC sees uninitialised members in std::regex (GCC bug 105562).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(kvsim_warnings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

function(kvsim_library target)
  add_library(${target} STATIC ${ARGN})
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  target_link_libraries(${target} PRIVATE kvsim_warnings)
  # Tests do without: literals of type int are everywhere in them.
  target_compile_options(${target} PRIVATE -Wsign-conversion)
endfunction()
