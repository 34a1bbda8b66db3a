//===- MathCases.h - the elementary functions, their truth and bounds -----===//

#ifndef KDSLC_TEST_UNIT_MATH_MATHCASES_H
#define KDSLC_TEST_UNIT_MATH_MATHCASES_H

#include "Wide.h"
#include "compiler/reference/Accuracy.h"
#include <optional>
#include <string>
#include <vector>

namespace kdslc_test {

/// One function in three precisions. Those of double and long double tell the
/// error of f32 and of f64 to a hundredth of an ulp; only results that may be
/// the worst go to the third, whose arithmetic is that of software.
struct Truth {
  double (*ofSingle)(double, double);
  long double (*ofDouble)(long double, long double);
  Wide (*exact)(Wide, Wide);
};

struct MathCase {
  std::string name; ///< without the dialect
  int arity;
  std::optional<kdslc::Function> function; ///< that the language has for it
  Truth truth;
  double low, high;       ///< a part of the samples is drawn evenly from here
  double farLow, farHigh; ///< and another part from here, in f64

  /// The operation on %x and %y.
  std::string operation() const {
    std::string dialect = name == "lgamma" ? "kdsl." : "math.";
    return dialect + name + (arity == 2 ? " %x, %y" : " %x");
  }
  /// The promise of the language, in units in the last place.
  double bound() const {
    return function ? kdslc::reference::statedUlps(*function) : 2;
  }
  /// The largest magnitude of an argument for which the promise holds.
  template <typename T> double limit() const;
  /// Results below the normal range may be 0.
  bool flushes() const { return name == "exp2"; }
};

const std::vector<MathCase> &mathCases();
/// The row of this name.
const MathCase &mathCase(const std::string &name);

/// Arguments of a case: even in its ranges, with random bits, near the ends of
/// its domain; for two arguments also pairs whose results are of moderate size.
template <typename T> struct Samples {
  std::vector<T> x, y;
  T second(size_t i) const { return y.empty() ? T(0) : y[i]; }
};
template <typename T>
Samples<T> drawSamples(const MathCase &c, size_t count, unsigned seed);

/// A NaN that carries data, as R's missing value does.
template <typename T> T nanWithPayload() {
  return T(sizeof(T) == 4 ? __builtin_nanf("0x7a3") : __builtin_nan("0x7a3"));
}

/// All special values as arguments of a case, or all pairs of them.
template <typename T> Samples<T> specialSamples(const MathCase &c);

struct Worst {
  double ulp = 0;
  double x = 0, y = 0, got = 0, truth = 0;
};

/// The error of one result in units in the last place of the exact one, at
/// least those of the smallest normal number; infinite where the class (NaN,
/// infinity, sign) is wrong.
template <typename T> double exactError(const MathCase &c, T x, T y, T got);

/// The exact results, or nearly so, for `measure`. They are those of the
/// language: rsqrt(-0) is +inf.
template <typename T>
std::vector<long double> truthOf(const MathCase &c, const Samples<T> &samples);

/// The largest error of `got` over the samples.
template <typename T>
Worst measure(const MathCase &c, const Samples<T> &samples,
              const std::vector<long double> &truth, const std::vector<T> &got);

} // namespace kdslc_test

#endif // KDSLC_TEST_UNIT_MATH_MATHCASES_H
