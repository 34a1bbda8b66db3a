//===- Passes.td - passes that tile: kdsl to ktile ------------------------===//

#ifndef KDSLC_TILE_PASSES_TD
#define KDSLC_TILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def TileReductions : Pass<"ktile-tile-reductions", "::kdsl::ProgramOp"> {
  let summary = "Turns reductions and maps into grids and sweeps";
  let description = [{
    Each reduce becomes a sweep inside a grid over its kept axis; maps and
    reductions that read only the same row join the grid. Feature vectors are
    taken apart: a vector expression becomes a formula of one feature, inside
    the `ktile.contract`, `ktile.fold` or `ktile.put` that needs it.

    Example: test/tile/ktile-tile-reductions.mlir.
    Requires: a schedule on every reduce and map, the same in a grid.
    Ensures: no `kdsl.reduce` and no `kdsl.map`; no vector value but parameters.
  }];
  let dependentDialects = ["::ktile::KtileDialect"];
}

def StartSums : Pass<"ktile-start-sums", "::kdsl::ProgramOp"> {
  let summary = "Sums of squares begin with what is added to them";
  let description = [{
    `c + |x - y|^2` with a number c of the program that is not negative becomes
    the sum of squares that begins at c: one operation less for each pair, as the
    first square is added by a multiply-add.

    Example: test/tile/ktile-start-sums.mlir.
    Requires: `ktile-tile-reductions`.
    Ensures: nothing.
    Accuracy: all terms have one sign, and there is one rounding less.
  }];
  let dependentDialects = ["::ktile::KtileDialect"];
}

def FilterDistances : Pass<"ktile-filter-distances", "::kdsl::ProgramOp"> {
  let summary = "Marks sweeps of which few distances matter";
  let description = [{
    A sweep that folds a squared distance of a row i and a row j, and nothing else,
    into a state that tells which values cannot change it (min, argmin, lists of
    the smallest) is marked `filtered` where `schedule.filter` asks for it: of
    vectors, what has more features than are written out; of threads, the others, and
    by tensor cores all. The target may then leave out pairs by a lower bound of their
    distance. Where `schedule.cells` asks for it, it is marked `ordered`, also if a
    predicate leaves out pairs: one of two inputs of f32, each over one axis, which the
    runtime puts in an order of space.

    Example: test/tile/ktile-filter-distances.mlir.
    Requires: `ktile-tile-reductions`.
    Ensures: nothing; the results are the same.
    Accuracy: vectors add up what they look at in another order of features.
  }];
  let dependentDialects = ["::ktile::KtileDialect"];
}

def PeelTails : Pass<"ktile-peel-tails", "::kdsl::ProgramOp"> {
  let summary = "Splits sweeps into full groups and a remainder";
  let description = [{
    A sweep with group G becomes one over the largest multiple of G rows and one
    with group 1 over the rest, which takes up the states of the first. Sweeps over
    ranges, and filtered ones, see to what remains themselves.

    Example: test/tile/ktile-peel-tails.mlir.
    Requires: `ktile-tile-reductions`, `ktile-filter-distances`.
    Ensures: the rows of all others are a multiple of their group.
  }];
  let dependentDialects = ["::ktile::KtileDialect"];
}

def BoundLists : Pass<"ktile-bound-lists", "::kdsl::ProgramOp"> {
  let summary = "Bounds what lists can hold by a first sweep";
  let description = [{
    Before a sweep that fills a list of the smallest values, another one over
    the first rows finds a number that few values are below; the list starts
    from it, so that few rows enter. `schedule.bound` says over how many rows: of
    a band, or of a part of the rows j, the first ones there.

    Example: test/tile/ktile-bound-lists.mlir.
    Requires: `ktile-peel-tails`.
    Ensures: nothing; the results are the same.
  }];
  let dependentDialects = ["::ktile::KtileDialect"];
}

#endif // KDSLC_TILE_PASSES_TD
