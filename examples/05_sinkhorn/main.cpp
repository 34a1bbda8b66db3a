//===- main.cpp - a disc of points flows into a ring ----------------------===//
//
// usage: sinkhorn flow.png
//
//===----------------------------------------------------------------------===//

#include "Canvas.h"
#include "Transport.h"
#include <cmath>
#include <cstdio>

static constexpr long points = 120;
static constexpr int steps = 12;
static constexpr double eps = 0.05;
static constexpr double pi = 3.14159265358979323846;

/// Points at even distances, wound around the centre like seeds of a sunflower.
static Cloud disc() {
  Cloud cloud;
  for (long k = 0; k < points; ++k) {
    const double radius = 0.5 * std::sqrt((double(k) + 0.5) / points);
    const double angle = pi * (3 - std::sqrt(5)) * double(k);
    cloud.at.push_back(radius * std::cos(angle) - 0.7);
    cloud.at.push_back(radius * std::sin(angle) - 0.4);
  }
  return cloud;
}

static Cloud ring() {
  Cloud cloud;
  for (long k = 0; k < points; ++k) {
    const double radius = k % 2 ? 0.75 : 0.6;
    const double angle = 2 * pi * double(k) / points;
    cloud.at.push_back(radius * std::cos(angle) + 0.3);
    cloud.at.push_back(radius * std::sin(angle) + 0.1);
  }
  return cloud;
}

/// The slope along one direction against central differences, relative to it.
static double slopeError(const Cloud &x, const Cloud &y) {
  const double step = 1e-4;
  Numbers slope;
  divergence(x, y, eps, &slope);
  Cloud up = x, down = x;
  double along = 0;
  for (size_t k = 0; k < slope.size(); ++k) {
    const double direction = std::sin(double(k) * 1.7) - 0.4;
    along += slope[k] * direction;
    up.at[k] += step * direction;
    down.at[k] -= step * direction;
  }
  const double difference =
      (divergence(up, y, eps, nullptr) - divergence(down, y, eps, nullptr)) /
      (2 * step);
  return std::fabs(difference - along) / std::fabs(along);
}

static picture::Point placeOf(const picture::Canvas &canvas, const double *at) {
  return {canvas.width() / 2.0 + 240 * at[0],
          canvas.height() / 2.0 - 240 * at[1]};
}

static void draw(picture::Canvas &canvas, const Cloud &cloud, double radius,
                 picture::Colour colour) {
  for (long k = 0; k < cloud.count(); ++k)
    canvas.disc(placeOf(canvas, &cloud.at[2 * size_t(k)]), radius, colour);
}

/// Moves all points down the slope; the whole step where the target is one
/// squared distance away. Draws their ways.
static void move(Cloud &x, const Numbers &slope, picture::Canvas &canvas) {
  const Cloud before = x;
  for (size_t k = 0; k < slope.size(); ++k)
    x.at[k] -= 0.6 * double(points) * slope[k];
  for (long k = 0; k < x.count(); ++k)
    canvas.line({placeOf(canvas, &before.at[2 * size_t(k)]),
                 placeOf(canvas, &x.at[2 * size_t(k)])},
                1, {0.6f, 0.65f, 0.75f});
}

int main(int argc, char **argv) {
  if (argc != 2)
    return std::fprintf(stderr, "usage: %s flow.png\n", argv[0]), 2;
  picture::Canvas canvas(640, 640, {1, 1, 1});
  Cloud x = disc();
  const Cloud y = ring();
  const double wrong = slopeError(x, y), same = divergence(y, y, eps, nullptr);
  Numbers slope;
  const double first = divergence(x, y, eps, &slope);
  const Cloud begin = x;
  double last = first;
  for (int step = 0; step < steps; ++step) {
    move(x, slope, canvas);
    last = divergence(x, y, eps, &slope);
  }
  std::printf("slope against differences: %.1e of it\n", wrong);
  std::printf("divergence of a set from itself %.1e; of disc and ring %.4f, "
              "after %d steps %.1e\n",
              same, first, steps, last);
  draw(canvas, y, 4, {0.75f, 0.1f, 0.2f});
  draw(canvas, begin, 3, {0.7f, 0.75f, 0.85f});
  draw(canvas, x, 2.5, {0.1f, 0.2f, 0.5f});
  canvas.text({16, 28}, "a disc flows into a ring", 12, {0, 0, 0});
  if (!canvas.save(argv[1]))
    return std::fprintf(stderr, "%s: cannot be written\n", argv[1]), 1;
  // A wrong slope would not lead to the ring.
  bool isRight = wrong < 1e-5 && std::fabs(same) < 1e-9 && last < 0.01 * first;
  return isRight ? 0 : 1;
}
