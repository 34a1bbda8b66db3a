//===- Term.h - expressions of random programs ----------------------------===//

#ifndef KDSLC_TEST_FUZZ_TERM_H
#define KDSLC_TEST_FUZZ_TERM_H

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace kdslc::fuzz {

enum class Kind { Real, Integer, Truth, Ranges };

/// A number (0, 0), a vector (n, 0) or a matrix.
struct Shape {
  int rows = 0, columns = 0;
  int count() const { return (rows ? rows : 1) * (columns ? columns : 1); }
  bool isNumber() const { return rows == 0; }
  bool operator==(const Shape &o) const {
    return rows == o.rows && columns == o.columns;
  }
};

/// Where the values of ordinary inputs lead: functions stay inside of their
/// domains and away from overflow, so that the reference can say something.
struct Interval {
  double low = 0, high = 0;
  double size() const;
  bool within(const Interval &o) const {
    return low >= o.low && high <= o.high;
  }
};
Interval hull(const Interval &a, const Interval &b);

struct Term;
using TermPtr = std::shared_ptr<const Term>;

struct Term {
  std::string form; ///< text with %0, %1, .. for the operands
  std::vector<TermPtr> args;
  Kind kind = Kind::Real;
  Shape shape;
  Interval range;
  /// Indices that subscript an input or a let: their axis can be told.
  std::set<std::string> subscripts;
  bool reduces = false; ///< holds a reduction

  std::string text() const;
  /// How many terms there are, this one included.
  int count() const;
};

/// A term over `args`; subscripts and reductions are theirs.
TermPtr apply(std::string form, std::vector<TermPtr> args, Kind kind,
              Shape shape, Interval range);

/// A constant, as the language writes it.
std::string literal(double value);
TermPtr constant(double value);
TermPtr whole(int value);

} // namespace kdslc::fuzz

#endif // KDSLC_TEST_FUZZ_TERM_H
