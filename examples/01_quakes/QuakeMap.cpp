//===- QuakeMap.cpp - quakes, and the map they are drawn on ---------------===//

#include "QuakeMap.h"
#include "Canvas.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

using picture::Align;
using picture::Canvas;
using picture::Colour;
using picture::Point;

std::vector<Quake> readQuakes(const std::string &path) {
  std::vector<Quake> quakes;
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    Quake q;
    if (std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf", &q.latitude, &q.longitude,
                    &q.depth, &q.magnitude) == 4)
      quakes.push_back(q);
  }
  return quakes;
}

static constexpr double kilometresADegree = 111.195;

float MapArea::kilometresEast(double longitude) const {
  double middle = (south + north) / 2 * 3.14159265358979323846 / 180;
  return float((longitude - west) * kilometresADegree * std::cos(middle));
}

float MapArea::kilometresNorth(double latitude) const {
  return float((latitude - south) * kilometresADegree);
}

//===----------------------------------------------------------------------===//
// Colours
//===----------------------------------------------------------------------===//

static constexpr Colour paper{0.965f, 0.96f, 0.945f}, ink{0.13f, 0.14f, 0.2f},
    pale{0.42f, 0.43f, 0.5f}, white{1, 1, 1};

/// Night sea to embers: lightness grows all the way, so that the map also reads
/// in grey. `t` is 0 to 1.
static Colour heat(double t) {
  static constexpr Colour stops[] = {
      {0.035f, 0.055f, 0.14f}, {0.085f, 0.11f, 0.30f}, {0.25f, 0.13f, 0.47f},
      {0.50f, 0.15f, 0.50f},   {0.76f, 0.23f, 0.43f},  {0.94f, 0.42f, 0.31f},
      {0.99f, 0.68f, 0.35f},   {1.0f, 0.94f, 0.68f}};
  constexpr int last = std::size(stops) - 1;
  double position = std::clamp(t, 0.0, 1.0) * last;
  int k = std::min(static_cast<int>(position), last - 1);
  return mix(stops[k], stops[k + 1], static_cast<float>(position - k));
}

//===----------------------------------------------------------------------===//
// The map
//===----------------------------------------------------------------------===//

namespace {

struct Place {
  const char *name;
  double longitude, latitude;
  bool labelOnLeft;
};

/// Something to hold on to on a map without coasts.
constexpr Place places[] = {
    {"Fiji (Suva)", 178.44, -18.14, true},
    {"Tonga", 184.80, -21.14, false},
    {"Samoa", 188.24, -13.83, true},
    {"Vanuatu", 168.32, -17.74, true},
    {"New Caledonia", 166.46, -22.27, false},
    {"Kermadec Islands", 182.08, -29.25, false},
    {"East Cape, New Zealand", 178.55, -37.69, true},
};

class MapPainter {
public:
  MapPainter(Canvas &canvas, const MapArea &area,
             const std::vector<float> &density)
      : canvas(canvas), area(area), density(density),
        largest(*std::max_element(density.begin(), density.end())) {}

  void paintDensity();
  void paintContours();
  void paintGraticule();
  void paintQuakes(const std::vector<Quake> &quakes);
  void paintPlaces();
  void paintColourBar();
  void paintSizes();
  void paintTitle(size_t quakes, double radius);

private:
  static constexpr double left = 62, top = 92, barGap = 34;

  /// The square root gives faint places a share of the colours.
  double shade(double p) const { return std::sqrt(p / largest); }
  double right() const { return left + area.columns; }
  double bottom() const { return top + area.rows; }
  Point place(double longitude, double latitude) const {
    return {
        left + (longitude - area.west) / (area.east - area.west) * area.columns,
        top + (area.north - latitude) / (area.north - area.south) * area.rows};
  }
  double dotRadius(double magnitude) const {
    return 0.7 + 0.7 * (magnitude - 4);
  }

  Canvas &canvas;
  const MapArea &area;
  const std::vector<float> &density;
  double largest;
};

} // namespace

void MapPainter::paintDensity() {
  for (int y = 0; y < area.rows; ++y)
    for (int x = 0; x < area.columns; ++x)
      canvas.blend(int(left) + x, int(top) + y,
                   heat(shade(density[size_t(y) * area.columns + x])), 1);
}

/// A thin line where the density crosses a level, by how far each pixel is from
/// the crossing in units of the local slope.
void MapPainter::paintContours() {
  auto at = [&](int x, int y) {
    return shade(density[size_t(y) * area.columns + x]);
  };
  for (int y = 1; y + 1 < area.rows; ++y)
    for (int x = 1; x + 1 < area.columns; ++x) {
      double slope =
          std::hypot(at(x + 1, y) - at(x - 1, y), at(x, y + 1) - at(x, y - 1)) /
          2;
      for (int level = 1; level <= 4 && slope > 1e-4; ++level) {
        double distance = std::fabs(at(x, y) - level * 0.2) / slope;
        canvas.blend(int(left) + x, int(top) + y, white,
                     0.35 * std::max(0.0, 1 - distance));
      }
    }
}

