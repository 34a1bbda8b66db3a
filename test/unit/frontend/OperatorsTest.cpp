//===- OperatorsTest.cpp - every operator with every pair of types --------===//
//
// The tables are the rules of the language (T1 to T7 of Language.md): what an
// operator gives for two element types, and for two shapes, or the label of its
// refusal. Each pair of types is a program of its own.
//
//===----------------------------------------------------------------------===//

#include "Typing.h"
#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace kdslc::test;

/// Rows: the left operand. f16 and bf16 are f32 once they are read.
static const char elementTables[] = R"(
+ - *
        bool  i32   i64   f16   bf16  f32   f64
bool    K015  K015  K015  K015  K015  K015  K015
i32     K015  i32   i64   K048  K048  K048  K048
i64     K015  i64   i64   K048  K048  K048  K048
f16     K015  K048  K048  f32   f32   f32   K033
bf16    K015  K048  K048  f32   f32   f32   K033
f32     K015  K048  K048  f32   f32   f32   K033
f64     K015  K048  K048  K033  K033  K033  f64

/
        bool  i32   i64   f16   bf16  f32   f64
bool    K015  K015  K015  K015  K015  K015  K015
i32     K015  real  real  K048  K048  K048  K048
i64     K015  real  real  K048  K048  K048  K048
f16     K015  K048  K048  f32   f32   f32   K033
bf16    K015  K048  K048  f32   f32   f32   K033
f32     K015  K048  K048  f32   f32   f32   K033
f64     K015  K048  K048  K033  K033  K033  f64

^ @
        bool  i32   i64   f16   bf16  f32   f64
bool    K015  K015  K015  K015  K015  K015  K015
i32     K015  K048  K048  K048  K048  K048  K048
i64     K015  K048  K048  K048  K048  K048  K048
f16     K015  K048  K048  f32   f32   f32   K033
bf16    K015  K048  K048  f32   f32   f32   K033
f32     K015  K048  K048  f32   f32   f32   K033
f64     K015  K048  K048  K033  K033  K033  f64

< <= > >= == !=
        bool  i32   i64   f16   bf16  f32   f64
bool    K015  K015  K015  K015  K015  K015  K015
i32     K015  bool  bool  K048  K048  K048  K048
i64     K015  bool  bool  K048  K048  K048  K048
f16     K015  K048  K048  bool  bool  bool  K033
bf16    K015  K048  K048  bool  bool  bool  K033
f32     K015  K048  K048  bool  bool  bool  K033
f64     K015  K048  K048  K033  K033  K033  bool

and or
        bool  i32   i64   f16   bf16  f32   f64
bool    bool  K048  K048  K048  K048  K048  K048
i32     K048  K048  K048  K048  K048  K048  K048
i64     K048  K048  K048  K048  K048  K048  K048
f16     K048  K048  K048  K048  K048  K048  K048
bf16    K048  K048  K048  K048  K048  K048  K048
f32     K048  K048  K048  K048  K048  K048  K048
f64     K048  K048  K048  K048  K048  K048  K048
)";

/// "1" is a number, "3" a vector, "2x3" a matrix.
static const char shapeTables[] = R"(
+ - * / ^ < <= > >= == != and or
        1     3     2     2x3   3x2
1       1     3     2     2x3   3x2
3       3     3     K009  K009  K009
2       2     K009  2     K009  K009
2x3     2x3   K009  K009  2x3   K009
3x2     3x2   K009  K009  K009  3x2

@
        1     3     2     2x3   3x2
1       K049  K049  K049  K049  K049
3       K049  1     K049  K049  2
2       K049  K049  1     3     K049
2x3     K049  2     K049  K049  2x2
3x2     K049  K049  3     3x3   K049
)";

/// What adapts to its partner, and what a reduction found. Columns: the
/// partner.
static const char adaptingTable[] = R"(
+ - *
        bool  i32   i64   f16   f32   f64
2       K015  i32   i64   f32   f32   f64
0.5     K015  K048  K048  f32   f32   f64
pi      K015  K048  K048  f32   f32   f64
i       K015  i64   i64   f32   f32   f64
N       K015  i64   i64   f32   f32   f64
count   K015  i64   i64   K048  K048  K048
)";

static const char *const elems[] = {"bool", "i32", "i64", "f16",
                                    "bf16", "f32", "f64", "real"};
static const char *const shapes[] = {"1", "3", "2", "2x3", "3x2"};

/// "2, 3" of "2x3", nothing of "1".
static std::string sizesOf(std::string shape) {
  if (shape == "1")
    return "";
  if (size_t x = shape.find('x'); x != std::string::npos)
    shape.replace(x, 1, ", ");
  return shape;
}

static bool isLabel(const std::string &cell) { return cell[0] == 'K'; }

static const Table &tableOf(const std::vector<Table> &tables,
                            const std::string &name) {
  for (const Table &table : tables)
    if (std::find(table.names.begin(), table.names.end(), name) !=
        table.names.end())
      return table;
  throw std::runtime_error("no table has " + name);
}

