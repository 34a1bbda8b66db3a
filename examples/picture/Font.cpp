//===- Font.cpp - letters drawn with a pen --------------------------------===//
//
// Each glyph is a list of strokes; a stroke is a list of points of two base-36
// digits, x then y, on a grid where capitals are 16 high (y = 0 to g) and small
// letters reach from 6 to g. '~' makes a stroke a smooth curve through its
// points.
//
//===----------------------------------------------------------------------===//

#include "Font.h"
#include <map>
#include <sstream>

namespace picture {

namespace {
struct Drawing {
  const char *character;
  const char *strokes;
};
} // namespace

static const Drawing drawings[] = {
    {"0", "~50.a8.5g.08.50"},
    {"1", "13.50.5g"},
    {"2", "~04.22.50.93.86.0g 0g.ag"},
    {"3", "~12.50.94.47 ~47.ac.5g.0e"},
    {"4", "7g.70.0b.ab"},
    {"5", "90.10.07 ~07.56.ab.5g.0e"},
    {"6", "~80.26.0b.5g.ab.57.0b"},
    {"7", "00.a0.3g"},
    {"8", "~50.94.57.14.50 ~57.ac.5g.0c.57"},
    {"9", "~2g.8a.a5.50.05.59.a5"},
    {"A", "0g.60.cg 2b.ab"},
    {"B", "50.00.0g.5g 07.57 ~50.94.57 ~57.ac.5g"},
    {"C", "~a3.60.08.6g.ad"},
    {"D", "40.00.0g.4g ~40.a8.4g"},
    {"E", "90.00.0g.9g 07.77"},
    {"F", "90.00.0g 07.77"},
    {"G", "~a3.60.08.6g.ad ad.a9.69"},
    {"H", "00.0g a0.ag 07.a7"},
    {"I", "10.1g"},
    {"J", "70.7b ~7b.4g.0d"},
    {"K", "00.0g 90.0a 37.ag"},
    {"L", "00.0g.8g"},
    {"M", "0g.00.6b.c0.cg"},
    {"N", "0g.00.ag.a0"},
    {"O", "~60.c8.6g.08.60"},
    {"P", "0g.00.50 ~50.a4.58 58.08"},
    {"Q", "~60.c8.6g.08.60 8c.cg"},
    {"R", "0g.00.50 ~50.a4.58 58.08 58.ag"},
    {"S", "~93.50.04.58.ac.5g.0d"},
    {"T", "00.c0 60.6g"},
    {"U", "00.0b ~0b.5g.ab ab.a0"},
    {"V", "00.5g.a0"},
    {"W", "00.4g.82.cg.g0"},
    {"X", "00.ag a0.0g"},
    {"Y", "00.58.a0 58.5g"},
    {"Z", "00.a0.0g.ag"},
    {"a", "~98.56.0b.5g.9d 96.9g"},
    {"b", "00.0g ~08.56.9b.4g.0e"},
    {"c", "~88.56.0b.5g.8e"},
    {"d", "90.9g ~98.46.0b.5g.9e"},
    {"e", "0b.9b ~9b.56.0b.5g.8e"},
    {"f", "~80.50.34 34.3g 06.76"},
    {"g", "96.9h ~9h.5l.0k ~98.46.0b.5g.9e"},
    {"h", "00.0g ~09.56.9a 9a.9g"},
    {"i", "16.1g 11.12"},
    {"j", "36.3i ~3i.1l 31.32"},
    {"k", "00.0g 86.0c 39.9g"},
    {"l", "10.1g"},
    {"m", "06.0g ~09.46.7a 7a.7g ~79.b6.ea ea.eg"},
    {"n", "06.0g ~09.56.9a 9a.9g"},
    {"o", "~56.ab.5g.0b.56"},
    {"p", "06.0l ~08.56.9b.4g.0e"},
    {"q", "96.9l ~98.46.0b.5g.9e"},
    {"r", "06.0g ~0a.36.67"},
    {"s", "~87.46.18.4b.8d.4g.0f"},
    {"t", "31.3d ~3d.5g.8f 06.76"},
    {"u", "06.0c ~0c.4g.9d 96.9g"},
    {"v", "06.4g.86"},
    {"w", "06.3g.67.9g.c6"},
    {"x", "06.8g 86.0g"},
    {"y", "06.4g 86.4g.1l"},
    {"z", "06.86.0g.8g"},
    {".", "1f.1g"},
    {",", "2f.1i"},
    {":", "17.18 1f.1g"},
    {";", "27.28 2f.1i"},
    {"-", "0a.6a"},
    {"+", "0a.aa 55.5f"},
    {"=", "08.a8 0c.ac"},
    {"/", "80.0g"},
    {"(", "~40.18.4h"},
    {")", "~00.38.0h"},
    {"'", "10.14"},
    {"\xc2\xb0", "~20.42.24.02.20"},    // degree
    {"\xc2\xb2", "~01.20.42.07 07.47"}, // square
    {"\xc3\x97", "16.7c 76.1c"},        // times
};

static int digitValue(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

/// A Catmull-Rom spline through the points; closed if they end where they
/// began.
static std::vector<Point> smooth(const std::vector<Point> &points) {
  constexpr int parts = 6;
  size_t n = points.size();
  bool closed = points.front().x == points.back().x &&
                points.front().y == points.back().y;
  auto at = [&](size_t k, int step) {
    if (step < 0 && k == 0)
      return closed ? points[n - 2] : points[0];
    if (step > 0 && k == n - 1)
      return closed ? points[1] : points[n - 1];
    return points[k + step];
  };
  std::vector<Point> curve = {points[0]};
  for (size_t k = 0; k + 1 < n; ++k) {
    Point a = at(k, -1), b = points[k], c = points[k + 1], d = at(k + 1, 1);
    auto blend = [](double t, double a, double b, double c, double d) {
      return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t +
                    (3 * b - a - 3 * c + d) * t * t * t);
    };
    for (int part = 1; part <= parts; ++part) {
      double t = double(part) / parts;
      curve.push_back(
          {blend(t, a.x, b.x, c.x, d.x), blend(t, a.y, b.y, c.y, d.y)});
    }
  }
  return curve;
}

static std::vector<Point> parseStroke(const std::string &text) {
  std::vector<Point> points;
  bool isCurve = text[0] == '~';
  for (size_t k = isCurve; k + 1 < text.size(); k += 3)
    points.push_back(
        {digitValue(text[k]) / 16.0, digitValue(text[k + 1]) / 16.0 - 1});
  return isCurve ? smooth(points) : points;
}

static std::map<std::string, Glyph> makeFont() {
  constexpr double gap = 0.3;
  std::map<std::string, Glyph> font;
  font[" "].advance = 0.55;
  for (const Drawing &drawing : drawings) {
    Glyph &glyph = font[drawing.character];
    std::istringstream strokes(drawing.strokes);
    for (std::string stroke; strokes >> stroke;) {
      glyph.strokes.push_back(parseStroke(stroke));
      for (Point p : glyph.strokes.back())
        glyph.advance = std::max(glyph.advance, p.x + gap);
    }
  }
  // Digits of one width, so that numbers stand in columns.
  for (char digit = '0'; digit <= '9'; ++digit)
    font[std::string(1, digit)].advance = 10 / 16.0 + gap;
  return font;
}

std::vector<const Glyph *> glyphsOf(const std::string &text) {
  static const std::map<std::string, Glyph> font = makeFont();
  std::vector<const Glyph *> glyphs;
  for (size_t k = 0; k < text.size();) {
    auto lead = static_cast<unsigned char>(text[k]);
    size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    auto found = font.find(text.substr(k, length));
    glyphs.push_back(&(found != font.end() ? found : font.find(" "))->second);
    k += length;
  }
  return glyphs;
}

} // namespace picture
