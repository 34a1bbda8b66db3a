//===- PtxKernel.h - one elementary function as PTX -----------------------===//
//
// Takes the way of every GPU kernel from scalars to PTX (expansion, conversion,
// LLVM) for a kernel that applies one operation in each thread, and runs it in
// the interpreter of test/ptx.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_UNIT_MATH_PTXKERNEL_H
#define KDSLC_TEST_UNIT_MATH_PTXKERNEL_H

#include "test/ptx/Ptx.h"
#include <memory>
#include <string>
#include <vector>

namespace kdslc_test {

class PtxKernel {
public:
  /// \param operation  as for MathKernel, with lines of others before it.
  /// \param element    "f32" or "f64".
  PtxKernel(const std::string &operation, const std::string &element,
            const std::string &isa = "sm_80");

  /// Applies the operation to all elements; y may be empty.
  template <typename T>
  std::vector<T> operator()(std::vector<T> x, std::vector<T> y = {}) const {
    size_t size = x.size(), padded = (size + block - 1) / block * block;
    x.resize(padded, T(1));
    y.resize(padded, T(1));
    std::vector<T> out(padded);
    launch(x.data(), y.data(), out.data(), padded, sizeof(T));
    out.resize(size);
    return out;
  }

  const std::string &text() const { return ptx; }

private:
  static constexpr size_t block = 128; ///< threads

  void launch(void *x, void *y, void *out, size_t count, size_t bytes) const;

  std::string ptx;
  std::unique_ptr<kdslc::ptx::Module> module;
};

} // namespace kdslc_test

#endif // KDSLC_TEST_UNIT_MATH_PTXKERNEL_H
