//===- Svg.h - a picture with axes, as SVG text ---------------------------===//

#ifndef KDSL_RUN_SVG_H
#define KDSL_RUN_SVG_H

#include <string>
#include <vector>

namespace kdslrun {

/// A closed interval of data values.
struct Range {
  double low = 0, high = 1;
  double width() const { return high - low; }
};

/// The finite values of `values`; widened when they are all equal, [0, 1] when
/// there are none.
Range rangeOf(const std::vector<double> &values);

/// A frame with ticks that is drawn on in data coordinates.
class Picture {
public:
  /// \param hasColors  leaves room for a color bar.
  Picture(const std::string &title, Range x, Range y, bool hasColors);

  void line(const std::vector<double> &x, const std::vector<double> &y,
            unsigned series);
  void dot(double x, double y, const std::string &color, double radius);
  /// A rectangle around (x, y).
  void cell(double x, double y, double width, double height,
            const std::string &color);
  /// The scale of colors for `values`.
  void colorBar(Range values);
  void labels(const std::string &x, const std::string &y);

  /// The finished document.
  std::string finish();

private:
  double toX(double value) const;
  double toY(double value) const;
  void axes();
  void text(double x, double y, const std::string &anchor,
            const std::string &words, int size, bool isTurned = false);

  Range xRange, yRange;
  double right; ///< the frame's right side, in pixels
  std::string body;
};

/// "#440154" to "#fde725" for fractions 0 to 1 (the viridis scale); grey for
/// NaN.
std::string colorOf(double fraction);
/// A color for each of a few lines.
std::string seriesColor(unsigned series);

} // namespace kdslrun

#endif // KDSL_RUN_SVG_H
