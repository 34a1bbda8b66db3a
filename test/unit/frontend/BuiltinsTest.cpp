//===- BuiltinsTest.cpp - every function with every kind of argument ------===//
//
// The rows of Builtins.def with all element types and shapes for each argument,
// and with too few and too many arguments. What is right is said once for each
// rule of the table; whatever else is written gets one error, which names the
// function or the argument.
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"
#include "Typing.h"
#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace kdslc::test;
using kdslc::Label;

namespace {

/// The type of an argument.
struct Kind {
  std::string elem;
  std::vector<int> shape;

  std::string text() const {
    std::string sizes;
    for (int size : shape)
      sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
    return typeText(elem, sizes);
  }
  bool isInteger() const { return elem == "i32" || elem == "i64"; }
  bool isReal() const { return elem == "f32" || elem == "f64"; }
  size_t rank() const { return shape.size(); }
};

using Kinds = std::vector<Kind>;

const Kinds &allKinds() {
  static const Kinds kinds = [] {
    Kinds made;
    for (const char *elem : {"bool", "i32", "i64", "f32", "f64"})
      for (const std::vector<int> &shape : std::vector<std::vector<int>>{
               {}, {3}, {2}, {2, 3}, {2, 2}})
        made.push_back({elem, shape});
    return made;
  }();
  return kinds;
}

/// All lists of n kinds.
std::vector<Kinds> listsOf(size_t n) {
  std::vector<Kinds> lists{{}};
  for (size_t k = 0; k < n; ++k) {
    std::vector<Kinds> longer;
    for (const Kinds &list : lists)
      for (const Kind &kind : allKinds()) {
        longer.push_back(list);
        longer.back().push_back(kind);
      }
    lists = std::move(longer);
  }
  return lists;
}

using Result = std::optional<Kind>;

bool allReal(const Kinds &args) {
  return std::all_of(args.begin(), args.end(),
                     [](const Kind &kind) { return kind.isReal(); });
}

/// The element type in which values meet.
std::optional<std::string> meet(const Kinds &args) {
  bool integers = std::all_of(args.begin(), args.end(), [](const Kind &kind) {
    return kind.isInteger();
  });
  bool wide = std::any_of(args.begin(), args.end(), [](const Kind &kind) {
    return kind.elem == "i64" || kind.elem == "f64";
  });
  if (integers)
    return wide ? "i64" : "i32";
  for (const Kind &kind : args)
    if (kind.elem != args[0].elem || kind.elem == "bool")
      return std::nullopt;
  return args[0].elem;
}

/// Equal shapes, or numbers among them.
std::optional<std::vector<int>> together(const Kinds &args) {
  std::vector<int> shape;
  for (const Kind &kind : args) {
    if (kind.shape.empty())
      continue;
    if (!shape.empty() && shape != kind.shape)
      return std::nullopt;
    shape = kind.shape;
  }
  return shape;
}

Result elementwise(const Kinds &args) {
  auto elem = meet(args);
  auto shape = together(args);
  return elem && shape ? Result({*elem, *shape}) : std::nullopt;
}

Result select(const Kinds &args) {
  const Kinds values{args[1], args[2]};
  bool bools = args[1].elem == "bool" && args[2].elem == "bool";
  auto elem = bools ? std::optional<std::string>("bool") : meet(values);
  auto shape = together(args);
  return args[0].elem == "bool" && elem && shape ? Result({*elem, *shape})
                                                 : std::nullopt;
}

/// Reals of one type and of one rank.
bool realsOfRank(const Kinds &args, size_t rank) {
  return allReal(args) && meet(args) &&
         std::all_of(args.begin(), args.end(),
                     [&](const Kind &kind) { return kind.rank() == rank; });
}

/// What a function of a rule gives, or nothing if it refuses.
Result resultOf(const std::string &rule, const Kinds &args) {
  const Kind &a = args[0];
  if (rule == "Arithmetic")
    return elementwise(args);
  if (rule == "Real")
    return allReal(args) ? elementwise(args) : std::nullopt;
  if (rule == "Integer")
    return a.isInteger() && args[1].isInteger() ? elementwise(args)
                                                : std::nullopt;
  if (rule == "Select")
    return select(args);
  if (rule == "VectorPair")
    return realsOfRank(args, 1) && a.shape == args[1].shape
               ? Result({a.elem, {}})
               : std::nullopt;
  if (rule == "FeatureMean" && a.rank() == 1 && a.isInteger())
    return Kind{"f32", {}};
  if (rule == "VectorNumber" || rule == "FeatureMean")
    return realsOfRank(args, 1) ? Result({a.elem, {}}) : std::nullopt;
  if (rule == "VectorVector")
    return realsOfRank(args, 1) ? Result(a) : std::nullopt;
  if (rule == "FeatureFold")
    return a.rank() == 1 && a.elem != "bool" ? Result({a.elem, {}})
                                             : std::nullopt;
  if (rule == "FeatureIndex")
    return a.rank() == 1 && a.elem != "bool" ? Result({"i64", {}})
                                             : std::nullopt;
  if (rule == "FeatureLogic")
    return a.rank() == 1 && a.elem == "bool" ? Result(Kind{"bool", {}})
                                             : std::nullopt;
  if (rule == "Outer")
    return realsOfRank(args, 1)
               ? Result({a.elem, {a.shape[0], args[1].shape[0]}})
               : std::nullopt;
  if (rule == "Kron")
    return realsOfRank(args, 1)
               ? Result({a.elem, {a.shape[0] * args[1].shape[0]}})
               : std::nullopt;
  if (rule == "Transpose")
    return realsOfRank(args, 2) ? Result({a.elem, {a.shape[1], a.shape[0]}})
                                : std::nullopt;
  if (rule == "Trace")
    return realsOfRank(args, 2) && a.shape[0] == a.shape[1]
               ? Result({a.elem, {}})
               : std::nullopt;
  // Derivatives of one input in another: zeros, of the right shape.
  const bool differentiable = allReal(args) && meet(args);
  if (rule == "Partial")
    return differentiable && a.rank() == 0
               ? Result({a.elem, args[1].shape})
               : std::nullopt;
  if (rule == "PartialTrace")
    return differentiable && a.shape == args[1].shape && a.rank() < 2
               ? Result({a.elem, {}})
               : std::nullopt;
  if (rule == "PartialTwice")
    return differentiable && a.rank() == 0 && args[1].rank() < 2
               ? Result({a.elem, {}})
               : std::nullopt;
  throw std::runtime_error("no result is stated for the rule " + rule);
}

struct Row {
  std::string name, rule;
  size_t arity;
};

/// Functions that are called by name with values of any kind.
std::vector<Row> functionRows() {
  std::vector<Row> rows;
  for (const Row &row : {
#define KDSL_FUNCTION(ENUM, NAME, ARITY, RULE, DOC) Row{NAME, #RULE, ARITY},
#include "compiler/frontend/Builtins.def"
       }) {
    bool isNamed = std::isalpha(row.name[0]) && row.rule != "Logic";
    bool isSpecial = row.rule == "OneHot" || row.rule == "Zeros" ||
                     row.rule == "Lookup";
    if (isNamed && !isSpecial)
      rows.push_back(row);
  }
  return rows;
}

struct ReductionRow {
  std::string name;
  size_t least, most;
};

std::vector<ReductionRow> reductionRows() {
  return {
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC)                    \
  {NAME, MIN_ARGS, MAX_ARGS},
#include "compiler/frontend/Builtins.def"
  };
}

