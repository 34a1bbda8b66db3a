//===- MistakeSheet.cpp - a picture of the digits taken for others --------===//

#include "MistakeSheet.h"
#include "Canvas.h"
#include <algorithm>

using picture::Align;
using picture::Canvas;
using picture::Colour;
using picture::Point;

namespace {

constexpr Colour paper{0.965f, 0.96f, 0.945f}, ink{0.13f, 0.14f, 0.2f},
    pale{0.42f, 0.43f, 0.5f}, wrong{0.78f, 0.2f, 0.24f};
constexpr int side = 8;  // pixels of a digit
constexpr int scale = 8; // of the picture, for each of them
constexpr int pairsInRow = 6;
constexpr double margin = 36, titleHeight = 74;
constexpr double pairWidth = 2 * side * scale + 34, pairHeight = 112;

/// One digit, 0 white to 16 black, its upper left corner at `at`.
void drawDigit(Canvas &canvas, Point at, const float *grey) {
  for (int row = 0; row < side; ++row)
    for (int column = 0; column < side; ++column)
      canvas.fillRect(at.x + column * scale, at.y + row * scale, scale, scale,
                      mix({1, 1, 1}, ink, grey[row * side + column] / 16));
}

void drawPair(Canvas &canvas, Point at, const float *digit,
              const float *neighbour, int is, int taken) {
  double width = side * scale;
  drawDigit(canvas, at, digit);
  drawDigit(canvas, {at.x + width + 6, at.y}, neighbour);
  canvas.text({at.x + width / 2, at.y + width + 18}, std::to_string(is), 11,
              ink, Align::Centre);
  canvas.text({at.x + width * 1.5 + 6, at.y + width + 18},
              std::to_string(taken), 11, wrong, Align::Centre);
}

} // namespace

bool drawMistakes(const std::string &path, const std::vector<float> &x,
                  const std::vector<int32_t> &label,
                  const std::vector<int32_t> &nearest) {
  std::vector<size_t> mistakes;
  for (size_t i = 0; i < label.size(); ++i)
    if (label[i] != label[nearest[i]])
      mistakes.push_back(i);
  size_t rows = (mistakes.size() + pairsInRow - 1) / pairsInRow;
  Canvas canvas(int(2 * margin + pairsInRow * pairWidth - 28),
                int(titleHeight + margin + rows * pairHeight), paper);
  canvas.text({margin, 38}, "Digits whose nearest neighbour is another digit",
              14, ink);
  canvas.text({margin, 60},
              std::to_string(mistakes.size()) + " of " +
                  std::to_string(label.size()) +
                  "; left the digit, right its neighbour",
              10, pale);
  for (size_t k = 0; k < mistakes.size(); ++k) {
    size_t i = mistakes[k], j = nearest[i];
    Point at{margin + (k % pairsInRow) * pairWidth,
             titleHeight + 12 + (k / pairsInRow) * pairHeight};
    drawPair(canvas, at, &x[i * side * side], &x[j * side * side], label[i],
             label[j]);
  }
  return canvas.save(path);
}
