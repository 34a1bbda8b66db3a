//===- Grow.cpp - random terms --------------------------------------------===//

#include "Grow.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace kdslc::fuzz {

TermPtr Grower::Choices::pick(Random &random) const {
  double total = 0;
  for (const auto &[weight, choice] : list)
    total += weight;
  double at = total * double(random.bits() >> 11) * 0x1p-53;
  for (const auto &[weight, choice] : list)
    if ((at -= weight) < 0)
      return choice();
  return list.back().second();
}

TermPtr Grower::term(const Scope &scope, Kind kind, Shape shape, int depth) {
  TermPtr made = kind == Kind::Real      ? real(scope, shape, depth)
                 : kind == Kind::Integer ? integer(scope, depth)
                                         : truth(scope, shape, depth);
  return kind != Kind::Truth && made->range.size() > 1e5
             ? fit(made,
                   kind == Kind::Real ? Interval{-8, 8} : Interval{-1000, 1000})
             : made;
}

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

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
    for (size_t k = 0; k < let.axes.size(); ++k) {
      std::vector<std::string> names;
      for (const Index &index : scope.indices)
        if (index.axis == let.axes[k] && !used.count(index.name))
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

//===----------------------------------------------------------------------===//
// Bending a term into an interval
//===----------------------------------------------------------------------===//

static double powerOfTwoBelow(double x) {
  return std::exp2(std::floor(std::log2(x)));
}

TermPtr Grower::fit(TermPtr term, Interval domain) {
  const Interval &range = term->range;
  if (range.within(domain))
    return term;
  if (term->kind == Kind::Integer)
    return apply(fmt::format("clamp(%0, {}, {})", literal(domain.low),
                             literal(domain.high)),
                 {term}, term->kind, term->shape,
                 {std::clamp(range.low, domain.low, domain.high),
                  std::clamp(range.high, domain.low, domain.high)});
  auto made = [&](std::string form, Interval image) {
    return apply(std::move(form), {term}, term->kind, term->shape, image);
  };
  const double width = range.high - range.low;
  const double room = domain.high - domain.low;
  // |x| + c, for domains of positive numbers.
  if (domain.low >= 0 && range.size() + domain.low <= domain.high &&
      random.chance(0.6))
    return made(fmt::format("(abs(%0) + {})", literal(domain.low)),
                {domain.low, domain.low + range.size()});
  // Scale and shift.
  if (width > 0 && width < 1e4 * room && random.chance(0.8)) {
    const double scale = std::min(1.0, powerOfTwoBelow(room / width));
    Interval image{range.low * scale, range.high * scale};
    double shift = 0;
    if (!image.within(domain))
      shift = std::nearbyint(
                  (domain.low + room / 2 - (image.low + image.high) / 2) * 64) /
              64;
    image = {image.low + shift, image.high + shift};
    if (image.within(domain)) {
      std::string form = scale == 1 ? "%0"
                         : random.chance(0.5)
                             ? fmt::format("{} * %0", literal(scale))
                             : fmt::format("%0 / {}", literal(1 / scale));
      if (shift != 0)
        form += " + " + literal(shift);
      return made("(" + form + ")", image);
    }
  }
  return made(fmt::format("clamp(%0, {}, {})", literal(domain.low),
                          literal(domain.high)),
              {std::clamp(range.low, domain.low, domain.high),
               std::clamp(range.high, domain.low, domain.high)});
}

//===----------------------------------------------------------------------===//
// Real numbers, vectors and matrices
//===----------------------------------------------------------------------===//

/// The shape of the other operand: the same, or a number.
Shape Grower::partner(Shape shape) {
  return random.chance(0.3) ? Shape() : shape;
}

TermPtr Grower::real(const Scope &scope, Shape shape, int depth) {
  if (depth <= 0)
    return leaf(scope, Kind::Real, shape);
  Choices choices;
  choices.add(1, [&] { return leaf(scope, Kind::Real, shape); });
  choices.add(4, [&] { return binary(scope, shape, depth); });
  if (has(Feature::Functions)) {
    choices.add(2, [&] { return function(scope, shape, depth); });
    choices.add(0.6, [&] { return power(scope, shape, depth); });
  }
  if (has(Feature::Jumps))
    choices.add(0.4, [&] { return jump(scope, shape, depth); });
  if (has(Feature::Selects))
    choices.add(0.7, [&] { return chosen(scope, Kind::Real, shape, depth); });
  if (has(Feature::Vectors) && shape.isNumber())
    choices.add(2.2, [&] { return fromVector(scope, depth); });
  if (has(Feature::Vectors) && shape.rows && !shape.columns)
    choices.add(1.5, [&] { return toVector(scope, shape.rows, depth); });
  if (has(Feature::Matrices))
    choices.add(shape.columns ? 2 : 0.5,
                [&] { return linear(scope, shape, depth); });
  if (has(Feature::Folds) && shape.isNumber())
    choices.add(0.5, [&] { return fold(scope, Kind::Real, depth); });
  if (mayReduce(scope))
    choices.add(scope.reductions ? 0.7 : 4,
                [&] { return reduction(scope, Kind::Real, shape, depth); });
  if (shape.isNumber()) {
    choices.add(0.8, [&] {
      TermPtr use = useKernel(scope, depth);
      return use ? use : leaf(scope, Kind::Real, shape);
    });
    choices.add(0.8, [&] {
      TermPtr let = useLet(scope, Kind::Real, shape);
      return let ? let : leaf(scope, Kind::Real, shape);
    });
    if (has(Feature::Integers) || has(Feature::Numbers))
      choices.add(0.5, [&] {
        TermPtr number = integer(scope, depth - 1);
        return apply("real(%0)", {number}, Kind::Real, {}, number->range);
      });
    if (has(Feature::Selects))
      choices.add(0.2, [&] {
        return apply("real(%0)", {truth(scope, {}, depth - 1)}, Kind::Real, {},
                     {0, 1});
      });
  }
  TermPtr made = choices.pick(random);
  return made->range.size() > 1e5 ? fit(made, {-8, 8}) : made;
}

TermPtr Grower::binary(const Scope &scope, Shape shape, int depth) {
  TermPtr a = real(scope, shape, depth - 1);
  TermPtr b = real(scope, partner(shape), depth - 1);
  if (random.chance(0.5) && b->shape == shape)
    std::swap(a, b);
  const Interval p = a->range, q = b->range;
  auto made = [&](const char *form, Interval range) {
    return apply(form, {a, b}, Kind::Real, shape, range);
  };
  switch (random.below(12)) {
  case 0:
  case 1:
  case 2:
    return made("(%0 + %1)", {p.low + q.low, p.high + q.high});
  case 3:
  case 4:
  case 5:
    return made("(%0 - %1)", {p.low - q.high, p.high - q.low});
  case 6:
  case 7:
  case 8: {
    auto [low, high] = std::minmax(
        {p.low * q.low, p.low * q.high, p.high * q.low, p.high * q.high});
    return made("(%0 * %1)", {low, high});
  }
  case 9: {
    b = fit(b, {0.25, 64});
    const double least = b->range.low;
    return made("(%0 / %1)", {std::min(p.low / least, p.low),
                              std::max(p.high / least, p.high)});
  }
  case 10:
    return made("min(%0, %1)",
                {std::min(p.low, q.low), std::min(p.high, q.high)});
  default:
    return made("max(%0, %1)",
                {std::max(p.low, q.low), std::max(p.high, q.high)});
  }
}

TermPtr Grower::power(const Scope &scope, Shape shape, int depth) {
  TermPtr base = real(scope, shape, depth - 1);
  auto made = [&](const std::string &form, Interval range) {
    return apply(form, {base}, Kind::Real, shape, range);
  };
  switch (random.below(5)) {
  case 0:
    base = fit(base, {-30, 30});
    return made("(%0^2)", {0, base->range.size() * base->range.size()});
  case 1: {
    base = fit(base, {-8, 8});
    const int n = random.between(3, 5);
    const double most = std::pow(base->range.size(), n);
    return made(fmt::format("(%0^{})", n), {-most, most});
  }
  case 2:
    base = fit(base, {0.25, 8});
    return made(fmt::format("(%0^({}))", -random.between(1, 3)), {0, 64});
  case 3:
    base = fit(base, {0.1, 64});
    return made(random.chance(0.5) ? "(%0^0.5)" : "(%0^1.5)", {0, 512});
  default:
    base = fit(base, {0.25, 4});
    return apply("(%0^%1)",
                 {base, fit(real(scope, partner(shape), depth - 1), {-3, 3})},
                 Kind::Real, shape, {0, 64});
  }
}

/// select; a term that the condition does not pick may be anything.
TermPtr Grower::chosen(const Scope &scope, Kind kind, Shape shape, int depth) {
  TermPtr condition = truth(scope, partner(shape), depth - 1);
  TermPtr a = term(scope, kind, shape, depth - 1);
  TermPtr b = term(scope, kind, shape, depth - 1);
  return apply("select(%0, %1, %2)", {condition, a, b}, kind, shape,
               hull(a->range, b->range));
}

//===----------------------------------------------------------------------===//
// Integers and truth
//===----------------------------------------------------------------------===//

TermPtr Grower::integer(const Scope &scope, int depth) {
  auto number = [&]() -> TermPtr {
    if (scope.inKernel || scope.indices.empty() || !has(Feature::Numbers))
      return leaf(scope, Kind::Integer, {});
    const Index &index = random.pick(scope.indices);
    const bool isSize = random.chance(0.3);
    return apply(isSize ? index.axis : index.name, {}, Kind::Integer, {},
                 {0, 1000});
  };
  Choices choices;
  choices.add(1.5, number);
  choices.add(1, [&] { return leaf(scope, Kind::Integer, {}); });
  if (depth > 0) {
    choices.add(2, [&] {
      TermPtr a = fit(integer(scope, depth - 1), {-3000, 3000});
      TermPtr b = fit(integer(scope, depth - 1), {-3000, 3000});
      static const std::vector<const char *> forms = {
          "(%0 + %1)", "(%0 - %1)", "(%0 * %1)", "min(%0, %1)", "max(%0, %1)"};
      const double most =
          a->range.size() * b->range.size() + a->range.size() + b->range.size();
      return apply(random.pick(forms), {a, b}, Kind::Integer, {},
                   {-most, most});
    });
    choices.add(0.5, [&] {
      TermPtr a = integer(scope, depth - 1);
      const int by = random.between(2, 7);
      return apply(
          fmt::format(random.chance(0.5) ? "idiv(%0, {})" : "mod(%0, {})", by),
          {a}, Kind::Integer, {},
          {std::min(a->range.low, 0.0), std::max(a->range.high, double(by))});
    });
    choices.add(0.3, [&] {
      TermPtr a = integer(scope, depth - 1);
      static const std::vector<const char *> forms = {"abs(%0)", "sign(%0)",
                                                      "(-%0)", "relu(%0)"};
      return apply(random.pick(forms), {a}, Kind::Integer, {},
                   {-a->range.size(), a->range.size()});
    });
    if (has(Feature::Selects))
      choices.add(0.3, [&] { return chosen(scope, Kind::Integer, {}, depth); });
    if (has(Feature::Folds))
      choices.add(0.3, [&] { return fold(scope, Kind::Integer, depth); });
    if (mayReduce(scope))
      choices.add(scope.reductions ? 0.5 : 1.5,
                  [&] { return reduction(scope, Kind::Integer, {}, depth); });
  }
  TermPtr made = choices.pick(random);
  return made->range.size() > 1e6 ? fit(made, {-1000, 1000}) : made;
}

TermPtr Grower::truth(const Scope &scope, Shape shape, int depth) {
  Choices choices;
  choices.add(3, [&] {
    static const std::vector<const char *> forms = {"(%0 < %1)", "(%0 <= %1)",
                                                    "(%0 > %1)", "(%0 >= %1)"};
    return apply(
        random.pick(forms),
        {real(scope, shape, depth - 1), real(scope, partner(shape), depth - 1)},
        Kind::Truth, shape, {});
  });
  if (shape.isNumber() && has(Feature::Numbers))
    choices.add(1, [&] {
      static const std::vector<const char *> forms = {
          "(%0 == %1)", "(%0 != %1)", "(%0 < %1)", "(%0 >= %1)"};
      return apply(random.pick(forms),
                   {integer(scope, depth - 1), integer(scope, depth - 1)},
                   Kind::Truth, shape, {});
    });
  if (has(Feature::Truths))
    choices.add(1, [&] { return leaf(scope, Kind::Truth, shape); });
  if (has(Feature::AnyAll) && depth > 0 && mayReduce(scope))
    choices.add(1, [&] { return reduction(scope, Kind::Truth, shape, depth); });
  if (depth > 0)
    choices.add(1, [&] {
      static const std::vector<const char *> forms = {
          "(%0 and %1)", "(%0 or %1)", "not (%0 and %1)"};
      return apply(
          random.pick(forms),
          {truth(scope, shape, depth - 1), truth(scope, shape, depth - 1)},
          Kind::Truth, shape, {});
    });
  if (depth > 0 && shape.isNumber() && has(Feature::Folds))
    choices.add(0.5, [&] { return fold(scope, Kind::Truth, depth); });
  return choices.pick(random);
}

} // namespace kdslc::fuzz
