//===- GrowFunctions.cpp - functions of numbers, vectors and matrices -----===//

#include "Grow.h"
#include <cmath>
#include <fmt/format.h>

namespace kdslc::fuzz {

namespace {

/// A function of one number: where it may be used, and where it leads.
struct Unary {
  const char *name;
  Interval domain, image;
  bool rises = false; ///< then the image is that of the ends
  double (*of)(double) = nullptr;
};

const std::vector<Unary> smooth = {
    {"exp", {-90, 6}, {}, true, std::exp},
    {"exp", {-90, 6}, {}, true, std::exp},
    {"exp2", {-100, 8}, {}, true, std::exp2},
    {"expm1", {-30, 6}, {}, true, std::expm1},
    {"log", {0.05, 1e5}, {}, true, std::log},
    {"log2", {0.05, 1e5}, {}, true, std::log2},
    {"log1p", {-0.9, 1e5}, {}, true, std::log1p},
    {"xlogx", {0.01, 100}, {-0.4, 461}},
    {"sqrt", {0.01, 1e5}, {}, true, std::sqrt},
    {"sqrt", {0, 1e5}, {}, true, std::sqrt},
    {"rsqrt", {0.05, 1e5}, {0, 4.5}},
    {"sin", {-50, 50}, {-1, 1}},
    {"cos", {-50, 50}, {-1, 1}},
    {"tan", {-1.2, 1.2}, {}, true, std::tan},
    {"asin", {-0.95, 0.95}, {}, true, std::asin},
    {"acos", {-0.95, 0.95}, {0, 3.2}},
    {"atan", {-1e5, 1e5}, {}, true, std::atan},
    {"sinc", {-50, 50}, {-0.3, 1}},
    {"sinh", {-6, 6}, {}, true, std::sinh},
    {"cosh", {-6, 6}, {1, 202}},
    {"tanh", {-1e5, 1e5}, {}, true, std::tanh},
};

const std::vector<Unary> hyperbolic = {
    {"asinh", {-1e5, 1e5}, {}, true, std::asinh},
    {"acosh", {1.05, 1e4}, {}, true, std::acosh},
    {"atanh", {-0.95, 0.95}, {}, true, std::atanh},
};

const std::vector<Unary> special = {
    {"erf", {-1e5, 1e5}, {}, true, std::erf},
    {"erfc", {-6, 9}, {0, 2}},
    {"lgamma", {0.2, 40}, {-0.2, 110}},
};

const std::vector<const char *> jumping = {"abs",   "sign", "step", "relu",
                                           "floor", "ceil", "round"};

} // namespace

TermPtr Grower::function(const Scope &scope, Shape shape, int depth) {
  const Unary *function = &random.pick(smooth);
  if (has(Feature::Hyperbolic) && random.chance(0.1))
    function = &random.pick(hyperbolic);
  if (has(Feature::Special) && random.chance(0.1))
    function = &random.pick(special);
  TermPtr arg = fit(real(scope, shape, depth - 1), function->domain);
  Interval image = function->image;
  if (function->rises)
    image = {function->of(arg->range.low), function->of(arg->range.high)};
  return apply(fmt::format("{}(%0)", function->name), {arg}, Kind::Real, shape,
               image);
}

/// What is not smooth: a result near a jump is known with a wide bound only.
TermPtr Grower::jump(const Scope &scope, Shape shape, int depth) {
  TermPtr arg = real(scope, shape, depth - 1);
  const double size = arg->range.size() + 1;
  auto made = [&](std::string form, std::vector<TermPtr> args, Interval range) {
    return apply(std::move(form), std::move(args), Kind::Real, shape, range);
  };
  switch (random.below(6)) {
  case 0: {
    TermPtr by = fit(real(scope, partner(shape), depth - 1), {0.25, 4});
    return made("mod(%0, %1)", {arg, by}, {0, 4});
  }
  case 1:
    return made("clamp(%0, -0.75, 1.25)", {arg}, {-0.75, 1.25});
  case 2:
    return made("atan2(%0, %1)",
                {arg, fit(real(scope, partner(shape), depth - 1), {0.25, 64})},
                {-3.2, 3.2});
  default:
    return made(fmt::format("{}(%0)", random.pick(jumping)), {arg},
                {-size, size});
  }
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

int Grower::length() {
  static const std::vector<int> few = {1, 2, 3, 4, 5, 8};
  static const std::vector<int> many = {16, 17, 33, 64, 100};
  if (random.chance(0.75))
    return lengthOfAll;
  return has(Feature::LongVectors) && random.chance(0.1) ? random.pick(many)
                                                         : random.pick(few);
}

TermPtr Grower::fromVector(const Scope &scope, int depth) {
  const int n = length();
  TermPtr u = modest(real(scope, {n, 0}, depth - 1));
  const double size = u->range.size();
  auto made = [&](std::string form, std::vector<TermPtr> args, Interval range) {
    return apply(std::move(form), std::move(args), Kind::Real, {}, range);
  };
  auto partnerOf = [&] { return modest(real(scope, {n, 0}, depth - 1)); };
  switch (random.below(9)) {
  case 0:
  case 1: {
    TermPtr v = partnerOf();
    const double most = (size + v->range.size()) * (size + v->range.size()) * n;
    return made("sqdist(%0, %1)", {u, v}, {0, most});
  }
  case 2:
  case 3: {
    TermPtr v = partnerOf();
    const double most = size * v->range.size() * n;
    return made(random.chance(0.3) ? "(%0 @ %1)" : "dot(%0, %1)", {u, v},
                {-most, most});
  }
  case 4:
    return made("norm(%0)", {u}, {0, size * std::sqrt(n)});
  case 5:
    return made("sqnorm(%0)", {u}, {0, size * size * n});
  case 6:
    return made("sum(%0)", {u}, {u->range.low * n, u->range.high * n});
  case 7:
    return made(random.chance(0.5) ? "min(%0)" : "max(%0)", {u}, u->range);
  default:
    return made(fmt::format("%0[{}]", random.below(n)), {u}, u->range);
  }
}

TermPtr Grower::toVector(const Scope &scope, int n, int depth) {
  auto made = [&](std::string form, std::vector<TermPtr> args, Interval range) {
    return apply(std::move(form), std::move(args), Kind::Real, {n, 0}, range);
  };
  switch (random.below(3)) {
  case 0: {
    const int begin = random.below(3), rest = random.below(3);
    TermPtr whole = real(scope, {n + begin + rest, 0}, depth - 1);
    return made(fmt::format("%0[{}:{}]", begin, begin + n), {whole},
                whole->range);
  }
  case 1: {
    const int front = random.below(n);
    const bool isNumber = n - front == 1 && random.chance(0.5);
    TermPtr b =
        real(scope, isNumber ? Shape() : Shape{n - front, 0}, depth - 1);
    if (front == 0)
      return made("[%0]", {b}, b->range);
    TermPtr a = real(scope, front == 1 ? Shape() : Shape{front, 0}, depth - 1);
    return made("[%0, %1]", {a, b}, hull(a->range, b->range));
  }
  default:
    // A vector near 0 has no direction: one feature is not.
    TermPtr v = modest(real(scope, {n, 0}, depth - 1));
    return made("normalize(abs(%0) + 0.25)", {v}, {0, 1});
  }
}

/// Products of matrices, their rows, and matrices of vectors.
TermPtr Grower::linear(const Scope &scope, Shape shape, int depth) {
  const int n = random.between(1, 4);
  auto part = [&](Shape of) {
    return fit(real(scope, of, depth - 1), {-8, 8});
  };
  auto made = [&](std::string form, std::vector<TermPtr> args) {
    double most = n;
    for (const TermPtr &arg : args)
      most *= std::max(arg->range.size(), 1.0);
    return apply(std::move(form), std::move(args), Kind::Real, shape,
                 {-most, most});
  };
  if (shape.columns)
    switch (random.below(3)) {
    case 0:
      return made("outer(%0, %1)",
                  {part({shape.rows, 0}), part({shape.columns, 0})});
    case 1:
      return made("transpose(%0)", {part({shape.columns, shape.rows})});
    default:
      return made("(%0 @ %1)",
                  {part({shape.rows, n}), part({n, shape.columns})});
    }
  if (shape.rows)
    switch (random.below(4)) {
    case 0:
      return made("(%0 @ %1)", {part({shape.rows, n}), part({n, 0})});
    case 1:
      return made("(%0 @ %1)", {part({n, 0}), part({n, shape.rows})});
    case 2:
      if (shape.rows % 2 == 0)
        return made("kron(%0, %1)", {part({2, 0}), part({shape.rows / 2, 0})});
      [[fallthrough]];
    default:
      return made(fmt::format("%0[{}]", random.below(n)),
                  {part({n, shape.rows})});
    }
  return random.chance(0.5)
             ? made("trace(%0)", {part({n, n})})
             : made(fmt::format("%0[{}][{}]", random.below(n), random.below(2)),
                    {part({n, 2})});
}

/// Folds over the features of one vector, and labels.
TermPtr Grower::fold(const Scope &scope, Kind kind, int depth) {
  const int n = random.between(1, 6);
  if (kind == Kind::Truth)
    return apply(random.chance(0.5) ? "any(%0)" : "all(%0)",
                 {truth(scope, {n, 0}, depth - 1)}, kind, {}, {});
  if (kind == Kind::Integer)
    return apply(random.chance(0.5) ? "argmin(%0)" : "argmax(%0)",
                 {real(scope, {n, 0}, depth - 1)}, kind, {},
                 {0, double(n - 1)});
  if (has(Feature::Labels) && random.chance(0.4)) {
    TermPtr label = fit(integer(scope, depth - 1), {0, double(n - 1)});
    TermPtr values = modest(real(scope, {n, 0}, depth - 1));
    return random.chance(0.5)
               ? apply("%0[%1]", {values, label}, kind, {}, values->range)
               : apply(fmt::format("dot(onehot(%0, {}), %1)", n),
                       {label, values}, kind, {}, values->range);
  }
  if (random.chance(0.5)) {
    TermPtr v = real(scope, {n, 0}, depth - 1);
    return apply("mean(%0)", {v}, kind, {}, v->range);
  }
  TermPtr v = fit(real(scope, {n, 0}, depth - 1), {-3, 3});
  return apply("prod(%0)", {v}, kind, {}, {-729, 729});
}

} // namespace kdslc::fuzz
