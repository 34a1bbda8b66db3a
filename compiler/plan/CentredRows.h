//===- CentredRows.h - rows of a pair around their middle -----------------===//
//
// For formulas that are taken apart into one of row i and one of row j: what is
// rounded then is as large as the rows, so that both stand around the mean of
// the rows j.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_PLAN_CENTREDROWS_H
#define KDSLC_PLAN_CENTREDROWS_H

#include "compiler/plan/Terms.h"

namespace kdslc {

/// Whether some `schedule` asks for `form = expanded`. That is for all targets,
/// which share the arrays that it adds.
bool asksForExpandedForm(kdsl::ProgramOp program);

/// A vector of row j and one of what does not depend on j.
class CentredRows {
public:
  using Place = PairBuilder::Place;
  enum Side { Kept, Reduced };
  /// Whose a term is: of neither row (parameters, points of the batch), of one
  /// row, or of the pair.
  enum Owner { OfKept = Kept, OfReduced = Reduced, OfNone, OfPair };

  CentredRows(kdsl::ReduceOp reduce, mlir::Value a, mlir::Value b);
  /// One of the two vectors is of row j, the other one is not.
  bool areOfPair() const { return isOfPair; }
  /// Whether the first of the two is the row j.
  bool isTurned() const { return turned; }

  Owner ownerOf(const Term &term) const;
  /// The reduce's indices that a side's rows have.
  const Place &placeOf(Side side) const { return places[side]; }
  /// An operation over some of the reduce's indices, not begun.
  PairBuilder over(const Place &place) { return kdslc::over(reduce, place); }
  /// In such an operation, the vector of a side without the mean of the rows j.
  mlir::Value centred(Side side, const Place &place, PairBuilder &pair);
  mlir::Value copy(const Term &term, const Place &place, PairBuilder &pair) {
    return copyTerm(reduce, term, place, pair);
  }
  /// What an operation over the place of a side made.
  mlir::Value read(mlir::Value rows, Side side, const Place &place,
                   PairBuilder &pair);

private:
  mlir::Value centre(const Place &place, PairBuilder &pair);

  kdsl::ReduceOp reduce;
  int64_t last; ///< the position of the reduced index
  bool isOfPair = false, turned = false;
  Term vectors[2];
  Place places[2]; ///< the indices of either side
  Place batch;     ///< those of row j but j
  mlir::Value sum; ///< of the rows j, for each point of the batch
};

} // namespace kdslc

#endif // KDSLC_PLAN_CENTREDROWS_H
