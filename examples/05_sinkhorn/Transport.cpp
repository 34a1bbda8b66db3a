//===- Transport.cpp - the Sinkhorn divergence of two sets of points ------===//

#include "Transport.h"
#include "sinkhorn.h"
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace {

/// Potentials at rest to this change.
constexpr double atRest = 1e-10;
constexpr int mostSteps = 20000;

void require(int status, const char *name) {
  if (status == KDSL_OK)
    return;
  std::fprintf(stderr, "%s: %s\n", name, kdsl_last_error());
  std::exit(1);
}

Numbers potentialOf(const Cloud &x, const Cloud &y, const Numbers &ofY,
                    double eps) {
  Numbers f(size_t(x.count()));
  require(softmin(x.count(), y.count(), x.at.data(), y.at.data(), ofY.data(),
                  eps, f.data()),
          "softmin");
  return f;
}

/// dF/dx for F, the mean of the potential that y's potential gives x.
Numbers slopeOf(const Cloud &x, const Cloud &y, const Numbers &ofY,
                double eps) {
  const Numbers weights(size_t(x.count()), 1.0 / double(x.count()));
  Numbers slope(x.at.size());
  require(softmin_vjp(x.count(), y.count(), x.at.data(), y.at.data(),
                      ofY.data(), eps, weights.data(), slope.data()),
          "softmin_vjp");
  return slope;
}

double mean(const Numbers &v) {
  double sum = 0;
  for (double number : v)
    sum += number / double(v.size());
  return sum;
}

/// The mean of both; how far the first was from it.
double average(Numbers &own, const Numbers &other) {
  double change = 0;
  for (size_t k = 0; k < own.size(); ++k) {
    change = std::fmax(change, std::fabs(other[k] - own[k]));
    own[k] = (own[k] + other[k]) / 2;
  }
  return change;
}

/// Potentials of two sets, both updated at once and averaged, which converges
/// fast for equal sets too.
struct Potentials {
  Numbers f, g;

  Potentials(const Cloud &x, const Cloud &y, double eps)
      : f(size_t(x.count()), 0), g(size_t(y.count()), 0) {
    for (int step = 0; step < mostSteps; ++step) {
      const Numbers ofX = potentialOf(x, y, g, eps);
      const Numbers ofY = potentialOf(y, x, f, eps);
      const double change = std::fmax(average(f, ofX), average(g, ofY));
      if (change < atRest)
        return;
    }
  }
  double cost() const { return mean(f) + mean(g); }
};

} // namespace

double divergence(const Cloud &x, const Cloud &y, double eps, Numbers *slope) {
  const Potentials across(x, y, eps), ofX(x, x, eps), ofY(y, y, eps);
  if (slope) {
    // OT(x, x)/2 depends on x twice: as those carried and as where to.
    const Numbers own = slopeOf(x, x, ofX.g, eps);
    *slope = slopeOf(x, y, across.g, eps);
    for (size_t k = 0; k < own.size(); ++k)
      (*slope)[k] -= own[k];
  }
  return across.cost() - ofX.cost() / 2 - ofY.cost() / 2;
}
