//===- SpecialValuesTest.cpp - NaN, infinities, ties, empty sets ----------===//
//
// What the language fixes once for every target, at each place of a row among
// the others: in the groups of a sweep and in its remainder.
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include "SpecialRows.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc::test;

TEST_CASE("A NaN is never dropped, and comes first in an order",
          "[adv-R16]") {
  for (int64_t at : places) {
    CAPTURE(at);
    Maker y = except({at}, notANumber, mixed());
    onEach("nearest", "extremes", y, "lo", isNaN);
    onEach("nearest", "extremes", y, "hi", isNaN);
    onEach("nearest", "extremes", y, "klo", equals(double(at)));
    onEach("nearest", "extremes", y, "khi", equals(double(at)));
    onEach("long", "best_long", y, "k", equals(double(at)));
    onEach("long", "best_long", y, "l", equals(double(at)));
    onEach("long", "best_long", y, "d", isNaN);
    onEach("long", "best_long", y, "s", isNaN);
    onEach("softmin", "lse", y, "f", isNaN);
    onEach("constants", "tenths", y, "a", isNaN);
  }
  Maker two = except({7, 33}, notANumber, mixed());
  onEach("nearest", "extremes", two, "klo", equals(7));
  onEach("long", "best_long", two, "k", equals(7));
  onEach("nearest", "extremes", always(notANumber), "khi", equals(0));
}

TEST_CASE("A NaN in row i stays in row i") {
  const ProgramFile &file = compiled("kernels");
  Trial trial(file["cauchy_sum"], {19, 11},
              {{"x", except({5}, notANumber, spread("x", -1, 1))}});
  for (const Machine &machine : machinesFor(file["cauchy_sum"].kernel)) {
    Manner manner;
    manner.machine = machine;
    std::vector<double> a = trial.numbers(trial.run(manner), "a");
    for (size_t i = 0; i < a.size(); ++i)
      CHECK(std::isnan(a[i]) == (i == 5));
  }
}

TEST_CASE("A pair that a predicate excludes is not seen") {
  const ProgramFile &kernels = compiled("kernels");
  // y > x is false for a NaN, and for what is not above 1.
  Maker y = except({3, 36}, notANumber, except({20}, 2, mixed()));
  onEach("predicates", "average", y, "above", equals(2));
  onEach("predicates", "different", y, "above", equals(2));
  // i = j would be b/0.
  checkOnEach(Trial(kernels["others"], {rows}), kernels["others"]);
}

TEST_CASE("The derivative of nothing is 0, whatever multiplies it") {
  const ProgramFile &file = compiled("derivatives");
  auto isZero = [&](const char *name, int64_t n, const Maker &y) {
    for (double special : {inf, notANumber}) {
      Trial trial(file[name], {19, n},
                  {{"x", always(0)}, {"y", y}, {"d_a", always(special)}});
      for (const Machine &machine : machinesFor(file[name].kernel)) {
        Manner manner;
        manner.machine = machine;
        for (double d_x : trial.numbers(trial.run(manner), "d_x"))
          CHECK(d_x == 0);
      }
    }
  };
  isZero("conv_vjp_x", 0, always(1));
  isZero("earlier_vjp", 0, always(1));
  isZero("earlier_vjp", 11, always(1)); // none is before 0
}

TEST_CASE("Quotients by what is infinite, huge, or gives less than a number") {
  // Rows i for several vectors: some are divided, some take an estimate.
  auto onRows = [](const Maker &y, const char *output,
                   const std::function<void(double)> &look) {
    onEach("elementary", "quotients", y, output, look, rows, /*m=*/33);
  };
  for (double special : {inf, -inf, 0x1p126, 0x1.8p127, 0x1.8p63, 0x1p1022,
                         0x1.8p1023, 0x1p512, 0x1p-70, 0.0})
    for (int64_t at : {5, 36}) {
      CAPTURE(special, at);
      onRows(except({at}, special, mixed()), "a", isFinite);
    }
  onRows(always(inf), "least", equals(0));
  onRows(always(inf), "root", equals(inf));
}

