//===- Model.h - a regression, its error, and how to lower it -------------===//

#ifndef KDSL_EXAMPLES_GAUSSIANPROCESS_MODEL_H
#define KDSL_EXAMPLES_GAUSSIANPROCESS_MODEL_H

#include <array>
#include <vector>

using Numbers = std::vector<double>;

/// Points of the plane, x and y of each, and a number at each.
struct Samples {
  Numbers at, value;
  long count() const { return long(value.size()); }
};

/// Logarithms of the two length scales and of the noise's variance: what is
/// learned.
using Settings = std::array<double, 3>;

/// The weights of the training points: (K + noise) a = values, by conjugate
/// gradients with matrix products that never store K. Counts the products.
Numbers fit(const Samples &training, const Settings &settings, long &products);

/// Predictions at points from fitted weights.
Numbers predictAt(const Numbers &points, const Samples &training,
                  const Numbers &weights, const Settings &settings);

/// Half the mean squared error at `held` of the regression of `training`, and
/// its slope in the settings: through the solve, by a second one.
double errorOf(const Samples &training, const Samples &held,
               const Settings &settings, Settings *slope, long &products);

double rootMeanSquare(const Numbers &a, const Numbers &b);

#endif // KDSL_EXAMPLES_GAUSSIANPROCESS_MODEL_H
