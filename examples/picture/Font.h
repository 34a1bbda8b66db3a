//===- Font.h - letters drawn with a pen ----------------------------------===//

#ifndef KDSL_EXAMPLES_PICTURE_FONT_H
#define KDSL_EXAMPLES_PICTURE_FONT_H

#include "Canvas.h"

namespace picture {

/// Strokes in units of the height of a capital letter; y = 0 is the base line
/// and y = -1 the top of a capital.
struct Glyph {
  std::vector<std::vector<Point>> strokes;
  double advance = 0;
};

/// The glyphs of a UTF-8 text; characters without one become spaces.
std::vector<const Glyph *> glyphsOf(const std::string &text);

} // namespace picture

#endif // KDSL_EXAMPLES_PICTURE_FONT_H
