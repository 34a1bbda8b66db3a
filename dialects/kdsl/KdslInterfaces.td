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
    They see numbers only; a vector-valued body has one state per component,
    and the components know nothing of each other: `foldGroup`, `merge`.

    A reduction whose components have something in common (the weights of a
    softmax, the threshold of a list) has shared values (`getNumShared`) and
    shared parts, one copy for a row. It folds and merges all components at
    once, through `Components`: `foldShared`, `mergeShared`.
  }];

  let methods = [
    InterfaceMethod<"How many values a pair yields to this reduction",
      "unsigned", "getNumValues", (ins), [{}], [{ return 1; }]>,
    InterfaceMethod<[{How many of them, the first ones, are numbers that all
      components have in common}],
      "unsigned", "getNumShared", (ins), [{}], [{ return 0; }]>,
    InterfaceMethod<"The components of a state over values of these types",
      "int64_t", "getWidth", (ins "::mlir::TypeRange":$values), [{}],
      [{ return ::kdsl::featureCount(values.front()); }]>,
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
    InterfaceMethod<[{Whether a projection is one number, of the shared parts,
      and not one for each component}],
      "bool", "isShared", (ins "::llvm::StringRef":$projection),
      [{}], [{ (void)projection; return false; }]>,
    InterfaceMethod<"The element types of the shared parts of a state",
      "::llvm::SmallVector<::mlir::Type>", "getSharedElements",
      (ins "::mlir::TypeRange":$elements), [{}],
      [{ (void)elements; return {}; }]>,
    InterfaceMethod<"The shared parts of no pair at all",
      "::llvm::SmallVector<::mlir::Value>", "initShared",
      (ins "::kdsl::Lanes &":$lanes, "::mlir::TypeRange":$elements), [{}],
      [{ (void)lanes; (void)elements; return {}; }]>,
    InterfaceMethod<"The element types of the parts of a component",
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
           "::llvm::ArrayRef<::kdsl::RowGroup>":$groups), [{}], [{
        (void)lanes; (void)states; (void)groups;
        llvm_unreachable("folds all components at once");
      }]>,
    InterfaceMethod<[{The same for all components at once: `groups` hold the
      shared values, `components` gives the others.}],
      "void", "foldShared",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::kdsl::RowState>":$shared,
           "::llvm::ArrayRef<::kdsl::RowGroup>":$groups,
           "::kdsl::Components &":$components), [{}], [{
        (void)lanes; (void)shared; (void)groups; (void)components;
        llvm_unreachable("folds each component by itself");
      }]>,
    InterfaceMethod<"Whether the ends of blocks of pairs mean anything",
      "bool", "hasBlocks", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{Called after every block of pairs (32 by default): a sum
      moves its inner accumulator to the compensated outer one.}],
      "void", "closeBlock",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::mlir::Value>":$state),
      [{}], [{ (void)lanes; (void)state; }]>,
    InterfaceMethod<"The same for the shared parts of several rows i, before it",
      "void", "closeShared",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::kdsl::RowState>":$shared,
           "::kdsl::Components &":$components),
      [{}], [{ (void)lanes; (void)shared; (void)components; }]>,
    InterfaceMethod<[{Whether values enter by `Components::enter` where states lie
      by row.}],
      "bool", "mayLieByRow", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{Lets the values of pairs enter such a state whose masks, which
      all have, are set (see Components::enter).}],
      "void", "enterByRow",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::kdsl::RowState>":$shared,
           "::llvm::ArrayRef<::kdsl::RowGroup>":$offers,
           "::kdsl::Components &":$components),
      [{}], [{ (void)lanes; (void)shared; (void)offers; (void)components; }]>,
    InterfaceMethod<"Takes what such a reduction has left (see Components::leave)",
      "void", "takeLeft",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::kdsl::RowState>":$shared,
           "::kdsl::Components &":$components),
      [{}], [{ (void)lanes; (void)shared; (void)components; }]>,
    InterfaceMethod<[{Whether a few blocks may be gathered, each by less work than
      closing one, before the state is closed.}],
      "bool", "gathersBlocks", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{Ends a block of folds before others that are closed together
      with it: a sum adds its inner accumulator to the rest of the compensated
      one, which a closing takes in.}],
      "void", "gatherBlock",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::mlir::Value>":$state),
      [{}], [{ (void)lanes; (void)state; }]>,
    InterfaceMethod<"The same for the shared parts of several rows i, before it",
      "void", "gatherShared",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::kdsl::RowState>":$shared),
      [{}], [{ (void)lanes; (void)shared; }]>,
    InterfaceMethod<[{A cheaper reduction of the first value whose state over some
      of the rows j says which values cannot come into the result; null if there
      is none.}],
      "::mlir::Attribute", "getBound", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<[{The shared parts of no pair at all, for a state that will
      take, among others, the rows of a state of `getBound`, whose last component
      has the parts `bound`. Pairs that cannot be a result may be left out.}],
      "::llvm::SmallVector<::mlir::Value>", "initBounded",
      (ins "::kdsl::Lanes &":$lanes, "::mlir::TypeRange":$elements,
           "::llvm::ArrayRef<::mlir::Value>":$bound), [{}], [{
        (void)lanes; (void)elements; (void)bound;
        llvm_unreachable("has no bound");
      }]>,
    InterfaceMethod<[{Whether only folds read a part of a component, or one that is
      shared: states that are closed, and wait to be merged, are kept without it,
      and come back with what `init` has there.}],
      "bool", "isOfFolds",
      (ins "::mlir::TypeRange":$elements, "unsigned":$part, "bool":$shared),
      [{}], [{ (void)elements; (void)part; (void)shared; return false; }]>,
    InterfaceMethod<[{Whether a state tells which numbers cannot change it
      (see getThreshold).}],
      "bool", "hasThreshold", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{A float that is no number below it, nor NaN, does not change
      the state; NaN: any may. `state`: the shared parts, or where there are none
      those of the only component; unless told otherwise it is the first of them.}],
      "::mlir::Value", "getThreshold",
      (ins "::kdsl::Lanes &":$lanes, "::llvm::ArrayRef<::mlir::Value>":$state),
      [{}], [{ (void)lanes; return state.front(); }]>,
    InterfaceMethod<[{Takes in the state of later rows j. Both states are closed
      (see closeBlock).}],
      "void", "merge",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::mlir::Value>":$into,
           "::llvm::ArrayRef<::mlir::Value>":$from), [{}], [{
        (void)lanes; (void)into; (void)from;
        llvm_unreachable("merges all components at once");
      }]>,
    InterfaceMethod<[{The same for the states of several rows i with all their
      components; `other` gives those of the later rows j.}],
      "void", "mergeShared",
      (ins "::kdsl::Lanes &":$lanes,
           "::llvm::MutableArrayRef<::kdsl::RowState>":$into,
           "::llvm::ArrayRef<::kdsl::RowState>":$from,
           "::kdsl::Components &":$components,
           "::kdsl::OtherComponent":$other), [{}], [{
        (void)lanes; (void)into; (void)from; (void)components; (void)other;
        llvm_unreachable("merges each component by itself");
      }]>,
    InterfaceMethod<[{The result of a closed state: the shared parts, then those
      of the component, which a shared projection has not.}],
      "::mlir::Value", "finish",
      (ins "::kdsl::Lanes &":$lanes, "::llvm::ArrayRef<::mlir::Value>":$state,
           "::llvm::StringRef":$projection)>,
    InterfaceMethod<[{The type of the number of row j that the fold reads; null
      if it reads none.}],
      "::mlir::IntegerType", "getIndexType", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<[{The projection of this reduction's state that is the
      projection `theirs` of `other` over the same values, or over the first of
      them; nothing if this state does not hold it. So argmin serves min, and
      both run on one state.}],
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
    InterfaceMethod<"The same for what a pair costs once for all components",
      "double", "getSharedCost", (ins), [{}], [{ return 0.0; }]>,
    InterfaceMethod<[{Exponentials among them for each pair, of seven operations
      each; of as many components as have that cost.}],
      "double", "getExponentials", (ins), [{}], [{ return 0.0; }]>,
  ];
}

#endif // KDSL_INTERFACES_TD
