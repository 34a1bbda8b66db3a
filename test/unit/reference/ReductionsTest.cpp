//===- ReductionsTest.cpp - what each reduction means ---------------------===//
//
// Ordinary values, the empty set, NaN, infinities and ties of language.md.
//
//===----------------------------------------------------------------------===//

#include "CheckedText.h"
#include <catch2/catch.hpp>

using namespace kdslc;
using namespace kdslc::test;
using reference::Choices;
using reference::OutputData;

/// The number that `formula`, over the rows of x, comes to.
static OutputData reduceAll(const std::string &formula,
                            const std::vector<double> &x,
                            const std::string &type = "real") {
  Evaluation evaluation("program p(x: [N] real, w: [N] real) -> a: " + type +
                        " {\n a = " + formula + "\n}\n");
  std::vector<double> w;
  for (size_t k = 0; k < x.size(); ++k)
    w.push_back(double(k) + 1);
  evaluation.size("N", x.size()).input("x", x).input("w", w);
  return evaluation.run();
}

static double valueOf(const std::string &formula, const std::vector<double> &x,
                      const std::string &type = "real") {
  return static_cast<double>(reduceAll(formula, x, type).values.at(0).v);
}

static bool isNaN(double x) { return std::isnan(x); }

TEST_CASE("reductions of ordinary values") {
  std::vector<double> x = {3, -1, 4, -1, 5};
  CHECK(valueOf("sum[j](x[j])", x) == 10);
  CHECK(valueOf("mean[j](x[j])", x) == 2);
  CHECK(valueOf("prod[j](x[j])", x) == 60);
  CHECK(valueOf("min[j](x[j])", x) == -1);
  CHECK(valueOf("max[j](x[j])", x) == 5);
  CHECK(valueOf("argmin[j](x[j])", x, "i64") == 1);
  CHECK(valueOf("argmax[j](x[j])", x, "i32") == 4);
  CHECK(valueOf("count[j](x[j] > 0)", x, "i64") == 3);
  CHECK(valueOf("logsumexp[j](x[j])", x) == Approx(5.410898));
  CHECK(valueOf("sum[j where x[j] > 0](x[j])", x) == 12);
  CHECK(valueOf("argmin[j](x[j], w[j])", x) == 2);
  CHECK(valueOf("argmax[j](x[j], w[j])", x) == 5);
  CHECK(valueOf("logsumexp[j](x[j], w[j])", {0, 0}) == Approx(std::log(3.0)));
  CHECK(valueOf("softmax_sum[j](x[j], w[j])", {0, 0, 0, 0}) == Approx(2.5));
}

TEST_CASE("reductions of nothing") {
  CHECK(valueOf("sum[j](x[j])", {}) == 0);
  CHECK(isNaN(valueOf("mean[j](x[j])", {})));
  CHECK(valueOf("prod[j](x[j])", {}) == 1);
  CHECK(valueOf("min[j](x[j])", {}) == inf);
  CHECK(valueOf("max[j](x[j])", {}) == -inf);
  CHECK(valueOf("argmin[j](x[j])", {}, "i64") == -1);
  CHECK(valueOf("argmax[j](x[j])", {}, "i64") == -1);
  CHECK(valueOf("count[j](x[j] > 0)", {}, "i64") == 0);
  CHECK(valueOf("logsumexp[j](x[j])", {}) == -inf);
  CHECK(valueOf("softmax_sum[j](x[j], w[j])", {}) == 0);
  // Excluded rows are as absent ones.
  CHECK(valueOf("max[j where x[j] > 9](x[j])", {1, 2}) == -inf);
  CHECK(isNaN(valueOf("mean[j where x[j] > 9](x[j])", {1, 2})));
  CHECK(valueOf("argmin[j where x[j] > 9](x[j])", {1, 2}, "i64") == -1);
}

TEST_CASE("integers have the limits of their type for nothing") {
  Evaluation least("program p(k: [N] i32) -> a: i32 {\n"
                   " a = min[j](k[j])\n}\n");
  CHECK(least.run().values[0].v == 2147483647);
  Evaluation most("program p(k: [N] i64) -> a: i64 {\n"
                  " a = max[j](k[j])\n}\n");
  CHECK(most.run().values[0].v == std::numeric_limits<int64_t>::min());
}

TEST_CASE("NaN is never dropped, and is first in order") {
  for (std::vector<double> x : {std::vector<double>{notANumber, 3, 0},
                                {3, notANumber, 0},
                                {3, 0, notANumber}}) {
    size_t place = isNaN(x[0]) ? 0 : isNaN(x[1]) ? 1 : 2;
    CHECK(isNaN(valueOf("sum[j](x[j])", x)));
    CHECK(isNaN(valueOf("mean[j](x[j])", x)));
    CHECK(isNaN(valueOf("prod[j](x[j])", x)));
    CHECK(isNaN(valueOf("min[j](x[j])", x)));
    CHECK(isNaN(valueOf("max[j](x[j])", x)));
    CHECK(isNaN(valueOf("logsumexp[j](x[j])", x)));
    CHECK(isNaN(valueOf("softmax_sum[j](x[j], w[j])", x)));
    CHECK(valueOf("argmin[j](x[j])", x, "i64") == place);
    CHECK(valueOf("argmax[j](x[j])", x, "i64") == place);
  }
  CHECK(valueOf("argmin[j](x[j])", {1, notANumber, notANumber}, "i64") == 1);
  // What `where` excludes is not seen.
  CHECK(valueOf("sum[j where x[j] > 0](x[j])", {1, notANumber, 2}) == 3);
}

