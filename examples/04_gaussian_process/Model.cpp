//===- Model.cpp - a regression, its error, and how to lower it -----------===//

#include "Model.h"
#include "regression.h"
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace {

/// The settings as the programs take them.
struct Scales {
  double ell[2], noise;
  explicit Scales(const Settings &s)
      : ell{std::exp(s[0]), std::exp(s[1])}, noise(std::exp(s[2])) {}
};

void require(int status, const char *name) {
  if (status == KDSL_OK)
    return;
  std::fprintf(stderr, "%s: %s\n", name, kdsl_last_error());
  std::exit(1);
}

double dot(const Numbers &a, const Numbers &b) {
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k)
    sum += a[k] * b[k];
  return sum;
}

/// Solves (K + noise) a = b.
Numbers solve(const Samples &training, const Scales &scales, const Numbers &b,
              long &products) {
  constexpr double tolerance = 1e-10;
  Numbers a(b.size(), 0), rest = b, direction = b, image(b.size());
  double now = dot(rest, rest);
  const double enough = tolerance * tolerance * now;
  for (size_t step = 0; step < 10 * b.size() && now > enough; ++step) {
    require(normal(training.count(), training.at.data(), direction.data(),
                   scales.ell, scales.noise, image.data()),
            "normal");
    ++products;
    const double length = now / dot(direction, image);
    for (size_t k = 0; k < b.size(); ++k) {
      a[k] += length * direction[k];
      rest[k] -= length * image[k];
    }
    const double next = dot(rest, rest), share = next / now;
    for (size_t k = 0; k < b.size(); ++k)
      direction[k] = rest[k] + share * direction[k];
    now = next;
  }
  return a;
}

} // namespace

Numbers fit(const Samples &training, const Settings &settings, long &products) {
  return solve(training, Scales(settings), training.value, products);
}

Numbers predictAt(const Numbers &points, const Samples &training,
                  const Numbers &weights, const Settings &settings) {
  Numbers values(points.size() / 2);
  require(predict(long(values.size()), training.count(), points.data(),
                  training.at.data(), weights.data(), Scales(settings).ell,
                  values.data()),
          "predict");
  return values;
}

/// With A = K + noise, the weights are a = A^-1 y and the predictions f = C a.
/// For an error e with slope r in f,
///
///   de = r' dC a - q' dA a   where   A q = C' r,
///
/// which are the cotangents of `predict` at r and of `normal` at q.
double errorOf(const Samples &training, const Samples &held,
               const Settings &settings, Settings *slope, long &products) {
  const Scales scales(settings);
  const Numbers weights = fit(training, settings, products);
  const Numbers values = predictAt(held.at, training, weights, settings);
  Numbers r(values.size());
  double error = 0;
  for (size_t k = 0; k < values.size(); ++k) {
    r[k] = (values[k] - held.value[k]) / double(held.count());
    error += r[k] * (values[k] - held.value[k]) / 2;
  }
  if (!slope)
    return error;
  Numbers back(training.value.size());
  double ofPredict[2], ofNormal[2], ofNoise;
  require(predict_vjp(held.count(), training.count(), held.at.data(),
                      training.at.data(), weights.data(), scales.ell, r.data(),
                      back.data(), ofPredict),
          "predict_vjp");
  const Numbers q = solve(training, scales, back, products);
  require(normal_vjp(training.count(), training.at.data(), weights.data(),
                     scales.ell, scales.noise, q.data(), ofNormal, &ofNoise),
          "normal_vjp");
  for (int k = 0; k < 2; ++k) // in the logarithms
    (*slope)[k] = (ofPredict[k] - ofNormal[k]) * scales.ell[k];
  (*slope)[2] = -ofNoise * scales.noise;
  return error;
}

double rootMeanSquare(const Numbers &a, const Numbers &b) {
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k)
    sum += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(sum / double(a.size()));
}
