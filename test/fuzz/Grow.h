//===- Grow.h - random well-typed programs --------------------------------===//
//
// Every term is made with the interval of its values on ordinary inputs, and is
// bent into the domain of what takes it: a program whose results overflow, or
// hang on the rounding of a logarithm of nearly 0, tests nothing.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_FUZZ_GROW_H
#define KDSLC_TEST_FUZZ_GROW_H

#include "Features.h"
#include "Random.h"
#include "Sketch.h"
#include <functional>

namespace kdslc::fuzz {

/// The program of a seed.
Sketch grow(uint64_t seed, const Features &features);

struct Index {
  std::string name, axis;
  bool batch = false;
};

/// What a term may use.
struct Scope {
  std::vector<Index> indices;
  std::vector<TermPtr> parameters; ///< in a kernel, which has no rows
  bool inKernel = false;
  int reductions = 0; ///< how many are around
};

class Grower {
public:
  Grower(uint64_t seed, const Features &features);
  Sketch program();

private:
  using Choice = std::function<TermPtr()>;
  /// Choices with their weights.
  class Choices {
  public:
    void add(double weight, Choice choice) {
      list.push_back({weight, std::move(choice)});
    }
    TermPtr pick(Random &random) const;

  private:
    std::vector<std::pair<double, Choice>> list;
  };

  // Terms (Grow.cpp).
  TermPtr term(const Scope &scope, Kind kind, Shape shape, int depth);
  TermPtr real(const Scope &scope, Shape shape, int depth);
  TermPtr integer(const Scope &scope, int depth);
  TermPtr truth(const Scope &scope, Shape shape, int depth);
  TermPtr leaf(const Scope &scope, Kind kind, Shape shape);
  TermPtr fixed(const Scope &scope, Kind kind, Shape shape);
  TermPtr input(const Scope &scope, Kind kind, Shape shape);
  Input newInput(std::vector<std::string> axesRead, Kind kind, Shape shape);
  TermPtr binary(const Scope &scope, Shape shape, int depth);
  TermPtr power(const Scope &scope, Shape shape, int depth);
  TermPtr pair(const Scope &scope, Shape shape, int depth);
  TermPtr chosen(const Scope &scope, Kind kind, Shape shape, int depth);
  TermPtr useLet(const Scope &scope, Kind kind, Shape shape);
  TermPtr useKernel(const Scope &scope, int depth);
  TermPtr fit(TermPtr term, Interval domain);
  TermPtr modest(TermPtr term) { return fit(std::move(term), {-20, 20}); }
  Shape partner(Shape shape);

  // Functions of numbers and vectors (GrowFunctions.cpp).
  TermPtr function(const Scope &scope, Shape shape, int depth);
  TermPtr jump(const Scope &scope, Shape shape, int depth);
  TermPtr fromVector(const Scope &scope, int depth);
  TermPtr toVector(const Scope &scope, int n, int depth);
  TermPtr linear(const Scope &scope, Shape shape, int depth);
  TermPtr fold(const Scope &scope, Kind kind, int depth);

  // Reductions (GrowReductions.cpp).
  bool mayReduce(const Scope &scope) const;
  TermPtr reduction(const Scope &scope, Kind kind, Shape shape, int depth);
  struct Bound {
    Scope scope;
    std::vector<Index> indices;
    TermPtr where;
    std::string in, row; ///< the last index runs over `in[row]`, or anywhere
  };
  Bound bind(const Scope &scope, bool single);
  TermPtr predicate(const Scope &scope);
  void addRanges(Bound &bound);
  std::string rangesOf(const Index &kept, const Index &reduced);
  TermPtr over(const std::string &name, const Bound &bound,
               std::vector<TermPtr> args, Kind kind, Shape shape,
               Interval range, const std::string &last = "");

  // Programs (GrowProgram.cpp).
  void addKernel();
  void addLet();
  void addOutput();
  std::string newName(char letter) { return letter + std::to_string(names++); }
  int length();

  bool has(Feature feature) const { return on[feature]; }

  Random random;
  Features on;
  Sketch sketch;
  std::vector<std::string> axes, batchAxes;
  int lengthOfAll = 3; ///< most vectors have this length, so that they meet
  int names = 0;
};

} // namespace kdslc::fuzz

#endif // KDSLC_TEST_FUZZ_GROW_H
