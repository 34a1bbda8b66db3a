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

/// Which indices of a scope are no batch indices.
static std::vector<size_t> plainIndices(const Scope &scope) {
  std::vector<size_t> plain;
  for (size_t k = 0; k < scope.indices.size(); ++k)
    if (!scope.indices[k].batch)
      plain.push_back(k);
  return plain;
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
  if (plainIndices(scope).size() == 2)
    choices.add(3, [&] { return pair(scope, shape, depth); });
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

/// A term of row i and of row j, as most formulas are made of.
TermPtr Grower::pair(const Scope &scope, Shape shape, int depth) {
  const std::vector<size_t> plain = plainIndices(scope);
  Scope ofI = scope, ofJ = scope;
  ofI.indices.erase(ofI.indices.begin() + long(plain[1]));
  ofJ.indices.erase(ofJ.indices.begin() + long(plain[0]));
  const bool isVector =
      shape.isNumber() && has(Feature::Vectors) && random.chance(0.5);
  const Shape of = isVector ? Shape{length(), 0} : shape;
  TermPtr u = modest(real(ofI, of, depth > 2 ? 1 : 0));
  TermPtr v = modest(real(ofJ, of, depth > 2 ? 1 : 0));
  const double size = u->range.size() + v->range.size();
  TermPtr met;
  switch (random.below(3)) {
  case 0:
    met = apply(isVector ? "dot(%0, %1)" : "(%0 * %1)", {u, v}, Kind::Real,
                shape, {-size * size * of.count(), size * size * of.count()});
    break;
  case 1:
    met = apply(isVector ? "norm(%0 - %1)" : "abs(%0 - %1)", {u, v}, Kind::Real,
                shape, {0, size * of.count()});
    break;
  default:
    met = isVector
              ? apply("sqdist(%0, %1)", {u, v}, Kind::Real, shape,
                      {0, size * size * of.count()})
              : apply("(%0 - %1)", {u, v}, Kind::Real, shape, {-size, size});
  }
  if (!has(Feature::Functions) || random.chance(0.5))
    return met;
  if (met->range.low < 0)
    return apply("exp(%0)", {fit(met, {-20, 6})}, Kind::Real, shape, {0, 404});
  static const std::vector<const char *> radial = {
      "exp(-%0)", "exp(-%0 / 2)", "1 / (1 + %0)", "rsqrt(1 + %0)",
      "(1 + %0) * exp(-%0)"};
  return apply(fmt::format("({})", random.pick(radial)), {met}, Kind::Real,
               shape, {0, 1});
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
