# Functions that every folder uses to state its library or program, so that
# warnings, include roots and LLVM's headers are set in one place.

# Warnings of our own code are errors; LLVM's headers are system headers. Code
# that TableGen generates has parameters that it does not use.
add_library(kdsl_warnings INTERFACE)
target_compile_options(kdsl_warnings INTERFACE
  -Wall -Wextra -Werror -Wno-unused-parameter
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wcovered-switch-default>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-redundant-move>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-dangling-reference>)

# What code that includes LLVM or MLIR headers needs.
add_library(kdsl_llvm_headers INTERFACE)
target_include_directories(kdsl_llvm_headers SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_include_directories(kdsl_llvm_headers INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
separate_arguments(KDSL_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(kdsl_llvm_headers INTERFACE ${KDSL_LLVM_DEFINITIONS})

# kdsl_compiler_library(name SOURCES a.cpp ... [LINKS target ...] [DEPENDS target ...])
# A static library of the compiler; it may use LLVM, MLIR and fmt.
function(kdsl_compiler_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC kdsl_llvm_headers fmt::fmt ${ARG_LINKS}
                                PRIVATE kdsl_warnings)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# kdsl_tool(name SOURCES a.cpp ... [LINKS target ...])
# A program in build/bin.
function(kdsl_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE kdsl_warnings ${ARG_LINKS})
endfunction()