TEST_CASE("Quotients of one division have their own range each") {
  // Divisors of all sizes meet each other in a pair, and lanes of one group.
  Maker x = listed({1,       0,       3,        0x1p-149, -1e-40,  0x1p-126, 1e-30, -2,
                    0x1p-64, 0x1p-63, 0x1p-62,  1e-10,    7,       0x1p62,   0x1p63, 0x1.8p63,
                    1e30,    -3e38,   0x1p127,  inf,      -inf,    5,        notANumber, 1e10,
                    1e-310,  1e-300,  0x1p-511, 0x1p-512, 0x1p511, 0x1p512,  1e300, 1.5,
                    1,       1,       1,        1,        1,       1e-10,    1e20, 1e-20});
  auto check = [&](const char *name, const Maker &b) {
    for (const ProgramFile *file :
         {&compiled("elementary"), &compiled("elementary", inDouble())}) {
      const Program &program = (*file)[name];
      checkOnEach(Trial(program, {40, 5}, {{"x", x}, {"y", always(0)}, {"b", b}}),
                  program, /*allowUnpredictable=*/true);
    }
  };
  for (const char *name : {"divided", "divided_more", "divided_by_one"}) {
    for (double b : {1.0, 0.0, -2.5, 1e-30, 1e-40, 1e30, 3e38, 1e-300, 1e300, inf}) {
      CAPTURE(name, b);
      check(name, always(b));
    }
    check(name, listed({1, 0, 1e-35, -1e-25, 1e25}));
  }
}

TEST_CASE("Quotients by roots of what is 0, infinite, or gives no number") {
  auto onRows = [](const Maker &y, const char *output,
                   const std::function<void(double)> &look) {
    onEach("elementary", "by_roots", y, output, look, rows, /*m=*/33);
  };
  for (double special : {inf, -inf, 0x1p63, 0x1.8p63, 0x1p80, 0x1p512, 0x1p-62,
                         0x1p-40, 0x1p-300, 0.0})
    for (int64_t at : {5, 36}) {
      CAPTURE(special, at);
      onRows(except({at}, special, mixed()), "shifted", isFinite);
      onRows(except({at}, special, mixed()), "both", isFinite);
    }
  // What is below the normal numbers keeps its digits.
  for (double tiny : {0x1.8p-149, 0x1.234p-140, 0x1.234p-130, 0x1.2345p-1060}) {
    CAPTURE(tiny);
    auto near = [=](int64_t j, int64_t) { return (j % 7 + 1) * tiny; };
    checkOnEach(Trial(compiled("elementary")["small_roots"], {33, 40},
                      {{"x", always(0)}, {"y", near}}),
                compiled("elementary")["small_roots"]);
    checkOnEach(Trial(compiled("elementary", inDouble())["small_roots"], {33, 40},
                      {{"x", always(0)}, {"y", near}}),
                compiled("elementary", inDouble())["small_roots"]);
  }
  // Of nothing but infinite distances, and of rows that are equal to some row i.
  onRows(always(inf), "one", equals(0));
  onRows(always(inf), "three", equals(0));
  onRows(always(notANumber), "one", isNaN);
  onRows(always(notANumber), "three", isNaN);
}

TEST_CASE("Infinities in sums and orders") {
  for (int64_t at : places) {
    CAPTURE(at);
    Maker up = except({at}, inf, mixed()), down = except({at}, -inf, mixed());
    onEach("constants", "tenths", up, "a", equals(inf));
    onEach("constants", "tenths", down, "a", equals(-inf));
    onEach("nearest", "extremes", up, "hi", equals(inf));
    onEach("nearest", "extremes", up, "khi", equals(double(at)));
    onEach("nearest", "extremes", down, "klo", equals(double(at)));
  }
  onEach("constants", "tenths", listed({inf, -inf}), "a", isNaN, 2);
  // A sum becomes infinite between two blocks of finite sums, and stays so.
  auto isNumber = [](double got) { CHECK(!std::isnan(got)); };
  for (double large : {3e38, 1.7e308})
    onEach("constants", "tenths", except({0, 40, 70}, large, mixed()), "a",
           isNumber, 130);
  // The identity of an order is a value like any other.
  onEach("nearest", "extremes", always(inf), "klo", equals(0));
  onEach("nearest", "extremes", always(inf), "lo", equals(inf));
  onEach("nearest", "extremes", always(-inf), "khi", equals(0));
}

