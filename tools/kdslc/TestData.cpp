//===- TestData.cpp - inputs and expectations of tests --------------------===//

#include "TestData.h"
#include "Ranges.h"
#include "Values.h"
#include "compiler/reference/InputReader.h"
#include <cmath>
#include <cstring>
#include <fmt/format.h>

using namespace kdslc;
using kdslrun::Array;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

static Array arrayOf(const kdsl_arg &arg, const std::vector<int64_t> &sizes) {
  std::vector<int64_t> shape;
  for (int32_t k = 0; k < arg.n_axes; ++k)
    shape.push_back(sizes[size_t(arg.axes[k])]);
  shape.insert(shape.end(), arg.dims, arg.dims + arg.n_dims);
  return Array(kdsl_type(arg.type), shape);
}

static Array givenArray(const kdsl_arg &arg, const std::vector<int64_t> &sizes,
                        const TestNumbers &numbers) {
  Array array = arrayOf(arg, sizes);
  for (size_t k = 0; k < numbers.size(); ++k) {
    // A double does not hold every i64.
    int64_t whole = arg.type == KDSL_I64 ? int64_t(numbers[k]) : 0;
    if (arg.type == KDSL_I64)
      std::memcpy(&array.bytes[k * sizeof(whole)], &whole, sizeof(whole));
    else
      array.set(int64_t(k), double(numbers[k]));
  }
  return array;
}

/// Rows between -1 and 1; parameters, which may be divisors and scales,
/// between 0.5 and 1.5; whole numbers from 0 to 9, labels from those there are.
static Array randomArray(const kdsl_arg &arg, const std::vector<int64_t> &sizes,
                         uint64_t seed) {
  kdslrun::Value recipe;
  recipe.kind = kdslrun::Value::Random;
  recipe.seed = seed;
  Array array = kdslrun::makeArray(recipe, kdsl_type(arg.type),
                                   arrayOf(arg, sizes).shape, arg.label_bound);
  if (kdslrun::isFloatType(array.type))
    for (int64_t k = 0, end = array.count(); k < end; ++k)
      array.set(k, arg.n_axes ? 2 * array.at(k) - 1 : array.at(k) + 0.5);
  return array;
}

/// Slices [i begin, i end, j begin, j end], given or drawn.
static llvm::Expected<Array> rangesOf(const kdsl_arg &arg,
                                      const CheckedTest &test,
                                      const TestNumbers &numbers) {
  const int64_t rows = test.sizes[size_t(arg.axes[0])];
  if (test.isRandom)
    return kdslrun::makeRanges(
        arg.name,
        kdslrun::sampleSlices(rows, test.sizes[size_t(arg.axes[1])]), rows);
  Array slices(KDSL_I64, {int64_t(numbers.size() / 4), 4});
  for (size_t k = 0; k < numbers.size(); ++k)
    slices.set(int64_t(k), double(numbers[k]));
  return kdslrun::makeRanges(arg.name, slices, rows);
}

llvm::Expected<std::vector<Array>>
kdslc::makeInputs(const CheckedTest &test, const kdsl_kernel &kernel,
                  uint64_t seed) {
  std::vector<Array> inputs;
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (arg.is_output)
      continue;
    if (arg.type != KDSL_RANGES) {
      inputs.push_back(test.isRandom
                           ? randomArray(arg, test.sizes, (seed << 32) + k)
                           : givenArray(arg, test.sizes, test.inputs[k]));
      continue;
    }
    auto ranges = rangesOf(arg, test, test.inputs[k]);
    if (!ranges)
      return ranges.takeError();
    inputs.push_back(std::move(*ranges));
  }
  return inputs;
}

//===----------------------------------------------------------------------===//
// Expectations
//===----------------------------------------------------------------------===//

/// What is wrong with an element that should be `expected`; "" if it is right.
static std::string differs(reference::Real got, reference::Real expected,
                           double tolerance, bool isWhole) {
  bool same = got == expected || (std::isnan(got) && std::isnan(expected)) ||
              std::fabs(got - expected) <= tolerance;
  if (same)
    return {};
  // Of whole numbers every digit counts.
  auto words = [&](reference::Real number) {
    return isWhole && std::isfinite(number)
               ? fmt::format("{:.0f}", number)
               : fmt::format("{:.9g}", double(number));
  };
  std::string text =
      fmt::format("got {}, expected {}", words(got), words(expected));
  return tolerance ? fmt::format("{} within {:.3g}", text, tolerance) : text;
}

std::string kdslc::checkExpectation(const CheckedTest::Expectation &expectation,
                                    const reference::OutputData &reference,
                                    const Array &array) {
  auto place = [&](int64_t at) {
    std::string text =
        fmt::format("{}[{}]", reference.name, at / reference.rowElements);
    return reference.rowElements > 1
               ? fmt::format("{}[{}]", text, at % reference.rowElements)
               : text;
  };
  auto check = [&](int64_t at, double tolerance) -> std::string {
    std::string wrong = differs(
        reference::readElement(array.bytes.data(), reference.elem, at),
        expectation.values[size_t(at)], tolerance, !isFloat(reference.elem));
    return wrong.empty() ? wrong : place(at) + ": " + wrong;
  };
  if (expectation.within) {
    for (size_t k = 0; k < expectation.values.size(); ++k)
      if (auto wrong = check(int64_t(k), *expectation.within); !wrong.empty())
        return wrong;
    return {};
  }
  const double unit = reference::storageFormat(reference.elem).unit;
  for (size_t k = 0; k < reference.values.size(); ++k) {
    int64_t row = reference.rows[k / size_t(reference.rowElements)];
    int64_t at =
        row * reference.rowElements + int64_t(k) % reference.rowElements;
    const reference::Value &value = reference.values[k];
    bool isIndex = !reference.choices.empty();
    if (!isIndex && !value.isPredictable())
      return place(at) + ": nothing bounds the error here; write 'within'";
    double tolerance =
        isIndex ? 0 : value.e + unit * std::fabs(double(value.v));
    if (auto wrong = check(at, std::isfinite(tolerance) ? tolerance : 0);
        !wrong.empty())
      return wrong;
  }
  return {};
}
