//===- Term.cpp - expressions of random programs --------------------------===//

#include "Term.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace kdslc::fuzz {

double Interval::size() const {
  return std::max(std::fabs(low), std::fabs(high));
}

Interval hull(const Interval &a, const Interval &b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

std::string Term::text() const {
  std::string result;
  for (size_t k = 0; k < form.size(); ++k)
    if (form[k] == '%')
      result += args[size_t(form[++k] - '0')]->text();
    else
      result += form[k];
  return result;
}

int Term::count() const {
  int n = 1;
  for (const TermPtr &arg : args)
    n += arg->count();
  return n;
}

TermPtr apply(std::string form, std::vector<TermPtr> args, Kind kind,
              Shape shape, Interval range) {
  auto term = std::make_shared<Term>();
  for (const TermPtr &arg : args) {
    term->subscripts.insert(arg->subscripts.begin(), arg->subscripts.end());
    term->reduces |= arg->reduces;
  }
  term->form = std::move(form);
  term->args = std::move(args);
  term->kind = kind;
  term->shape = shape;
  term->range = range;
  return term;
}

std::string literal(double value) {
  std::string text = fmt::format("{}", std::fabs(value));
  return value < 0 ? "(-" + text + ")" : text;
}

TermPtr constant(double value) {
  return apply(literal(value), {}, Kind::Real, {}, {value, value});
}

TermPtr whole(int value) {
  return apply(literal(value), {}, Kind::Integer, {},
               {double(value), double(value)});
}

} // namespace kdslc::fuzz
