//===- CheckTests.cpp - tests: sizes, data and expectations ---------------===//

#include "compiler/frontend/Checker.h"
#include "llvm/Support/MathExtras.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

/// The test that is being checked. A size that nothing tells yet is -1.
struct Checker::TestState {
  const Signature &of;
  StringRef program;
  CheckedTest test;
};

/// The position of the argument or axis of this name.
template <typename Named>
static std::optional<unsigned> positionOf(const std::vector<Named> &list,
                                          StringRef name) {
  for (unsigned k = 0; k < list.size(); ++k)
    if (list[k].name == name)
      return k;
  return std::nullopt;
}

/// A program with `specialize` is tested in each of its element types, with the
/// sizes that the test gives or that its data show, or with all.
void Checker::checkTest(const ast::Test &item) {
  const Signature *signature = signatureOf(item.name);
  if (!signature)
    return;
  std::vector<std::vector<const CheckedProgram *>> functions;
  for (const CheckedProgram &body : result.programs) {
    if (body.declared != item.name.name)
      continue;
    if (functions.empty() || functions.back().front()->name != body.name)
      functions.emplace_back();
    functions.back().push_back(&body);
  }
  if (functions.empty()) // derived
    return checkTestOf(item, *signature, item.name.name.str());
  for (const auto &bodies : functions)
    for (const CheckedProgram *body : testedBodies(item, bodies)) {
      Signature of;
      of.inputs = body->inputs;
      of.outputs = body->outputs;
      of.axes = body->axes;
      of.sizes = body->sizes;
      checkTestOf(item, of, body->symbol());
    }
}

/// Whether nested lists have the sizes of the features; rows are not looked at.
static bool fits(const ast::Expr *data, size_t axes,
                 llvm::ArrayRef<int64_t> shape) {
  const auto *list = llvm::dyn_cast<ast::Concat>(data);
  if (axes == 0 && shape.empty())
    return !list;
  if (!list || (axes == 0 && int64_t(list->elements.size()) != shape[0]))
    return false;
  return llvm::all_of(list->elements, [&](const ast::Expr *element) {
    return fits(element, axes ? axes - 1 : 0,
                axes ? shape : shape.drop_front());
  });
}

std::vector<const CheckedProgram *>
Checker::testedBodies(const ast::Test &item,
                      llvm::ArrayRef<const CheckedProgram *> bodies) {
  if (bodies.size() == 1)
    return {bodies.front()};
  llvm::StringMap<int64_t> said;
  for (const ast::Test::Bind &bind : item.random)
    said[bind.name.name] = bind.value;
  for (const ast::Test::Given &given : item.givens)
    if (const auto *number = llvm::dyn_cast<ast::Number>(given.value))
      said[given.name.name] = number->integer;
  auto isMeant = [&](const CheckedProgram *body) {
    return llvm::all_of(body->axes, [&](const Axis &axis) {
      auto found = said.find(axis.name);
      return axis.fixed < 0 || found == said.end() ||
             found->second == axis.fixed;
    });
  };
  auto takesData = [&](const CheckedProgram *body) {
    return llvm::all_of(item.givens, [&](const ast::Test::Given &given) {
      auto input = positionOf(body->inputs, given.name.name);
      return !input || fits(given.value, body->inputs[*input].axes.size(),
                            body->inputs[*input].type.shape);
    });
  };
  std::vector<const CheckedProgram *> meant;
  llvm::copy_if(bodies, std::back_inserter(meant), isMeant);
  if (!item.random.empty() && !meant.empty())
    return meant;
  for (const CheckedProgram *body : meant)
    if (takesData(body))
      return {body};
  return {meant.empty() ? bodies.front() : meant.front()};
}

/// Whether -D, `const` or the like fixes a feature size of this name.
template <typename Signature>
static bool isFeatureSize(const Signature &of, StringRef name) {
  return llvm::any_of(of.sizes,
                      [&](const auto &size) { return size.first == name; });
}

void Checker::checkTestOf(const ast::Test &item, const Signature &of,
                          const std::string &symbol) {
  unsigned errorsBefore = diags.errorCount();
  TestState state{of, item.name.name, {}};
  state.test.program = symbol;
  state.test.range = item.name.range;
  state.test.isRandom = !item.random.empty();
  for (const Axis &axis : of.axes)
    state.test.sizes.push_back(axis.fixed);
  state.test.inputs.resize(of.inputs.size());
  for (const ast::Test::Expect &expect : item.expects)
    if (expect.name.name.empty())
      state.test.failures.push_back({expect.error.str(), expect.range});
  if (isLeftOut(item, state)) {
    result.tests.push_back(std::move(state.test));
    return;
  }
  checkSizes(item, state);
  for (const ast::Test::Given &given : item.givens)
    checkGiven(given, state);
  if (!state.test.isRandom)
    checkAllGiven(item, state);
  for (const ast::Test::Expect &expect : item.expects)
    if (!expect.name.name.empty())
      checkExpect(expect, state);
  if (diags.errorCount() == errorsBefore)
    checkSizesAreKnown(item, state);
  result.tests.push_back(std::move(state.test));
}

