//===- main.cpp - where the earth shakes, from 1,000 quakes near Fiji -----===//
//
// usage: quakes quakes.csv map.png
//
//===----------------------------------------------------------------------===//

#include "QuakeMap.h"
#include "Reference.h"
#include "quakes.h"
#include <chrono>
#include <cstdio>

static constexpr float radius = 40; // of the kernel, in km

/// The points of the map in km, row by row from the north.
static std::vector<float> gridPoints(const MapArea &area) {
  std::vector<float> points;
  for (int row = 0; row < area.rows; ++row)
    for (int column = 0; column < area.columns; ++column) {
      points.push_back(area.kilometresEast(area.longitudeAt(column)));
      points.push_back(area.kilometresNorth(area.latitudeAt(row)));
    }
  return points;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return std::fprintf(stderr, "usage: %s quakes.csv map.png\n", argv[0]), 2;
  std::vector<Quake> quakes = readQuakes(argv[1]);
  if (quakes.empty())
    return std::fprintf(stderr, "%s: no quakes found\n", argv[1]), 2;

  MapArea area;
  std::vector<float> grid = gridPoints(area), epicentres;
  for (const Quake &quake : quakes) {
    epicentres.push_back(area.kilometresEast(quake.longitude));
    epicentres.push_back(area.kilometresNorth(quake.latitude));
  }
  auto m = static_cast<int64_t>(grid.size() / 2);
  auto n = static_cast<int64_t>(quakes.size());
  std::vector<float> p(m);

  auto start = std::chrono::steady_clock::now();
  int status = density(m, n, grid.data(), epicentres.data(), radius, p.data());
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  if (status != KDSL_OK)
    return std::fprintf(stderr, "density: %s\n", kdsl_last_error()), 1;
  std::printf("%lld points x %lld quakes in %.4f s: %.2e pairs a second\n",
              (long long)m, (long long)n, time.count(),
              double(m) * double(n) / time.count());

  Deviation worst = compareWithLoop(grid, epicentres, radius, p);
  std::printf("largest error against a float64 loop: %.2e of the largest "
              "density, %.2f of the promised bound\n",
              worst.relative, worst.ofBound);
  if (!drawMap(argv[2], area, p, quakes, radius))
    return std::fprintf(stderr, "%s: cannot be written\n", argv[2]), 1;
  std::printf("map written to %s\n", argv[2]);
  return worst.ofBound <= 1 ? 0 : 1;
}
