//===- Svg.cpp - a picture with axes, as SVG text -------------------------===//

#include "Svg.h"
#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace kdslrun;

// Pixels.
static constexpr double pictureWidth = 720, pictureHeight = 520;
static constexpr double left = 80, top = 50, bottom = 455;
static constexpr double rightMargin = 30, colorBarRoom = 110;

static bool isFinite(double value) { return std::isfinite(value); }

Range kdslrun::rangeOf(const std::vector<double> &values) {
  Range range{std::numeric_limits<double>::infinity(),
              -std::numeric_limits<double>::infinity()};
  for (double value : values)
    if (isFinite(value)) {
      range.low = std::fmin(range.low, value);
      range.high = std::fmax(range.high, value);
    }
  if (range.low > range.high)
    return {};
  if (range.low == range.high) {
    const double margin = range.low == 0 ? 1 : std::fabs(range.low) / 2;
    return {range.low - margin, range.high + margin};
  }
  return range;
}

/// Multiples of 1, 2 or 5 times a power of ten, about six in the range.
static std::vector<double> ticksOf(Range range) {
  const double rough = range.width() / 6;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double ratio = rough / power;
  const double step = power * (ratio < 1.5   ? 1
                               : ratio < 3.5 ? 2
                               : ratio < 7.5 ? 5
                                             : 10);
  std::vector<double> ticks;
  for (double k = std::ceil(range.low / step - 1e-9);
       k * step <= range.high + 1e-9 * step && ticks.size() < 20; ++k)
    ticks.push_back(k == 0 ? 0 : k * step);
  return ticks;
}

static std::string escaped(const std::string &words) {
  std::string safe;
  for (char c : words)
    if (c == '<')
      safe += "&lt;";
    else if (c == '&')
      safe += "&amp;";
    else
      safe += c;
  return safe;
}

std::string kdslrun::colorOf(double fraction) {
  static const int stops[][3] = {
      {68, 1, 84},    {71, 44, 122},  {59, 81, 139},
      {44, 113, 142}, {33, 144, 141}, {39, 173, 129},
      {92, 200, 99},  {170, 220, 50}, {253, 231, 37}};
  constexpr int last = 8;
  if (fraction != fraction)
    return "#bbbbbb";
  const double place = std::fmin(std::fmax(fraction, 0), 1) * last;
  const int k = place < last ? int(place) : last - 1;
  const double t = place - k;
  int mixed[3];
  for (int c = 0; c < 3; ++c)
    mixed[c] = int(std::lround((1 - t) * stops[k][c] + t * stops[k + 1][c]));
  return fmt::format("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2]);
}

std::string kdslrun::seriesColor(unsigned series) {
  static const char *const colors[] = {"#3066be", "#d1495b", "#2f9e6e",
                                       "#e08e2b", "#7a4ea3", "#5c6770"};
  return colors[series % 6];
}

Picture::Picture(const std::string &title, Range x, Range y, bool hasColors)
    : xRange(x), yRange(y),
      right(pictureWidth - (hasColors ? colorBarRoom : rightMargin)) {
  body = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" "
      "height=\"{1}\" viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" "
      "fill=\"#333\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      pictureWidth, pictureHeight);
  text((left + right) / 2, 30, "middle", title, 17);
  axes();
  body += fmt::format("<clipPath id=\"frame\"><rect x=\"{}\" y=\"{}\" "
                      "width=\"{}\" height=\"{}\"/></clipPath>\n"
                      "<g clip-path=\"url(#frame)\">\n",
                      left, top, right - left, bottom - top);
}

double Picture::toX(double value) const {
  return left + (value - xRange.low) / xRange.width() * (right - left);
}

double Picture::toY(double value) const {
  return bottom - (value - yRange.low) / yRange.width() * (bottom - top);
}

void Picture::text(double x, double y, const std::string &anchor,
                   const std::string &words, int size, bool isTurned) {
  const std::string turn =
      isTurned ? fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"", x, y)
               : "";
  body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" "
                      "font-size=\"{}\"{}>{}</text>\n",
                      x, y, anchor, size, turn, escaped(words));
}

void Picture::axes() {
  for (double tick : ticksOf(xRange)) {
    body += fmt::format("<path d=\"M{0:.1f} {1}V{2}\" stroke=\"#e4e4e4\"/>\n",
                        toX(tick), top, bottom);
    text(toX(tick), bottom + 18, "middle", fmt::format("{:.6g}", tick), 12);
  }
  for (double tick : ticksOf(yRange)) {
    body += fmt::format("<path d=\"M{0} {1:.1f}H{2}\" stroke=\"#e4e4e4\"/>\n",
                        left, toY(tick), right);
    text(left - 8, toY(tick) + 4, "end", fmt::format("{:.6g}", tick), 12);
  }
  body += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
                      "fill=\"none\" stroke=\"#888\"/>\n",
                      left, top, right - left, bottom - top);
}

void Picture::line(const std::vector<double> &x, const std::vector<double> &y,
                   unsigned series) {
  std::string path;
  bool isDown = false;
  for (size_t k = 0; k < x.size(); ++k) {
    const bool isDrawn = isFinite(x[k]) && isFinite(y[k]);
    if (isDrawn)
      path += fmt::format("{}{:.2f} {:.2f}", isDown ? 'L' : 'M', toX(x[k]),
                          toY(y[k]));
    isDown = isDrawn;
  }
  body += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" "
                      "stroke-width=\"1.8\" stroke-linejoin=\"round\"/>\n",
                      path, seriesColor(series));
}

void Picture::dot(double x, double y, const std::string &color, double radius) {
  if (isFinite(x) && isFinite(y))
    body += fmt::format("<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{:.2f}\" "
                        "fill=\"{}\" fill-opacity=\"0.85\"/>\n",
                        toX(x), toY(y), radius, color);
}

void Picture::cell(double x, double y, double width, double height,
                   const std::string &color) {
  const double x0 = toX(x - width / 2), x1 = toX(x + width / 2);
  const double y0 = toY(y + height / 2), y1 = toY(y - height / 2);
  // Cells overlap a little, so that no light lines show between them.
  body += fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" "
                      "height=\"{:.2f}\" fill=\"{}\"/>\n",
                      x0, y0, x1 - x0 + 0.3, y1 - y0 + 0.3, color);
}

void Picture::colorBar(Range values) {
  constexpr int steps = 64;
  const double x = right + 18, step = (bottom - top) / steps;
  body += "</g>\n<g>\n";
  for (int k = 0; k < steps; ++k)
    body += fmt::format("<rect x=\"{:.1f}\" y=\"{:.2f}\" width=\"14\" "
                        "height=\"{:.2f}\" fill=\"{}\"/>\n",
                        x, bottom - (k + 1) * step, step + 0.3,
                        colorOf((k + 0.5) / steps));
  for (double tick : ticksOf(values)) {
    const double y =
        bottom - (tick - values.low) / values.width() * (bottom - top);
    text(x + 20, y + 4, "start", fmt::format("{:.4g}", tick), 12);
  }
}

void Picture::labels(const std::string &x, const std::string &y) {
  body += "</g>\n<g>\n";
  text((left + right) / 2, bottom + 42, "middle", x, 14);
  text(20, (top + bottom) / 2, "middle", y, 14, /*isTurned=*/true);
}

std::string Picture::finish() { return body + "</g>\n</svg>\n"; }
