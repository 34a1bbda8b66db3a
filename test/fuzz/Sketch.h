//===- Sketch.h - a random program ----------------------------------------===//

#ifndef KDSLC_TEST_FUZZ_SKETCH_H
#define KDSLC_TEST_FUZZ_SKETCH_H

#include "Term.h"
#include <cstdint>

namespace kdslc::fuzz {

struct Input {
  std::string name, elem; ///< "x0", "real"
  std::vector<std::string> axes;
  Kind kind;
  Shape shape;
  Interval range;
};

struct Output {
  std::string name, elem;
  std::vector<std::string> axes, indices;
  TermPtr value;
};

/// `let name[indices] = value`, or a kernel with its parameters.
struct Definition {
  std::string name;
  std::vector<std::string> axes, indices;
  TermPtr value;
  std::vector<TermPtr> parameters; ///< of a kernel: names and what they take
};

/// A program and the element type that it is compiled for. Edits of its terms
/// make other sketches, right or wrong.
struct Sketch {
  uint64_t seed = 0;
  std::string real = "f32";
  std::vector<Input> inputs;
  std::vector<Definition> kernels, lets;
  std::vector<Output> outputs;
  std::string derive; ///< "vjp" or "jvp" in all inputs of `real`; or nothing

  /// The source; what nothing uses is left out.
  std::string text() const;
  /// The axes that the text names, in the order of the C arguments.
  std::vector<std::string> axes() const;
  int count() const;

private:
  std::vector<std::string> strayAxes(const std::string &body) const;
};

} // namespace kdslc::fuzz

#endif // KDSLC_TEST_FUZZ_SKETCH_H
