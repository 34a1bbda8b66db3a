//===- Labels.h - the rules that diagnostics name -------------------------===//

#ifndef KDSLC_LABELS_H
#define KDSLC_LABELS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace kdslc {

/// The label of a rule; Diagnostics.def holds an entry for each.
enum class Label {
#define KDSL_LABEL(ID, RULE, WHY, WRONG, RIGHT) ID,
#include "compiler/Diagnostics.def"
};

/// An entry of Diagnostics.def.
struct LabelInfo {
  Label label;
  llvm::StringRef name;         ///< "K007"
  llvm::StringRef rule;         ///< one sentence
  llvm::StringRef why;          ///< a paragraph
  llvm::StringRef wrong, right; ///< programs; empty for K000
};

/// All entries, in the order of their numbers.
llvm::ArrayRef<LabelInfo> allLabels();
const LabelInfo &infoOf(Label label);
/// "K007" for Label::K007.
llvm::StringRef labelName(Label label);
/// The label that a user calls "K007", "k007" or "[K007]".
std::optional<Label> labelOf(llvm::StringRef name);

} // namespace kdslc

#endif // KDSLC_LABELS_H
