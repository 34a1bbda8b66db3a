//===- main.cpp - a circle is pushed, and flows without tearing -----------===//
//
// usage: shooting out.png
//
//===----------------------------------------------------------------------===//

#include "Canvas.h"
#include "shooting.h"
#include <cmath>
#include <cstdio>
#include <cstdlib>

static constexpr int64_t points = 200;
static constexpr int steps = 100;
static constexpr double scale = 0.35; // of the kernel
static constexpr double pi = 3.14159265358979323846;

/// Points and momenta, x and y of each.
struct State {
  std::vector<double> q, p;
};

/// The state moved by `step` along a rate of change.
static State moved(const State &state, const State &rate, double step) {
  State result = state;
  for (size_t k = 0; k < result.q.size(); ++k) {
    result.q[k] += step * rate.q[k];
    result.p[k] += step * rate.p[k];
  }
  return result;
}

/// dq/dt = dH/dp and dp/dt = -dH/dq; gives the energy H too.
static State rateOf(const State &state, double *energy) {
  State rate = state;
  const int status =
      hamiltonian_grad(points, state.q.data(), state.p.data(), scale, energy,
                       rate.p.data(), rate.q.data());
  if (status != KDSL_OK) {
    std::fprintf(stderr, "hamiltonian_grad: %s\n", kdsl_last_error());
    std::exit(1);
  }
  for (double &change : rate.p)
    change = -change;
  return rate;
}

/// One step of the classical Runge-Kutta method; the energy before it.
static double advance(State &state, double step) {
  double energy, unused;
  const State a = rateOf(state, &energy);
  const State b = rateOf(moved(state, a, step / 2), &unused);
  const State c = rateOf(moved(state, b, step / 2), &unused);
  const State d = rateOf(moved(state, c, step), &unused);
  state = moved(state, a, step / 6);
  state = moved(state, b, step / 3);
  state = moved(state, c, step / 3);
  state = moved(state, d, step / 6);
  return energy;
}

/// A circle whose points are pushed outwards in three directions.
static State start() {
  State state;
  for (int64_t k = 0; k < points; ++k) {
    const double angle = 2 * pi * double(k) / points;
    const double push = 0.035 * std::cos(3 * angle);
    state.q.insert(state.q.end(), {std::cos(angle), std::sin(angle)});
    state.p.insert(state.p.end(),
                   {push * std::cos(angle), push * std::sin(angle)});
  }
  return state;
}

static void draw(picture::Canvas &canvas, const State &state, double time) {
  std::vector<picture::Point> line;
  for (int64_t k = 0; k <= points; ++k) {
    const double *at = &state.q[2 * size_t(k % points)];
    line.push_back({canvas.width() / 2.0 + 130 * at[0],
                    canvas.height() / 2.0 - 130 * at[1]});
  }
  canvas.line(line, 2, picture::mix({0.75f, 0.8f, 0.9f}, {0.7f, 0.1f, 0.2f},
                                    float(time)));
}

int main(int argc, char **argv) {
  if (argc != 2)
    return std::fprintf(stderr, "usage: %s out.png\n", argv[0]), 2;
  picture::Canvas canvas(640, 640, {1, 1, 1});
  State state = start();
  double first = 0, worst = 0;
  for (int step = 0; step <= steps; ++step) {
    if (step % 20 == 0)
      draw(canvas, state, double(step) / steps);
    const double energy = advance(state, 1.0 / steps);
    if (step == 0)
      first = energy;
    worst = std::fmax(worst, std::fabs(energy - first) / first);
  }
  // The method's own error; a wrong derivative would lose the energy at once.
  const double bound = 1e-8;
  std::printf("energy %.6f, conserved to %.2e (bound %.0e) over %d steps\n",
              first, worst, bound, steps);
  canvas.text({16, 28}, "a circle, shot along a geodesic", 12, {0, 0, 0});
  if (!canvas.save(argv[1]))
    return std::fprintf(stderr, "%s: cannot be written\n", argv[1]), 1;
  return worst <= bound ? 0 : 1;
}
