//===- MistakeSheet.h - a picture of the digits taken for others ----------===//

#ifndef KDSL_EXAMPLES_DIGITS_MISTAKESHEET_H
#define KDSL_EXAMPLES_DIGITS_MISTAKESHEET_H

#include <cstdint>
#include <string>
#include <vector>

/// Draws each digit whose nearest neighbour has another label, beside that
/// neighbour. False when the file cannot be written.
bool drawMistakes(const std::string &path, const std::vector<float> &x,
                  const std::vector<int32_t> &label,
                  const std::vector<int32_t> &nearest);

#endif // KDSL_EXAMPLES_DIGITS_MISTAKESHEET_H
