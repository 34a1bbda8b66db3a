//===- InterpreterTest.cpp - steps, samples, shapes, bad requests ---------===//

#include "CheckedText.h"
#include "compiler/reference/Compare.h"
#include <catch2/catch.hpp>

using namespace kdslc;
using namespace kdslc::test;
using namespace kdslc::reference;
using Catch::Matchers::Contains;

static std::vector<double> numbers(const OutputData &output) {
  std::vector<double> result;
  for (const Value &value : output.values)
    result.push_back(static_cast<double>(value.v));
  return result;
}

using List = std::vector<double>;

TEST_CASE("rows, epilogues, and one array as x[i] and x[j]") {
  Evaluation matvec(
      "program p(x: [N] real, v: [N] real, amp: real) -> u: [N] real {\n"
      " u[i] = amp * sum[j](abs(x[i] - x[j]) * v[j]) + 10 * v[i]\n}\n");
  matvec.size("N", 3).input("x", {0, 1, 3}).input("v", {1, 2, 3});
  matvec.input("amp", {2});
  CHECK(numbers(matvec.run()) == List{2 * 11 + 10, 2 * 7 + 20, 2 * 7 + 30});
}

TEST_CASE("vectors and matrices of features") {
  Evaluation features(
      "program p(A: real[2, 3], x: [M] real[3]) ->"
      " (y: [M] real[2], z: [M] real[4], t: real) {\n"
      " y[i] = A @ x[i]\n"
      " z[i] = [x[i][2], norm(x[i][0:2]), sum(x[i]), max(x[i])]\n"
      " t = trace(A @ transpose(A))\n}\n");
  features.size("M", 1).input("A", {1, 2, 3, 4, 5, 6}).input("x", {3, 4, 1});
  CHECK(numbers(features.run("y")) == List{14, 38});
  CHECK(numbers(features.run("z")) == List{1, 5, 8, 4});
  CHECK(numbers(features.run("t")) == List{91});
}

TEST_CASE("integers, sizes and row numbers") {
  Evaluation rows("program p(x: [M] real) -> (k: [M] i64, n: i64) {\n"
                  " k[i] = mod(i * 3 + M, 4)\n"
                  " n = count[j where j != 1](x[j] > 0)\n}\n");
  rows.size("M", 3).input("x", {1, 1, 0});
  CHECK(numbers(rows.run("k")) == List{3, 2, 1});
  CHECK(numbers(rows.run("n")) == List{1});
}

TEST_CASE("a reduction inside another runs once for each of its rows") {
  std::string text =
      "program p(x: [M] real, y: [N] real, b: [N] real) -> a: [M] real {\n"
      " let K[i, j] = exp(-(x[i] - y[j])^2)\n"
      " let r[j] = sum[k](K[k, j])\n"
      " a[i] = sum[j](K[i, j] * b[j] / r[j])\n}\n";
  Evaluation two(text);
  two.size("M", 2).size("N", 2).input("x", {0, 1}).input("y", {0, 2});
  two.input("b", {1, 3});
  double k01 = std::exp(-4.0), k10 = std::exp(-1.0), k11 = std::exp(-1.0);
  double r0 = 1 + k10, r1 = k01 + k11;
  List a = numbers(two.run());
  CHECK(a[0] == Approx(1 / r0 + k01 * 3 / r1));
  CHECK(a[1] == Approx(k10 / r0 + k11 * 3 / r1));
}

TEST_CASE("two indices at once, and batches") {
  Evaluation energy("program p(x: [N] real, a: [N] real) -> e: real {\n"
                    " e = sum[i, j](a[i] * (x[i] - x[j])^2 * a[j])\n}\n");
  energy.size("N", 2).input("x", {1, 3}).input("a", {1, 5});
  CHECK(numbers(energy.run()) == List{2 * 5 * 4});

  Evaluation batch(
      "program p(q: [B, M] real, k: [B, N] real) -> o: [B, M] real {\n"
      " o[b, i] = sum[j where j <= i](q[b, i] * k[b, j])\n}\n");
  batch.size("B", 2).size("M", 2).size("N", 2);
  batch.input("q", {1, 2, 3, 4}).input("k", {1, 10, 100, 1000});
  CHECK(numbers(batch.run()) == List{1, 22, 300, 4400});
  batch.rows({1});
  CHECK(numbers(batch.run()) == List{22, 4400});
  CHECK(batch.run().rows == std::vector<int64_t>{1, 3});
}

