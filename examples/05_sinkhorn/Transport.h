//===- Transport.h - the Sinkhorn divergence of two sets of points --------===//

#ifndef KDSL_EXAMPLES_SINKHORN_TRANSPORT_H
#define KDSL_EXAMPLES_SINKHORN_TRANSPORT_H

#include <vector>

using Numbers = std::vector<double>;

/// x and y of each point; all have the same weight.
struct Cloud {
  Numbers at;
  long count() const { return long(at.size() / 2); }
};

/// S(x, y) = OT(x, y) - OT(x, x)/2 - OT(y, y)/2: never negative, and 0 where the
/// sets agree, which OT with an entropy alone is not.
///
/// \param eps    the strength of the entropy, a squared length.
/// \param slope  receives dS/dx, x and y of each point; may be null.
double divergence(const Cloud &x, const Cloud &y, double eps, Numbers *slope);

#endif // KDSL_EXAMPLES_SINKHORN_TRANSPORT_H
