//===- Report.cpp - what kdsl-run says about programs and results ---------===//

#include "Report.h"
#include "Call.h"
#include "llvm/ADT/ArrayRef.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>

using namespace kdslrun;
using llvm::StringRef;

/// "[M] f32[3]" as in the source.
static std::string declaredType(const kdsl_kernel &kernel,
                                const kdsl_arg &arg) {
  std::string axes, dims;
  for (int32_t k = 0; k < arg.n_axes; ++k)
    axes += fmt::format("{}{}", k ? ", " : "", kernel.sizes[arg.axes[k]]);
  for (int32_t k = 0; k < arg.n_dims; ++k)
    dims += fmt::format("{}{}", k ? ", " : "", dimText(kernel, arg, k));
  return fmt::format("{}{}{}", axes.empty() ? "" : "[" + axes + "] ",
                     typeName(kdsl_type(arg.type)),
                     dims.empty() ? "" : "[" + dims + "]");
}

/// " = 1, 2, 3" of a feature size that `specialize` lists.
static std::string compiledValues(const kdsl_kernel &kernel, uint32_t axis) {
  if (!kernel.fixed || kernel.fixed[axis] < 0)
    return "";
  std::vector<int64_t> values;
  for (uint32_t b = 0; b < kernel.n_bodies; ++b)
    if (int64_t value = kernel.bodies[b]->fixed[axis];
        std::find(values.begin(), values.end(), value) == values.end())
      values.push_back(value);
  return fmt::format(" = {}", fmt::join(values, ", "));
}

std::string kdslrun::describe(const kdsl_kernel &kernel) {
  std::string text = fmt::format("program {}\n", kernel.name);
  if (*kernel.doc)
    text += fmt::format("  {}\n", kernel.doc);
  for (uint32_t k = 0; k < kernel.n_sizes; ++k)
    text += fmt::format("  size    {}{}\n", kernel.sizes[k],
                        compiledValues(kernel, k));
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    text += fmt::format(
        "  {} {}: {}{}{}{}\n", arg.is_output ? "output " : "input  ", arg.name,
        declaredType(kernel, arg),
        arg.label_bound ? fmt::format(", labels below {}", arg.label_bound) : "",
        *arg.doc ? "  -- " : "", arg.doc);
  }
  for (uint32_t k = 0; k < kernel.n_variants; ++k)
    text += fmt::format("  variant {}\n", kernel.variants[k].target);
  for (uint32_t k = 0; kernel.device && k < kernel.device->n_images; ++k)
    text += fmt::format("  variant {} ({})\n", kernel.device->images[k].target,
                        kernel.device->images[k].kind == KDSL_PTX ? "PTX"
                                                                  : "cubin");
  if (*kernel.source)
    text +=
        fmt::format("  source\n{}\n", StringRef(kernel.source).rtrim().str());
  return text;
}

static std::string elementText(const Array &array, int64_t k) {
  return isFloatType(array.type) ? fmt::format("{:.7g}", array.at(k))
                                 : fmt::format("{}", array.integerAt(k));
}

/// "[4, 1]": the index of element `k`.
static std::string placeText(const Array &array, int64_t k) {
  std::vector<int64_t> index(array.shape.size());
  for (size_t d = index.size(); d-- > 0;) {
    index[d] = k % array.shape[d];
    k /= array.shape[d];
  }
  return shapeText(index);
}

std::string kdslrun::summarize(StringRef name, const Array &array) {
  constexpr int64_t shownElements = 6;
  std::string text = fmt::format("{}: {}", name.str(), typeName(array.type));
  if (array.shape.empty())
    return text + " = " + elementText(array, 0) + "\n";
  text += " " + shapeText(array.shape);
  double least = std::numeric_limits<double>::infinity(), most = -least;
  double sum = 0;
  int64_t nans = 0;
  const int64_t count = array.count();
  for (int64_t k = 0; k < count; ++k) {
    const double value = array.at(k);
    nans += value != value;
    least = std::fmin(least, value);
    most = std::fmax(most, value);
    sum += value;
  }
  if (count > nans)
    text += fmt::format("  min {:.7g}  max {:.7g}", least, most);
  if (count > 0)
    text += fmt::format("  mean {:.7g}", sum / double(count));
  if (nans)
    text += fmt::format("  {} NaN", nans);
  text += "\n ";
  for (int64_t k = 0; k < std::min(count, shownElements); ++k)
    text += " " + elementText(array, k);
  return text + (count > shownElements ? " ...\n" : "\n");
}

/// The distance that counts: 0 for equal classes, infinite for unequal ones.
static double distance(double got, double expected) {
  if (got == expected || (got != got && expected != expected))
    return 0;
  const double difference = std::fabs(got - expected);
  return difference == difference ? difference
                                  : std::numeric_limits<double>::infinity();
}

Comparison kdslrun::compare(StringRef name, const Array &got,
                            const Array &expected, double rtol, double atol) {
  Comparison result;
  if (got.count() != expected.count()) {
    result.text =
        fmt::format("{}: shape {}, but the reference has {}", name.str(),
                    shapeText(got.shape), shapeText(expected.shape));
    return result;
  }
  const bool isExact = !isFloatType(got.type);
  int64_t worst = -1, wrong = 0;
  double worstExcess = 0, largest = 0;
  for (int64_t k = 0, end = got.count(); k < end; ++k) {
    const double off = distance(got.at(k), expected.at(k));
    const double scale = std::fabs(expected.at(k));
    const double allowed =
        isExact ? 0 : atol + (std::isfinite(scale) ? rtol * scale : 0);
    largest = std::max(largest, off);
    if (off <= allowed)
      continue;
    ++wrong;
    if (worst < 0 || off - allowed > worstExcess) {
      worst = k;
      worstExcess = off - allowed;
    }
  }
  result.matches = wrong == 0;
  if (result.matches)
    result.text = fmt::format("{}: matches, largest difference {:.3g}",
                              name.str(), largest);
  else
    result.text = fmt::format(
        "{}: {} of {} elements differ, worst at {}: got {}, expected {} "
        "(difference {:.3g}{})",
        name.str(), wrong, got.count(), placeText(got, worst),
        elementText(got, worst), elementText(expected, worst),
        distance(got.at(worst), expected.at(worst)),
        isExact ? "" : fmt::format(", rtol {:g}, atol {:g}", rtol, atol));
  return result;
}
