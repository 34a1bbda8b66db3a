//===- Habits.cpp - what users of other languages write -------------------===//

#include "compiler/frontend/Habits.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

using namespace kdslc;
using llvm::StringRef;

static constexpr Habit functions[] = {
#define KDSL_RENAMED(THEIRS, OURS) {THEIRS, OURS, "", true},
#define KDSL_WRITTEN(THEIRS, OURS) {THEIRS, OURS, "", false},
#include "compiler/frontend/Habits.def"
};

static constexpr Habit types[] = {
#define KDSL_TYPE(THEIRS, OURS) {THEIRS, OURS, "", true},
#include "compiler/frontend/Habits.def"
};

static constexpr Habit values[] = {
#define KDSL_VALUE(THEIRS, OURS) {THEIRS, OURS, "", true},
#include "compiler/frontend/Habits.def"
};

static constexpr Habit reservedWords[] = {
#define KDSL_RESERVED(WORD, WHY) {WORD, "", WHY, false},
#include "compiler/frontend/Habits.def"
};

static constexpr Habit characters[] = {
#define KDSL_CHARACTER(TEXT, OURS, WHY) {TEXT, OURS, WHY, false},
#include "compiler/frontend/Habits.def"
};

static const Habit *habitOf(llvm::ArrayRef<Habit> habits, StringRef name) {
  const Habit *habit =
      llvm::find_if(habits, [&](const Habit &h) { return h.theirs == name; });
  return habit == habits.end() ? nullptr : habit;
}

const Habit *kdslc::functionHabit(StringRef name) {
  const Habit *habit = llvm::find_if(functions, [&](const Habit &h) {
    return h.theirs.equals_insensitive(name);
  });
  return habit == std::end(functions) ? nullptr : habit;
}

const Habit *kdslc::typeHabit(StringRef name) { return habitOf(types, name); }
const Habit *kdslc::valueHabit(StringRef name) { return habitOf(values, name); }
const Habit *kdslc::reservedHabit(StringRef word) {
  return habitOf(reservedWords, word);
}

const Habit *kdslc::characterHabit(StringRef text) {
  const Habit *longest = nullptr;
  for (const Habit &habit : characters)
    if (text.starts_with(habit.theirs) &&
        (!longest || habit.theirs.size() > longest->theirs.size()))
      longest = &habit;
  return longest;
}
