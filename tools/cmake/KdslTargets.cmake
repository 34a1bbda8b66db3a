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
# Fuzzers go by what runs in the compiler.
if(KDSL_FUZZERS)
  set(KDSL_COVERAGE -fsanitize=fuzzer-no-link)
endif()
separate_arguments(KDSL_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(kdsl_llvm_headers INTERFACE ${KDSL_LLVM_DEFINITIONS})

# Reading headers takes longer than compiling one of our files: those that many
# include are read once. Sources include what they need all the same; gcc, and
# whoever sets CMAKE_DISABLE_PRECOMPILE_HEADERS, compiles without.
#
# kdsl_precompile(kind header ...)
# Headers for kdsl_use_headers(target kind).
function(kdsl_precompile kind)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    return()
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${kind}_headers.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(kdsl_${kind}_headers OBJECT ${source})
  target_link_libraries(kdsl_${kind}_headers PRIVATE
    kdsl_llvm_headers fmt::fmt kdsl_warnings)
  # Times in it would make equal headers differ for compiler caches.
  target_compile_options(kdsl_${kind}_headers PRIVATE
    "SHELL:-Xclang -fno-pch-timestamp" ${KDSL_COVERAGE})
  target_precompile_headers(kdsl_${kind}_headers PRIVATE ${ARGN})
endfunction()

set(KDSL_PLAIN_HEADERS
  <algorithm> <cmath> <functional> <map> <memory> <optional> <set> <string>
  <vector>)
set(KDSL_TEXT_HEADERS
  ${KDSL_PLAIN_HEADERS}
  <fmt/format.h>
  <llvm/ADT/DenseMap.h> <llvm/ADT/STLExtras.h> <llvm/ADT/StringMap.h>
  <llvm/ADT/StringSet.h> <llvm/Support/Error.h> <llvm/Support/MemoryBuffer.h>
  <llvm/Support/SourceMgr.h> <llvm/Support/raw_ostream.h>)
kdsl_precompile(text ${KDSL_TEXT_HEADERS})
kdsl_precompile(test ${KDSL_TEXT_HEADERS} <catch2/catch.hpp>)
kdsl_precompile(catch ${KDSL_PLAIN_HEADERS} <catch2/catch.hpp>)
kdsl_precompile(mlir
  <fmt/format.h>
  <llvm/Support/SourceMgr.h>
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/LLVMIR/LLVMDialect.h>
  <mlir/Dialect/LLVMIR/NVVMDialect.h>
  <mlir/Dialect/Math/IR/Math.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/Pass/Pass.h>
  <mlir/Pass/PassManager.h>)

# kdsl_use_headers(target kind [OPTIMISED])
# Kinds are text, for what uses LLVM and fmt, test for tests of it, catch for tests
# without LLVM, which need not link it, and mlir.
# OPTIMISED is for targets with -O2 in every build, which must read them again.
function(kdsl_use_headers target kind)
  if(NOT TARGET kdsl_${kind}_headers)
    return()
  endif()
  target_compile_options(${target} PRIVATE
    "SHELL:-Xclang -fno-pch-timestamp" ${KDSL_COVERAGE})
  # Programs would have -fPIE, and could not read what was read for libraries.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  if("OPTIMISED" IN_LIST ARGN)
    get_target_property(headers kdsl_${kind}_headers PRECOMPILE_HEADERS)
    target_precompile_headers(${target} PRIVATE ${headers})
  else()
    target_precompile_headers(${target} REUSE_FROM kdsl_${kind}_headers)
  endif()
endfunction()

# kdsl_compiler_library(name [USES_MLIR] [OPTIMISED] SOURCES a.cpp ...
#                       [LINKS target ...] [DEPENDS target ...])
# A static library of the compiler; it may use LLVM and fmt, and those with the
# word USES_MLIR use that too. OPTIMISED: in every build.
function(kdsl_compiler_library name)
  cmake_parse_arguments(ARG "USES_MLIR;OPTIMISED" "" "SOURCES;LINKS;DEPENDS"
                        ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC kdsl_llvm_headers fmt::fmt ${ARG_LINKS}
                                PRIVATE kdsl_warnings)
  if(ARG_USES_MLIR)
    kdsl_use_headers(${name} mlir)
  elseif(ARG_OPTIMISED)
    target_compile_options(${name} PRIVATE -O2)
    kdsl_use_headers(${name} text OPTIMISED)
  else()
    kdsl_use_headers(${name} text)
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# kdsl_tool(name [USES_MLIR] SOURCES a.cpp ... [LINKS target ...])
# A program in build/bin.
function(kdsl_tool name)
  cmake_parse_arguments(ARG "USES_MLIR" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE kdsl_warnings ${ARG_LINKS})
  if(ARG_USES_MLIR)
    kdsl_use_headers(${name} mlir)
  else()
    kdsl_use_headers(${name} text)
  endif()
endfunction()
