//===- GrowReductions.cpp - reductions over random rows -------------------===//

#include "Grow.h"
#include <cmath>
#include <fmt/format.h>

namespace kdslc::fuzz {

/// The most rows of an axis.
static constexpr double maxRows = 1000;

bool Grower::mayReduce(const Scope &scope) const {
  return !scope.inKernel && scope.reductions < (has(Feature::Nested) ? 2 : 1);
}

static int plainCount(const Scope &scope) {
  int n = 0;
  for (const Index &index : scope.indices)
    n += !index.batch;
  return n;
}

/// Binds new indices. At most two indices that are not batch indices meet, so
/// inside of a reduction an outer one goes.
Grower::Bound Grower::bind(const Scope &scope, bool single) {
  Bound bound;
  bound.scope = scope;
  ++bound.scope.reductions;
  auto &indices = bound.scope.indices;
  while (plainCount(bound.scope) > 1 ||
         (scope.reductions && plainCount(bound.scope) && random.chance(0.2)))
    for (size_t k = size_t(random.below(int(indices.size())));;
         k = (k + 1) % indices.size())
      if (!indices[k].batch) {
        indices.erase(indices.begin() + long(k));
        break;
      }
  const bool two = !single && has(Feature::Several) &&
                   plainCount(bound.scope) == 0 && random.chance(0.5);
  for (int k = 0; k < 1 + two; ++k) {
    static const char *const letters[] = {"j", "k", "l", "m", "n"};
    std::string name = letters[scope.reductions * 2 + k];
    for (const Index &index : scope.indices)
      if (index.name == name) // a let's
        name += "j";
    bound.indices.push_back({name, random.pick(axes), false});
  }
  indices.insert(indices.end(), bound.indices.begin(), bound.indices.end());
  if (has(Feature::Predicates) && random.chance(0.25))
    bound.where = predicate(bound.scope);
  if (has(Feature::Ranges) && random.chance(0.08))
    addRanges(bound);
  return bound;
}

/// Lets the last index run over the blocks that an input lists for another.
void Grower::addRanges(Bound &bound) {
  const Index &reduced = bound.indices.back();
  for (const Index &kept : bound.scope.indices) {
    if (kept.batch || kept.name == reduced.name)
      continue;
    bound.row = kept.name;
    bound.in = rangesOf(kept, reduced);
    return;
  }
}

/// An input that lists blocks of the rows of two indices.
std::string Grower::rangesOf(const Index &kept, const Index &reduced) {
  const std::vector<std::string> axesRead = {kept.axis, reduced.axis};
  for (const Input &there : sketch.inputs)
    if (there.elem == "ranges" && there.axes == axesRead)
      return there.name;
  sketch.inputs.push_back(
      {newName('R'), "ranges", axesRead, Kind::Ranges, {}, {}});
  return sketch.inputs.back().name;
}

/// What a pair must satisfy: often the shapes that tiles are skipped for.
TermPtr Grower::predicate(const Scope &scope) {
  std::vector<std::string> names;
  std::vector<Index> pair;
  for (const Index &index : scope.indices)
    if (!index.batch) {
      names.push_back(index.name);
      pair.push_back(index);
    }
  if (names.size() >= 2 && has(Feature::Ranges) && random.chance(0.08)) {
    auto member = std::make_shared<Term>(*apply(
        fmt::format("{} in {}[{}]", names[1], rangesOf(pair[0], pair[1]),
                    names[0]),
        {}, Kind::Truth, {}, {}));
    member->subscripts = {names[0], names[1]};
    return member;
  }
  if (names.size() < 2 || !has(Feature::Numbers) || random.chance(0.5))
    return truth(scope, {}, 1);
  const std::string i = names[0], j = names[1];
  static const std::vector<const char *> forms = {
      "{1} <= {0}",       "{1} < {0}",
      "{0} != {1}",       "abs({0} - {1}) <= {2}",
      "{1} >= {0} - {2}", "{1} < {0} + {2}"};
  return apply(fmt::format(fmt::runtime(random.pick(forms)), i, j,
                           random.pick<int>({0, 1, 3, 17, 100})),
               {}, Kind::Truth, {}, {});
}

/// `name[j where c](args)`, with `last` behind the first of them.
TermPtr Grower::over(const std::string &name, const Bound &bound,
                     std::vector<TermPtr> args, Kind kind, Shape shape,
                     Interval range, const std::string &last) {
  std::set<std::string> told;
  for (const TermPtr &arg : args)
    told.insert(arg->subscripts.begin(), arg->subscripts.end());
  if (bound.where)
    told.insert(bound.where->subscripts.begin(), bound.where->subscripts.end());
  std::string head, body;
  for (const Index &index : bound.indices) {
    head += (head.empty() ? "" : ", ") + index.name;
    if (!bound.in.empty() && index.name == bound.indices.back().name)
      head += fmt::format(" in {}[{}]", bound.in, bound.row);
    else if (!told.count(index.name) || random.chance(0.05))
      head += " in " + index.axis;
  }
  for (size_t k = 0; k < args.size(); ++k)
    body += k ? fmt::format(", %{}", k) : "%0" + last;
  if (bound.where) {
    head += fmt::format(" where %{}", args.size());
    args.push_back(bound.where);
  }
  auto made = std::make_shared<Term>(
      *apply(fmt::format("{}[{}]({})", name, head, body), args, kind, shape,
             range));
  if (!bound.in.empty())
    made->subscripts.insert(bound.row);
  for (const Index &index : bound.indices)
    made->subscripts.erase(index.name);
  made->reduces = true;
  return made;
}

TermPtr Grower::reduction(const Scope &scope, Kind kind, Shape shape,
                          int depth) {
  // Most of a program is what it does for pairs.
  depth += scope.reductions == 0;
  Bound bound = bind(scope, false);
  const bool two = bound.indices.size() > 1;
  const double rows = two ? maxRows * 20 : maxRows;
  const Scope &inside = bound.scope;
  auto body = [&](Shape of) { return real(inside, of, depth - 1); };
  auto made = [&](const char *name, std::vector<TermPtr> args, Interval range,
                  const std::string &last = "") {
    return over(name, bound, std::move(args), kind, shape, range, last);
  };
  // What is made of literals alone is of whole numbers.
  auto payload = [&](Shape shape) {
    TermPtr of = body(shape);
    return apply("real(%0)", {of}, kind, shape, of->range);
  };
  Choices choices;

  if (kind == Kind::Truth) {
    TermPtr of = truth(inside, shape, depth - 1);
    return made(random.chance(0.5) ? "any" : "all", {of}, {0, 1});
  }

  if (kind == Kind::Integer) {
    if (has(Feature::Means))
      choices.add(1, [&] {
        return made("count", {truth(inside, {}, depth - 1)}, {0, rows});
      });
    if (has(Feature::Orders) && !two)
      choices.add(1.5, [&] {
        return made(random.chance(0.5) ? "argmin" : "argmax", {body(shape)},
                    {-1, rows});
      });
    choices.add(0.7, [&] {
      TermPtr of = integer(inside, depth - 1);
      return made("sum", {of}, {of->range.low * rows, of->range.high * rows});
    });
    if (has(Feature::Orders))
      choices.add(0.7, [&] {
        TermPtr of = integer(inside, depth - 1);
        // The ends of the type, of nothing, would overflow in a sum.
        return fit(made(random.chance(0.5) ? "min" : "max", {of}, {-1e9, 1e9}),
                   {-1000, 1000});
      });
    return choices.pick(random);
  }

  choices.add(4, [&] {
    TermPtr of = body(shape);
    return made("sum", {of},
                {std::min(0.0, of->range.low * rows),
                 std::max(0.0, of->range.high * rows)});
  });
  if (has(Feature::Means))
    choices.add(1, [&] {
      TermPtr of = body(shape);
      return made("mean", {of}, of->range);
    });
  if (has(Feature::Orders))
    choices.add(1.5, [&] {
      TermPtr of = body(shape);
      return made(random.chance(0.5) ? "min" : "max", {of}, of->range);
    });
  if (has(Feature::Softmin))
    choices.add(1.5, [&] {
      TermPtr of = body(shape);
      return made("logsumexp", {of}, {of->range.low, of->range.high + 10});
    });
  if (has(Feature::Softmax))
    choices.add(2, [&] {
      TermPtr logit = body({});
      TermPtr of = body(shape);
      if (random.chance(0.6))
        return made(
            "softmax_sum", {logit, of},
            {std::min(0.0, of->range.low), std::max(0.0, of->range.high)});
      of = fit(of, {0.1, 8});
      return made("logsumexp", {logit, of},
                  {logit->range.low - 3, logit->range.high + 12});
    });
  if (has(Feature::Products))
    choices.add(0.7, [&] {
      return made("prod", {fit(body(shape), {-1, 1})}, {-1, 1});
    });
  if (has(Feature::Payloads))
    choices.add(1, [&] {
      TermPtr of = payload(shape);
      return made(random.chance(0.5) ? "argmin" : "argmax", {body({}), of},
                  of->range);
    });
  if (has(Feature::Smallest) && shape.rows)
    choices.add(4, [&] {
      if (shape.columns || (has(Feature::Payloads) && random.chance(0.3))) {
        TermPtr of =
            payload(shape.columns ? Shape{shape.columns, 0} : Shape{});
        return made(random.chance(0.5) ? "argkmin" : "argkmax", {body({}), of},
                    of->range, fmt::format(", {}", shape.rows));
      }
      TermPtr of = body({});
      return made(random.chance(0.5) ? "kmin" : "kmax", {of}, of->range,
                  fmt::format(", {}", shape.rows));
    });
  return choices.pick(random);
}

} // namespace kdslc::fuzz
