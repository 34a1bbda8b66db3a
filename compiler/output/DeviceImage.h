//===- DeviceImage.h - device code as data of an object -------------------===//

#ifndef KDSLC_OUTPUT_DEVICEIMAGE_H
#define KDSLC_OUTPUT_DEVICEIMAGE_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace kdslc {

/// The code of one GPU: an entry of the table {target, kind, bytes} that every
/// object with device code carries.
struct DeviceImage {
  std::string target; ///< "sm_80"
  bool isCubin;       ///< else PTX
  std::string bytes;
};

/// PTX without comments and the white space that nobody but readers needs.
std::string compactPtx(llvm::StringRef ptx);

} // namespace kdslc

#endif // KDSLC_OUTPUT_DEVICEIMAGE_H
