//===- Labels.cpp - the rules that diagnostics name -----------------------===//

#include "compiler/Labels.h"

using namespace kdslc;
using llvm::StringRef;

llvm::ArrayRef<LabelInfo> kdslc::allLabels() {
  // The programs are written below the macro's name, on lines of their own.
  static const LabelInfo table[] = {
#define KDSL_LABEL(ID, RULE, WHY, WRONG, RIGHT)                                \
  {Label::ID, #ID, RULE, WHY, StringRef(WRONG).ltrim('\n'),                    \
   StringRef(RIGHT).ltrim('\n')},
#include "compiler/Diagnostics.def"
  };
  return table;
}

const LabelInfo &kdslc::infoOf(Label label) {
  return allLabels()[size_t(label)];
}

StringRef kdslc::labelName(Label label) { return infoOf(label).name; }

std::optional<Label> kdslc::labelOf(StringRef name) {
  if (name.consume_front("["))
    name.consume_back("]");
  for (const LabelInfo &info : allLabels())
    if (info.name.equals_insensitive(name))
      return info.label;
  return std::nullopt;
}
