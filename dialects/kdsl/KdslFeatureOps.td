//===- KdslFeatureOps.td - operations on the features of a value ----------===//

#ifndef KDSL_FEATUREOPS_TD
#define KDSL_FEATUREOPS_TD

include "dialects/kdsl/KdslDialect.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class KdslOp<string keyword, list<Trait> traits = []>
    : Op<KdslDialect, keyword, traits>;

def FeatureVector : VectorOfRankAndType<[1], [AnyFloat, AnySignlessInteger, I1]>;
def FloatVector : VectorOfRankAndType<[1], [AnyFloat]>;
/// Vectors, and matrices in row-major order.
def Features : VectorOfRankAndType<[1, 2],
                                   [AnyFloat, AnySignlessInteger, I1]>;
def FloatFeatures : VectorOfRankAndType<[1, 2], [AnyFloat]>;

def ConcatOp : KdslOp<"concat", [Pure]> {
  let summary = "Numbers and feature vectors one after another";
  let description = "Example: `%v = kdsl.concat %a, %w : (f32, vector<3xf32>) -> vector<4xf32>`.";
  let arguments = (ins Variadic<AnyType>:$parts);
  let results = (outs FeatureVector:$result);
  let assemblyFormat =
      "$parts attr-dict `:` functional-type($parts, $result)";
  let hasVerifier = 1;
}

def PickOp : KdslOp<"pick", [Pure]> {
  let summary = "Features of a vector or matrix, chosen by their places";
  let description = [{
    Feature (r, c) of the result is the feature of the source at the subscripts
    that the map makes of (r, c). A subscript is a place of the result, a
    constant, or the sum of both: slices, rows and columns of a matrix, its
    transpose, its diagonal, a vector repeated.

    Example: the transpose, and row 1.
    ```mlir
    %t = kdsl.pick %a by affine_map<(r, c) -> (c, r)>
        : vector<3x2xf32> to vector<2x3xf32>
    %u = kdsl.pick %a by affine_map<(c) -> (1, c)>
        : vector<3x2xf32> to vector<2xf32>
    ```
  }];
  let arguments = (ins Features:$source, AffineMapAttr:$map);
  let results = (outs Features:$result);
  let assemblyFormat =
      "$source `by` $map attr-dict `:` type($source) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def MatMulOp : KdslOp<"matmul", [Pure]> {
  let summary = "The product of a matrix and a vector, or of two matrices";
  let description = [{
    A vector on the left is a row, on the right a column; of two vectors it is
    `kdsl.dot`. Example:
    `%v = kdsl.matmul %a, %u : (vector<3x2xf32>, vector<2xf32>) -> vector<3xf32>`.
  }];
  let arguments = (ins FloatFeatures:$lhs, FloatFeatures:$rhs);
  let results = (outs FloatFeatures:$result);
  let assemblyFormat =
      "$lhs `,` $rhs attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def PlaceOp : KdslOp<"place", [Pure]> {
  let summary = "The place of the smallest or the largest feature";
  let description = [{
    Counted from 0. A NaN comes first; of equals it is the first place.
    Example: `%k = kdsl.place largest of %v : vector<4xf32>`.
  }];
  let arguments = (ins UnitAttr:$largest, FeatureVector:$features);
  let results = (outs I64:$result);
  let assemblyFormat = [{
    (`largest` $largest^):(`smallest`)? `of` $features attr-dict `:`
    type($features)
  }];
}

def LookupOp : KdslOp<"lookup", [Pure]> {
  let summary = "The feature, or the row of a matrix, that a label picks";
  let description = [{
    A label that is no place of the table gives NaN, -1 or false.
    Example: `%c = kdsl.lookup %w[%l] : vector<8xf32>[i32] -> f32`.
  }];
  let arguments = (ins Features:$table, AnyTypeOf<[I32, I64]>:$label);
  let results = (outs AnyType:$result);
  let assemblyFormat = [{
    $table `[` $label `]` attr-dict `:` type($table) `[` type($label) `]` `->`
    type($result)
  }];
  let hasVerifier = 1;
}

#endif // KDSL_FEATUREOPS_TD
