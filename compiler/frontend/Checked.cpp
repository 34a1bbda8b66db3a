//===- Checked.cpp - names of what Checked.h declares ---------------------===//

#include "compiler/frontend/Checked.h"

using namespace kdslc;

llvm::StringRef kdslc::elemName(Elem elem) {
  switch (elem) {
  case Elem::Bool:
    return "bool";
  case Elem::I32:
    return "i32";
  case Elem::I64:
    return "i64";
  case Elem::F16:
    return "f16";
  case Elem::BF16:
    return "bf16";
  case Elem::F32:
    return "f32";
  case Elem::F64:
    return "f64";
  }
  return "";
}

llvm::StringRef kdslc::functionName(Function function) {
  switch (function) {
#define KDSL_FUNCTION(ENUM, NAME, ARITY, RULE, DOC)                            \
  case Function::ENUM:                                                         \
    return NAME;
#include "compiler/frontend/Builtins.def"
  }
  return "";
}

llvm::StringRef kdslc::modeName(Derivation::Mode mode) {
  return mode == Derivation::Grad  ? "grad"
         : mode == Derivation::Vjp ? "vjp"
                                   : "jvp";
}

llvm::StringRef kdslc::reductionName(Reduction reduction) {
  switch (reduction) {
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC)                    \
  case Reduction::ENUM:                                                        \
    return NAME;
#include "compiler/frontend/Builtins.def"
  }
  return "";
}

std::string CheckedProgram::symbol() const {
  std::string text = name;
  for (const Axis &axis : axes)
    if (axis.fixed >= 0)
      text += "$" + axis.name + std::to_string(axis.fixed);
  return text;
}
