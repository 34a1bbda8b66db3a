//===- Accuracy.cpp - how far each compiled operation may be off ----------===//

#include "compiler/reference/Accuracy.h"
#include <algorithm>
#include <cmath>
#include <set>
#include <string>

namespace kdslc::reference {

double statedUlps(Function function) {
  switch (function) {
  // Exact: a choice, a change of sign, a whole number, a bool.
  case Function::Neg:
  case Function::Lt:
  case Function::Le:
  case Function::Gt:
  case Function::Ge:
  case Function::Eq:
  case Function::Ne:
  case Function::And:
  case Function::Or:
  case Function::Not:
  case Function::Abs:
  case Function::Sign:
  case Function::Step:
  case Function::Relu:
  case Function::Floor:
  case Function::Ceil:
  case Function::Round:
  case Function::Idiv:
  case Function::Clamp:
  case Function::Min:
  case Function::Max:
  case Function::Select:
  case Function::FeatureMin:
  case Function::FeatureMax:
  case Function::FeatureArgMin:
  case Function::FeatureArgMax:
  case Function::FeatureAny:
  case Function::FeatureAll:
  case Function::Transpose:
  case Function::OneHot:
  case Function::Zeros:
  case Function::Lookup:
    return 0;

  // Correctly rounded.
  case Function::Add:
  case Function::Sub:
  case Function::Mul:
  case Function::MatMul:
  case Function::Dot:
  case Function::SqDist:
  case Function::Norm:
  case Function::SqNorm:
  case Function::FeatureSum:
  case Function::FeatureProd:
  case Function::Outer:
  case Function::Trace:
  case Function::Kron:
    return 0.5;

  // By an estimate and a step, where the divider is busy (ShareDivider.cpp).
  case Function::Sqrt:
    return 0.8;

  // A divisor that is the same for all pairs becomes one reciprocal; others have one
  // by an estimate, where the divider is busy, whose last step leaves 1/8 u in f64, or
  // come from a division of two (JoinQuotients.cpp), whose last product is a sum's.
  case Function::Div:
    return 1.1;

  case Function::Mod:
  case Function::FeatureMean:
    return 1;

  // Elementary functions, on every target. The largest errors that were found
  // are in targets/math/ExpandMath.h.
  case Function::Exp:
  case Function::Exp2:
  case Function::Expm1:
  case Function::Log:
  case Function::Log2:
  case Function::Log1p:
  case Function::Rsqrt:
  case Function::Asin:
  case Function::Acos:
  case Function::Atan:
  case Function::Atan2:
  case Function::Cosh:
  case Function::Asinh:
  case Function::Erf:
  case Function::Pow:
    return 2;

  // The remainder of the angle is rounded twice.
  case Function::Sin:
  case Function::Cos:
    return 2.5;

  // xlogx is a function and one more operation.
  case Function::XLogX:
  case Function::Sinh:
  case Function::Tanh:
  case Function::Acosh:
  case Function::Atanh:
  case Function::Lgamma:
    return 3;

  case Function::Tan:
  case Function::Sinc:
  case Function::Normalize:
  case Function::Partial:
  case Function::Divergence:
  case Function::Laplacian:
    return 4;

  case Function::Erfc:
    return 5;
  }
  llvm_unreachable("unknown function");
}

double powerUlps(double exponent) {
  bool isRoot = std::fabs(exponent) <= longestRootPower &&
                std::fabs(std::remainder(2 * exponent, 2)) == 1;
  return isRoot ? (std::fabs(exponent) + 4) / 2 : statedUlps(Function::Pow);
}

double Precision::expUlps(Elem elem) const {
  // The polynomials of `exp = fast` are one or two degrees shorter.
  if (fastExp)
    return elem == Elem::F64 ? 130 : 40;
  return statedUlps(Function::Exp);
}

/// What the blocks for `target` say of a key, else those for all targets.
static llvm::StringRef wordFor(const CheckedProgram &program,
                               llvm::StringRef target, llvm::StringRef key,
                               llvm::StringRef otherwise) {
  llvm::StringRef word = otherwise;
  for (llvm::StringRef named : {llvm::StringRef(), target})
    for (const CheckedSchedule &schedule : program.schedules)
      for (const CheckedSchedule::Setting &setting : schedule.settings)
        if (schedule.target == named && setting.key == key)
          word = setting.word;
  return word;
}

Precision precisionOf(const CheckedProgram &program) {
  // The targets that have blocks of their own, and any other one.
  std::set<std::string> targets = {"any other"};
  for (const CheckedSchedule &schedule : program.schedules)
    targets.insert(schedule.target);
  Precision precision;
  for (llvm::StringRef target : targets) {
    precision.fastExp |=
        wordFor(program, target, "exp", "accurate") == "fast";
    precision.expandedForm |=
        wordFor(program, target, "form", "auto") == "expanded";
    llvm::StringRef sums =
        wordFor(program, target, "accumulate", "blocked");
    auto raise = [](double &units, bool isBlocked) {
      units = std::max(units, isBlocked ? rowSumUnits : 2);
    };
    raise(precision.singleSums, sums == "blocked");
    raise(precision.doubleSums, sums != "compensated"); // nothing is wider
  }
  return precision;
}

} // namespace kdslc::reference
