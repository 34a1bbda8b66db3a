//===- Compare.h - a compiled result against the reference ----------------===//

#ifndef KDSLC_REFERENCE_COMPARE_H
#define KDSLC_REFERENCE_COMPARE_H

#include "compiler/reference/Interpreter.h"

namespace kdslc::reference {

/// The outcome of one output; places are those of the worst element.
struct Comparison {
  bool pass = true;
  /// Largest |got - reference| / bound; infinite where a NaN, an infinity, an
  /// exact value or an index is wrong.
  double worstRatio = 0;
  /// Largest |got - reference| in units of the reference's last place; of real
  /// types, where both are finite.
  double worstUlps = 0;
  int64_t row = -1, element = -1; ///< -1: nothing was compared
  double got = 0, reference = 0, bound = 0;
  int64_t compared = 0;
  int64_t unpredictable = 0; ///< left out: no bound is known
  /// One sentence for a person, for instance
  /// "a[12][0]: got 1.5, reference 1.25 within 1e-06 (250000 times the bound)".
  std::string text;
};

/// Compares the rows that the reference has.
///
/// \param got the whole output array, dense, row-major, elements of
///            reference.elem; null only when there is nothing to compare.
Comparison compareOutput(const OutputData &reference, const void *got);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_COMPARE_H
