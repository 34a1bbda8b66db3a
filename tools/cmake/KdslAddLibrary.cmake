# kdsl_add_library(name
#   SOURCES a.kdsl ...        one object and one header, a.h, for each
#   [TARGETS x86-64-v3 ...]   instruction sets; default: the compiler's three
#   [DEFINES D=3 real=f64 ...]
#   [OPTIONS -O2 ...]         further options of kdslc
#   [PREFIX p_]               put before every global symbol
#   [HEADER_DIR dir])         default: a folder of its own in the build tree
#
# Makes a static library of the compiled programs. Who links it gets the folder
# of the headers and the runtime:
#
#   kdsl_add_library(kernels SOURCES gauss.kdsl DEFINES D=3)
#   target_link_libraries(app PRIVATE kernels)
#
# Objects are made again when a source, a file that it imports or the compiler
# changes. The compiler runs on the build machine: when cross-compiling, it is
# the imported target kdsl::compiler of a host package.

function(kdsl_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG
    "" "PREFIX;HEADER_DIR" "SOURCES;TARGETS;DEFINES;OPTIONS")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "kdsl_add_library(${name}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "kdsl_add_library(${name}): no SOURCES")
  endif()
  # In our own build the compiler and the runtime are plain targets.
  if(TARGET kdsl::compiler)
    set(compiler kdsl::compiler)
    set(runtime kdsl::runtime)
  else()
    set(compiler kdslc)
    set(runtime kdsl_runtime)
  endif()
  set(object_dir "${CMAKE_CURRENT_BINARY_DIR}/${name}.kdsl")
  if(NOT ARG_HEADER_DIR)
    set(ARG_HEADER_DIR "${object_dir}/include")
  endif()
  get_filename_component(ARG_HEADER_DIR "${ARG_HEADER_DIR}" ABSOLUTE
    BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  file(MAKE_DIRECTORY "${object_dir}" "${ARG_HEADER_DIR}")

  set(flags ${ARG_OPTIONS})
  foreach(define IN LISTS ARG_DEFINES)
    list(APPEND flags "-D${define}")
  endforeach()
  if(ARG_TARGETS)
    list(JOIN ARG_TARGETS "," targets)
    list(APPEND flags "--target=${targets}")
  endif()
  if(ARG_PREFIX)
    list(APPEND flags "--prefix=${ARG_PREFIX}")
  endif()

  set(objects)
  foreach(source IN LISTS ARG_SOURCES)
    get_filename_component(source "${source}" ABSOLUTE)
    get_filename_component(stem "${source}" NAME_WE)
    set(object "${object_dir}/${stem}${CMAKE_C_OUTPUT_EXTENSION}")
    set(header "${ARG_HEADER_DIR}/${stem}.h")
    if(object IN_LIST objects)
      message(FATAL_ERROR
        "kdsl_add_library(${name}): two sources are called ${stem}.kdsl; their "
        "headers would be one file")
    endif()
    add_custom_command(
      OUTPUT "${object}"
      BYPRODUCTS "${header}"
      COMMAND ${compiler} "${source}" -o "${object}" "--header=${header}"
              ${flags} -MD -MF "${object}.d"
      DEPENDS ${compiler} "${source}"
      DEPFILE "${object}.d"
      COMMENT "Compiling ${stem}.kdsl"
      COMMAND_EXPAND_LISTS VERBATIM)
    list(APPEND objects "${object}")
  endforeach()

  add_library(${name} STATIC ${objects})
  set_source_files_properties(${objects} PROPERTIES
    EXTERNAL_OBJECT TRUE GENERATED TRUE)
  # There is no source whose language could decide.
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
  target_include_directories(${name} PUBLIC
    "$<BUILD_INTERFACE:${ARG_HEADER_DIR}>")
  target_link_libraries(${name} PUBLIC ${runtime})
endfunction()
