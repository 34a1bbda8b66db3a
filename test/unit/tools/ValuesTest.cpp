//===- ValuesTest.cpp - arrays and the right side of name=value -----------===//

#include "Values.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>

using namespace kdslrun;

static Value parse(const std::string &text) {
  auto value = parseValue("x", text);
  if (value)
    return std::move(*value);
  FAIL(llvm::toString(value.takeError()));
  return {};
}

static std::string refusal(const std::string &text) {
  auto value = parseValue("x", text);
  return value ? "" : llvm::toString(value.takeError());
}

TEST_CASE("numbers and lists") {
  CHECK(parse("0.5").array.shape.empty());
  CHECK(parse("-1e-3").array.at(0) == -1e-3);
  CHECK(parse("true").array.at(0) == 1);
  CHECK(parse("[1, 2,3]").array.shape == std::vector<int64_t>{3});
  CHECK(parse("[[1,2],[3,4],[5,6]]").array.shape == std::vector<int64_t>{3, 2});
  CHECK(parse("[[1,2],[3,4],[5,6]]").array.at(4) == 5);
  CHECK(parse("[]").array.shape == std::vector<int64_t>{0});
  for (const char *text : {"", "x", "1x", "[1,2", "[1 2]", "[1,[2]]", "[[1],2]",
                           "[[1,2],[3]]", "[1,]", "[[[[[[[[[1]]]]]]]]]", "1,2"})
    CHECK(refusal(text).find("is not a value") != std::string::npos);
}

TEST_CASE("recipes") {
  CHECK(parse("random:7").kind == Value::Random);
  CHECK_FALSE(parse("random:7").shape.has_value());
  CHECK(*parse("normal:7:[10, 3]").shape == std::vector<int64_t>{10, 3});
  CHECK(parse("grid:5").points == 5);
  for (const char *text : {"random:", "random:x", "random:1:[-1]",
                           "random:1:[1.5]", "random:1:3", "random:1:[[1]]"})
    CHECK(refusal(text).find("not a seed") != std::string::npos);
  CHECK(refusal("grid:0").find("expected a count") != std::string::npos);
}

TEST_CASE("files that cannot be read") {
  CHECK(refusal("@no-such-file.npy").find("No such file") != std::string::npos);
  CHECK(refusal("@data.txt").find("ends in .npy or .csv") != std::string::npos);
}

TEST_CASE("random numbers are the same on every machine") {
  const Array uniform = makeArray(parse("random:7"), KDSL_F64, {10000});
  const Array normal = makeArray(parse("normal:7"), KDSL_F64, {10000});
  double sum = 0, squares = 0, least = 1, most = 0;
  for (int64_t k = 0; k < 10000; ++k) {
    least = std::fmin(least, uniform.at(k));
    most = std::fmax(most, uniform.at(k));
    sum += normal.at(k);
    squares += normal.at(k) * normal.at(k);
  }
  CHECK(least >= 0);
  CHECK(least < 0.01);
  CHECK(most > 0.99);
  CHECK(most < 1);
  CHECK(std::fabs(sum) / 10000 < 0.05);
  CHECK(std::fabs(squares / 10000 - 1) < 0.05);
  CHECK(makeArray(parse("random:7"), KDSL_F64, {3}).at(2) == uniform.at(2));
  CHECK(makeArray(parse("random:8"), KDSL_F64, {3}).at(2) != uniform.at(2));
  const Array digits = makeArray(parse("random:1"), KDSL_I32, {1000});
  for (int64_t k = 0; k < 1000; ++k)
    REQUIRE((digits.integerAt(k) >= 0 && digits.integerAt(k) < 10));
  const Array labels = makeArray(parse("random:1"), KDSL_I64, {1000}, 3);
  std::set<int64_t> drawn;
  for (int64_t k = 0; k < 1000; ++k)
    drawn.insert(labels.integerAt(k));
  CHECK(drawn == std::set<int64_t>{0, 1, 2});
}

TEST_CASE("a grid fills the unit cube") {
  const Array grid = makeArray(parse("grid:3"), KDSL_F32, {9, 2});
  const double expected[9][2] = {{0, 0},   {0, 0.5},   {0, 1},
                                 {0.5, 0}, {0.5, 0.5}, {0.5, 1},
                                 {1, 0},   {1, 0.5},   {1, 1}};
  for (int64_t k = 0; k < 18; ++k)
    CHECK(grid.at(k) == expected[k / 2][k % 2]);
  CHECK(makeArray(parse("grid:5"), KDSL_F32, {5}).at(1) == 0.25);
}

TEST_CASE("conversions count what changed") {
  Array from(KDSL_F64, {4});
  const double values[] = {0.5, 0.1, 1e300, NAN};
  for (int64_t k = 0; k < 4; ++k)
    from.set(k, values[k]);
  CHECK(convert(from, KDSL_F32).inexact == 2);
  CHECK(convert(from, KDSL_F64).inexact == 0);
  CHECK(convert(from, KDSL_I32).inexact == 4);
  Array big(KDSL_I64, {2});
  const int64_t odd = (int64_t(1) << 53) + 1;
  std::memcpy(big.bytes.data(), &odd, sizeof(odd));
  CHECK(convert(big, KDSL_F64).inexact == 1);
  CHECK(convert(big, KDSL_I32).array.integerAt(0) ==
        std::numeric_limits<int32_t>::max());
  Array small(KDSL_I32, {1});
  small.set(0, -5);
  CHECK(convert(small, KDSL_I64).array.integerAt(0) == -5);
  Array half(KDSL_F16, {1});
  half.set(0, 1e6);
  CHECK(std::isinf(half.at(0)));
}
