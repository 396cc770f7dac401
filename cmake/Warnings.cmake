# kvsim_warnings: what every target of ours compiles under; kvsim_library(<target> <sources>…) makes
# a static library that does, with the repository's root as its include path.
add_library(kvsim_warnings INTERFACE)
target_compile_options(kvsim_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(KVSIM_SANITIZE)
  target_compile_options(kvsim_warnings INTERFACE
    -fsanitize=${KVSIM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(kvsim_warnings INTERFACE -fsanitize=${KVSIM_SANITIZE})
endif()

function(kvsim_library target)
  add_library(${target} STATIC ${ARGN})
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  target_link_libraries(${target} PRIVATE kvsim_warnings)
  # Tests do without: literals of type int are everywhere in them.
  target_compile_options(${target} PRIVATE -Wsign-conversion)
endfunction()
