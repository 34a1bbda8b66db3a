//===- DerivativesTest.cpp - derivatives by what they must satisfy --------===//
//
// The reference interpreter has rules of its own for derivatives; here are two
// checks without any rule: differences of the program's own values, and
// <vjp(u), t> = <u, jvp(t)>.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>

using namespace kdslc::test;

namespace {

/// A program and its derivatives, `NAME_vjp` and `NAME_jvp`, in f64.
struct Family {
  const char *file, *name;
  Makers makers; ///< of the program's inputs
};

struct Sizes {
  int64_t m, n;
};

Maker positive(const std::string &name) { return spread(name, 0.25, 2); }
Maker fraction(const std::string &name) { return spread(name, 0.01, 0.5); }

const std::vector<Family> &families() {
  static const Makers small = {{"x", positive("x")}, {"y", fraction("y")}};
  static const std::vector<Family> all = {
      {"slopes", "circle", small},     {"slopes", "growth", small},
      {"slopes", "inverses", small},   {"slopes", "pieces", small},
      {"slopes", "vectors", {}},       {"derivatives", "conv", {}},
      {"derivatives", "softmin", {}},  {"derivatives", "nearest", {}},
      {"derivatives", "farthest", {}}, {"derivatives", "product", {}},
      {"derivatives", "wells", {{"h", positive("h")}}},
      {"rules", "attention", {}},      {"rules", "soft_each", {}},
      {"rules", "lse_weights", {}},    {"rules", "lists", {}},
      {"rules", "found", {}},          {"rules", "found_lists", {}},
      {"rules", "extremes", {}},       {"rules", "algebra", {}},
      {"rules", "parts", {}},          {"rules", "mahalanobis", {}},
      {"rules", "gammas", {}},         {"rules", "factors", {}},
      {"partials", "fields", {}},      {"rangeslopes", "blocks", {}},
      {"rangeslopes", "found", {}},    {"rangeslopes", "turned", {}},
      {"pairslopes", "closest", {}},   {"pairslopes", "twins", {}},
      {"tuples", "batched", {}},       {"tuples", "nested", {}},
      {"pairslopes", "weighted", {}},  {"pairslopes", "members", {}}};
  return all;
}

/// In f64 for one instruction set, as ProgramsTest.cpp has it.
Build once() {
  Build build = inDouble();
  build.targets = {"x86-64-v3"};
  return build;
}

bool isOutput(const kdsl_arg &arg) { return arg.is_output != 0; }

/// Makers for all inputs of a derived program: those of the program, and
/// numbers between -1 and 1 for tangents and cotangents.
Makers allMakers(const Family &family, const Program &derived) {
  Makers makers = family.makers;
  for (uint32_t k = 0; k < derived.kernel.n_args; ++k) {
    const kdsl_arg &arg = derived.kernel.args[k];
    std::string name = arg.name;
    if (isOutput(arg) || makers.count(name))
      continue;
    bool isChange = name.rfind("t_", 0) == 0 || name.rfind("d_", 0) == 0;
    makers[name] =
        isChange || arg.n_axes ? spread(name, -1, 1) : spread(name, 0.5, 1.5);
  }
  return makers;
}

/// The product of the outputs `PREFIX_name` with the makers of that name.
double product(const Program &program, Trial &trial, const std::string &prefix,
               double &magnitude) {
  Outputs outputs = trial.run();
  double sum = 0;
  for (uint32_t k = 0; k < program.kernel.n_args; ++k) {
    const kdsl_arg &arg = program.kernel.args[k];
    std::string name = arg.name;
    if (!isOutput(arg) || name.rfind(prefix, 0) != 0)
      continue;
    // What meets a gradient d_x is the tangent t_x, and the other way round.
    Maker other =
        spread((prefix == "d_" ? "t_" : "d_") + name.substr(2), -1, 1);
    std::vector<double> numbers = trial.numbers(outputs, name);
    for (size_t n = 0; n < numbers.size(); ++n) {
      double term = numbers[n] * other(int64_t(n) / arg.row_elems,
                                       int64_t(n) % arg.row_elems);
      sum += term;
      magnitude += std::fabs(term);
    }
  }
  return sum;
}

} // namespace

TEST_CASE("vjp and jvp are transposes of each other") {
  for (const Family &family : families())
    for (Sizes sizes : {Sizes{1, 1}, Sizes{13, 7}, Sizes{31, 37}}) {
      const ProgramFile &file = compiled(family.file, once());
      std::string name = family.name;
      Program vjp = file[name + "_vjp"], jvp = file[name + "_jvp"];
      Trial back(vjp, {sizes.m, sizes.n}, allMakers(family, vjp));
      Trial along(jvp, {sizes.m, sizes.n}, allMakers(family, jvp));
      double magnitude = 0;
      double left = product(vjp, back, "d_", magnitude);
      double right = product(jvp, along, "t_", magnitude);
      CAPTURE(name, sizes.m, sizes.n, left, right, magnitude);
      CHECK(std::fabs(left - right) <= 1e-12 * magnitude);
      CHECK((magnitude > 0 || sizes.m == 1)); // one row has no other
    }
}

TEST_CASE("jvp agrees with differences of the program's values") {
  const double step = 1e-6;
  for (const Family &family : families()) {
    const ProgramFile &file = compiled(family.file, once());
    std::string name = family.name;
    Program program = file[name], jvp = file[name + "_jvp"];
    Makers makers = allMakers(family, jvp);
    Trial along(jvp, {13, 7}, makers);
    Outputs changes = along.run();
    auto moved = [&](double by) {
      Makers inputs = makers;
      for (auto &[input, maker] : inputs)
        if (makers.count("t_" + input))
          maker = [by, at = makers.at(input),
                   change = makers.at("t_" + input)](int64_t r, int64_t f) {
            return at(r, f) + by * change(r, f);
          };
      return Trial(program, {13, 7}, inputs);
    };
    Trial ahead = moved(step), behind = moved(-step);
    Outputs after = ahead.run(), before = behind.run();
    for (uint32_t k = 0; k < program.kernel.n_args; ++k) {
      const kdsl_arg &arg = program.kernel.args[k];
      if (!isOutput(arg))
        continue;
      std::vector<double> a = ahead.numbers(after, arg.name),
                          b = behind.numbers(before, arg.name),
                          t = along.numbers(changes,
                                            std::string("t_") + arg.name);
      for (size_t n = 0; n < t.size(); ++n) {
        // The largest of nothing stays what it is.
        bool isFlat = a[n] == b[n];
        double difference = isFlat ? 0 : (a[n] - b[n]) / (2 * step);
        double size = isFlat && std::isinf(a[n]) ? 0 : std::fabs(a[n]);
        CAPTURE(name, n, difference, t[n]);
        CHECK(std::fabs(difference - t[n]) <=
              1e-6 * (1 + std::fabs(t[n]) + size));
      }
    }
  }
}
