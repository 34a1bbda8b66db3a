//===- RunTest.cpp - calls, comparisons and pictures ----------------------===//

#include "Call.h"
#include "Plot.h"
#include "Report.h"
#include "Svg.h"
#include "runtime/TestProgram.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslrun;
using kdsl_test::pickKernel;

static std::unique_ptr<Call> prepare(std::vector<Setting> settings) {
  std::vector<std::string> notes;
  auto call = Call::prepare(pickKernel(), settings, notes);
  if (call)
    return std::move(*call);
  FAIL(llvm::toString(call.takeError()));
  return nullptr;
}

static std::string refusal(std::vector<Setting> settings) {
  std::vector<std::string> notes;
  auto call = Call::prepare(pickKernel(), settings, notes);
  return call ? "" : llvm::toString(call.takeError());
}

static bool has(const std::string &text, const char *part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a call from lists") {
  auto call = prepare(
      {{"x", "[[1,0],[0,1]]"}, {"y", "[[1,5],[2,6],[3,4]]"}, {"s", "2"}});
  CHECK(call->size(0) == 2);
  CHECK(call->size(1) == 3);
  REQUIRE_FALSE(bool(call->run({})));
  CHECK(call->array(3).at(0) == 12);
  CHECK(call->array(3).at(1) == 15);
  CHECK(call->array(4).integerAt(0) == 2);
  CHECK(call->array(4).integerAt(1) == 1);
}

TEST_CASE("sizes come from inputs, shapes or the command line") {
  CHECK(
      prepare(
          {{"x", "random:1"}, {"y", "random:2:[7,2]"}, {"s", "1"}, {"M", "5"}})
          ->array(3)
          .shape == std::vector<int64_t>{5});
  CHECK(prepare({{"x", "grid:4"}, {"y", "random:2:[7,2]"}, {"s", "1"}})
            ->size(0) == 16);
  CHECK(
      prepare(
          {{"x", "random:1"}, {"y", "[]"}, {"s", "1"}, {"M", "0"}, {"N", "0"}})
          ->size(1) == 0);
}

TEST_CASE("a wrong shape is answered with the needed one") {
  CHECK(has(refusal({{"x", "[[1,2,3]]"}, {"y", "random:2:[7,2]"}, {"s", "1"}}),
            "'x' has shape [1, 3], expected [M, 2]"));
  CHECK(has(
      refusal(
          {{"x", "random:2:[7,2]"}, {"M", "8"}, {"s", "1"}, {"y", "[[1,2]]"}}),
      "M is 8 from the command line, but 7 from 'x' of shape [7, 2]"));
  CHECK(has(refusal({{"x", "random:2:[7,2]"}, {"s", "1"}}),
            "needs 'y', of shape [N, 2] and type f32"));
  CHECK(has(refusal({{"x", "random:2:[7,2]"}, {"y", "random:1"}, {"s", "1"}}),
            "size N is not known; say N=..."));
  CHECK(has(refusal({{"z", "1"}}), "has no 'z', it has x, y, s, a, idx, M, N"));
  CHECK(has(refusal({{"s", "[1,2]"}, {"x", "[[1,2]]"}, {"y", "[[1,2]]"}}),
            "'s' has shape [2], expected []"));
  CHECK(has(refusal({{"M", "-1"}}), "size M is '-1'"));
  CHECK(has(refusal({{"s", "1"}, {"s", "2"}}), "'s' is given twice"));
  CHECK(has(refusal({{"x", "random:1"},
                     {"y", "random:1"},
                     {"s", "1"},
                     {"M", "1000000000000000"},
                     {"N", "1"}}),
            "does not fit in memory"));
}

TEST_CASE("rounded inputs are noted") {
  std::vector<std::string> notes;
  std::vector<Setting> settings = {
      {"x", "[[0.5,0.1]]"}, {"y", "[[1,2]]"}, {"s", "0.1"}};
  auto call = Call::prepare(pickKernel(), settings, notes);
  REQUIRE(bool(call));
  REQUIRE(notes.size() == 1);
  CHECK(has(notes[0], "'x': 1 of 2 values changed when rounded from f64 to "
                      "f32"));
}

TEST_CASE("programs are described") {
  const std::string text = describe(pickKernel());
  CHECK(has(text, "program pick\n"));
  CHECK(has(text, "input   x: [M] f32[2]\n"));
  CHECK(has(text, "input   s: f32\n"));
  CHECK(has(text, "output  idx: [M] i32\n"));
  CHECK(has(text, "variant x86-64-v3\n"));
}

TEST_CASE("comparisons name the worst place") {
  Array got(KDSL_F32, {2, 2}), expected(KDSL_F64, {2, 2});
  for (int64_t k = 0; k < 4; ++k) {
    got.set(k, double(k));
    expected.set(k, double(k));
  }
  CHECK(compare("a", got, expected, 0, 0).matches);
  got.set(3, 3.5);
  got.set(1, 1.25);
  const Comparison wrong = compare("a", got, expected, 1e-3, 0);
  CHECK_FALSE(wrong.matches);
  CHECK(has(wrong.text, "2 of 4 elements differ, worst at [1, 1]: got 3.5, "
                        "expected 3"));
  CHECK(compare("a", got, expected, 0.25, 0).matches);
  got.set(0, NAN);
  CHECK_FALSE(compare("a", got, expected, 1, 1).matches);
  expected.set(0, NAN);
  CHECK(compare("a", got, expected, 0.25, 0).matches);
  expected.set(0, INFINITY);
  CHECK_FALSE(compare("a", got, expected, 1, 1).matches);
  CHECK(has(compare("a", got, Array(KDSL_F64, {3}), 0, 0).text,
            "shape [2, 2], but the reference has [3]"));
}

TEST_CASE("pictures of every kind") {
  auto grid = prepare({{"x", "grid:5"}, {"y", "random:1:[9,2]"}, {"s", "1"}});
  REQUIRE_FALSE(bool(grid->run({})));
  auto heat = plot(*grid, 3);
  REQUIRE(bool(heat));
  CHECK(has(*heat, "<svg"));
  CHECK(has(*heat, "a of pick"));
  CHECK_FALSE(has(*heat, "<circle"));
  auto cloud =
      prepare({{"x", "random:3:[40,2]"}, {"y", "random:1:[9,2]"}, {"s", "1"}});
  REQUIRE_FALSE(bool(cloud->run({})));
  auto dots = plot(*cloud, 4);
  REQUIRE(bool(dots));
  CHECK(has(*dots, "<circle"));
  auto none = prepare({{"x", "[]"}, {"M", "0"}, {"y", "[[1,2]]"}, {"s", "1"}});
  auto nothing = plot(*none, 3);
  CHECK(has(llvm::toString(nothing.takeError()), "to plot"));
}

TEST_CASE("pictures survive odd values") {
  const Range flat = rangeOf({2, 2});
  CHECK(flat.low == 1);
  CHECK(flat.high == 3);
  CHECK(rangeOf({NAN, INFINITY}).width() == 1);
  Picture picture("a < b & c", flat, rangeOf({}), true);
  picture.line({0, NAN, 1}, {0, 1, INFINITY}, 7);
  picture.dot(NAN, 0, colorOf(NAN), 1);
  picture.colorBar({0, 1});
  const std::string text = picture.finish();
  CHECK(has(text, "a &lt; b &amp; c"));
  CHECK_FALSE(has(text, "nan"));
  CHECK(colorOf(0) == "#440154");
  CHECK(colorOf(1) == "#fde725");
}
