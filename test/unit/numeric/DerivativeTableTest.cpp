//===- DerivativeTableTest.cpp - every function and reduction -------------===//
//
// Programs made from the table of the language, one term for each row of
// Builtins.def: what is new there, and has no term here, fails. Derivatives of
// first and second order must agree with differences of the values below them,
// and with their transposes.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <unistd.h>

using namespace kdslc::test;

namespace {

/// One number of a pair that uses one function: of x and y, which are x[i] and
/// y[j], vectors of 3 positive numbers, and of t = x[0]*y[0], between 0 and 1.
std::string termOf(const std::string &name, int arity,
                   const std::string &rule) {
  static const std::map<std::string, std::string> byName = {
      {"acosh", "acosh(1.5 + T)"},
      {"atan2", "atan2(X[0], Y[0])"},
      {"clamp", "clamp(T, 0.1, 0.3 * X[1])"},
      {"log1p", "log1p(T) + log1p(-T / 2)"},
      {"lgamma", "lgamma(T) + lgamma(T - 1.3) + lgamma(7 * X[0])"},
      {"sinc", "sinc(T) + sinc(4 * X[0])"}};
  static const std::map<std::string, std::string> byRule = {
      {"Power", "X[0]^Y[0] + T^3 + X[1]^(-2)"},
      {"Select", "select(X[0] < Y[0], T, X[1]^2)"},
      {"Integer", "real(F(j, 2)) * T"},
      {"VectorPair", "F(X, Y)^2"},
      {"VectorNumber", "F(X - Y) * T"},
      {"VectorVector", "dot(F(X - Y), Y)"},
      {"FeatureFold", "F(X * Y)^2"},
      {"FeatureMean", "F(X * Y)^2"},
      {"FeatureIndex", "real(F(X * Y)) * T"},
      {"FeatureLogic", "select(F(X < 2 * Y), T, X[1])"},
      {"MatMul", "dot((outer(X, Y) @ outer(Y, X)) @ X, X @ outer(X, Y))"},
      {"Outer", "sqnorm(F(X, Y)[1])"},
      {"Transpose", "trace(F(outer(X, Y)) @ outer(X, X))"},
      {"Trace", "F(outer(X, Y))^2"},
      {"Kron", "sqnorm(F(X, Y))"},
      {"OneHot", "dot(F(mod(j, 3), 3), X * Y)"},
      {"Zeros", "sqnorm(F(3) + X * Y)"},
      {"Partial", "sum(F(sqdist(X, Y)^2, X) * Y)"},
      {"PartialTrace", "F(X^2 * T, X)"},
      {"PartialTwice", "F(sqdist(X, Y)^2, X)"},
      {"Lookup", "(X * Y)[mod(j, 3)]^2"}};
  std::string term;
  auto special = byName.find(name);
  auto known = byRule.find(rule);
  bool isWord = std::isalpha(static_cast<unsigned char>(name[0]));
  if (special != byName.end())
    term = special->second;
  else if (known != byRule.end())
    term = known->second;
  else if (rule == "Compare")
    term = fmt::format("select(X[0] {} Y[0], T, X[1]^2)", name);
  else if (rule == "Logic" && arity == 2)
    term = fmt::format("select(X[0] < Y[0] {} X[1] < 1, T, X[1]^2)", name);
  else if (rule == "Logic")
    term = "select(not X[0] < Y[0], T, X[1]^2)";
  else if ((rule == "Arithmetic" || rule == "Real") && arity == 1)
    term = isWord ? "F(T) * X[1]" : "(F(T)) * X[1]";
  else if ((rule == "Arithmetic" || rule == "Real") && arity == 2)
    term = isWord ? "F(X[0], Y[0])^2" : fmt::format("(X[0] {} Y[0])^2", name);
  std::string text;
  for (char c : term)
    text += c == 'X'   ? "x[i]"
            : c == 'Y' ? "y[j]"
            : c == 'T' ? "(x[i][0] * y[j][0])"
            : c == 'F' ? name
                       : std::string(1, c);
  return text;
}

/// One number of a row i that uses one reduction.
std::vector<std::string> reductionsOf(const std::string &name, int least,
                                      int most) {
  const std::string t = "dot(x[i], y[j])", w = "x[i] * y[j] * y[j][1]";
  auto of = [&](const std::string &rest) { return name + "[j]" + rest; };
  if (name == "any" || name == "all" || name == "count")
    return {fmt::format("real({}) * x[i][1]", of("(x[i][0] < y[j][0] * 4)"))};
  bool hasRows = name.rfind("arg", 0) == 0;
  std::vector<std::string> all;
  if (least == 1 && !hasRows)
    all.push_back(of("(" + t + ")^2"));
  if (least == 1 && hasRows)
    all.push_back(fmt::format("sum({})", of("(" + t + ", " + w + ")")));
  if (least == 2 && most == 2 && name[0] == 'k')
    all.push_back(fmt::format("sqnorm({})", of("(" + t + ", 2)")));
  if (least == 2 && most == 3)
    all.push_back(fmt::format("trace({} @ outer(x[i], [1, 2]))",
                              of("(" + t + ", 2, " + w + ")")));
  if (most == 2 && name[0] != 'k' && !hasRows)
    all.push_back(fmt::format("sum({})", of("(" + t + ", " + w + ")")));
  return all;
}

struct Made {
  std::string text;
  std::vector<std::string> programs;
};

void addProgram(Made &made, const std::string &name,
                const std::vector<std::string> &terms, bool isSummed) {
  std::string all;
  for (const std::string &term : terms)
    all += (all.empty() ? "" : ",\n        ") + term;
  if (terms.size() > 1)
    all = "[" + all + "]";
  std::string type =
      terms.size() > 1 ? fmt::format("real[{}]", terms.size()) : "real";
  made.text += fmt::format(
      "program {0}(x: [M] real[3], y: [N] real[3]) -> a: [M] {1} {{\n"
      "    a[i] = {2}({3})\n}}\n"
      "derive {0}_vjp = vjp({0}, x, y)\nderive {0}_jvp = jvp({0}, x, y)\n"
      "derive {0}_two = jvp({0}_vjp, x, y)\n",
      name, type, isSummed ? "sum[j]" : "", all);
  made.programs.push_back(name);
}

/// The whole table, some functions a program.
Made everything() {
  Made made;
  std::vector<std::string> terms;
  auto flush = [&] {
    if (!terms.empty())
      addProgram(made, fmt::format("functions{}", made.programs.size()), terms,
                 true);
    terms.clear();
  };
  auto function = [&](const std::string &name, int arity,
                      const std::string &rule) {
    const std::string term = termOf(name, arity, rule);
    INFO("a function without a term in this test: " << name);
    CHECK(term != "");
    terms.push_back(term);
    if (terms.size() == 8)
      flush();
  };
  auto reduction = [&](const std::string &name, int least, int most) {
    flush();
    const std::vector<std::string> rows = reductionsOf(name, least, most);
    INFO("a reduction without a term in this test: " << name);
    CHECK(!rows.empty());
    for (const std::string &row : rows)
      addProgram(made, fmt::format("{}{}", name, made.programs.size()), {row},
                 false);
  };
#define KDSL_FUNCTION(ENUM, NAME, ARITY, RULE, DOC) function(NAME, ARITY, #RULE);
#define KDSL_REDUCTION(ENUM, NAME, MIN, MAX, DOC) reduction(NAME, MIN, MAX);
#include "compiler/frontend/Builtins.def"
  return made;
}

/// Compiled in f64, for one instruction set: what differs is tested elsewhere.
class Table {
public:
  Table()
      : made(everything()),
        path((std::filesystem::temp_directory_path() /
              fmt::format("kdsl-table-{}.kdsl", getpid()))
                 .string()) {
    std::ofstream(path) << made.text;
    Build build = inDouble();
    build.targets = {"x86-64-v3"};
    file = std::make_unique<ProgramFile>(path, build);
  }
  ~Table() { std::filesystem::remove(path); }

