//===- QuakeMap.h - quakes, and the map they are drawn on -----------------===//

#ifndef KDSL_EXAMPLES_QUAKES_QUAKEMAP_H
#define KDSL_EXAMPLES_QUAKES_QUAKEMAP_H

#include <string>
#include <vector>

/// One earthquake; longitudes are east, 0 to 360 degrees.
struct Quake {
  double longitude = 0, latitude = 0, depth = 0, magnitude = 0;
};

/// Reads "lat,long,depth,mag,stations" behind one line of titles; lines that do
/// not fit are skipped.
std::vector<Quake> readQuakes(const std::string &path);

/// The rectangle of the map. It is narrow enough to be taken for flat: a degree
/// of longitude counts as long as it is at the map's middle.
struct MapArea {
  double west = 163, east = 190.5, south = -40, north = -9.5;
  int columns = 600, rows = 740;

  double longitudeAt(double column) const {
    return west + (column + 0.5) * (east - west) / columns;
  }
  double latitudeAt(double row) const {
    return north - (row + 0.5) * (north - south) / rows;
  }
  float kilometresEast(double longitude) const;
  float kilometresNorth(double latitude) const;
};

/// Draws density (quakes a square kilometre, row by row from the north), the
/// quakes, a graticule and legends. False when the file cannot be written.
bool drawMap(const std::string &path, const MapArea &area,
             const std::vector<float> &density,
             const std::vector<Quake> &quakes, double radius);

#endif // KDSL_EXAMPLES_QUAKES_QUAKEMAP_H
