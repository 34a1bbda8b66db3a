//===- Canvas.cpp - lines, discs and text with smooth edges ---------------===//
//
// A shape covers a pixel by how deep the pixel's centre lies inside of it:
// half a pixel inside is full cover, half a pixel outside none.
//
//===----------------------------------------------------------------------===//

#include "Canvas.h"
#include "Font.h"
#include "Png.h"
#include <algorithm>
#include <cmath>

namespace picture {

Colour mix(Colour a, Colour b, float t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

Canvas::Canvas(int width, int height, Colour background)
    : columns(width), rows(height),
      pixels(static_cast<size_t>(width) * height, background) {}

void Canvas::blend(int x, int y, Colour colour, double opacity) {
  if (x < 0 || y < 0 || x >= columns || y >= rows || opacity <= 0)
    return;
  Colour &pixel = pixels[static_cast<size_t>(y) * columns + x];
  pixel = mix(pixel, colour, static_cast<float>(std::min(opacity, 1.0)));
}

/// Calls cover(x, y) for pixel centres of a box and blends what it returns.
template <typename Cover>
static void paint(Canvas &canvas, double left, double top, double right,
                  double bottom, Colour colour, double opacity, Cover cover) {
  int x0 = std::max(0, static_cast<int>(std::floor(left)));
  int y0 = std::max(0, static_cast<int>(std::floor(top)));
  int x1 = std::min(canvas.width() - 1, static_cast<int>(std::ceil(right)));
  int y1 = std::min(canvas.height() - 1, static_cast<int>(std::ceil(bottom)));
  for (int y = y0; y <= y1; ++y)
    for (int x = x0; x <= x1; ++x) {
      double share = cover(Point{x + 0.5, y + 0.5});
      canvas.blend(x, y, colour, opacity * std::clamp(share, 0.0, 1.0));
    }
}

void Canvas::fillRect(double x, double y, double w, double h, Colour colour,
                      double opacity) {
  auto overlap = [](double pixel, double from, double to) {
    return std::min(pixel + 0.5, to) - std::max(pixel - 0.5, from);
  };
  paint(*this, x, y, x + w, y + h, colour, opacity, [&](Point p) {
    return std::max(0.0, overlap(p.x, x, x + w)) *
           std::max(0.0, overlap(p.y, y, y + h));
  });
}

void Canvas::disc(Point centre, double radius, Colour colour, double opacity) {
  double reach = radius + 1;
  paint(*this, centre.x - reach, centre.y - reach, centre.x + reach,
        centre.y + reach, colour, opacity, [&](Point p) {
          return radius + 0.5 - std::hypot(p.x - centre.x, p.y - centre.y);
        });
}

void Canvas::ring(Point centre, double radius, double lineWidth, Colour colour,
                  double opacity) {
  double reach = radius + lineWidth;
  paint(*this, centre.x - reach, centre.y - reach, centre.x + reach,
        centre.y + reach, colour, opacity, [&](Point p) {
          double distance = std::hypot(p.x - centre.x, p.y - centre.y);
          return lineWidth / 2 + 0.5 - std::fabs(distance - radius);
        });
}

static double distanceToSegment(Point p, Point a, Point b) {
  double dx = b.x - a.x, dy = b.y - a.y;
  double length2 = dx * dx + dy * dy;
  double t = length2 == 0 ? 0 : ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2;
  t = std::clamp(t, 0.0, 1.0);
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

void Canvas::line(const std::vector<Point> &points, double lineWidth,
                  Colour colour, double opacity) {
  if (points.empty())
    return;
  Point low = points[0], high = points[0];
  for (Point p : points) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  double reach = lineWidth / 2 + 1;
  // One cover for the whole line, so that its joints are not painted twice.
  paint(*this, low.x - reach, low.y - reach, high.x + reach, high.y + reach,
        colour, opacity, [&](Point p) {
          double nearest = std::hypot(p.x - points[0].x, p.y - points[0].y);
          for (size_t k = 1; k < points.size(); ++k)
            nearest = std::min(nearest,
                               distanceToSegment(p, points[k - 1], points[k]));
          return lineWidth / 2 + 0.5 - nearest;
        });
}

void Canvas::text(Point at, const std::string &text, double size, Colour colour,
                  Align align, double weight) {
  double width = textWidth(text, size);
  double x = align == Align::Left     ? at.x
             : align == Align::Centre ? at.x - width / 2
                                      : at.x - width;
  double lineWidth = weight * std::max(1.0, size * 0.115);
  for (const Glyph *glyph : glyphsOf(text)) {
    for (const std::vector<Point> &stroke : glyph->strokes) {
      std::vector<Point> placed;
      for (Point p : stroke)
        placed.push_back({x + p.x * size, at.y + p.y * size});
      line(placed, lineWidth, colour);
    }
    x += glyph->advance * size;
  }
}

double Canvas::textWidth(const std::string &text, double size) {
  double width = 0;
  for (const Glyph *glyph : glyphsOf(text))
    width += glyph->advance * size;
  return width;
}

bool Canvas::save(const std::string &path) const {
  std::vector<uint8_t> rgb;
  rgb.reserve(pixels.size() * 3);
  for (const Colour &pixel : pixels)
    for (float channel : {pixel.r, pixel.g, pixel.b})
      rgb.push_back(static_cast<uint8_t>(
          std::lround(std::clamp(channel, 0.0f, 1.0f) * 255)));
  return writePng(path, columns, rows, rgb);
}

} // namespace picture
