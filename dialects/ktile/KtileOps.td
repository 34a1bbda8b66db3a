//===- KtileOps.td - types and operations of the ktile dialect ------------===//

#ifndef KTILE_OPS_TD
#define KTILE_OPS_TD

include "dialects/ktile/KtileDialect.td"
include "dialects/kdsl/KdslAttrs.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Dialect/Vector/IR/VectorAttributes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/LoopLikeInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def StateType : TypeDef<KtileDialect, "State"> {
  let mnemonic = "state";
  let summary = "The state of a reduction for one row i";
  let description = [{
    `width` components, each a state of `reduction` over values with the given
    element types. Example: `!ktile.state<#kdsl.sum, 3 x f32>`.
  }];
  let parameters = (ins "::mlir::Attribute":$reduction, "int64_t":$width,
                        ArrayRefParameter<"::mlir::Type">:$elements);
  let assemblyFormat = "`<` $reduction `,` $width `of` $elements `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    ::kdsl::ReductionAttrInterface getInterface() const {
      return ::llvm::cast<::kdsl::ReductionAttrInterface>(getReduction());
    }
  }];
}

class KtileOp<string keyword, list<Trait> traits = []>
    : Op<KtileDialect, keyword, traits>;

/// An operation with a body; its arguments print as i, j, d, e and states s.
class KtileBodyOp<string keyword, list<Trait> traits = []>
    : KtileOp<keyword, traits # [
        SingleBlock, DeclareOpInterfaceMethods<OpAsmOpInterface, [
          "getAsmBlockArgumentNames"]>]> {
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
}

def GridOp : KtileBodyOp<"grid", [RecursiveMemoryEffects]> {
  let summary = "A parallel loop over the rows i of the kept axes";
  let description = [{
    The body computes one row, from loads, sweeps and numbers, and gives each
    result by a `ktile.put` for every feature. Rows are independent; a tile
    has `schedule.rows * schedule.lanes` rows of the last axis, at one point of
    the axes before it, the batch. Without axes it is one row.

    Example: test/tile/ktile-tile-reductions.mlir.
  }];
  let arguments = (ins StrArrayAttr:$axes, ScheduleAttr:$schedule);
  let results = (outs Variadic<RowsType>:$results);
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The index of the last axis, whose rows a tile has; null without axes.
    ::mlir::Value getTileRow() {
      auto indices = getBody().getArguments();
      return indices.empty() ? ::mlir::Value() : indices.back();
    }
    /// The indices of the axes before it.
    ::mlir::Block::BlockArgListType getBatch() {
      auto indices = getBody().getArguments();
      return indices.empty() ? indices : indices.drop_back();
    }
  }];
}

def SweepOp : KtileBodyOp<"sweep", [
    RecursiveMemoryEffects, AttrSizedOperandSegments, AllTypesMatch<["inits", "results"]>,
    DeclareOpInterfaceMethods<LoopLikeOpInterface, [
      "getInitsMutable", "getRegionIterArgs", "getYieldedValuesMutable",
      "getLoopResults"]>]> {
  let summary = "A sequential loop over rows j that carries states";
  let description = [{
    Rows `from` to `to` of the reduced axis, `group` at once; the states are
    closed after every `block` rows. `to - from` is a multiple of `group`
    (`ktile-peel-tails` sees to it: what remains is a sweep with group 1).

    `near(%below, %above, %begin, %end)`: row number i needs the rows numbered
    i - below to i + above, and begin to end - 1, only, since the masks of all
    folds leave out the others; the sweep of a tile begins and ends where its
    first and last row need it to. `in`:
    rows outside of the block-sparse set are not visited, and a row i takes the
    rows of its own block; such a sweep needs no multiple of its group.
    `first n of m`: of the rows that a tile, or a part of the rows j, would visit
    the first n only, in whole blocks, and none where there are fewer than m.
    `filtered`: pairs whose squared distance cannot change the state, the only one,
    may be left out; such a sweep needs no multiple of its group either.
    `ordered`: the same, of rows in an order of space, by cells of rows j; some pairs
    may have no mask.

    Example:
    ```mlir
    %s = ktile.sweep %j from %c0 to %n group 4 block 32 init(%a = %zero)
        : (!ktile.state<#kdsl.sum, 1 of f32>) {
      %b = ktile.load %y[%j] : !kdsl.rows<[N], f32>
      %a1 = ktile.fold %a { ktile.yield %b : f32 } : !ktile.state<#kdsl.sum, 1 of f32>
      ktile.yield %a1 : !ktile.state<#kdsl.sum, 1 of f32>
    }
    ```
  }];
  let arguments = (ins Index:$from, Index:$to, Variadic<I64>:$band,
                       Optional<RangesType>:$ranges,
                       OptionalAttr<I64Attr>:$first, OptionalAttr<I64Attr>:$of,
                       UnitAttr:$filtered, UnitAttr:$ordered,
                       I64Attr:$group, I64Attr:$block,
                       Variadic<StateType>:$inits);
  let results = (outs Variadic<StateType>:$results);
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::BlockArgument getRow() { return getBody().getArgument(0); }
  }];
}

def InitOp : KtileOp<"init", [Pure]> {
  let summary = "The state of no pair at all";
  let results = (outs StateType:$state);
  let assemblyFormat = "attr-dict `:` type($state)";
}