TEST_CASE("Lists of special values, ties and of less than they hold",
          "[adv-R17]") {
  // The first of the list of five.
  for (int64_t at : places) {
    CAPTURE(at);
    Maker y = except({at}, notANumber, mixed());
    onEach("lists", "five", y, "lo", isNaN);
    onEach("lists", "five", y, "hi", isNaN);
    onEach("lists", "five", y, "klo", equals(double(at)));
    onEach("lists", "five", y, "khi", equals(double(at)));
    Maker up = except({at}, inf, mixed()), down = except({at}, -inf, mixed());
    onEach("lists", "five", up, "hi", equals(inf));
    onEach("lists", "five", up, "khi", equals(double(at)));
    onEach("lists", "five", down, "klo", equals(double(at)));
  }
  // More NaNs, and more infinities, than places.
  Maker many = except({1, 4, 5, 9, 12, 30, 33}, notANumber, mixed());
  onEach("lists", "five", many, "klo", equals(1));
  onEach("lists", "five", many, "hi", isNaN);
  onEach("lists", "five", always(notANumber), "khi", equals(0));
  onEach("lists", "five", always(inf), "klo", equals(0));
  onEach("lists", "five", always(-inf), "khi", equals(0));
  onEach("lists", "five", always(0.25), "klo", equals(0));
  onEach("lists", "five", listed({-0.0, 0.0, -0.0}), "khi", equals(0), 3);
  // Two rows in lists of five: their places and then padding, which the
  // comparison with the reference sees.
  onEach("lists", "five", listed({inf, 0.5}), "lo", equals(0.5), 2);
  onEach("lists", "five", mixed(), "lo", equals(inf), 0);
  onEach("lists", "five", mixed(), "klo", equals(-1), 0);
  onEach("lists", "five", mixed(), "khi", equals(-1), 0);
  onEach("lists", "one", mixed(), "a", equals(inf), 0);
}

TEST_CASE("Long lists of special values, bounded by their first rows") {
  constexpr int64_t count = 2500;
  for (int64_t at : {3, 639, 2000, 2499}) {
    CAPTURE(at);
    Maker y = except({at}, notANumber, mixed());
    onEach("lists", "five", y, "lo", isNaN, count);
    onEach("lists", "five", y, "khi", equals(double(at)), count);
    Maker down = except({at}, -inf, mixed());
    onEach("lists", "five", down, "klo", equals(double(at)), count);
  }
  auto falling = [](int64_t j, int64_t) { return -0.25 * double(j); };
  onEach("lists", "five", falling, "klo", equals(count - 1), count);
  onEach("lists", "five", falling, "khi", equals(0), count);
  onEach("lists", "five", always(notANumber), "klo", equals(0), count);
  onEach("lists", "five", always(inf), "klo", equals(0), count);
  onEach("lists", "five", always(-inf), "khi", equals(0), count);
  onEach("lists", "five", always(0.25), "klo", equals(0), count);
  // Between 0 and what is worse there are two zeros.
  onEach("lists", "five", always(0), "khi", equals(0), count);
  onEach("lists", "five", always(0), "hi", equals(0), count);
  onEach("lists", "five", always(0), "klo", equals(0), count);
  onEach("lists", "five", except({7, 2400}, -0.0, always(-1)), "khi", equals(7),
         count);
}

