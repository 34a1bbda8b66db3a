//===- Habits.h - what users of other languages write ---------------------===//

#ifndef KDSLC_FRONTEND_HABITS_H
#define KDSLC_FRONTEND_HABITS_H

#include "llvm/ADT/StringRef.h"

namespace kdslc {

/// What is written here for a word of another language.
struct Habit {
  llvm::StringRef theirs, ours;
  llvm::StringRef why; ///< of characters and reserved words: the message
  bool isName = false; ///< `ours` can stand in the place of `theirs`
};

/// Null where nothing is known. Functions are compared without case.
const Habit *functionHabit(llvm::StringRef name);
const Habit *typeHabit(llvm::StringRef name);
const Habit *valueHabit(llvm::StringRef name);
const Habit *reservedHabit(llvm::StringRef word);
/// The longest one that the text begins with.
const Habit *characterHabit(llvm::StringRef text);

} // namespace kdslc

#endif // KDSLC_FRONTEND_HABITS_H
