//===- Reference.h - the same density, computed in float64 ----------------===//

#ifndef KDSL_EXAMPLES_QUAKES_REFERENCE_H
#define KDSL_EXAMPLES_QUAKES_REFERENCE_H

#include <vector>

struct Deviation {
  double relative = 0; ///< largest error, over the largest density
  double ofBound = 0;  ///< largest error, over what quakes.h promises there
};

/// Compares every point of `density` with a plain loop over all quakes.
Deviation compareWithLoop(const std::vector<float> &grid,
                          const std::vector<float> &quakes, float radius,
                          const std::vector<float> &density);

#endif // KDSL_EXAMPLES_QUAKES_REFERENCE_H