TEST_CASE("a sample of rows equals those rows of the whole") {
  std::string text =
      "program p(x: [N] real) -> (a: [N] real, k: [N] i32, m: real) {\n"
      " let r[i] = sum[j](abs(x[i] - x[j]))\n"
      " a[i] = r[i] + sum[j](r[j] * x[i])\n"
      " k[i] = argmin[j where j != i](abs(x[i] - x[j]))\n"
      " m = max[i](r[i])\n}\n";
  List x = {4, 1, 7, 2, 9, 5};
  Evaluation whole(text), sample(text);
  whole.size("N", 6).input("x", x);
  sample.size("N", 6).input("x", x).rows({0, 3, 5, 6, 100});
  for (const char *name : {"a", "k"}) {
    OutputData all = whole.run(name), some = sample.run(name);
    CHECK(some.rows == std::vector<int64_t>{0, 3, 5});
    for (size_t k = 0; k < some.rows.size(); ++k) {
      CHECK(some.values[k].v == all.values[some.rows[k]].v);
      CHECK(some.values[k].e == all.values[some.rows[k]].e);
    }
  }
  CHECK(sample.run("m").values[0].v == whole.run("m").values[0].v);
  CHECK(whole.run("k").choices[0] == Choices{5});
}

TEST_CASE("chains of a hundred thousand operations") {
  std::string sum = "x[i]";
  for (int k = 0; k < 100000; ++k)
    sum += "+x[i]";
  Evaluation chain("program p(x: [M] real) -> a: [M] real {\n a[i] = " + sum +
                   "\n}\n");
  chain.size("M", 2).input("x", {1, 2});
  CHECK(numbers(chain.run()) == List{100001, 200002});
}

TEST_CASE("16-bit inputs") {
  Evaluation half("program p(x: [N] f16, y: [N] bf16) -> a: f32 {\n"
                  " a = sum[j](x[j] + y[j])\n}\n");
  half.size("N", 3);
  half.input("x", {0x3c00, 0xc000, 0x0001}); // 1, -2, 2^-24
  half.input("y", {0x3f80, 0x4040, 0x0000}); // 1, 3, 0
  CHECK(numbers(half.run()) == List{3 + 1.0 / (1 << 24)});
}

TEST_CASE("requests that do not fit are refused with names and numbers") {
  std::string text = "program p(x: [M] real[3], s: real) -> a: [M] real {\n"
                     " a[i] = s * sum(x[i])\n}\n";
  auto messageOf = [](const Evaluation &evaluation) {
    auto result = evaluation.tryRun();
    return result ? "" : llvm::toString(result.takeError());
  };
  Evaluation short_(text);
  short_.size("M", 2).input("x", {1, 2, 3}).input("s", {1});
  CHECK(messageOf(short_) == "input 'x' has 3 elements, expected 6");
  Evaluation negative(text);
  negative.size("M", -1).input("s", {1});
  CHECK(messageOf(negative) == "size 'M' is -1, expected 0 or more");
  Evaluation huge(text);
  huge.size("M", int64_t(1) << 62).input("s", {1});
  CHECK_THAT(messageOf(huge), Contains("overflow"));
  Evaluation unordered(text);
  unordered.size("M", 1).input("x", {1, 2, 3}).input("s", {1}).rows({1, 1});
  CHECK_THAT(messageOf(unordered), Contains("ascending"));
}

TEST_CASE("comparison tells the worst element") {
  Evaluation evaluation("program p(x: [M] real) -> (a: [M] real, k: i32) {\n"
                        " a[i] = exp(x[i])\n k = argmin[i](x[i])\n}\n");
  evaluation.size("M", 3).input("x", {2, 1, notANumber});
  OutputData a = evaluation.run("a"), k = evaluation.run("k");
  std::vector<float> good = {std::exp(2.0f), std::exp(1.0f), NAN};
  Comparison right = compareOutput(a, good.data());
  CHECK(right.pass);
  CHECK(right.worstRatio < 1);
  CHECK(right.compared == 3);

  std::vector<float> off = good;
  off[1] *= 1.00001f;
  Comparison wrong = compareOutput(a, off.data());
  CHECK_FALSE(wrong.pass);
  CHECK(wrong.row == 1);
  CHECK_THAT(wrong.text, Contains("a[1]: got 2.7183") && Contains("times"));

  off = good;
  off[2] = 7; // the reference is NaN
  CHECK_FALSE(compareOutput(a, off.data()).pass);
  int32_t index = 2;
  CHECK(compareOutput(k, &index).pass);
  index = 1;
  CHECK_FALSE(compareOutput(k, &index).pass);
}
