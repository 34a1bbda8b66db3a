//===- ScalarFunctions.h - functions of numbers, with error bounds --------===//
//
// One number at a time. The error of an operand is carried through a function
// by evaluating it at both ends of the operand's interval [v - e, v + e]: that
// is the derivative where there is one, and also right at kinks, jumps and the
// edges of domains.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_SCALARFUNCTIONS_H
#define KDSLC_REFERENCE_SCALARFUNCTIONS_H

#include "compiler/reference/Value.h"
#include "llvm/ADT/ArrayRef.h"

namespace kdslc::reference {

/// Applies an elementwise function to one number of each operand. `elem` is
/// the type of the result. Pow takes applyPower for a whole exponent.
Value applyScalar(Function function, llvm::ArrayRef<Value> args, Elem elem);

/// base^exponent by repeated multiplication; elem is the type of both base and
/// result.
Value applyPower(const Value &base, int64_t exponent, Elem elem);

/// A number converted from one element type to another. Reals become integers
/// by truncation.
Value convert(Value value, Elem from, Elem to);

/// The parts that functions of vectors are made of.
Value add(const Value &a, const Value &b, Elem elem);
Value subtract(const Value &a, const Value &b, Elem elem);
Value multiply(const Value &a, const Value &b, Elem elem);
Value divide(const Value &a, const Value &b, Elem elem);
Value lesser(Value a, Value b);
Value greater(Value a, Value b);

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_SCALARFUNCTIONS_H
