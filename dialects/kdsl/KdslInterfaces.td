//===- KdslInterfaces.td - what a reduction is ----------------------------===//

#ifndef KDSL_INTERFACES_TD
#define KDSL_INTERFACES_TD

include "mlir/IR/OpBase.td"

def ReductionAttrInterface : AttrInterface<"ReductionAttrInterface"> {
  let cppNamespace = "::kdsl";
  let description = [{
    A reduction over the rows j of a symbolic matrix, seen from one row i: a
    state that starts at `init`, takes values by `foldGroup`, takes other states
    by `merge`, and becomes results by `finish`. A new reduction is a new
    attribute with this interface and edits no pass.

    The methods that build code do so through `Lanes`, which stands for one row
    i whatever a lane is on the target: an element of a vector or a thread.
    They see numbers only; a vector-valued body has one state per component.
  }];

  let methods = [
    InterfaceMethod<"How many values a pair yields to this reduction",
      "unsigned", "getNumValues", (ins), [{}], [{ return 1; }]>,
    InterfaceMethod<"Checks the element types of the values of a pair; returns "
                    "what was expected, or nothing when they are right",
      "std::optional<std::string>", "checkValues",
      (ins "::mlir::TypeRange":$elements)>,
    InterfaceMethod<"The results that this reduction can give: value, index, ...",
      "::llvm::SmallVector<::llvm::StringRef>", "getProjections", (ins),
      [{}], [{ return {"value"}; }]>,
    InterfaceMethod<"The element type of a projection",
      "::mlir::Type", "getResultElement",
      (ins "::llvm::StringRef":$projection, "::mlir::TypeRange":$elements),
      [{}], [{ return elements.front(); }]>,
    InterfaceMethod<"The element types of the state's parts",
      "::llvm::SmallVector<::mlir::Type>", "getStateElements",
      (ins "::mlir::TypeRange":$elements)>,
    InterfaceMethod<"The state of no pair at all",
      "::llvm::SmallVector<::mlir::Value>", "init",
      (ins "::kdsl::Lanes &":$lanes, "::mlir::TypeRange":$elements)>,
    InterfaceMethod<[{Folds groups of consecutive pairs into the states of several
      rows i at once, groups[r] into states[r]. Written step by step over all
      rows and pairs, so that independent work stands side by side. The result
      of a row does not depend on the other rows, nor on how pairs are grouped,
      except by rounding.}],
      "void", "foldGroup",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::kdsl::RowState>":$states,
           "::llvm::ArrayRef<::kdsl::RowGroup>":$groups)>,
    InterfaceMethod<[{Called after every block of pairs (32 by default): a sum
      moves its inner accumulator to the compensated outer one.}],
      "void", "closeBlock",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::mlir::Value>":$state),
      [{}], [{ (void)lanes; (void)state; }]>,
    InterfaceMethod<[{Takes in the state of later rows j. Both states are closed
      (see closeBlock).}],
      "void", "merge",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::mlir::Value>":$into,
           "::llvm::ArrayRef<::mlir::Value>":$from)>,
    InterfaceMethod<"The result of a closed state",
      "::mlir::Value", "finish",
      (ins "::kdsl::Lanes &":$lanes, "::llvm::ArrayRef<::mlir::Value>":$state,
           "::llvm::StringRef":$projection)>,
    InterfaceMethod<[{The type of the number of row j that the fold reads; null
      if it reads none.}],
      "::mlir::IntegerType", "getIndexType", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<[{The projection of this reduction's state that is the
      projection `theirs` of `other` over the same values; nothing if this state
      does not hold it. So argmin serves min, and both run on one state.}],
      "std::optional<::llvm::StringRef>", "serves",
      (ins "::mlir::Attribute":$other, "::llvm::StringRef":$theirs),
      [{}], [{
        if (other == ::mlir::Attribute($_attr))
          return theirs;
        return std::nullopt;
      }]>,
    InterfaceMethod<[{Vector operations that folding one value and its share of
      group and block work costs: what the cost model counts.}],
      "double", "getFoldCost", (ins), [{}], [{ return 1.0; }]>,
  ];
}

#endif // KDSL_INTERFACES_TD
