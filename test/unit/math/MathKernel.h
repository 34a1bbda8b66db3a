//===- MathKernel.h - one elementary function, compiled and loaded --------===//
//
// Takes the way of every kernel from vectors to machine code (expansion,
// conversion, LLVM, object file) for a loop that applies one operation, and
// loads the object into this process.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_UNIT_MATH_MATHKERNEL_H
#define KDSLC_TEST_UNIT_MATH_MATHKERNEL_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace llvm::orc {
class LLJIT;
}

namespace kdslc_test {

/// How the operation is compiled.
struct Shape {
  std::string isa; ///< "x86-64-v3"
  int lanes;       ///< 0: a scalar
};

/// Whether this machine can run the instruction set.
bool canRun(const std::string &isa);

class MathKernel {
public:
  /// \param operation  MLIR text of an operation on %x and, if it has two
  ///                   arguments, %y, without types: "math.powf %x, %y"; %n is
  ///                   %y as an integer, %three the constant integer.
  /// \param attributes of the operation, "{kdsl.bounded}", or nothing.
  /// \param element    "f32" or "f64".
  MathKernel(const std::string &operation, const std::string &element,
             const Shape &shape, const std::string &exp = "accurate",
             const std::string &attributes = "");
  ~MathKernel();

  /// Applies the operation to all elements; y may be empty.
  template <typename T>
  std::vector<T> operator()(std::vector<T> x, std::vector<T> y = {}) const {
    size_t size = x.size(), padded = (size + 63) / 64 * 64;
    y.resize(padded, T(1));
    x.resize(padded, T(1));
    std::vector<T> out(padded);
    entry(x.data(), y.data(), out.data(), int64_t(padded) / step);
    int64_t last = int64_t(padded) - step; // where steps do not divide the size
    entry(&x[last], &y[last], &out[last], 1);
    out.resize(size);
    return out;
  }

  /// The same for an operation of one argument, without copies; the size is a
  /// multiple of every number of lanes.
  template <typename T>
  void apply(const std::vector<T> &x, std::vector<T> &out) const {
    entry(x.data(), x.data(), out.data(), int64_t(x.size()) / step);
  }

  /// Names that the object needs from elsewhere.
  const std::vector<std::string> &undefinedSymbols() const { return undefined; }
  const std::string &object() const { return bytes; }

private:
  int64_t step;
  std::string bytes;
  std::vector<std::string> undefined;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  /// x, y, results, number of vectors.
  void (*entry)(const void *, const void *, void *, int64_t) = nullptr;
};

} // namespace kdslc_test

#endif // KDSLC_TEST_UNIT_MATH_MATHKERNEL_H
