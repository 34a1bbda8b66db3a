//===- Rows.h - where the rows of an array are ----------------------------===//

#ifndef KDSL_TEST_REPLAY_ROWS_H
#define KDSL_TEST_REPLAY_ROWS_H

#include "kdsl/kdsl.h"
#include <vector>

namespace replay {

/// Rows with a gap behind each of them and behind all rows of an inner axis;
/// nothing behind the last row.
class Rows {
public:
  /// \param sizes     of the call.
  /// \param gap       in elements, as everything here; 0: packed.
  /// \param outerGap  behind all rows of an inner axis.
  Rows(const kdsl_arg &arg, const int64_t *sizes, int64_t gap, int64_t outerGap)
      : length(arg.row_elems), ofAxis(size_t(arg.n_axes)),
        extents(size_t(arg.n_axes)) {
    int64_t inner = length;
    for (size_t k = ofAxis.size(); k-- > 0;) {
      ofAxis[k] = inner + (k + 1 < ofAxis.size() ? outerGap : gap);
      extents[k] = sizes[arg.axes[k]];
      inner = extents[k] * ofAxis[k];
      number *= extents[k];
    }
  }

  int64_t count() const { return number; }
  /// One an axis, as the args struct takes them.
  const std::vector<int64_t> &strides() const { return ofAxis; }

  int64_t begin(int64_t row) const {
    int64_t at = 0;
    for (size_t k = ofAxis.size(); k-- > 0; row /= extents[k])
      at += row % extents[k] * ofAxis[k];
    return at;
  }
  int64_t end(int64_t row) const { return begin(row) + length; }
  /// Of all.
  int64_t elements() const { return number ? end(number - 1) : 0; }

private:
  int64_t length, number = 1;
  std::vector<int64_t> ofAxis, extents;
};

} // namespace replay

#endif // KDSL_TEST_REPLAY_ROWS_H
