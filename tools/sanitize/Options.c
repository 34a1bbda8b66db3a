/*===- Options.c - defaults of the sanitizers' runtimes -------------------===*\
 *
 * In every program of a build with sanitizers, so that no environment is needed;
 * ASAN_OPTIONS and the like go before.
\*===----------------------------------------------------------------------===*/

/* LLVM's headers poison what their allocators have not given out, its libraries
   give it out without saying so; containers alike. What LLVM keeps until the end
   is no leak of ours: unit-runtime alone looks for leaks. */
const char *__asan_default_options(void) {
  return "allow_user_poisoning=0:detect_container_overflow=0:detect_leaks=0:"
         "handle_segv=1:allocator_may_return_null=1:quarantine_size_mb=64";
}

/* Tests call from forked children, which start threads of their own. */
const char *__tsan_default_options(void) { return "die_after_fork=0"; }

const char *__ubsan_default_options(void) { return "print_stacktrace=1"; }