/// What is wrong with a refusal: not one error, a label of something else, a
/// message that names neither the function nor an argument.
std::string flawOfRefusal(const Typing &typing, const std::string &function) {
  static const std::vector<std::string> labels = {
      "K007", "K009", "K015", "K028", "K033", "K044", "K048", "K049"};
  if (typing.errors != 1)
    return fmt::format("{} errors", typing.errors);
  if (std::find(labels.begin(), labels.end(), typing.label) == labels.end())
    return "the label " + typing.label;
  bool named = typing.message.find("'" + function) != std::string::npos;
  for (const char *argument : {"'a'", "'b'", "'c'", "(a)", "(b)", "(c)", "a and b",
                               "x[j]"})
    named |= typing.message.find(argument) != std::string::npos;
  return named ? flawOfText(typing.message) : "a message that names nothing";
}

/// Compares a program with what it should give; what is wrong, or nothing.
std::string flawOfProgram(const std::string &program, const Result &wanted,
                          const std::string &function) {
  const Typing typing = typingOf(program);
  std::string flaw;
  if (wanted)
    flaw = typing.accepted() && typing.type == wanted->text()
               ? ""
               : "it should give " + wanted->text();
  else
    flaw = typing.accepted() ? "it should be refused"
                             : flawOfRefusal(typing, function);
  return flaw.empty() ? ""
                      : fmt::format("{}\n  {}\n  {} {} {}", flaw, program,
                                    typing.type, typing.label, typing.message);
}

void checkNone(std::vector<std::string> wrong) {
  const size_t count = wrong.size();
  wrong.resize(std::min<size_t>(count, 8));
  INFO(fmt::format("{}", fmt::join(wrong, "\n")));
  CHECK(count == 0);
}

} // namespace

TEST_CASE("Functions take what their rule says, and refuse the rest") {
  std::vector<std::string> wrong;
  for (const Row &row : functionRows())
    for (const Kinds &args : listsOf(row.arity)) {
      const Result result = resultOf(row.rule, args);
      std::string params, values;
      for (size_t k = 0; k < args.size(); ++k) {
        params += fmt::format("{}{}: {}", k ? ", " : "", char('a' + k),
                              args[k].text());
        values += fmt::format("{}{}", k ? ", " : "", char('a' + k));
      }
      std::string flaw = flawOfProgram(
          fmt::format("program p({}) -> o: {} {{ o = {}({}) }}", params,
                      result ? result->text() : "f32", row.name, values),
          result, row.name);
      if (!flaw.empty())
        wrong.push_back(flaw);
    }
  checkNone(wrong);
}