static std::string longitudeText(int degrees) {
  int d = degrees > 180 ? 360 - degrees : degrees;
  std::string side = degrees == 180 ? "" : degrees > 180 ? "W" : "E";
  return std::to_string(d) + "°" + side;
}

void MapPainter::paintGraticule() {
  for (int d = int(std::ceil(area.west / 5)) * 5; d < area.east; d += 5) {
    double x = place(d, 0).x;
    canvas.line({{x, top}, {x, bottom()}}, 1, white, 0.16);
    canvas.line({{x, bottom()}, {x, bottom() + 6}}, 1, ink);
    canvas.text({x, bottom() + 23}, longitudeText(d), 10.5, ink, Align::Centre);
  }
  for (int d = int(std::ceil(area.south / 5)) * 5; d < area.north; d += 5) {
    double y = place(0, d).y;
    canvas.line({{left, y}, {right(), y}}, 1, white, 0.16);
    canvas.line({{left - 6, y}, {left, y}}, 1, ink);
    canvas.text({left - 11, y + 5}, std::to_string(-d) + "°S", 10.5, ink,
                Align::Right);
  }
  canvas.line({{left, top},
               {right(), top},
               {right(), bottom()},
               {left, bottom()},
               {left, top}},
              1.4, ink);
}

void MapPainter::paintQuakes(const std::vector<Quake> &quakes) {
  for (const Quake &quake : quakes)
    canvas.disc(place(quake.longitude, quake.latitude),
                dotRadius(quake.magnitude), white, 0.6);
}

void MapPainter::paintPlaces() {
  constexpr Colour sea{0.62f, 0.88f, 0.95f}, dark{0.02f, 0.03f, 0.1f};
  for (const Place &each : places) {
    Point p = place(each.longitude, each.latitude);
    canvas.line({{p.x - 4, p.y + 3},
                 {p.x + 4, p.y + 3},
                 {p.x, p.y - 4},
                 {p.x - 4, p.y + 3}},
                1.6, sea);
    Point at{p.x + (each.labelOnLeft ? -9 : 9), p.y + 5};
    Align align = each.labelOnLeft ? Align::Right : Align::Left;
    // A dark copy below keeps the text legible on any colour.
    canvas.text(at, each.name, 10, dark, align, 3);
    canvas.text(at, each.name, 10, sea, align);
  }
}

void MapPainter::paintColourBar() {
  constexpr double width = 20, height = 420;
  double x = right() + barGap, y = top + 34;
  canvas.text({x, top + 9}, "quakes in", 10.5, ink);
  canvas.text({x, top + 24}, "100 × 100 km", 10.5, ink);
  for (int k = 0; k < int(height); ++k)
    canvas.fillRect(x, y + k, width, 1, heat(1 - (k + 0.5) / height));
  canvas.line({{x, y},
               {x + width, y},
               {x + width, y + height},
               {x, y + height},
               {x, y}},
              1, ink);
  double most = largest * 1e4;
  double step = most > 40 ? 10 : most > 16 ? 5 : most > 6 ? 2 : 1;
  for (double tick = 0; tick <= most; tick += step) {
    double at = y + height * (1 - std::sqrt(tick / most));
    canvas.line({{x + width, at}, {x + width + 5, at}}, 1, ink);
    canvas.text({x + width + 10, at + 5}, std::to_string(int(tick)), 10.5, ink);
  }
}

void MapPainter::paintSizes() {
  double x = right() + barGap, y = top + 510;
  canvas.text({x, y}, "magnitude", 10.5, ink);
  canvas.fillRect(x, y + 14, 84, 100, heat(0.12));
  for (int magnitude = 4; magnitude <= 6; ++magnitude) {
    double row = y + 34 + (magnitude - 4) * 30;
    canvas.disc({x + 22, row}, dotRadius(magnitude), white, 0.9);
    canvas.text({x + 48, row + 5}, std::to_string(magnitude), 10.5, white);
  }
}

void MapPainter::paintTitle(size_t quakes, double radius) {
  canvas.text({left, 44}, "Where the earth shakes near Fiji", 20, ink,
              Align::Left, 1.1);
  canvas.text({left, 74},
              std::to_string(quakes) +
                  " earthquakes since 1964; density with a Gaussian of " +
                  std::to_string(int(radius)) + " km",
              10.5, pale);
}

bool drawMap(const std::string &path, const MapArea &area,
             const std::vector<float> &density,
             const std::vector<Quake> &quakes, double radius) {
  Canvas canvas(area.columns + 206, area.rows + 138, paper);
  MapPainter painter(canvas, area, density);
  painter.paintDensity();
  painter.paintContours();
  painter.paintQuakes(quakes);
  painter.paintGraticule();
  painter.paintPlaces();
  painter.paintColourBar();
  painter.paintSizes();
  painter.paintTitle(quakes.size(), radius);
  return canvas.save(path);
}
