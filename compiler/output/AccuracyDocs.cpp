//===- AccuracyDocs.cpp - the promised accuracy of a program, in words ----===//
//
// The same promise that the reference interpreter holds compiled code to: its
// table of operations (reference/Accuracy.h), its constants for sums.
//
//===----------------------------------------------------------------------===//

#include "compiler/output/HeaderDocs.h"
#include "compiler/reference/Accuracy.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>
#include <map>
#include <set>

namespace kdslc {

namespace {
/// What an output's value is made of.
struct Ingredients {
  std::set<Reduction> reductions;
  std::set<Function> functions;
  bool isFloat = false; ///< some step computes in reals
  size_t indices = 1;   ///< that one reduction runs over, at most
};
} // namespace

/// Walks the expression without recursion: chains may be very long.
static Ingredients ingredientsOf(const Expr *root) {
  Ingredients found;
  llvm::DenseSet<const Expr *> seen;
  std::vector<const Expr *> stack = {root};
  while (!stack.empty()) {
    const Expr *expr = stack.back();
    stack.pop_back();
    if (!expr || !seen.insert(expr).second)
      continue;
    found.isFloat |= isFloat(expr->type.elem);
    if (expr->kind == ExprKind::Reduce) {
      found.reductions.insert(expr->reduction);
      found.indices = std::max<size_t>(found.indices, expr->subscripts.size());
    }
    if (expr->kind == ExprKind::Apply)
      found.functions.insert(expr->function);
    llvm::append_range(stack, expr->args);
    stack.push_back(expr->where);
  }
  return found;
}

/// The bound of a reduction whose terms t have the errors e.
static std::string reductionBound(Reduction reduction,
                                  const reference::Precision &precision,
                                  Elem elem) {
  std::string sum = fmt::format("{:g} u sum|t| + sum e", precision.sumUnits(elem));
  switch (reduction) {
  case Reduction::Sum:
    return sum;
  case Reduction::Mean:
    return fmt::format("({}) / n + 2 u |result|, n the number of rows", sum);
  case Reduction::Prod:
    return "|result| (n u + sum e/|t|), n the number of rows";
  case Reduction::Min:
  case Reduction::Max:
  case Reduction::KMin:
  case Reduction::KMax:
    return "the largest e among the values in reach; nothing is rounded";
  case Reduction::ArgMin:
  case Reduction::ArgMax:
  case Reduction::ArgKMin:
  case Reduction::ArgKMax:
    return "the row of a value that is in its place within e";
  case Reduction::LogSumExp:
    return fmt::format("sum p (e + {:g} u + {:g} u (|t| + |m|)) + {:g} u + 4 u "
                       "(|log S| + 6) + u |result|, with m the largest t, S "
                       "the sum of exp(t - m) and p = exp(t - m) / S",
                       2 * precision.expUlps(elem), reference::argumentFactor,
                       reference::rowSumUnits);
  case Reduction::SoftmaxSum:
    return fmt::format("sum p |g - result| (e + {:g} u + {:g} u (|t| + |m|)) + "
                       "{:g} u (sum p|g| + |result|), with m the largest t and "
                       "p = exp(t - m) / sum exp(t - m)",
                       2 * precision.expUlps(elem), reference::argumentFactor,
                       reference::rowSumUnits);
  case Reduction::Any:
  case Reduction::All:
  case Reduction::Count:
    return "exact, unless a compared pair differs by less than its error";
  }
  llvm_unreachable("unknown reduction");
}

/// What `form` may write otherwise, of a difference x - y.
static bool isDistance(Function function) {
  return function == Function::SqDist || function == Function::SqNorm ||
         function == Function::Norm || function == Function::Dot;
}

/// "`exp` 2 ulp + 2|x|u".
static std::string operationText(Function function,
                                 const reference::Precision &precision,
                                 Elem elem) {
  // In code quotes, for an operator at the start of a line makes a list.
  std::string name = "`" + functionName(function).str() + "`";
  double ulps = reference::statedUlps(function);
  switch (function) {
  case Function::Exp:
  case Function::Exp2:
    return fmt::format("{} {:g} ulp + {:g}|x|u", name, precision.expUlps(elem),
                       reference::argumentFactor);
  case Function::Pow:
    return fmt::format("{} {:g} ulp, or (|n| - 1)/2 ulp for a whole constant n, "
                       "(|n| + 4)/2 ulp for n = 1/2, 3/2 .. {:g}/2 or -n",
                       name, ulps, 2 * reference::longestRootPower);
  case Function::Mod:
    return fmt::format("{} {:g} ulp + (|x| + |y|)u, and y off where x/y is "
                       "within its rounding of a whole number",
                       name, ulps);
  case Function::Sub:
    name += fmt::format(" {:g} ulp", ulps);
    if (precision.expandedForm)
      name += fmt::format(", in a sum of w (x - y) {:g} u (|x - c| + |y - c|)",
                          precision.sumUnits(elem) + 2);
    return name;
  case Function::Sin:
  case Function::Cos:
  case Function::Tan:
    return fmt::format("{} {:g} ulp for |x| <= {:g}", name, ulps,
                       reference::circleLimit);
  case Function::Lgamma:
    if (elem != Elem::F64)
      return fmt::format("{} {:g} ulp", name, ulps);
    return fmt::format("{} {:g} ulp, for x < 0 those of the largest of 1, "
                       "|lgamma(x)| and lgamma(-x)",
                       name, ulps);
  case Function::SqDist:
  case Function::Norm:
  case Function::SqNorm:
  case Function::Dot:
  case Function::FeatureSum:
  case Function::FeatureMean:
  case Function::MatMul:
  case Function::Trace:
    name += " u for each of its operations, one after another";
    if (precision.expandedForm && isDistance(function))
      name += ", of x - y those of |x - c|^2 + |y - c|^2 - 2 (x - c).(y - c), c "
              "the mean of the rows y; in an exponent each of the three meets "
              "what multiplies them, and what is added is one more";
    if (function == Function::Norm)
      name += fmt::format(", and {:g} ulp for the root",
                          reference::statedUlps(Function::Sqrt));
    return name;
  default:
    return fmt::format("{} {:g} ulp", name, ulps);
  }
}

static std::string operationsText(const std::set<Function> &functions,
                                  const reference::Precision &precision,
                                  Elem elem) {
  std::vector<std::string> parts;
  for (Function function : functions)
    if (reference::statedUlps(function) != 0)
      parts.push_back(operationText(function, precision, elem));
  return llvm::join(parts, "; ");
}

static std::string unitText(Elem elem) {
  return elem == Elem::F64 ? "u = 2^-53 (f64)" : "u = 2^-24 (f32)";
}

static void writeOutput(CommentWriter &doc, const Output &output,
                        const std::string &cName,
                        const reference::Precision &precision, Elem elem) {
  Ingredients found = ingredientsOf(output.value);
  for (Reduction reduction : found.reductions)
    doc.paragraph("- " + cName + ", its " + reductionName(reduction).str() +
                      ": " + reductionBound(reduction, precision, elem),
                  2);
  if (found.indices > 1 && !found.reductions.empty())
    doc.paragraph("- " + cName + ", reductions over several indices: those u "
                                 "once for each index",
                  2);
  if (found.reductions.empty())
    doc.paragraph("- " + cName + ": the error of its operations", 2);
}

/// A derivative's own formula is the compiler's business; the promise is about
/// the chain rule, written out.
static void writeDerivedAccuracy(CommentWriter &doc,
                                 const CheckedProgram &program) {
  bool isDouble = llvm::any_of(program.outputs, [](const Output &output) {
    return output.type.elem == Elem::F64;
  });
  doc.paragraph(fmt::format(
      "Accuracy, with {}: an output of '{}' as its own header says; a "
      "derivative is off by at most {:g} times the error, to first order, that "
      "the operations of the chain rule and {:g} u sum|t| of its sums make, and "
      "{:g} u of the result more.",
      unitText(isDouble ? Elem::F64 : Elem::F32),
      program.derivation->base->name, reference::derivativeFactor,
      reference::rowSumUnits, reference::derivativeFactor));
  doc.paragraph(
      "Where a formula has a kink: |x|, sign, step, norm, sqrt and rsqrt have "
      "the derivative 0 at 0, relu has 1 there, clamp has 1 on its bounds; min "
      "and max pass it to the one that was taken, the first of equals.");
}

void writeAccuracy(CommentWriter &doc, const CheckedProgram &program,
                   const CNames &names) {
  if (program.derivation)
    return writeDerivedAccuracy(doc, program);
  std::set<Function> functions;
  bool isReal = false, isDouble = false;
  for (const Output &output : program.outputs) {
    Ingredients found = ingredientsOf(output.value);
    functions.insert(found.functions.begin(), found.functions.end());
    isReal |= found.isFloat;
    isDouble |= output.type.elem == Elem::F64;
  }
  for (const Input &input : program.inputs)
    isDouble |= input.type.elem == Elem::F64;
  if (!isReal) {
    doc.paragraph("Accuracy: exact, all values are integers or bools.");
    return;
  }
  Elem elem = isDouble ? Elem::F64 : Elem::F32;
  const reference::Precision precision = reference::precisionOf(program);
  doc.paragraph(
      "Accuracy, to first order, with " + unitText(elem) +
      ", t the value of a row and e its error; |result - exact| is at most");
  for (auto [output, cName] : llvm::zip(program.outputs, names.outputs))
    writeOutput(doc, output, cName, precision, elem);
  std::string operations = operationsText(functions, precision, elem);
  if (!operations.empty())
    doc.paragraph("Operations add their own rounding, where an ulp is 2u of the "
                  "result, and carry the errors of their operands: " +
                  operations + ".");
}

} // namespace kdslc
