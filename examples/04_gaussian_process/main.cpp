//===- main.cpp - how deep the earth shakes, from where it does -----------===//
//
// usage: gaussian_process quakes.csv map.png
//
//===----------------------------------------------------------------------===//

#include "Canvas.h"
#include "Model.h"
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

static constexpr double kilometres = 100; // of one unit of the points
static constexpr double degree = 111.2;   // km of a degree of latitude

/// Quakes by turns: three of five to fit, one to choose the settings, one to
/// test.
struct Quakes {
  Samples training, held, test;
  double meanDepth = 0;
};

static bool readQuakes(const char *path, Quakes &quakes) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line); // the names of the columns
  Samples *parts[] = {&quakes.training, &quakes.held, &quakes.training,
                      &quakes.test, &quakes.training};
  double latitude, longitude, depth;
  for (size_t k = 0; std::getline(file, line); ++k) {
    if (std::sscanf(line.c_str(), "%lf,%lf,%lf", &latitude, &longitude,
                    &depth) != 3)
      return false;
    Samples &part = *parts[k % 5];
    part.at.push_back((longitude - 180) * degree * 0.937 / kilometres);
    part.at.push_back((latitude + 20) * degree / kilometres);
    part.value.push_back(depth / kilometres);
  }
  for (double depth : quakes.training.value)
    quakes.meanDepth += depth / double(quakes.training.value.size());
  for (Samples *part : {&quakes.training, &quakes.held, &quakes.test})
    for (double &depth : part->value)
      depth -= quakes.meanDepth;
  return quakes.test.count() > 0;
}

/// The largest difference between the slope and central differences, relative to
/// the slope's largest number.
static double slopeError(const Quakes &quakes, const Settings &settings) {
  const double step = 1e-4;
  Settings slope;
  long products = 0;
  errorOf(quakes.training, quakes.held, settings, &slope, products);
  double worst = 0, largest = 0;
  for (size_t k = 0; k < settings.size(); ++k) {
    Settings up = settings, down = settings;
    up[k] += step;
    down[k] -= step;
    const double rise =
        errorOf(quakes.training, quakes.held, up, nullptr, products) -
        errorOf(quakes.training, quakes.held, down, nullptr, products);
    worst = std::fmax(worst, std::fabs(rise / (2 * step) - slope[k]));
    largest = std::fmax(largest, std::fabs(slope[k]));
  }
  return worst / largest;
}

/// Steps along the slope, longer while the error falls.
static Settings learn(const Quakes &quakes, Settings settings, int steps,
                      long &products) {
  Settings slope;
  double error =
      errorOf(quakes.training, quakes.held, settings, &slope, products);
  double length = 0.3;
  for (int step = 0; step < steps; ++step) {
    const double norm = std::hypot(slope[0], slope[1], slope[2]);
    Settings next = settings, there;
    for (size_t k = 0; k < next.size(); ++k)
      next[k] -= length * slope[k] / norm;
    const double reached =
        errorOf(quakes.training, quakes.held, next, &there, products);
    length *= reached < error ? 1.3 : 0.4;
    if (reached < error) {
      settings = next;
      slope = there;
      error = reached;
    }
  }
  return settings;
}

static double testError(const Quakes &quakes, const Settings &settings,
                        long &products) {
  const Numbers weights = fit(quakes.training, settings, products);
  return rootMeanSquare(
      predictAt(quakes.test.at, quakes.training, weights, settings),
      quakes.test.value);
}

static picture::Colour colourOf(double depth) {
  return picture::mix({0.98f, 0.85f, 0.45f}, {0.15f, 0.1f, 0.4f},
                      float(std::fmin(std::fmax(depth / 7, 0), 1)));
}

/// Depths as colours, with the quakes of the test as discs.
static bool drawMap(const char *path, const Quakes &quakes,
                    const Settings &settings, long &products) {
  constexpr int side = 480, cell = 6;
  constexpr double west = -16, north = 11, width = 26; // units of the points
  auto place = [](double pixel) { return width * pixel / side; };
  picture::Canvas canvas(side, side + 40, {1, 1, 1});
  Numbers grid;
  for (int y = 0; y < side; y += cell)
    for (int x = 0; x < side; x += cell) {
      grid.push_back(west + place(x + cell / 2.0));
      grid.push_back(north - place(y + cell / 2.0));
    }
  const Numbers weights = fit(quakes.training, settings, products);
  const Numbers depth = predictAt(grid, quakes.training, weights, settings);
  for (size_t k = 0; k < depth.size(); ++k)
    canvas.fillRect(cell * double(k % (side / cell)),
                    cell * double(k / (side / cell)), cell, cell,
                    colourOf(depth[k] + quakes.meanDepth));
  for (long k = 0; k < quakes.test.count(); ++k) {
    const picture::Point at{(quakes.test.at[2 * k] - west) * side / width,
                            (north - quakes.test.at[2 * k + 1]) * side / width};
    if (at.y > side)
      continue; // south of the map
    canvas.disc(at, 4.5, {1, 1, 1});
    canvas.disc(at, 3.5, colourOf(quakes.test.value[k] + quakes.meanDepth));
  }
  canvas.text({12, side + 26}, "depth of quakes near Fiji, 0 to 700 km", 11,
              {0, 0, 0});
  return canvas.save(path);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return std::fprintf(stderr, "usage: %s quakes.csv map.png\n", argv[0]), 2;
  Quakes quakes;
  if (!readQuakes(argv[1], quakes))
    return std::fprintf(stderr, "%s: no quakes found\n", argv[1]), 2;

  const Settings start{std::log(10.0), std::log(10.0), std::log(0.5)};
  const double wrong = slopeError(quakes, start);
  long products = 0;
  const double before = testError(quakes, start, products);
  const Settings learned = learn(quakes, start, 12, products);
  const double after = testError(quakes, learned, products);
  std::printf("slope against differences: %.1e of it\n", wrong);
  std::printf("length scales %.0f km east, %.0f km north; noise %.0f km\n",
              kilometres * std::exp(learned[0]),
              kilometres * std::exp(learned[1]),
              kilometres * std::exp(learned[2] / 2));
  std::printf("depth of %ld quakes: off by %.1f km before, %.1f km after; %ld "
              "matrix products\n",
              quakes.test.count(), kilometres * before, kilometres * after,
              products);
  if (!drawMap(argv[2], quakes, learned, products))
    return std::fprintf(stderr, "%s: cannot be written\n", argv[2]), 1;
  return wrong < 1e-5 && after < 0.9 * before ? 0 : 1;
}
