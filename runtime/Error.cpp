//===- Error.cpp - statuses with a sentence -------------------------------===//
//
// The message lives in a thread-local buffer of fixed size, so that reporting
// an error never needs memory and never fails.
//
//===----------------------------------------------------------------------===//

#include "runtime/Error.h"
#include "kdsl/kdsl.h"
#include "runtime/Export.h"
#include <stdarg.h>
#include <stdio.h>

static thread_local char lastMessage[512];

int kdsl::fail(int status, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(lastMessage, sizeof(lastMessage), format, list);
  va_end(list);
  return status;
}

KDSL_EXPORT const char *kdsl_last_error(void) { return lastMessage; }

KDSL_EXPORT const char *kdsl_strerror(int status) {
  switch (status) {
  case KDSL_OK:
    return "success";
  case KDSL_EARG:
    return "wrong argument";
  case KDSL_ENOMEM:
    return "out of memory, or the workspace is too small";
  case KDSL_EDEVICE:
    return "the device refused the operation";
  case KDSL_ENODEVICE:
    return "no such device, or no driver";
  case KDSL_ECANCELLED:
    return "cancelled by the caller";
  case KDSL_ETARGET:
    return "no code that this machine can run";
  case KDSL_EABI:
    return "object and runtime are of different versions";
  case KDSL_EDEVICELOST:
    return "the device context is lost";
  case KDSL_EINTERNAL:
    return "internal error";
  default:
    return "unknown status";
  }
}