TEST_CASE("Lists that values of many rows wait for") {
  // Every row enters; none does after the first ones; a NaN does.
  const int64_t count = forDevice() ? 150 : 1000;
  auto falling = [](int64_t j, int64_t) { return -0.25 * double(j); };
  onEach("longlists", "hundred", falling, "khi", equals(double(count - 1)),
         count, /*m=*/1);
  onEach("longlists", "hundred", always(0.25), "khi", equals(0), count, 1);
  onEach("longlists", "hundred", except({122}, notANumber, mixed()), "khi",
         equals(122), count, 1);
}

TEST_CASE("Ties go to the smallest row") {
  onEach("nearest", "extremes", always(0.25), "klo", equals(0));
  onEach("nearest", "extremes", always(0.25), "khi", equals(0));
  onEach("nearest", "extremes", except({9, 10, 34}, -5, mixed()), "klo",
         equals(9));
  onEach("nearest", "extremes", except({31, 32}, 5, mixed()), "khi",
         equals(31));
  // The zeros of both signs are equal.
  onEach("nearest", "extremes", listed({0.0, -0.0, 0.0}), "klo", equals(0), 3);
  onEach("nearest", "extremes", listed({-0.0, 0.0, -0.0}), "khi", equals(0), 3);
}

TEST_CASE("Empty sets give what the language says") {
  onEach("nearest", "extremes", mixed(), "lo", equals(inf), 0);
  onEach("nearest", "extremes", mixed(), "klo", equals(-1), 0);
  onEach("nearest", "extremes", mixed(), "hi", equals(-inf), 0);
  onEach("nearest", "extremes", mixed(), "khi", equals(-1), 0);
  onEach("softmin", "lse", mixed(), "f", equals(-inf), 0);
  onEach("constants", "tenths", mixed(), "a", equals(0), 0);
  onEach("predicates", "average", mixed(), "mid", isNaN, 0);
  // No row is above 1.
  onEach("predicates", "average", mixed(), "above", isNaN);
  onEach("predicates", "different", mixed(), "above", equals(0));
  onEach("softmin", "lse_where", mixed(), "f", equals(-inf));
}

TEST_CASE("prod, any and all of special values and of nothing") {
  onEach("products", "product", mixed(), "a", equals(1), 0);
  onEach("products", "product", mixed(), "above", equals(1)); // none above 1
  onEach("products", "some", mixed(), "b", equals(0), 0);
  onEach("products", "every", mixed(), "b", equals(1), 0);
  for (int64_t at : places) {
    CAPTURE(at);
    onEach("products", "product", except({at}, notANumber, mixed()), "a",
           isNaN);
    onEach("products", "product", except({at}, -8, mixed()), "a", equals(0));
    onEach("products", "some", except({at}, 0.95, always(0)), "a", equals(1));
    onEach("products", "every", except({at}, -0.75, always(0)), "a",
           equals(2));
    // Comparisons with a NaN are false.
    onEach("products", "some", except({at}, notANumber, always(0)), "a",
           equals(2));
    onEach("products", "every", except({at}, notANumber, always(0)), "a",
           equals(2));
  }
}

TEST_CASE("A product of integers wraps") {
  uint64_t threes = 1;
  for (int64_t j = 0; j < 60; ++j)
    threes *= 3;
  // As a double it is rounded, and so is the test's view of the output.
  onEach("products", "product_integer", mixed(), "threes",
         equals(double(int64_t(threes))), 60);
}

TEST_CASE("One row has no other row") {
  const ProgramFile &file = compiled("nearest");
  Trial trial(file["neighbour"], {1});
  Outputs outputs = trial.run();
  CHECK(trial.numbers(outputs, "k") == std::vector<double>{-1});
  CHECK(trial.numbers(outputs, "d") == std::vector<double>{inf});
}

TEST_CASE("Negative zero in sums and orders") {
  onEach("constants", "tenths", always(-0.0), "a", equals(0));
  onEach("nearest", "extremes", always(-0.0), "lo", equals(0));
}

