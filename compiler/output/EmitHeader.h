//===- EmitHeader.h - the C header of a compiled file ---------------------===//
//
// Checked programs in, the text of one header out: C99 to C17 and C++11 to
// C++20, clean under -Wall -Wextra -pedantic. For each program it has the
// formula, the arguments, the promised accuracy, an example, and the three
// surfaces: the plain call, the full call, the descriptor.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_OUTPUT_EMITHEADER_H
#define KDSLC_OUTPUT_EMITHEADER_H

#include "compiler/Options.h"
#include "compiler/frontend/Checked.h"

namespace kdslc {

/// What the header says about its making. No path and no time: equal sources
/// and options give equal bytes.
struct HeaderInfo {
  std::string fileStem;    ///< "gauss" of gauss.h
  std::string sourceName;  ///< "gauss.kdsl"
  std::string toolVersion; ///< "0.1.0"
  /// The instruction sets that the object has, best first: "x86-64-v4".
  std::vector<std::string> targets;
  /// The GPUs that it has code for: "sm_80".
  std::vector<std::string> devices = {};
};

/// Never fails; checkCNames() has refused programs whose names C cannot have.
std::string emitHeader(const CheckedFile &file, const Options &options,
                       const HeaderInfo &info);

} // namespace kdslc

#endif // KDSLC_OUTPUT_EMITHEADER_H
