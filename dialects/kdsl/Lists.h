//===- Lists.h - where the values of merged lists came from ---------------===//
//
// `#kdsl.argkmin_lists` merges the sorted lists of rows and keeps the number of
// the row that gave the value at each place. A list gives its values in order,
// so that the numbers also tell which of its values stands where.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_LISTS_H
#define KDSL_LISTS_H

#include "dialects/kdsl/Kdsl.h"

namespace kdsl {

/// Whether a fold takes the sorted lists of rows.
bool mergesLists(mlir::Attribute fold);

/// An array over the kept rows and the rows with the lists: for each place of
/// the merged list the place in the row's own list whose value it has, -1 where
/// another row gave it. K whole numbers in f32.
///
/// \param found  result `index` of a reduce that merges lists; the map stands
///               behind it.
mlir::Value placesInLists(mlir::OpResult found);

/// What one row gives to each place of the merged list, 0 (false) where it gives
/// nothing. The sum over all rows is what stands there.
///
/// \param places  the row of `placesInLists`.
/// \param list    of the row: a vector of K, or a matrix with K rows.
mlir::Value givenByList(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value places, mlir::Value list);

/// The transpose: to each value of the row's list what `atPlaces`, a vector of
/// K reals, has where it stands; 0 where it stands nowhere.
mlir::Value returnedToList(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value places, mlir::Value atPlaces);

} // namespace kdsl

#endif // KDSL_LISTS_H
