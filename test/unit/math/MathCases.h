//===- MathCases.h - the elementary functions, their truth and bounds -----===//

#ifndef KDSLC_TEST_UNIT_MATH_MATHCASES_H
#define KDSLC_TEST_UNIT_MATH_MATHCASES_H

#include <string>
#include <vector>

namespace kdslc_test {

struct MathCase {
  std::string name; ///< without "math."
  int arity;
  double (*truthF)(double, double);
  long double (*truthD)(long double, long double);
  double ulpF, ulpD;     ///< the bounds of ExpandMath.h
  double low, high;      ///< half of the samples are drawn evenly from here
  double limitF, limitD; ///< largest magnitude of an argument
  bool flushes;          ///< results below the normal range may be 0

  /// The operation on %x and %y.
  std::string operation() const {
    return "math." + name + (arity == 2 ? " %x, %y" : " %x");
  }
};

const std::vector<MathCase> &mathCases();
/// The row of this name.
const MathCase &mathCase(const std::string &name);

/// Arguments of a case: half of them even in [low, high], half with random
/// bits; for two arguments also pairs whose results are of moderate size.
template <typename T> struct Samples { std::vector<T> x, y; };
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

/// The largest error of `got` over the samples, infinite where the class of a
/// result (NaN, infinity, sign) is wrong.
template <typename T>
Worst measure(const MathCase &c, const Samples<T> &samples,
              const std::vector<long double> &truth, const std::vector<T> &got);

/// The exact results, as the language has them: rsqrt(-0) is +inf.
template <typename T>
std::vector<long double> truthOf(const MathCase &c, const Samples<T> &samples);

} // namespace kdslc_test

#endif // KDSLC_TEST_UNIT_MATH_MATHCASES_H
