//===- Compare.cpp - a compiled result against the reference --------------===//

#include "compiler/reference/Compare.h"
#include "compiler/reference/InputReader.h"
#include "llvm/ADT/STLExtras.h"
#include <fmt/format.h>

namespace kdslc::reference {

static constexpr double wrong = std::numeric_limits<double>::infinity();

/// |got - reference| in units of the bound; `wrong` where they differ in kind.
static double ratioOf(Real got, const Value &reference) {
  if (std::isnan(reference.v) || std::isnan(got))
    return std::isnan(reference.v) && std::isnan(got) ? 0 : wrong;
  if (got == reference.v)
    return 0;
  if (std::isinf(reference.v) || std::isinf(got) || reference.isExact())
    return wrong;
  return static_cast<double>(std::fabs(got - reference.v) / reference.e);
}

/// |got - reference| in units of the last place that `elem` has there.
static double ulpsOf(Real got, Real reference, Elem elem) {
  const Format &format = storageFormat(elem);
  if (!format.rounds || !std::isfinite(got) || !std::isfinite(reference))
    return 0;
  Real size = std::max(std::fabs(reference), format.smallest);
  return static_cast<double>(
      std::fabs(got - reference) /
      std::ldexp(2 * static_cast<Real>(format.unit), std::ilogb(size)));
}

static double ratioOfIndex(Real got, const Choices &choices) {
  return llvm::is_contained(choices, static_cast<int64_t>(got)) ? 0 : wrong;
}

/// "1.25 within 1e-06", or the allowed row numbers.
static std::string expectation(const OutputData &reference, size_t at) {
  const Value &value = reference.values[at];
  if (reference.choices.empty() || reference.choices[at].size() == 1)
    return fmt::format("reference {:.9g} within {:.3g}", double(value.v),
                       value.e);
  constexpr size_t shown = 4;
  const Choices &choices = reference.choices[at];
  std::string text = "reference one of rows";
  for (size_t k = 0; k < std::min(shown, choices.size()); ++k)
    text += fmt::format("{} {}", k ? "," : "", choices[k]);
  return choices.size() > shown
             ? text + fmt::format(" and {} more", choices.size() - shown)
             : text;
}

static std::string describe(const OutputData &reference,
                            const Comparison &worst, size_t at) {
  std::string place = fmt::format("{}[{}]", reference.name, worst.row);
  if (reference.rowElements > 1)
    place += fmt::format("[{}]", worst.element);
  std::string text = fmt::format("{}: got {:.9g}, {}", place, worst.got,
                                 expectation(reference, at));
  if (std::isfinite(worst.worstRatio))
    text += fmt::format(" ({:.3g} times the bound)", worst.worstRatio);
  return text;
}

Comparison compareOutput(const OutputData &reference, const void *got) {
  Comparison result;
  size_t worstAt = 0;
  for (size_t at = 0; at < reference.values.size(); ++at) {
    const Value &value = reference.values[at];
    int64_t row = reference.rows[at / reference.rowElements];
    int64_t element = at % reference.rowElements;
    Real computed =
        readElement(got, reference.elem, row * reference.rowElements + element);
    bool isIndex = !reference.choices.empty();
    if (!isIndex && !value.isPredictable()) {
      ++result.unpredictable;
      continue;
    }
    result.worstUlps = std::max(
        result.worstUlps, ulpsOf(computed, value.v, reference.elem));
    double ratio = isIndex ? ratioOfIndex(computed, reference.choices[at])
                           : ratioOf(computed, value);
    if (result.compared++ != 0 && ratio <= result.worstRatio)
      continue;
    result.worstRatio = ratio;
    result.row = row;
    result.element = element;
    result.got = static_cast<double>(computed);
    result.reference = static_cast<double>(value.v);
    result.bound = value.e;
    worstAt = at;
  }
  result.pass = result.worstRatio <= 1;
  result.text = result.compared == 0
                    ? fmt::format("{}: nothing to compare", reference.name)
                    : describe(reference, result, worstAt);
  return result;
}

} // namespace kdslc::reference
