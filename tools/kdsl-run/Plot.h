//===- Plot.h - a picture of an output ------------------------------------===//

#ifndef KDSL_RUN_PLOT_H
#define KDSL_RUN_PLOT_H

#include "Call.h"

namespace kdslrun {

/// Draws the output at position `output` of the call as an SVG document.
///
/// The first input with the same rows and one or two features gives the
/// places: one feature makes curves, two make a scatter, or a heat map when
/// the places are a full grid. Without such an input, rows of two features are
/// drawn as points and all others against their row number.
llvm::Expected<std::string> plot(const Call &call, uint32_t output);

} // namespace kdslrun

#endif // KDSL_RUN_PLOT_H
