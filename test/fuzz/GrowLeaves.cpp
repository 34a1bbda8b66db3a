//===- GrowLeaves.cpp - inputs, constants, uses of lets and kernels -------===//

#include "Grow.h"
#include <fmt/format.h>

namespace kdslc::fuzz {

TermPtr Grower::leaf(const Scope &scope, Kind kind, Shape shape) {
  TermPtr found;
  if (scope.inKernel) {
    std::vector<TermPtr> fitting;
    for (const TermPtr &parameter : scope.parameters)
      if (parameter->kind == kind && parameter->shape == shape)
        fitting.push_back(parameter);
    if (!fitting.empty() && random.chance(0.9))
      found = random.pick(fitting);
  } else if (random.chance(0.88)) {
    found = input(scope, kind, shape);
  } else {
    found = useLet(scope, kind, shape);
  }
  return found ? found : fixed(scope, kind, shape);
}

/// Constants.
TermPtr Grower::fixed(const Scope &scope, Kind kind, Shape shape) {
  static const std::vector<double> constants = {0.5, 1, 2,   -1,   0.25, -0.75,
                                                1.5, 3, 0.1, -0.3, 0};
  if (kind == Kind::Integer)
    return whole(random.between(-3, 5));
  if (kind == Kind::Truth)
    return apply("(%0 < %1)", {leaf(scope, Kind::Real, shape), constant(0.5)},
                 kind, shape, {});
  if (shape.isNumber())
    return constant(random.pick(constants));
  if (shape.columns)
    return apply("outer(%0, %1)",
                 {fixed(scope, kind, {shape.rows, 0}),
                  fixed(scope, kind, {shape.columns, 0})},
                 kind, shape, {-9, 9});
  std::string text;
  for (int k = 0; k < shape.rows; ++k)
    text += (text.empty() ? "[" : ", ") + literal(random.pick(constants));
  return apply(text + "]", {}, kind, shape, {-1, 3});
}

/// Rows of an input that the scope can read, one that is there or a new one;
/// null if there is none.
TermPtr Grower::input(const Scope &scope, Kind kind, Shape shape) {
  // The rows: of one index, of none, of a pair; batch indices in front.
  std::vector<Index> read, plain;
  for (const Index &index : scope.indices)
    (index.batch ? read : plain).push_back(index);
  if (random.chance(0.25))
    read.clear();
  if (!plain.empty() && !random.chance(scope.reductions ? 0.12 : 0.25)) {
    const size_t at = size_t(random.below(int(plain.size())));
    read.push_back(plain[at]);
    if (plain.size() > 1 && has(Feature::Pairs) && random.chance(0.1))
      read.push_back(plain[at ? 0 : 1]);
  }
  std::vector<std::string> axesRead, indices;
  for (const Index &index : read) {
    axesRead.push_back(index.axis);
    indices.push_back(index.name);
  }
  std::vector<size_t> fitting;
  for (size_t k = 0; k < sketch.inputs.size(); ++k)
    if (const Input &there = sketch.inputs[k];
        there.axes == axesRead && there.kind == kind && there.shape == shape)
      fitting.push_back(k);
  const bool mayBe = kind == Kind::Real ||
                     (kind == Kind::Integer && has(Feature::Integers)) ||
                     (kind == Kind::Truth && has(Feature::Truths));
  if (mayBe && sketch.inputs.size() < 12 &&
      (fitting.empty() || random.chance(0.25))) {
    fitting = {sketch.inputs.size()};
    sketch.inputs.push_back(newInput(axesRead, kind, shape));
  }
  if (fitting.empty())
    return nullptr;
  const Input &chosen = sketch.inputs[random.pick(fitting)];
  const bool convert = chosen.elem != "real" && kind == Kind::Real;
  const std::string form =
      indices.empty()
          ? chosen.name
          : fmt::format("{}[{}]", chosen.name, fmt::join(indices, ", "));
  auto made = std::make_shared<Term>();
  made->form = convert ? "real(" + form + ")" : form;
  made->kind = kind;
  made->shape = shape;
  made->range = chosen.range;
  made->subscripts.insert(indices.begin(), indices.end());
  return made;
}

Input Grower::newInput(std::vector<std::string> axesRead, Kind kind,
                       Shape shape) {
  static const std::vector<Interval> intervals = {
      {-1, 1}, {-1, 1}, {0.25, 2}, {-2, 2}, {0, 1}};
  Input made{newName('x'), "real", std::move(axesRead),
             kind,         shape,  random.pick(intervals)};
  if (kind == Kind::Integer) {
    made.elem = random.chance(0.5) ? "i32" : "i64";
    made.range = {double(random.between(-4, 0)), double(random.between(1, 9))};
  } else if (kind == Kind::Truth) {
    made.elem = "bool";
    made.range = {0, 1};
  } else if (has(Feature::Halves) && random.chance(0.25)) {
    made.elem = random.chance(0.5) ? "f16" : "bf16";
  } else if (has(Feature::Conversions) && random.chance(0.1)) {
    made.elem = random.chance(0.5) ? "f32" : "f64";
  }
  return made;
}

/// A let whose rows the scope has; null if there is none.
TermPtr Grower::useLet(const Scope &scope, Kind kind, Shape shape) {
  std::vector<TermPtr> fitting;
  for (const Definition &let : sketch.lets) {
    if (let.value->kind != kind || !(let.value->shape == shape) ||
        (let.value->reduces && !mayReduce(scope)))
      continue;
    std::string subscript;
    std::set<std::string> used;
    // Beside a pair of rows, [i, j] or [i] and what it reduces, only a batch may
    // stand.
    const size_t ofPair = let.indices.back() == "j" ? 2 : let.value->reduces;
    for (size_t k = 0; k < let.axes.size(); ++k) {
      const bool mustBeBatch = ofPair && k + ofPair < let.axes.size();
      std::vector<std::string> names;
      for (const Index &index : scope.indices)
        if (index.axis == let.axes[k] && !used.count(index.name) &&
            (index.batch || !mustBeBatch))
          names.push_back(index.name);
      if (names.empty())
        break;
      const std::string &name = random.pick(names);
      used.insert(name);
      subscript += (subscript.empty() ? "[" : ", ") + name;
    }
    if (used.size() != let.axes.size())
      continue;
    auto use = std::make_shared<Term>();
    use->form = let.name + (used.empty() ? "" : subscript + "]");
    use->kind = kind;
    use->shape = shape;
    use->range = let.value->range;
    use->subscripts = used;
    use->reduces = let.value->reduces;
    fitting.push_back(use);
  }
  return fitting.empty() ? nullptr : random.pick(fitting);
}

TermPtr Grower::useKernel(const Scope &scope, int depth) {
  if (sketch.kernels.empty() || scope.inKernel)
    return nullptr;
  const Definition &kernel = random.pick(sketch.kernels);
  std::string form = kernel.name;
  std::vector<TermPtr> args;
  for (const TermPtr &parameter : kernel.parameters) {
    form += fmt::format("{}%{}", args.empty() ? "(" : ", ", args.size());
    args.push_back(
        fit(real(scope, parameter->shape, depth - 1), parameter->range));
  }
  return apply(form + ")", args, Kind::Real, kernel.value->shape,
               kernel.value->range);
}

} // namespace kdslc::fuzz
