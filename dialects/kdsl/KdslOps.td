//===- KdslOps.td - operations of the kdsl dialect ------------------------===//

#ifndef KDSL_OPS_TD
#define KDSL_OPS_TD

include "dialects/kdsl/KdslAttrs.td"
include "dialects/kdsl/KdslFeatureOps.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"

def ProgramOp : KdslOp<"program",
    [FunctionOpInterface, IsolatedFromAbove, Symbol,
     DeclareOpInterfaceMethods<OpAsmOpInterface,
                               ["getAsmBlockArgumentNames"]>]> {
  let summary = "One program: arrays of rows and parameters in, rows out";
  let description = [{
    Arguments of type `!kdsl.rows` are the arrays, all others the parameters.
    Each argument has its name in the attribute `kdsl.name`, each result too.
    Values that are not rows depend on the parameters alone.

    `target` is there from `planned` on: the program is then the variant for
    that instruction set.

    Lifespan: made by the frontend, replaced by a function of the target.

    Example:
    ```mlir
    kdsl.program @total(%b: !kdsl.rows<[N], f32> {kdsl.name = "b"})
        -> (!kdsl.rows<[], f32> {kdsl.name = "a"}) {
      %a = kdsl.reduce keep() over(%j in N) rows(%bj = %b[%j] : !kdsl.rows<[N], f32>)
          fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
        kdsl.yield %bj : f32
      }
      kdsl.return %a : !kdsl.rows<[], f32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$target,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    ::mlir::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::mlir::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    /// Row axes are visible symbols of the program only; a declaration has none.
    bool isDeclaration() { return false; }
  }];
}

def ReturnOp : KdslOp<"return", [Pure, Terminator, HasParent<"ProgramOp">]> {
  let summary = "The rows that a program gives";
  let arguments = (ins Variadic<RowsType>:$results);
  let assemblyFormat = "attr-dict ($results^ `:` type($results))?";
  let hasVerifier = 1;
}

def DeriveOp : KdslOp<"derive",
    [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The derivative of a program";
  let description = [{
    The operands are the inputs of the program, then a cotangent for each real
    output (vjp) or a tangent for each input of `wrt` (jvp). The results are the
    outputs (grad, jvp), then a cotangent for each input of `wrt` (grad, vjp) or
    a tangent for each real output (jvp).

    Lifespan: made by the frontend, removed by `kdsl-differentiate`.

    Example: the value and the gradient in the first input.
    ```mlir
    %e, %d_x = kdsl.derive grad @energy wrt [0] (%x, %s)
        : (!kdsl.rows<[N], f32>, f32)
        -> (!kdsl.rows<[], f32>, !kdsl.rows<[N], f32>)
    ```
  }];
  let arguments = (ins StrAttr:$mode, FlatSymbolRefAttr:$program,
                       DenseI64ArrayAttr:$wrt, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<RowsType>:$results);
  let hasCustomAssemblyFormat = 1;
}

def SizeOp : KdslOp<"size", [Pure]> {
  let summary = "The number of rows of an axis";
  let description = "Example: `%n = kdsl.size N`.";
  let arguments = (ins StrAttr:$axis);
  let results = (outs Index:$size);
  let hasCustomAssemblyFormat = 1;
}

def TurnedOp : KdslOp<"turned", [Pure]> {
  let summary = "A block-sparse set of pairs seen from its other axis";
  let description = [{
    The same pairs, with which rows i belong to each row j: for cotangents of the
    rows j of a reduction within the set. The runtime makes it of an input of the
    program, once for a call, in O(slices) where slices of different blocks share
    their ends.

    Example: `%t = kdsl.turned %r : !kdsl.ranges<M, N> to !kdsl.ranges<N, M>`.
  }];
  let arguments = (ins RangesType:$ranges);
  let results = (outs RangesType:$result);
  let assemblyFormat =
      "$ranges attr-dict `:` type($ranges) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

class PairOp<string keyword, list<Trait> traits = []>
    : KdslOp<keyword, traits # [
        RecursiveMemoryEffects, SingleBlock,
        DeclareOpInterfaceMethods<OpAsmOpInterface,
                                  ["getAsmBlockArgumentNames"]>]> {
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1; // what nobody reads goes
}

def ReduceOp : PairOp<"reduce", [AttrSizedOperandSegments]> {
  let summary = "Reductions of one symbolic matrix, in one pass over its pairs";
  let description = [{
    For each row i of the kept axes, folds the values that the region gives for
    the pair (i, j) over all rows j. The block has the indices (kept, then
    reduced), then the rows of the operands at those indices; parameters come
    from outside the region.

    `fold` lists the states, one for each different reduction; a result is a
    projection of a state, and two results may read one state. `kdsl.yield`
    gives the values of each state in order, and may keep the pair out of a
    state by `where`. With `within` only the pairs of a block-sparse set take
    part, in all states; its kept axis is the last one here.

    Lifespan: made by the frontend, merged by `kdsl-fuse-reductions`, removed by
    `ktile-tile-reductions`.

    Example: the nearest row and its distance, one state.
    ```mlir
    %d, %k = kdsl.reduce keep(%i in M) over(%j in N)
        rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
             %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
        fold(#kdsl.argmin<i32>)
        -> (value of 0 : !kdsl.rows<[M], f32>,
            index of 0 : !kdsl.rows<[M], i32>) {
      %q = kdsl.sqdist %xi, %yj : vector<3xf32>
      kdsl.yield %q : f32
    }
    ```
  }];
  let arguments = (ins Variadic<RowsType>:$rows, Optional<RangesType>:$ranges,
                       StrArrayAttr:$keep, StrArrayAttr:$over,
                       ArrayAttr:$subscripts, ArrayAttr:$states,
                       DenseI64ArrayAttr:$resultStates,
                       StrArrayAttr:$projections, StrArrayAttr:$names,
                       OptionalAttr<ScheduleAttr>:$schedule);
  let results = (outs Variadic<RowsType>:$results);
  let extraClassDeclaration = [{
    /// Positions among the indices (kept first) that subscript a row operand.
    ::llvm::ArrayRef<int64_t> getSubscript(unsigned operand);
    /// The first value that the pair yields to a state, and their number.
    ::mlir::OperandRange getValues(unsigned state);
    ReductionAttrInterface getState(unsigned state);
    YieldOp getYield();
    /// The values of the exchanged pair for a state; not without them.
    ::mlir::OperandRange getTurned(unsigned state);
    bool hasTurned();
    /// Takes them out, with all that only they need.
    void dropTurned();
  }];
}

def MapOp : PairOp<"map"> {
  let summary = "A formula of each row";
  let description = [{
    For each row i of the kept axes, the values that the region gives: the
    epilogue of a reduction, or a term that needs no pair.

    Lifespan: made by the frontend and `kdsl-hoist-terms`, removed by
    `ktile-tile-reductions`.

    Example:
    ```mlir
    %u = kdsl.map keep(%i in N) rows(%si = %s[%i] : !kdsl.rows<[N], f32>)
        -> (!kdsl.rows<[N], f32>) {
      %r = arith.mulf %si, %amp : f32
      kdsl.yield %r : f32
    }
    ```
  }];
  let arguments = (ins Variadic<RowsType>:$rows, StrArrayAttr:$keep,
                       ArrayAttr:$subscripts, StrArrayAttr:$names,
                       OptionalAttr<ScheduleAttr>:$schedule);
  let results = (outs Variadic<RowsType>:$results);
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<int64_t> getSubscript(unsigned operand);
    YieldOp getYield();
  }];
}

def YieldOp : KdslOp<"yield", [Pure, Terminator, AttrSizedOperandSegments,
                               ParentOneOf<["ReduceOp", "MapOp", "EachOp"]>]> {
  let summary = "The values of a pair or of a row";
  let description = [{
    In a reduce: the values of each state in order, then, where some pair is
    excluded from some state, one predicate for each state. `turned`, where it
    stands, has the values of the pair (j, i) in the same order: a sweep that
    meets each two rows once gives them to row j. Predicates beside them leave out
    pairs (i, i) alone.
  }];
  let arguments = (ins Variadic<AnyType>:$values, Variadic<I1>:$masks,
                       Variadic<AnyType>:$turned);
  let assemblyFormat =
      "attr-dict $values (`where` $masks^)? `:` type($values) "
      "(`turned` $turned^ `:` type($turned))?";
  let builders = [OpBuilder<(ins "::mlir::ValueRange":$values,
                                 "::mlir::ValueRange":$masks),
                            [{ build($_builder, $_state, values, masks, {}); }]>];
}

def SqDistOp : KdslOp<"sqdist", [Pure, Commutative, SameTypeOperands,
    TypesMatchWith<"the result is an element of the operands", "lhs", "result",
      "::llvm::cast<::mlir::VectorType>($_self).getElementType()">]> {
  let summary = "The squared Euclidean distance of two feature vectors";
  let description = "Example: `%q = kdsl.sqdist %x, %y : vector<3xf32>`.";
  let arguments = (ins FloatVector:$lhs, FloatVector:$rhs);
  let results = (outs AnyFloat:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
  let hasFolder = 1;
}

def DotOp : KdslOp<"dot", [Pure, Commutative, SameTypeOperands,
    TypesMatchWith<"the result is an element of the operands", "lhs", "result",
      "::llvm::cast<::mlir::VectorType>($_self).getElementType()">]> {
  let summary = "The inner product of two feature vectors";
  let description = "Example: `%q = kdsl.dot %x, %y : vector<3xf32>`.";
  let arguments = (ins FloatVector:$lhs, FloatVector:$rhs);
  let results = (outs AnyFloat:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
  let hasCanonicalizer = 1;
}

def LgammaOp : KdslOp<"lgamma", [Pure, SameOperandsAndResultType]> {
  let summary = "log|gamma(x)| of a number or of each feature";
  let description = [{
    The one elementary function that upstream's `math` lacks. It is +inf at 0,
    -1, -2 and so on. Example: `%q = kdsl.lgamma %x : f32`.
  }];
  let arguments = (ins AnyTypeOf<[AnyFloat, FloatFeatures]>:$operand);
  let results = (outs AnyTypeOf<[AnyFloat, FloatFeatures]>:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

def SincOp : KdslOp<"sinc", [Pure, SameOperandsAndResultType]> {
  let summary = "sin(x)/x of a number or of each feature, 1 at 0";
  let description = [{
    One operation, so that its derivative can be written without cancellation.

    Lifespan: made by the frontend, removed by `kdsl-differentiate`.

    Example: `%q = kdsl.sinc %x : f32`.
  }];
  let arguments = (ins AnyTypeOf<[AnyFloat, FloatFeatures]>:$operand);
  let results = (outs AnyTypeOf<[AnyFloat, FloatFeatures]>:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

def PartialOp : KdslOp<"partial", [Pure, AllTypesMatch<["in", "result"]>]> {
  let summary = "The derivative of a number in another value of the formula";
  let description = [{
    How the number changes with `in`, a row or a parameter, where all else that
    the formula reads stays. It does not depend on `in` through results of
    reductions.

    Lifespan: made by the frontend, removed by `kdsl-differentiate`.

    Example: `%g = kdsl.partial %k in %x : f32 in vector<3xf32>`.
  }];
  let arguments = (ins AnyFloat:$value,
                       AnyTypeOf<[AnyFloat, FloatFeatures]>:$in);
  let results = (outs AnyTypeOf<[AnyFloat, FloatFeatures]>:$result);
  let assemblyFormat =
      "$value `in` $in attr-dict `:` type($value) `in` type($in)";
}

def DivergenceOp : KdslOp<"divergence", [Pure, AllTypesMatch<["field", "in"]>,
    TypesMatchWith<"the result is an element of the field", "in", "result",
      "::kdsl::featureElement($_self)">]> {
  let summary = "The sum of the derivatives of each feature in its own one";
  let description = [{
    As `kdsl.partial`: sum over k of d field[k] / d in[k].

    Lifespan: made by the frontend, removed by `kdsl-differentiate`.

    Example: `%d = kdsl.divergence %g in %x : vector<3xf32>`.
  }];
  let arguments = (ins AnyTypeOf<[AnyFloat, FloatVector]>:$field,
                       AnyTypeOf<[AnyFloat, FloatVector]>:$in);
  let results = (outs AnyFloat:$result);
  let assemblyFormat = "$field `in` $in attr-dict `:` type($in)";
}

def RowNumberOp : KdslOp<"row_number", [Pure]> {
  let summary = "The number of a row, for arithmetic";
  let description = [{
    What `i` and `j` are in a formula: the index counted from the caller's
    `i_base` or `j_base`. Example: `%n = kdsl.row_number %j`.
  }];
  let arguments = (ins Index:$index);
  let results = (outs I64:$number);
  let assemblyFormat = "$index attr-dict";
}

def ContainsOp : KdslOp<"contains", [Pure]> {
  let summary = "Whether a block-sparse set holds a pair";
  let description = [{
    In a body: `j in R[i]` in a formula, and the cotangent of an array over the
    pairs of the set, all of whose elements are a result. A row is an index of the
    body, or an i64, the number of a row that was found (`kdsl.gather`). It costs
    a search among the slices of the block.

    Example: `%c = kdsl.contains %r[%i, %j] : <M, N>, index, index`.
  }];
  let arguments = (ins RangesType:$ranges, AnyTypeOf<[Index, I64]>:$kept,
                       AnyTypeOf<[Index, I64]>:$reduced);
  let results = (outs I1:$result);
  let assemblyFormat = "$ranges `[` $kept `,` $reduced `]` attr-dict `:` "
                       "type($ranges) `,` type($kept) `,` type($reduced)";
}

def GatherOp : KdslOp<"gather", [Pure,
    TypesMatchWith<"the result is a row of the operand", "rows", "row",
      "::llvm::cast<::kdsl::RowsType>($_self).getRow()">,
    PredOpTrait<"each axis takes the number or an index",
      CPred<"::llvm::cast<::kdsl::RowsType>($_op.getOperand(0).getType())"
            ".getAxes().size() == getIndices().size() + getAxes().size()">>]> {
  let summary = "The row that a reduction has found";
  let description = [{
    The row with this number, counted like `kdsl.row_number` of a reduced index;
    zeros if there is none, as for the -1 of an empty place. It stands in a
    `kdsl.map`: the value of `argmin[j](key, value)` is a formula of such rows.
    The number is that of `axes`; all others take their index.

    Example: `%v = kdsl.gather %y[%n] : !kdsl.rows<[N], vector<3xf32>>`, and of
    a row for each pair, `%w = kdsl.gather %w[%n] axes [1] others(%i) :
    !kdsl.rows<[M, N], f32>`.
  }];
  let arguments = (ins RowsType:$rows, I64:$number, Variadic<Index>:$indices,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0}">:$axes);
  let results = (outs AnyType:$row);
  let assemblyFormat = "$rows `[` $number `]` (`axes` $axes^)? "
                       "(`others` `(` $indices^ `)`)? attr-dict "
                       "`:` type($rows)";
}

def EachOp : KdslOp<"each", [RecursiveMemoryEffects, SingleBlock,
    DeclareOpInterfaceMethods<OpAsmOpInterface,
                              ["getAsmBlockArgumentNames"]>]> {
  let summary = "The same formula for several places, one after another";
  let description = [{
    Joins what the body gives for place 0, 1, .. `count` - 1, numbers or
    vectors of one size: the values at the rows of a list.

    Example:
    ```mlir
    %v = kdsl.each %k in 10 : vector<30xf32> {
      %n = vector.extract %rows[%k] : i64 from vector<10xi64>
      %y = kdsl.gather %ys[%n] : !kdsl.rows<[N], vector<3xf32>>
      kdsl.yield %y : vector<3xf32>
    }
    ```
  }];
  let arguments = (ins I64Attr:$count);
  let results = (outs FeatureVector:$result);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    YieldOp getYield();
  }];
}

#endif // KDSL_OPS_TD