TEST_CASE("ties go to the smallest row") {
  CHECK(valueOf("argmin[j](x[j])", {2, 1, 1, 1}, "i64") == 1);
  CHECK(valueOf("argmax[j](x[j])", {7, 7}, "i64") == 0);
  CHECK(valueOf("argmin[j](x[j])", {0.0, -0.0}, "i64") == 0);
  // Exact values leave one choice, also where they are equal.
  CHECK(reduceAll("argmin[j](x[j])", {2, 1, 1}, "i64").choices.at(0) ==
        Choices{1});
  // Whole numbers stay exact through a squared distance.
  CHECK(reduceAll("argmin[j](x[j]^2)", {-3, 3}, "i64").choices.at(0) ==
        Choices{0});
  // Rounded values may come out either way.
  CHECK(reduceAll("argmin[j](exp(x[j]))", {0.5, 0.5}, "i64").choices.at(0) ==
        (Choices{0, 1}));
}

TEST_CASE("values that nothing predicts may be anywhere in an order") {
  // The middle one is a quotient by the difference of two numbers that may
  // overflow or not.
  const std::vector<double> x = {1, 88.722839, 0};
  const std::string value = "(select(j == 1, 1 / (exp(x[j]) - exp(x[j])), x[j]))";
  CHECK(reduceAll("argmax[j]" + value, x, "i64").choices.at(0) ==
        Choices{0, 1});
  CHECK(reduceAll("argmin[j]" + value, x, "i64").choices.at(0) ==
        Choices{1, 2});
}

TEST_CASE("logits of infinity") {
  CHECK(valueOf("logsumexp[j](x[j])", {-inf, 0, 1}) == Approx(1.313262));
  CHECK(valueOf("logsumexp[j](x[j])", {-inf, -inf}) == -inf);
  CHECK(valueOf("logsumexp[j](x[j])", {1, inf}) == inf);
  CHECK(valueOf("logsumexp[j](x[j])", {inf, inf}) == inf);
  CHECK(valueOf("softmax_sum[j](x[j], w[j])", {-inf, -inf}) == 0);
  CHECK(valueOf("softmax_sum[j](x[j], w[j])", {-inf, 3, -inf}) == 2);
  CHECK(valueOf("softmax_sum[j](x[j], w[j])", {1, inf, 2}) == 2);
  CHECK(isNaN(valueOf("softmax_sum[j](x[j], w[j])", {inf, 0, inf})));
  // Far-away logits neither overflow nor vanish.
  CHECK(valueOf("logsumexp[j](x[j])", {1e38, -1e38}) == Approx(1e38));
}

TEST_CASE("k-reductions") {
  Evaluation knn("program p(x: [N] real) -> (v: real[4], k: i32[4],"
                 " w: real[4], l: i64[4]) {\n"
                 " v = kmin[j](x[j], 4)\n k = argkmin[j](x[j], 4)\n"
                 " w = kmax[j](x[j], 4)\n l = argkmax[j](x[j], 4)\n}\n");
  auto values = [&](const char *name) {
    std::vector<double> result;
    for (const reference::Value &value : knn.run(name).values)
      result.push_back(static_cast<double>(value.v));
    return result;
  };
  using List = std::vector<double>;
  knn.size("N", 6).input("x", {5, 1, 4, 1, 9, 2});
  CHECK(values("v") == List{1, 1, 2, 4});
  CHECK(values("k") == List{1, 3, 5, 2});
  CHECK(values("w") == List{9, 5, 4, 2});
  CHECK(values("l") == List{4, 0, 2, 5});
  // More ranks than rows.
  knn.size("N", 2).input("x", {7, 3});
  CHECK(values("v") == List{3, 7, inf, inf});
  CHECK(values("k") == List{1, 0, -1, -1});
  CHECK(values("w") == List{7, 3, -inf, -inf});
  CHECK(values("l") == List{0, 1, -1, -1});
  // NaN first, on both sides.
  knn.size("N", 3).input("x", {7, notANumber, 3});
  CHECK(values("k") == List{1, 2, 0, -1});
  CHECK(values("l") == List{1, 0, 2, -1});
}

TEST_CASE("a softmax of rows that may not take part") {
  // The two sides of the predicate are equal and rounded, so a computed one may
  // hold or not.
  Evaluation soft("program p(x: [N] real, g: [N] real) -> (a: real) {\n"
                  " a = softmax_sum[j where exp(x[j]) < exp(1.0)](x[j], g[j])\n"
                  "}\n");
  soft.size("N", 1).input("x", {1}).input("g", {5});
  CHECK(soft.run("a").values[0].e >= 5); // 5, or of nothing 0
  soft.size("N", 2).input("x", {1, 0}).input("g", {5, 3});
  auto mean = soft.run("a").values[0];
  CHECK(std::fabs(double(mean.v) - 3) <= mean.e); // the certain row alone
}

TEST_CASE("conditions") {
  Evaluation logic("program p(x: [N] real) -> (n: i64, a: i64, b: i64) {\n"
                   " n = count[j](x[j] > 0)\n"
                   " a = select(any[j](x[j] > 2), 1, 0)\n"
                   " b = select(all[j](x[j] > 0), 1, 0)\n}\n");
  logic.size("N", 3).input("x", {1, 3, -1});
  CHECK(logic.run("n").values[0].v == 2);
  CHECK(logic.run("a").values[0].v == 1);
  CHECK(logic.run("b").values[0].v == 0);
  logic.size("N", 0).input("x", {});
  CHECK(logic.run("a").values[0].v == 0);
  CHECK(logic.run("b").values[0].v == 1);
}
