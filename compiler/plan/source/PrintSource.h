//===- PrintSource.h - a program of the dialect as source -----------------===//

#ifndef KDSLC_PLAN_SOURCE_PRINTSOURCE_H
#define KDSLC_PLAN_SOURCE_PRINTSOURCE_H

#include "dialects/kdsl/Kdsl.h"
#include "llvm/Support/Error.h"

namespace kdslc {

/// A program after `kdsl-differentiate` as a `program` of the language that
/// compiles to the same thing: the same reductions of the same formulas, which
/// later stages fuse again.
///
/// \param doc  a line that becomes the program's comment; may be empty.
/// Fails, with a message that names the operation, for what the language cannot
/// say.
llvm::Expected<std::string> printSource(kdsl::ProgramOp program,
                                        llvm::StringRef doc);

} // namespace kdslc

#endif // KDSLC_PLAN_SOURCE_PRINTSOURCE_H
