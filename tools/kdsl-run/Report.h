//===- Report.h - what kdsl-run says about programs and results -----------===//

#ifndef KDSL_RUN_REPORT_H
#define KDSL_RUN_REPORT_H

#include "Array.h"
#include "llvm/ADT/StringRef.h"

namespace kdslrun {

/// The declaration of a program: sizes, inputs, outputs, types, variants.
std::string describe(const kdsl_kernel &kernel);

/// A few lines about one output: shape, range, mean and the first rows.
std::string summarize(llvm::StringRef name, const Array &array);

/// How an output differs from its reference.
struct Comparison {
  bool matches = false;
  std::string text; ///< one line: the worst place, or why shapes differ
};

/// Compares element by element: |got - expected| <= atol + rtol |expected|.
/// NaN equals NaN, an infinity equals itself, integers are compared exactly.
Comparison compare(llvm::StringRef name, const Array &got,
                   const Array &expected, double rtol, double atol);

} // namespace kdslrun

#endif // KDSL_RUN_REPORT_H
