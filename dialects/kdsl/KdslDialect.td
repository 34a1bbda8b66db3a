//===- KdslDialect.td - the dialect of the mathematics --------------------===//

#ifndef KDSL_DIALECT_TD
#define KDSL_DIALECT_TD

include "mlir/IR/OpBase.td"

def KdslDialect : Dialect {
  let name = "kdsl";
  let summary = "Symbolic matrices, formulas and reductions";
  let description = [{
    WHAT a program computes: arrays of rows, formulas of a pair (i, j) of rows,
    and reductions of the symbolic matrix that such a formula spans. There are
    no loops, no memory and no target here. The matrix is a region, so that it
    is never stored holds by construction.

    A feature vector is one value, `vector<3xf32>`, and arithmetic on it is the
    upstream `arith` and `math` on vectors; the dialect has operations of its
    own only where the high-level meaning is needed by a later rewrite
    (`kdsl.sqdist`, `kdsl.dot`).

    Made by the frontend; simplified, fused and scheduled by `compiler/plan`;
    removed by `ktile-tile-reductions`.
  }];
  let cppNamespace = "::kdsl";
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let extraClassDeclaration = [{
    void registerTypes();
    void registerAttributes();
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"
  ];
}

#endif // KDSL_DIALECT_TD