def BoundOp : KtileOp<"bound", [Pure]> {
  let summary = "The state of no pair at all that leaves out what is bounded";
  let description = [{
    A state for a sweep over, among others, the rows that `bound` has seen, which
    is a state of the reduction's bound.

    Example: `%s = ktile.bound %b : !ktile.state<#kdsl.kmin_bound<9>, 9 of f32>
    to !ktile.state<#kdsl.kmin<9>, 9 of f32>`.
  }];
  let arguments = (ins StateType:$bound);
  let results = (outs StateType:$state);
  let assemblyFormat = "$bound attr-dict `:` type($bound) `to` type($state)";
  let hasVerifier = 1;
}

def LoadOp : KtileOp<"load", [Pure, AttrSizedOperandSegments]> {
  let summary = "One number of a row";
  let description = [{
    Feature `feature` (0 for rows of numbers) of the row at `indices`, one for
    each axis. Arrays are constant while a grid runs, so a load has no effect.

    Example: `%a = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>`.
  }];
  let arguments = (ins RowsType:$rows, Variadic<Index>:$indices,
                       Optional<Index>:$feature);
  let results = (outs AnyType:$value);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$rows,
                                 "::mlir::ValueRange":$indices,
                                 "::mlir::Value":$feature)>];
}

def GatherOp : KtileOp<"gather", [Pure, AttrSizedOperandSegments]> {
  let summary = "One number of a row that each row i chooses for itself";
  let description = [{
    Feature `feature` of the row with this number, counted from the caller's
    base of the reduced rows; 0 if there is no such row. The number is that of
    `axes`; all others take their index, of the batch or of the tile.

    Example: `%a = ktile.gather %y[%n, %d] : !kdsl.rows<[N], vector<3xf32>> -> f32`.
  }];
  let arguments = (ins RowsType:$rows, I64:$number, Variadic<Index>:$indices,
                       Optional<Index>:$feature,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0}">:$axes);
  let results = (outs AnyType:$value);
  let assemblyFormat = "$rows `[` $number (`,` $feature^)? `]` "
                       "(`axes` $axes^)? (`others` `(` $indices^ `)`)? attr-dict "
                       "`:` type($rows) `->` type($value)";
  let hasVerifier = 1;
}

def ContractOp : KtileBodyOp<"contract", [RecursiveMemoryEffects, Pure]> {
  let summary = "A fold over the features of a formula of one feature";
  let description = [{
    Combines what the body gives for feature 0, 1, .. `size` - 1, starting from
    `init`: squared distances, dot products, norms, sums of features.

    Example:
    ```mlir
    %q = ktile.contract add %d in 3 from %zero : f32 {
      %a = ktile.load %x[%i, %d] : !kdsl.rows<[M], vector<3xf32>>
      %b = ktile.load %y[%j, %d] : !kdsl.rows<[N], vector<3xf32>>
      %p = arith.mulf %a, %b : f32
      ktile.yield %p : f32
    }
    ```
  }];
  let arguments = (ins Vector_CombiningKindAttr:$kind, I64Attr:$size,
                       AnyType:$init);
  let results = (outs AnyType:$result);
  let hasVerifier = 1;
}

def FoldOp : KtileBodyOp<"fold", [RecursiveMemoryEffects,
                                  AllTypesMatch<["state", "result"]>]> {
  let summary = "Folds the values of a pair into a state";
  let description = [{
    The body gives the values for one component of the state; its argument is
    the component's number, and it runs once for each. A pair whose `mask` is
    false takes no part. `turned`, in a grid with a halved schedule, gives the
    values of the pair (j, i) in the same way, for the state of row j.

    Example:
    ```mlir
    %a1 = ktile.fold %a for %e : !ktile.state<#kdsl.sum, 1 of f32> {
      %v = arith.mulf %k, %bj : f32
      ktile.yield %v : f32
    } turned %e {
      %v = arith.mulf %k, %bi : f32
      ktile.yield %v : f32
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body, AnyRegion:$turned);
  let arguments = (ins StateType:$state, Optional<I1>:$mask);
  let results = (outs StateType:$result);
  let hasVerifier = 1;
}

def FinishOp : KtileOp<"finish", [Pure]> {
  let summary = "A result of a state";
  let description = [{
    Example: `%a = ktile.finish value of %s[%e] : !ktile.state<...> -> f32`.
  }];
  let arguments = (ins StateType:$state, StrAttr:$projection,
                       Optional<Index>:$component);
  let results = (outs AnyType:$value);
  let hasCustomAssemblyFormat = 1;
}

def PutOp : KtileBodyOp<"put", [HasParent<"GridOp">]> {
  let summary = "Gives a result of the grid for the row at hand";
  let description = [{
    The body gives feature number `%e` of the row; it runs once for each.
    Example: `ktile.put 0 %e in 3 { ... ktile.yield %v : f32 }`.
  }];
  let arguments = (ins I64Attr:$result, I64Attr:$size);
}

def YieldOp : KtileOp<"yield", [Pure, Terminator]> {
  let summary = "Ends the body of a ktile operation";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ }]>];
}

#endif // KTILE_OPS_TD
