//===- Failure.h - errors of kdsl-run with their exit code ----------------===//

#ifndef KDSL_RUN_FAILURE_H
#define KDSL_RUN_FAILURE_H

#include "llvm/Support/Error.h"
#include <fmt/format.h>
#include <string>

namespace kdslrun {

/// Exit codes, the same as kdslc's.
enum class Exit { Ok = 0, Mismatch = 1, Usage = 2, Io = 3, Internal = 4 };

/// A sentence and the exit code that it leads to.
class Failure : public llvm::ErrorInfo<Failure> {
public:
  static char ID;
  Failure(Exit code, std::string message)
      : code(code), message(std::move(message)) {}
  void log(llvm::raw_ostream &os) const override { os << message; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }
  Exit exitCode() const { return code; }

private:
  Exit code;
  std::string message;
};

/// A wrong command line, or data that do not fit the program.
template <typename... Args>
llvm::Error usageError(fmt::format_string<Args...> format, Args &&...args) {
  return llvm::make_error<Failure>(
      Exit::Usage, fmt::format(format, std::forward<Args>(args)...));
}

/// A file that cannot be read, written or understood.
template <typename... Args>
llvm::Error ioError(fmt::format_string<Args...> format, Args &&...args) {
  return llvm::make_error<Failure>(
      Exit::Io, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace kdslrun

#endif // KDSL_RUN_FAILURE_H
