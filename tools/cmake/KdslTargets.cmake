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

# Reading MLIR's headers takes longer than compiling one of our files: they are
# read once. Sources include what they need all the same; gcc, and whoever sets
# CMAKE_DISABLE_PRECOMPILE_HEADERS, compiles without.
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  file(CONFIGURE OUTPUT mlir_headers.cpp CONTENT "")
  add_library(kdsl_mlir_headers OBJECT ${CMAKE_CURRENT_BINARY_DIR}/mlir_headers.cpp)
  target_link_libraries(kdsl_mlir_headers PUBLIC kdsl_llvm_headers fmt::fmt
                                          PRIVATE kdsl_warnings)
  # Times in it would make equal headers differ for compiler caches.
  target_compile_options(kdsl_mlir_headers
    PUBLIC "SHELL:-Xclang -fno-pch-timestamp"
    PRIVATE ${KDSL_COVERAGE})
  target_precompile_headers(kdsl_mlir_headers PRIVATE
    <mlir/Dialect/Arith/IR/Arith.h>
    <mlir/Dialect/Func/IR/FuncOps.h>
    <mlir/Dialect/LLVMIR/LLVMDialect.h>
    <mlir/Dialect/Math/IR/Math.h>
    <mlir/Dialect/SCF/IR/SCF.h>
    <mlir/Dialect/Vector/IR/VectorOps.h>
    <mlir/Pass/Pass.h>)
endif()

# kdsl_compiler_library(name [USES_MLIR] SOURCES a.cpp ... [LINKS target ...] [DEPENDS target ...])
# A static library of the compiler; it may use LLVM and fmt, and those with the
# word USES_MLIR use that too.
function(kdsl_compiler_library name)
  cmake_parse_arguments(ARG "USES_MLIR" "" "SOURCES;LINKS;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC kdsl_llvm_headers fmt::fmt ${ARG_LINKS}
                                PRIVATE kdsl_warnings)
  target_compile_options(${name} PRIVATE ${KDSL_COVERAGE})
  if(ARG_USES_MLIR AND TARGET kdsl_mlir_headers)
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    target_precompile_headers(${name} REUSE_FROM kdsl_mlir_headers)
  endif()
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
