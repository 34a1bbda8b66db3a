//===- InputReader.cpp - the interpreter's view of its inputs -------------===//

#include "compiler/reference/InputReader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

namespace kdslc::reference {

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Any alignment will do: files and test buffers are not aligned.
template <typename T> static Real loadAs(const void *data, int64_t at) {
  T value;
  std::memcpy(&value, static_cast<const char *>(data) + at * sizeof(T),
              sizeof(T));
  return value;
}

/// bf16 is the upper half of an f32.
static Real decodeUpperHalf(uint16_t bits) {
  return llvm::bit_cast<float>(uint32_t(bits) << 16);
}

/// f16, which as an f32 has 13 bits more behind the mantissa, and another bias.
static Real decodeHalf(uint16_t bits) {
  uint32_t exponent = bits >> 10 & 31, magnitude = bits & 0x7fff;
  uint32_t bias = exponent == 31 ? 2 * 112 : 112;
  Real v = exponent == 0 ? Real(magnitude) * 0x1p-24L
                         : Real(llvm::bit_cast<float>((magnitude << 13) +
                                                      (bias << 23)));
  return bits & 0x8000 ? -v : v;
}

Real readElement(const void *data, Elem elem, int64_t at) {
  switch (elem) {
  case Elem::Bool:
    return loadAs<uint8_t>(data, at) != 0;
  case Elem::I32:
    return loadAs<int32_t>(data, at);
  case Elem::I64:
    return loadAs<int64_t>(data, at);
  case Elem::F16:
    return decodeHalf(static_cast<uint16_t>(loadAs<uint16_t>(data, at)));
  case Elem::BF16:
    return decodeUpperHalf(static_cast<uint16_t>(loadAs<uint16_t>(data, at)));
  case Elem::F32:
    return loadAs<float>(data, at);
  case Elem::F64:
    return loadAs<double>(data, at);
  }
  llvm_unreachable("unknown element type");
}

void readInputRow(const CheckedProgram &program, const Request &request,
                  const Expr &node, llvm::ArrayRef<int64_t> rowOf,
                  Value *result) {
  const Input &input = program.inputs[node.input];
  const InputData &given = request.inputs[node.input];
  int64_t row = 0;
  for (auto [axis, index] : llvm::zip(input.axes, node.subscripts))
    row = row * request.sizes[axis] + rowOf[index];
  int64_t count = node.type.count();
  for (int64_t k = 0; k < count; ++k)
    result[k] = {readElement(given.data, given.elem, row * count + k), 0};
}

bool isWithin(const Ranges &ranges, int64_t i, int64_t j) {
  size_t block = llvm::upper_bound(ranges.rowEnd, i) - ranges.rowEnd.begin();
  if (block == ranges.rowEnd.size())
    return false;
  for (int64_t s = block ? ranges.sliceEnd[block - 1] : 0;
       s < ranges.sliceEnd[block]; ++s)
    if (ranges.jBegin[s] <= j && j < ranges.jEnd[s])
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static llvm::Error checkSizes(const CheckedProgram &program,
                              const Request &request) {
  if (request.sizes.size() != program.axes.size())
    return llvm::createStringError("'%s' has %zu row axes, got %zu sizes",
                                   program.name.c_str(), program.axes.size(),
                                   request.sizes.size());
  for (auto [axis, size] : llvm::zip(program.axes, request.sizes))
    if (size < 0)
      return llvm::createStringError("size '%s' is %lld, expected 0 or more",
                                     axis.name.c_str(),
                                     static_cast<long long>(size));
  return llvm::Error::success();
}

static llvm::Error checkInput(const CheckedProgram &program,
                              const Request &request, size_t k) {
  const Input &input = program.inputs[k];
  const InputData &given = request.inputs[k];
  if (input.isRanges)
    return given.ranges ? llvm::Error::success()
                        : llvm::createStringError("input '%s' has no ranges",
                                                  input.name.c_str());
  int64_t expected = input.type.count();
  for (AxisId axis : input.axes)
    if (llvm::MulOverflow(expected, request.sizes[axis], expected))
      return llvm::createStringError(
          "the sizes of input '%s' overflow their product", input.name.c_str());
  if (given.elements != expected)
    return llvm::createStringError(
        "input '%s' has %lld elements, expected %lld", input.name.c_str(),
        static_cast<long long>(given.elements),
        static_cast<long long>(expected));
  if (!given.data && expected != 0)
    return llvm::createStringError("input '%s' is null, expected %lld elements",
                                   input.name.c_str(),
                                   static_cast<long long>(expected));
  return llvm::Error::success();
}

static llvm::Error checkRows(const std::vector<int64_t> &rows) {
  for (size_t k = 0; k < rows.size(); ++k)
    if (rows[k] < 0 || (k > 0 && rows[k] <= rows[k - 1]))
      return llvm::createStringError(
          "row %lld at place %zu of the sample: rows are ascending, from 0",
          static_cast<long long>(rows[k]), k);
  return llvm::Error::success();
}

llvm::Error checkRequest(const CheckedProgram &program,
                         const Request &request) {
  if (llvm::Error error = checkSizes(program, request))
    return error;
  if (request.inputs.size() != program.inputs.size())
    return llvm::createStringError("'%s' has %zu inputs, got %zu",
                                   program.name.c_str(), program.inputs.size(),
                                   request.inputs.size());
  for (size_t k = 0; k < program.inputs.size(); ++k)
    if (llvm::Error error = checkInput(program, request, k))
      return error;
  return request.rows ? checkRows(*request.rows) : llvm::Error::success();
}

} // namespace kdslc::reference
