//===- Compare.h - results against what was recorded ----------------------===//

#ifndef KDSL_TEST_REPLAY_COMPARE_H
#define KDSL_TEST_REPLAY_COMPARE_H

#include "kdsl/kdsl.h"
#include "test/replay/CaseFile.h"

namespace replay {

struct Verdict {
  std::string wrong; ///< the first wrong element and how many are; or empty
  int64_t compared = 0;
  int64_t unpredictable = 0; ///< left out
};

/// Compares a dense output; throws std::runtime_error when the records end.
Verdict compare(const kdsl_arg &output, int64_t elements, const char *got,
                const CaseFile &file, const Expected &expected);

/// One element as text, with all its digits.
std::string elementText(const kdsl_arg &output, const char *at);

/// "a[12]" or, if rows have several elements, "a[12][0]".
std::string elementName(const kdsl_arg &output, int64_t at);

} // namespace replay

#endif // KDSL_TEST_REPLAY_COMPARE_H
