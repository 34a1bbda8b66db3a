//===- Partials.h - states of parts of the rows j in memory ---------------===//

#ifndef KDSLC_TARGETS_EMIT_PARTIALS_H
#define KDSLC_TARGETS_EMIT_PARTIALS_H

#include "dialects/ktile/Ktile.h"

namespace kdslc {

/// The sweeps of a grid whose rows j may be split into parts: one chain, each
/// taking the states of the one before. Empty if the grid is not of that kind.
/// Sweeps that bound lists are not among them: each part has its own bound.
llvm::SmallVector<ktile::SweepOp> findChain(ktile::GridOp grid);

/// Where the states of a chain lie in a part.
class PartialLayout {
public:
  /// States of one type: one code merges the components of all of them. A state
  /// whose components share something is alone.
  struct Family {
    ktile::StateType type;
    int64_t width; ///< components of all its states
    bool alone;    ///< one state, whose components share something
  };

  /// One number of a state: an array over the rows for each component of the
  /// family, or one that they share.
  struct Word {
    unsigned family;
    unsigned part; ///< of a component, or of what is shared
    bool shared;
    mlir::Type element;
    int64_t offset; ///< bytes of a row in front of it
  };

  explicit PartialLayout(llvm::ArrayRef<ktile::SweepOp> chain);

  /// The family of a state, and the place of its first component there.
  std::pair<unsigned, int64_t> placeOf(unsigned state) const {
    return places[state];
  }
  llvm::ArrayRef<Family> getFamilies() const { return families; }
  llvm::ArrayRef<Word> getWords() const { return words; }
  /// Of one row, a multiple of 8; 0 without a chain.
  int64_t bytesOfRow() const { return bytes; }

private:
  void addWords(unsigned family, bool shared, int64_t size);

  llvm::SmallVector<Family> families;
  llvm::SmallVector<std::pair<unsigned, int64_t>> places;
  llvm::SmallVector<Word> words;
  int64_t bytes = 0;
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_PARTIALS_H