/// Compares one program with the cells of its elements and of its shapes; what
/// is wrong, or nothing.
static std::string disagreement(const std::string &program, std::string elem,
                            const std::string &shape, const std::string &real) {
  const Typing typing = typingOf(program, real);
  if (elem == "real")
    elem = real;
  const bool refused = isLabel(elem) || isLabel(shape);
  if (!refused) {
    const std::string wanted = typeText(elem, sizesOf(shape));
    if (typing.accepted() && typing.type == wanted)
      return "";
    return fmt::format("{}: {} expected, got {}{}", program, wanted,
                       typing.type, typing.message);
  }
  if (typing.errors == 1 && (typing.label == elem || typing.label == shape))
    return "";
  return fmt::format("{}: {} {} expected, got {} errors, {} {}{}", program,
                     elem, shape, typing.errors, typing.label, typing.message,
                     typing.type);
}

TEST_CASE("Operators of two types give what the tables say") {
  const std::vector<Table> elements = readTables(elementTables);
  const std::vector<Table> shaped = readTables(shapeTables);
  size_t count = 0;
  std::vector<std::string> wrong;
  auto check = [&](const std::string &op, std::string a, std::string b,
                   const std::string &m, const std::string &n,
                   const std::string &real) {
    const std::string left = typeText(a, sizesOf(m));
    const std::string right = typeText(b, sizesOf(n));
    a = a == "real" ? real : a;
    b = b == "real" ? real : b;
    const std::string elem = tableOf(elements, op).cells.at({a, b});
    const std::string shape = tableOf(shaped, op).cells.at({m, n});
    const std::string result =
        isLabel(elem) || isLabel(shape) ? "f32" : typeText(elem, sizesOf(shape));
    const std::string text = disagreement(
        fmt::format("program p(a: {}, b: {}) -> c: {} {{ c = a {} b }}", left,
                    right, result, op),
        elem, shape, real);
    if (!text.empty())
      wrong.push_back(text);
    ++count;
  };
  for (const Table &table : elements)
    for (const std::string &op : table.names)
      for (const std::string a : elems)
        for (const std::string b : elems)
          for (const std::string m : shapes)
            for (const std::string n : shapes) {
              check(op, a, b, m, n, "f32");
              if (a == "real" || b == "real")
                check(op, a, b, m, n, "f64");
            }
  INFO(fmt::format("{}", fmt::join(wrong.begin(),
                                   wrong.begin() + std::min<size_t>(
                                                       wrong.size(), 10),
                                   "\n")));
  CHECK(wrong.empty());
  CHECK(count == 14 * 25 * (64 + 15));
}

TEST_CASE("Constants, row numbers, sizes and counts adapt as the table says") {
  const Table table = readTables(adaptingTable).at(0);
  for (const auto &[key, cell] : table.cells)
    for (const std::string &op : table.names)
      for (bool swapped : {false, true}) {
        const std::string value =
            key.first == "count" ? "count[j](y[j] > 0)" : key.first;
        const std::string program = fmt::format(
            "program p(y: [N] f32, b: {}) -> c: [N] {} {{ c[i] = {} {} {} }}",
            key.second, isLabel(cell) ? "f32" : cell, swapped ? "b" : value, op,
            swapped ? value : "b");
        CHECK(disagreement(program, cell, "1", "f32") == "");
      }
}

TEST_CASE("A whole exponent keeps the type of an integer, another does not") {
  auto typeOf = [](const std::string &elem, const std::string &exponent,
                   const std::string &result) {
    return disagreement(fmt::format("program p(a: {}) -> c: {} {{ c = a^{} }}", elem,
                                isLabel(result) ? "f32" : result, exponent),
                    result, "1", "f32");
  };
  for (const char *whole : {"2", "0", "3.0"}) {
    CHECK(typeOf("i32", whole, "i32") == "");
    CHECK(typeOf("i64", whole, "i64") == "");
    CHECK(typeOf("f16", whole, "f32") == "");
    CHECK(typeOf("f64", whole, "f64") == "");
    CHECK(typeOf("bool", whole, "K015") == "");
  }
  CHECK(typeOf("i32", "0.5", "K048") == "");
  CHECK(typeOf("i32", "(-1)", "K048") == "");
  CHECK(typeOf("f32", "(-1)", "f32") == "");
}

TEST_CASE("Signs and 'not' keep the type of their operand") {
  for (const std::string elem : elems)
    for (const std::string shape : shapes) {
      const std::string real = elem == "real" ? "f32" : elem;
      const std::string read =
          real == "f16" || real == "bf16" ? "f32" : real;
      auto program = [&](const std::string &op, bool accepted) {
        return fmt::format("program p(a: {}) -> c: {} {{ c = {}a }}",
                           typeText(elem, sizesOf(shape)),
                           accepted ? typeText(read, sizesOf(shape)) : "f32",
                           op);
      };
      const bool isBool = elem == "bool";
      CHECK(disagreement(program("-", !isBool), isBool ? "K015" : read, shape,
                     "f32") == "");
      CHECK(disagreement(program("not ", isBool), isBool ? read : "K048", shape,
                     "f32") == "");
    }
}