TEST_CASE("Functions refuse other numbers of arguments by their name") {
  for (const Row &row : functionRows()) {
    std::vector<bool> fits(6);
    for (const Row &same : functionRows())
      if (same.name == row.name)
        fits[same.arity] = true;
    for (size_t n = 0; n < fits.size(); ++n) {
      if (fits[n])
        continue;
      std::string values;
      for (size_t k = 0; k < n; ++k)
        values += k ? ", v" : "v";
      const Typing typing = typingOf(
          fmt::format("program p(v: f32[3]) -> o: f32 {{ o = {}({}) }}",
                      row.name, values));
      INFO(row.name << " of " << n << ": " << typing.message);
      CHECK(typing.errors == 1);
      CHECK(typing.label == "K020");
      CHECK_THAT(typing.message, Catch::StartsWith("'" + row.name + "' takes "));
      CHECK_THAT(typing.message, Catch::Contains(fmt::format("got {}", n)));
    }
  }
}

TEST_CASE("Reductions refuse other numbers of arguments by their name") {
  for (const ReductionRow &row : reductionRows())
    for (size_t n = 0; n < 6; ++n) {
      if (n >= row.least && n <= row.most)
        continue;
      std::string values;
      for (size_t k = 0; k < n; ++k)
        values += k ? ", x[j]" : "x[j]";
      const Typing typing = typingOf(
          fmt::format("program p(x: [N] f32) -> o: f32 {{ o = {}[j]({}) }}",
                      row.name, values));
      INFO(row.name << " of " << n << ": " << typing.message);
      CHECK(typing.errors == 1);
      if (n > 0) // else nothing tells the axis
        CHECK(typing.label == "K020");
      CHECK_THAT(typing.message, Catch::Contains(row.name));
    }
}

/// What a reduction of one value gives.
static Result reducedBy(const std::string &name, const Kind &body) {
  const bool isLogic = name == "any" || name == "all" || name == "count";
  if (isLogic != (body.elem == "bool"))
    return std::nullopt;
  if (name == "count")
    return Kind{"i64", body.shape};
  if (isLogic)
    return body;
  if (name == "logsumexp")
    return body.isReal() ? Result(body) : std::nullopt;
  if (name == "mean")
    return Kind{body.isReal() ? body.elem : "f32", body.shape};
  if (name == "argmin" || name == "argmax")
    return Kind{"i64", body.shape};
  if ((name == "sum" || name == "prod") && body.elem == "i32")
    return Kind{"i64", body.shape};
  return body;
}

TEST_CASE("Reductions take what their rule says, and refuse the rest") {
  std::vector<std::string> wrong;
  for (const ReductionRow &row : reductionRows())
    for (const Kind &body : allKinds()) {
      const bool isCounted = row.name.find("kmin") != std::string::npos ||
                             row.name.find("kmax") != std::string::npos;
      std::string args = "x[j]";
      Result result;
      if (isCounted) {
        args += ", 4";
        if (body.elem != "bool" && body.rank() == 0)
          result = Kind{row.name[0] == 'a' ? "i64" : body.elem, {4}};
      } else if (row.least == 2) {
        args += ", x[j]";
        if (body.isReal())
          result = body;
      } else {
        result = reducedBy(row.name, body);
      }
      std::string flaw = flawOfProgram(
          fmt::format("program p(x: [N] {}) -> o: {} {{ o = {}[j]({}) }}",
                      body.text(), result ? result->text() : "f32", row.name,
                      args),
          result, row.name);
      if (!flaw.empty())
        wrong.push_back(flaw);
    }
  checkNone(wrong);
}

TEST_CASE("Lengths, labels and derivatives have arguments of their own") {
  auto accepts = [](const std::string &params, const std::string &out,
                    const std::string &value) {
    return typingOf(fmt::format("program p({}) -> o: {} {{ o = {} }}", params,
                                out, value));
  };
  for (const Kind &kind : allKinds()) {
    const std::string a = "a: " + kind.text();
    INFO(a);
    const bool isLabel = kind.isInteger() && kind.rank() == 0;
    CHECK(accepts(a, "f32[4]", "onehot(a, 4)").label ==
          (isLabel ? "" : "K048"));
    CHECK(accepts(a + ", w: f32[4]", "f32", "w[a]").label ==
          (isLabel ? "" : "K048"));
    CHECK(accepts(a, "f32[4]", "zeros(a)").label == "K050");
    CHECK(accepts(a, "f32[4]", "onehot(1, a)").label == "K050");
    const Typing derived = accepts(a, kind.text(), "grad(sum([1, 2]), a)");
    CHECK(derived.label == (kind.isReal() ? "" : "K044"));
    const Typing inner = accepts(a + ", x: f32", "f32", "grad(a, x)");
    CHECK(inner.label == (kind.rank() > 0         ? "K049"
                          : kind.elem == "f32"    ? ""
                          : kind.elem == "f64"    ? "K033"
                                                  : "K048"));
  }
  for (const char *length : {"0", "-1", "65537", "2.5", "true"}) {
    INFO(length);
    CHECK(accepts("x: f32", "f32", fmt::format("sum(zeros({}))", length))
              .label == "K050");
  }
}
