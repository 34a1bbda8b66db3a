//===- GrowProgram.cpp - random inputs, lets, kernels and outputs ---------===//

#include "Grow.h"
#include <algorithm>
#include <fmt/format.h>

namespace kdslc::fuzz {

Grower::Grower(uint64_t seed, const Features &features)
    : random(seed), on(features) {
  sketch.seed = seed;
}

/// A function of two numbers or vectors.
void Grower::addKernel() {
  Scope scope;
  scope.inKernel = true;
  for (int k = 0; k < 2; ++k) {
    Shape shape;
    if (has(Feature::Vectors) && random.chance(0.5))
      shape.rows = lengthOfAll;
    scope.parameters.push_back(
        apply(k ? "v" : "u", {}, Kind::Real, shape,
              random.chance(0.5) ? Interval{-2, 2} : Interval{0.25, 4}));
  }
  Definition kernel;
  kernel.name = newName('f');
  kernel.parameters = scope.parameters;
  kernel.value = real(scope, {}, random.between(2, 4));
  sketch.kernels.push_back(kernel);
}

/// A symbolic matrix, or a row of numbers.
void Grower::addLet() {
  Scope scope;
  Definition let;
  let.name = newName('K');
  auto add = [&](const std::string &name, const std::string &axis, bool batch) {
    scope.indices.push_back({name, axis, batch});
    let.indices.push_back(name);
    let.axes.push_back(axis);
  };
  if (random.chance(0.5))
    for (size_t b = 0; b < batchAxes.size(); ++b)
      add(fmt::format("b{}", b), batchAxes[b], true);
  add("i", random.pick(axes), false);
  const bool isMatrix = random.chance(0.6);
  if (isMatrix) {
    add("j", random.pick(axes), false);
    scope.reductions = 1; // it stands inside of one
  }
  const Shape shape{has(Feature::Vectors) && random.chance(0.2) ? length() : 0};
  let.value = modest(real(scope, shape, random.between(1, 3)));
  for (const std::string &index : let.indices)
    if (!let.value->subscripts.count(index))
      return; // nothing says what it ranges over
  sketch.lets.push_back(let);
}

void Grower::addOutput() {
  Scope scope;
  Output output;
  for (size_t b = 0; b < batchAxes.size(); ++b) {
    scope.indices.push_back({fmt::format("b{}", b), batchAxes[b], true});
    output.axes.push_back(batchAxes[b]);
  }
  if (random.chance(0.8)) {
    const std::string axis =
        has(Feature::Grids) && random.chance(0.1) ? "G" : random.pick(axes);
    scope.indices.push_back({"i", axis, false});
    output.axes.push_back(axis);
  } else if (!scope.indices.empty()) {
    scope.indices.back().batch = false;
  }
  for (const Index &index : scope.indices)
    output.indices.push_back(index.name);
  output.name = newName('a');

  Shape shape;
  if (has(Feature::Vectors) && random.chance(0.3))
    shape.rows = length();
  if (has(Feature::Matrices) && random.chance(0.1))
    shape = {random.between(1, 4), random.between(1, 4)};
  const int depth = random.between(2, 5);
  output.elem = "real";
  if (has(Feature::Conversions) && random.chance(0.1))
    output.elem = random.chance(0.5) ? "f32" : "f64";
  if (has(Feature::Halves) && random.chance(0.1))
    output.elem = random.chance(0.5) ? "f16" : "bf16";
  const int kind = random.below(10);
  if (kind < 2 && (has(Feature::Orders) || has(Feature::Integers))) {
    // Mostly a row number as it is found: the reference knows all that may be.
    output.value = random.chance(0.7)
                       ? reduction(scope, Kind::Integer, {}, depth)
                       : integer(scope, depth);
    output.elem = "i64";
    if (has(Feature::Smallest) && random.chance(0.3)) {
      Bound bound = bind(scope, true);
      const int count = random.between(1, 6);
      output.value = over(random.chance(0.5) ? "argkmin" : "argkmax", bound,
                          {real(bound.scope, {}, depth - 1)}, Kind::Integer,
                          {count, 0}, {-1, 1000}, fmt::format(", {}", count));
    }
  } else if (kind == 2 && has(Feature::Truths)) {
    output.value = truth(scope, {}, depth);
    output.elem = "bool";
  } else {
    output.value = real(scope, shape, depth);
  }
  sketch.outputs.push_back(output);
}

Sketch Grower::program() {
  sketch.real = random.chance(0.65) ? "f32" : "f64";
  axes = random.chance(0.25) ? std::vector<std::string>{"N"}
                             : std::vector<std::string>{"M", "N"};
  if (has(Feature::Batches) && random.chance(0.3))
    batchAxes = random.chance(0.7) ? std::vector<std::string>{"B"}
                                   : std::vector<std::string>{"B", "H"};
  static const std::vector<int> lengths = {1, 2, 3, 3, 3, 4, 5, 8};
  lengthOfAll = random.pick(lengths);
  if (has(Feature::Kernels) && random.chance(0.4))
    addKernel();
  for (int k = 0; has(Feature::Lets) && k < 2; ++k)
    if (random.chance(0.4))
      addLet();
  const int outputs = has(Feature::Outputs) ? random.between(1, 3) : 1;
  for (int k = 0; k < outputs; ++k)
    addOutput();
  const bool isReal = std::any_of(
      sketch.outputs.begin(), sketch.outputs.end(),
      [](const Output &output) { return output.value->kind == Kind::Real; });
  if (has(Feature::Derivatives) && isReal && random.chance(0.5))
    sketch.derive = random.chance(0.7) ? "vjp" : "jvp";
  return sketch;
}

Sketch grow(uint64_t seed, const Features &features) {
  return Grower(seed, features).program();
}

} // namespace kdslc::fuzz