/// Data that do not fit are what an `expect error` may wait for.
bool Checker::misfit(TestState &state, SourceRange range, std::string message) {
  if (state.test.failures.empty())
    fail(Label::K055, range, std::move(message));
  else if (state.test.misfit.empty())
    state.test.misfit = std::move(message);
  return false;
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// A test may say the feature sizes that its data have; where -D says another
/// size it is not for this compilation.
bool Checker::isLeftOut(const ast::Test &item, TestState &state) {
  auto isOther = [&](StringRef name, int64_t size) {
    for (const auto &[known, value] : state.of.sizes)
      if (known == name && value != size)
        state.test.leftOut = fmt::format("{} = {}", known, size);
  };
  for (const ast::Test::Bind &bind : item.random)
    isOther(bind.name.name, bind.value);
  for (const ast::Test::Given &given : item.givens)
    if (isFeatureSize(state.of, given.name.name))
      if (auto size = constantInteger(given.value, "a feature size"))
        isOther(given.name.name, *size);
  return !state.test.leftOut.empty();
}

/// Takes `name = size` if that is a row axis.
bool Checker::testSize(TestState &state, const ast::Identifier &name,
                       int64_t size) {
  auto axis = positionOf(state.of.axes, name.name);
  if (!axis)
    return false;
  int64_t &known = state.test.sizes[*axis];
  if (int64_t fixed = state.of.axes[*axis].fixed; fixed >= 0) {
    if (size != fixed)
      misfit(state, name.range,
             fmt::format("'specialize' does not list {} = {}", name.name.str(),
                         size));
  } else if (known >= 0)
    fail(Label::K055, name.range,
         fmt::format("the size '{}' is given twice", name.name.str()));
  else if (size < 0 || size > maxTestElements)
    fail(Label::K055, name.range,
         fmt::format("a row size of a test is 0 to {}, got {}", maxTestElements,
                     size));
  else
    known = size;
  return true;
}

/// Sizes that are said come first, wherever they stand: data must meet them.
void Checker::checkSizes(const ast::Test &item, TestState &state) {
  for (const ast::Test::Bind &bind : item.random)
    if (!isFeatureSize(state.of, bind.name.name) &&
        !testSize(state, bind.name, bind.value))
      fail(Label::K055, bind.name.range,
           fmt::format("'{}' has no row axis '{}'", state.program.str(),
                       bind.name.name.str()));
  for (const ast::Test::Given &given : item.givens)
    if (positionOf(state.of.axes, given.name.name))
      if (auto size = constantInteger(given.value, "a row size"))
        testSize(state, given.name, *size);
}

void Checker::checkSizesAreKnown(const ast::Test &item, TestState &state) {
  for (auto [axis, size] : llvm::zip(state.of.axes, state.test.sizes))
    if (size < 0)
      misfit(state, item.name.range,
             fmt::format("the test of '{}' does not say the size '{}'",
                         state.program.str(), axis.name));
  auto tooLarge = [&](const auto &arg) {
    int64_t count = arg.type.count();
    for (AxisId axis : arg.axes)
      if (llvm::MulOverflow(count, state.test.sizes[axis], count) ||
          count > maxTestElements)
        return true;
    return false;
  };
  auto check = [&](const auto &arg) {
    if (tooLarge(arg))
      fail(Label::K055, item.name.range,
           fmt::format("'{}' would have more than {} elements in this test",
                       arg.name, maxTestElements));
  };
  if (llvm::is_contained(state.test.sizes, -1))
    return;
  llvm::for_each(state.of.inputs, check);
  llvm::for_each(state.of.outputs, check);
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

void Checker::checkGiven(const ast::Test::Given &given, TestState &state) {
  StringRef name = given.name.name;
  if (positionOf(state.of.axes, name) || isFeatureSize(state.of, name))
    return;
  auto position = positionOf(state.of.inputs, name);
  if (!position) {
    fail(Label::K055, given.name.range,
         fmt::format("the tested program has no input '{}'", name.str()));
    return;
  }
  const Input &input = state.of.inputs[*position];
  TestNumbers &numbers = state.test.inputs[*position];
  if (!numbers.empty())
    fail(Label::K055, given.name.range,
         fmt::format("'{}' is given twice", name.str()));
  else if (input.isRanges)
    checkSlices(given.value, name, numbers);
  else
    checkData(given.value, name, input.type, input.axes, state, numbers);
}

/// Nothing need be said about the rows of an axis of size 0.
void Checker::checkAllGiven(const ast::Test &item, TestState &state) {
  for (const Input &input : state.of.inputs) {
    bool isEmpty = llvm::any_of(
        input.axes, [&](AxisId axis) { return state.test.sizes[axis] == 0; });
    bool isGiven = llvm::any_of(item.givens, [&](const auto &given) {
      return given.name.name == input.name;
    });
    if (!isGiven && !isEmpty)
      fail(Label::K055, item.name.range,
           fmt::format("the test of '{}' gives no data for '{}'",
                       state.program.str(), input.name));
  }
}

void Checker::checkExpect(const ast::Test::Expect &expect, TestState &state) {
  CheckedTest::Expectation expectation;
  expectation.range = expect.range;
  if (!state.test.failures.empty())
    fail(Label::K055, expect.range,
         "a test expects values or an error, not both");
  if (expect.within) {
    Value within = check(expect.within);
    if (within && !within.isLiteral()) {
      fail(Label::K055, expect.within->range, "'within' is a constant number");
    } else if (within) {
      expectation.within =
          isInteger(within.elem()) ? within.expr->integer : within.expr->number;
      if (!(*expectation.within >= 0))
        fail(Label::K055, expect.within->range,
             "'within' is the largest difference that is allowed, 0 or more");
    }
  }
  auto position = positionOf(state.of.outputs, expect.name.name);
  if (!position) {
    fail(Label::K055, expect.name.range,
         fmt::format("the tested program has no output '{}'",
                     expect.name.name.str()));
    return;
  }
  expectation.output = *position;
  const Output &output = state.of.outputs[*position];
  if (checkData(expect.value, output.name, output.type, output.axes, state,
                expectation.values))
    state.test.expectations.push_back(std::move(expectation));
}

/// Slices of a `ranges` input: rows i, then the rows j that they take, both from
/// a first one up to the one behind the last.
bool Checker::checkSlices(const ast::Expr *data, StringRef name,
                          TestNumbers &numbers) {
  std::vector<const ast::Expr *> slices{data};
  const auto *list = llvm::dyn_cast<ast::Concat>(data);
  if (list)
    slices = list->elements;
  for (const ast::Expr *each : slices) {
    const auto *slice = llvm::dyn_cast<ast::Concat>(each);
    if (!list || !slice || slice->elements.size() != 4)
      return !!fail(Label::K055, each->range,
                    fmt::format("'{}' needs a list of slices [i begin, i end, "
                                "j begin, j end] here",
                                name.str()));
    for (const ast::Expr *number : slice->elements)
      if (!checkTestNumber(number, name, Elem::I64, numbers))
        return false;
  }
  return true;
}

/// Nested lists, row-major: rows first, then features. A row size is what its
/// first list says.
bool Checker::checkData(const ast::Expr *data, StringRef name,
                        const ValueType &type, llvm::ArrayRef<AxisId> axes,
                        TestState &state, TestNumbers &numbers) {
  if (axes.empty() && type.shape.empty())
    return checkTestNumber(data, name, type.elem, numbers);
  const auto *list = llvm::dyn_cast<ast::Concat>(data);
  llvm::ArrayRef<AxisId> axesBefore = axes;
  int64_t got = list ? int64_t(list->elements.size()) : -1;
  ValueType inner = type;
  std::string what;
  int64_t wanted;
  if (!axes.empty()) {
    int64_t &rows = state.test.sizes[axes[0]];
    if (rows < 0 && list)
      rows = got;
    wanted = rows;
    what = fmt::format("rows ({})", state.of.axes[axes[0]].name);
    axes = axes.drop_front();
  } else {
    wanted = type.shape[0];
    what = "features";
    inner.shape.erase(inner.shape.begin());
  }
  if (!list)
    return misfit(
        state, data->range,
        !axesBefore.empty() || wanted < 0
            ? fmt::format("'{}' needs a list of {} here", name.str(), what)
            : fmt::format("'{}' needs a list of {} {} here", name.str(), wanted,
                          what));
  if (got != wanted)
    return misfit(
        state, data->range,
        fmt::format("'{}' needs {} {}, got {}", name.str(), wanted, what, got));
  for (const ast::Expr *element : list->elements)
    if (!checkData(element, name, inner, axes, state, numbers))
      return false;
  return true;
}

bool Checker::checkTestNumber(const ast::Expr *data, StringRef name, Elem elem,
                              TestNumbers &numbers) {
  Value value = check(data);
  if (!value)
    return false;
  bool isWhole = value.isNumber() && !isFloat(value.elem());
  bool fits = value.isNumber() &&
              (value.elem() == Elem::Bool) == (elem == Elem::Bool) &&
              (isFloat(elem) || isWhole);
  if (fits && elem == Elem::I32)
    fits = llvm::isInt<32>(value.expr->integer);
  if (!fits) {
    fail(Label::K055, data->range,
         llvm::isa<ast::Concat>(data)
             ? fmt::format("'{}' needs one number here, got a list", name.str())
             : fmt::format("the data of '{}' are constants of {}, '{}' is not "
                           "one",
                           name.str(), elemName(elem).str(),
                           quoted(sourceText(data->range))));
    return false;
  }
  if (isWhole)
    numbers.push_back(value.expr->integer);
  else
    numbers.push_back(value.expr->number);
  return true;
}
