//===- CNames.h - the names of a program in C -----------------------------===//
//
// What the generated header, the object and the descriptor call things. Names
// of global symbols are never changed: a program whose name C or its library
// has taken is refused, with `--prefix` as the way out. Names of arguments are
// local to a declaration, so an unusable one takes underscores at its end.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_OUTPUT_CNAMES_H
#define KDSLC_OUTPUT_CNAMES_H

#include "compiler/Diagnostics.h"
#include "compiler/Options.h"
#include "compiler/frontend/Checked.h"

namespace kdslc {

/// Whether a global symbol may not have this name: a keyword of C or C++, a
/// function or macro of the C library or of POSIX, main, a name that the
/// standards keep for compilers, or one of kdsl's own.
bool isReservedCName(llvm::StringRef name);

/// Whether an argument or a struct member may not have this name: a keyword, a
/// type that the header uses, or a macro that common headers define.
bool isReservedCArgument(llvm::StringRef name);

/// The names of one program.
struct CNames {
  std::string function; ///< the plain call; all globals begin with it
  std::vector<std::string> sizes;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;

  std::string argsType() const { return function + "_args"; }
  std::string fullCall() const { return function + "_ex"; }
  std::string workspace() const { return function + "_workspace"; }
  std::string kernel() const { return function + "_kernel"; }
  /// The full call on one instruction set, "conv_x86_64_v4".
  std::string variant(llvm::StringRef target) const;
};

CNames computeCNames(const CheckedProgram &program, const Options &options);

/// Reports programs whose C names are reserved or collide with one another.
///
/// \param targets the variants that the object will have, "x86-64-v4".
void checkCNames(const CheckedFile &file, const Options &options,
                 llvm::ArrayRef<std::string> targets, DiagnosticEngine &diags);

} // namespace kdslc

#endif // KDSLC_OUTPUT_CNAMES_H
