//===- DeviceImage.cpp - device code as data of an object -----------------===//

#include "compiler/output/DeviceImage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace kdslc {

std::string compactPtx(llvm::StringRef ptx) {
  std::string text;
  for (llvm::StringRef line : llvm::split(ptx, '\n')) {
    line = line.split("//").first.trim();
    if (line.empty())
      continue;
    for (auto [place, sign] : llvm::enumerate(line)) {
      bool isSpace = sign == ' ' || sign == '\t';
      if (isSpace && llvm::StringRef(" \t,").contains(line[place - 1]))
        continue; // after another one, or a comma
      text += isSpace ? ' ' : sign;
    }
    text += '\n';
  }
  return text;
}

} // namespace kdslc
