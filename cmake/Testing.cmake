# kvsim_test(<name> <sources>… LIBS <libraries>…): a GoogleTest program, run by ctest as one test.
# KVSIM_SOURCE_DIR names the repository's root, KVSIM_BINARY the built program, within it.
function(kvsim_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBS")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  target_compile_definitions(${name} PRIVATE
    KVSIM_SOURCE_DIR="${PROJECT_SOURCE_DIR}" KVSIM_BINARY="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/kvsim")
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gtest_main rapidcheck kvsim_warnings)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name})
endfunction()
