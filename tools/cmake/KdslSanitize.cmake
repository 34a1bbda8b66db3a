# Sanitizers, and what fuzzers need, for all of our own code. LLVM's libraries
# come without: memory that they and our code hand to each other in pieces
# (bump allocators, containers) cannot be followed.

set(KDSL_SANITIZE "" CACHE STRING
    "address (with undefined behaviour), thread, or nothing")
option(KDSL_FUZZERS "build the targets of tools/fuzz; clang only" OFF)

if(KDSL_SANITIZE STREQUAL "address")
  # vptr needs LLVM's type information; function reads the bytes before the
  # entries of compiled programs, which need not be there.
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer
                      -fno-sanitize=vptr,function -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(KDSL_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(KDSL_SANITIZE)
  message(FATAL_ERROR "KDSL_SANITIZE is address or thread")
endif()

if(KDSL_SANITIZE)
  add_subdirectory(tools/sanitize)
  # Not in libraries: programs that take all of libkdslrt.a would have it twice.
  link_libraries($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:kdsl_sanitizer_options>)
endif()
