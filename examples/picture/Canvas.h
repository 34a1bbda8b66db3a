//===- Canvas.h - lines, discs and text with smooth edges -----------------===//

#ifndef KDSL_EXAMPLES_PICTURE_CANVAS_H
#define KDSL_EXAMPLES_PICTURE_CANVAS_H

#include <string>
#include <vector>

namespace picture {

/// Red, green and blue as a screen has them, 0 to 1.
struct Colour {
  float r = 0, g = 0, b = 0;
};

/// The colour a fraction t of the way from a to b.
Colour mix(Colour a, Colour b, float t);

/// Pixels; the origin is the upper left corner of the upper left pixel.
struct Point {
  double x = 0, y = 0;
};

enum class Align { Left, Centre, Right };

class Canvas {
public:
  Canvas(int width, int height, Colour background);

  int width() const { return columns; }
  int height() const { return rows; }

  /// Mixes `colour` into one pixel; outside of the canvas, does nothing.
  void blend(int x, int y, Colour colour, double opacity);

  void fillRect(double x, double y, double w, double h, Colour colour,
                double opacity = 1);
  void disc(Point centre, double radius, Colour colour, double opacity = 1);
  void ring(Point centre, double radius, double lineWidth, Colour colour,
            double opacity = 1);
  /// A connected line with round ends.
  void line(const std::vector<Point> &points, double lineWidth, Colour colour,
            double opacity = 1);

  /// One line of text; `at` is on its base line. Size is the height of a
  /// capital letter. UTF-8: letters, digits, common marks, degree, square.
  void text(Point at, const std::string &text, double size, Colour colour,
            Align align = Align::Left, double weight = 1);
  static double textWidth(const std::string &text, double size);

  bool save(const std::string &path) const;

private:
  int columns, rows;
  std::vector<Colour> pixels;
};

} // namespace picture

#endif // KDSL_EXAMPLES_PICTURE_CANVAS_H