  const Made made;
  std::unique_ptr<ProgramFile> file;

private:
  const std::string path;
};

const Table &table() {
  static const Table made;
  return made;
}

constexpr int64_t rows = 7, columns = 5;

Maker base(const std::string &name) {
  return name == "x" ? spread(name, 0.3, 1.9) : spread(name, 0.05, 0.5);
}

/// Inputs of a derived program: x and y moved along t_x and t_y, and the others
/// as they are, between -1 and 1.
Makers inputs(double moved) {
  Makers makers;
  for (const char *name : {"x", "y"})
    makers[name] = [=, at = base(name),
                    along = spread(std::string("t_") + name, -1, 1)](
                       int64_t r, int64_t f) {
      return at(r, f) + moved * along(r, f);
    };
  for (const char *name : {"t_x", "t_y", "d_a"})
    makers[name] = spread(name, -1, 1);
  return makers;
}

std::vector<double> outputOf(const Program &program, const std::string &name,
                             const Makers &makers) {
  Trial trial(program, {rows, columns}, makers);
  return trial.numbers(trial.run(), name);
}

/// `change` against the difference of `name` of `program`.
void compare(const Program &program, const std::string &name,
             const std::vector<double> &change) {
  const double step = 1e-5;
  std::vector<double> ahead = outputOf(program, name, inputs(step)),
                      behind = outputOf(program, name, inputs(-step));
  REQUIRE(change.size() == ahead.size());
  for (size_t k = 0; k < change.size(); ++k) {
    const double difference = (ahead[k] - behind[k]) / (2 * step);
    CAPTURE(program.kernel.name, name, k, difference, change[k]);
    CHECK(std::fabs(difference - change[k]) <=
          1e-6 * (1 + std::fabs(change[k])));
  }
}

double product(const std::vector<double> &a, const Maker &b, int64_t width,
               double &magnitude) {
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k) {
    const double term = a[k] * b(int64_t(k) / width, int64_t(k) % width);
    sum += term;
    magnitude += std::fabs(term);
  }
  return sum;
}

} // namespace

TEST_CASE("Derivatives of the whole table agree with differences") {
  if (onDevice()) // the same formulas; ProgramsTest.cpp runs them there
    return;
  for (const std::string &name : table().made.programs) {
    const ProgramFile &file = *table().file;
    compare(file[name], "a", outputOf(file[name + "_jvp"], "t_a", inputs(0)));
    for (const char *input : {"x", "y"})
      compare(file[name + "_vjp"], std::string("d_") + input,
              outputOf(file[name + "_two"], std::string("t_d_") + input,
                       inputs(0)));
  }
}

TEST_CASE("Derivatives of the whole table are transposes of each other") {
  if (onDevice())
    return;
  for (const std::string &name : table().made.programs) {
    const ProgramFile &file = *table().file;
    const Makers makers = inputs(0);
    double magnitude = 0;
    double left = 0;
    for (const char *input : {"x", "y"})
      left += product(outputOf(file[name + "_vjp"], std::string("d_") + input,
                               makers),
                      makers.at(std::string("t_") + input), 3, magnitude);
    std::vector<double> change = outputOf(file[name + "_jvp"], "t_a", makers);
    const double right = product(change, makers.at("d_a"),
                                 int64_t(change.size()) / rows, magnitude);
    CAPTURE(name, left, right, magnitude);
    CHECK(std::fabs(left - right) <= 1e-12 * magnitude);
  }
}
