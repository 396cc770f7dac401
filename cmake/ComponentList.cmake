# kvsim_component_list(<list file> <output header> <alias>)
#
# Turns a kind's list into the C++ header that names its components. Each line of the list is
# `<header> <Type>`: a header, relative to the folder of the kind (the list's own folder if the
# header exists there, else the folder above, else the repository's root), and the type that it
# defines. Blank lines and lines that begin with '#' are skipped. The header written to
# <output header> includes each of them, in order, and defines, in namespace kvsim,
# `using <alias> = TypeList<...>;`, and refuses to compile where two components share a name.
# Configuration runs again whenever the list changes; the header is written only when its text
# does, so that nothing is compiled twice for nothing.
function(kvsim_component_list list_file output_header alias)
  get_filename_component(list_file "${list_file}" ABSOLUTE)
  get_filename_component(list_folder "${list_file}" DIRECTORY)
  get_filename_component(list_parent "${list_folder}" DIRECTORY)
  get_filename_component(root "${CMAKE_CURRENT_FUNCTION_LIST_DIR}" DIRECTORY)
  file(RELATIVE_PATH shown_list "${root}" "${list_file}")

  if(NOT EXISTS "${list_file}")
    message(FATAL_ERROR "${shown_list}: no such component list")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${list_file}")

  file(STRINGS "${list_file}" lines)
  set(includes "")
  set(types "")
  set(number 0)
  foreach(line IN LISTS lines)
    math(EXPR number "${number} + 1")
    string(STRIP "${line}" line)
    if(line STREQUAL "" OR line MATCHES "^#")
      continue()
    endif()
    if(NOT line MATCHES "^([^ \t]+)[ \t]+([A-Za-z_][A-Za-z0-9_:]*)$")
      message(FATAL_ERROR
        "${shown_list}: component list entry ${number} is '${line}', allowed is '<header> <Type>'")
    endif()
    set(header "${CMAKE_MATCH_1}")
    set(type "${CMAKE_MATCH_2}")
    set(found "")
    foreach(folder IN ITEMS "${list_folder}" "${list_parent}" "${root}")
      if(EXISTS "${folder}/${header}")
        set(found "${folder}/${header}")
        break()
      endif()
    endforeach()
    if(found STREQUAL "")
      message(FATAL_ERROR "${shown_list}: component ${type} names '${header}', which does not exist")
    endif()
    if(type IN_LIST types)
      message(FATAL_ERROR "${shown_list}: component ${type} is listed twice")
    endif()
    file(RELATIVE_PATH include "${root}" "${found}")
    string(APPEND includes "#include \"${include}\"\n")
    list(APPEND types "${type}")
  endforeach()

  list(JOIN types ",\n    " joined)
  if(NOT types STREQUAL "")
    set(joined "\n    ${joined}")
  endif()
  set(text "#pragma once\n// Made from ${shown_list}; change that.\n\n#include \"sim/core/type_list.hpp\"\n")
  string(APPEND text "${includes}")
  string(APPEND text "\nnamespace kvsim {\n\nusing ${alias} = TypeList<${joined}>;\n")
  string(APPEND text
    "static_assert(names_are_unique(${alias}{}), \"two components of ${alias} share a kName\");\n")
  string(APPEND text "\n}  // namespace kvsim\n")

  get_filename_component(output_header "${output_header}" ABSOLUTE BASE_DIR
                         "${CMAKE_CURRENT_BINARY_DIR}")
  set(previous "")
  if(EXISTS "${output_header}")
    file(READ "${output_header}" previous)
  endif()
  if(NOT previous STREQUAL text)
    file(WRITE "${output_header}" "${text}")
  endif()
endfunction()
