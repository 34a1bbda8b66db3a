//===- Error.h - statuses with a sentence ---------------------------------===//
//
// How every file of the runtime reports a failure: one call that writes the
// thread's message and gives the status back.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_ERROR_H
#define KDSL_RUNTIME_ERROR_H

namespace kdsl {

/// Sets the calling thread's message, as printf does, and returns `status`.
/// Messages are lower case without a full stop and are cut at 511 bytes.
[[gnu::format(printf, 2, 3)]] int fail(int status, const char *format, ...);

} // namespace kdsl

#endif // KDSL_RUNTIME_ERROR_H
