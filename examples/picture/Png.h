//===- Png.h - writes 24-bit pictures -------------------------------------===//

#ifndef KDSL_EXAMPLES_PICTURE_PNG_H
#define KDSL_EXAMPLES_PICTURE_PNG_H

#include <cstdint>
#include <string>
#include <vector>

namespace picture {

/// Writes width * height pixels of red, green, blue, row by row from the top.
/// The data is stored, not compressed: no library is needed. Returns false
/// when the file cannot be written.
bool writePng(const std::string &path, int width, int height,
              const std::vector<uint8_t> &rgb);

} // namespace picture

#endif // KDSL_EXAMPLES_PICTURE_PNG_H