TEST_CASE("The Gaussian of a point with itself is exactly 1") {
  const ProgramFile &file = compiled("gauss", {{{"D", "3"}, {"E", "1"}}});
  Program gauss = file["gauss_conv"];
  Maker point = [](int64_t, int64_t f) { return 1e3 + 0.1 * double(f); };
  for (double s : {1e-3, 0.37, 25.0}) {
    Trial trial(
        gauss, {7, 1},
        {{"x", point}, {"y", point}, {"b", always(1)}, {"s", always(s)}});
    for (const Machine &machine : machinesFor(gauss.kernel)) {
      Manner manner;
      manner.machine = machine;
      CHECK(trial.numbers(trial.run(manner), "a") ==
            std::vector<double>(7, 1.0));
    }
  }
}

TEST_CASE("Far tails are never above the truth") {
  const ProgramFile &file = compiled("gauss", {{{"D", "1"}, {"E", "1"}}});
  Program gauss = file["gauss_conv"];
  // exp(-t/2) for t = 0, 0.8, .. 500: through the smallest normal and below.
  Trial trial(
      gauss, {625, 1},
      {{"x", [](int64_t i, int64_t) { return std::sqrt(0.8 * double(i)); }},
       {"y", always(0)},
       {"b", always(1)},
       {"s", always(1)}});
  auto reference = trial.interpret();
  for (const Machine &machine : machinesFor(gauss.kernel)) {
    Manner manner;
    manner.machine = machine;
    Outputs outputs = trial.run(manner);
    CHECK(disagreement(reference, outputs) == "");
    std::vector<double> a = trial.numbers(outputs, "a");
    for (size_t i = 0; i < a.size(); ++i) {
      const double x = double(float(std::sqrt(0.8 * double(i))));
      CAPTURE(i, a[i]);
      CHECK(a[i] >= 0);
      CHECK(a[i] <= std::exp(-x * x / 2) * (1 + 1e-4) + 0x1p-149);
    }
  }
}

TEST_CASE("The place of the first NaN or of the first of equals",
          "[adv-R16]") {
  const ProgramFile &file = compiled("folds");
  struct Case {
    std::vector<double> v;
    double lo, hi;
  };
  const Case cases[] = {{{1, notANumber, 0, notANumber, 5}, 1, 1},
                        {{notANumber, 1, 2, 3, 4}, 0, 0},
                        {{2, 1, 1, 3, 3}, 1, 3},
                        {{-inf, inf, -inf, inf, 0}, 0, 1},
                        {{inf, inf, inf, inf, notANumber}, 4, 4},
                        {{inf, inf, inf, inf, inf}, 0, 0}};
  for (const Case &c : cases) {
    Program program = file["place_of_features"];
    Trial trial(program, {1},
                {{"x", [&](int64_t, int64_t d) { return c.v.at(size_t(d)); }}});
    for (const Machine &machine : machinesFor(program.kernel)) {
      CAPTURE(machine.name, c.v);
      Manner manner;
      manner.machine = machine;
      Outputs outputs = trial.run(manner);
      CHECK(trial.numbers(outputs, "lo") == std::vector<double>{c.lo});
      CHECK(trial.numbers(outputs, "hi") == std::vector<double>{c.hi});
    }
  }
}

TEST_CASE("Reals become integers toward zero, at the ends, and NaN becomes 0") {
  const std::vector<double> numbers = {
      0.75, -0.75, 2.5,  -2.5,        2147483520, -2147483648., 2147483648.,
      3e9,  -3e9,  1e30, -1e30,       inf,        -inf,         notANumber,
      9e18, -9e18, 1e19, 9223371487098961920.};
  for (const Build &build : {Build(), inDouble(), asWritten()}) {
    Program program = compiled("types", build)["to_integers"];
    CAPTURE(build.optLevel);
    checkOnEach(
        Trial(program, {int64_t(numbers.size())}, {{"x", listed(numbers)}}),
        program);
  }
}
