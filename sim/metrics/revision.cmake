# Writes the header that names version and git revision, where either has changed since. Run at
# every build; only version.cpp includes it.
#   cmake -DSOURCE=<repository> -DPROJECT_VERSION=… -DTEMPLATE=… -DHEADER=… -P revision.cmake
set(KVSIM_REVISION "unknown")
find_program(git git)
if(git AND EXISTS "${SOURCE}/.git")
  execute_process(COMMAND "${git}" --no-optional-locks -C "${SOURCE}" rev-parse HEAD
    OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(KVSIM_REVISION "${head}")
    execute_process(COMMAND "${git}" --no-optional-locks -C "${SOURCE}" diff --quiet HEAD -- RESULT_VARIABLE dirty
      OUTPUT_QUIET ERROR_QUIET)
    if(dirty)
      string(APPEND KVSIM_REVISION "-dirty")
    endif()
  endif()
endif()
configure_file("${TEMPLATE}" "${HEADER}" @ONLY)
