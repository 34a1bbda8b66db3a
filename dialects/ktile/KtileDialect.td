//===- KtileDialect.td - the dialect of tiles and sweeps ------------------===//

#ifndef KTILE_DIALECT_TD
#define KTILE_DIALECT_TD

include "mlir/IR/OpBase.td"

def KtileDialect : Dialect {
  let name = "ktile";
  let summary = "Tiles, sweeps and the states of reductions";
  let description = [{
    HOW a program runs, still without a target: grids over rows i, sweeps over
    rows j that carry the states of reductions, and the formula of one pair in
    numbers. Feature vectors are gone: what was a vector expression is a formula
    of one feature inside `ktile.contract`, `ktile.fold` or `ktile.put`.

    A body speaks of one row i. Whether that is a lane of a vector or a thread
    is the target's business.

    Made by `ktile-tile-reductions`, removed by the lowering of a target.
  }];
  let cppNamespace = "::ktile";
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::kdsl::KdslDialect"];
  let extraClassDeclaration = [{
    void registerTypes();
  }];
}

#endif // KTILE_DIALECT_TD
