//===- Process.cpp - what the process may meet ----------------------------===//

#include "Process.h"
#include "Failure.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <unistd.h>

using namespace kdslrun;

static bool closedAtBegin[2];
static const char *toolName = "";

/// Nothing here may ask for memory.
[[noreturn]] static void outOfMemory() {
  llvm::sys::RunInterruptHandlers(); // takes unfinished files away
  for (const char *text : {toolName, ": error: out of memory\n"}) {
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
  }
  _exit(int(Exit::Io));
}

/// Whether all that was written to stdout arrived; says so if not.
static bool flushStdout() {
  llvm::raw_fd_ostream &out = llvm::outs();
  out.flush();
  std::error_code error = out.error();
  if (error)
    llvm::errs() << toolName << ": error: stdout: " << error.message() << '\n';
  out.clear_error();
  // Who closed stderr does not want to read about it.
  llvm::errs().clear_error();
  return !error;
}

void kdslrun::prepareProcess(const char *tool) {
  toolName = tool;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(outOfMemory);
  llvm::install_bad_alloc_error_handler(
      [](void *, const char *, bool) { outOfMemory(); });
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO})
    closedAtBegin[descriptor] = fcntl(descriptor, F_GETFD) < 0;
  // An output file must not take the number of a stream that messages go to.
  (void)llvm::sys::Process::FixupStandardFileDescriptors();
  // LLVM's --help ends the process itself. Registered after the streams exist,
  // this runs before they are taken down.
  llvm::outs();
  llvm::errs();
  std::atexit([] {
    if (!flushStdout())
      _exit(int(Exit::Io));
  });
}

bool kdslrun::wasClosed(int descriptor) { return closedAtBegin[descriptor]; }

int kdslrun::finishProcess(int code) {
  return flushStdout() ? code : int(Exit::Io);
}
