/*===- FailingWrites.c - a disk that fills up -------------------------------===*\
 *
 * For LD_PRELOAD: call number KDSL_FAIL_AT of write to a regular file, and all
 * that follow, fail with ENOSPC.
 *
\*===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t write(int file, const void *bytes, size_t count) {
  static ssize_t (*next)(int, const void *, size_t);
  static long calls;
  const char *limit = getenv("KDSL_FAIL_AT");
  struct stat status;
  if (!next)
    *(void **)&next = dlsym(RTLD_NEXT, "write");
  if (limit && fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    if (++calls >= atol(limit)) {
      errno = ENOSPC;
      return -1;
    }
    /* Many small pieces, so that every part of a file can be the last. */
    if (count > 2048)
      count = 2048;
  }
  return next(file, bytes, count);
}
