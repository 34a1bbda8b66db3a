//===- CheckCall.cpp - calls of built-in functions and kernels ------------===//

#include "compiler/frontend/Checker.h"
#include "compiler/frontend/Habits.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

struct FunctionRow {
  Function function;
  StringRef name;
  unsigned arity;
};

/// The functions that are called by name; operators are not.
static llvm::ArrayRef<FunctionRow> namedFunctions() {
  static const std::vector<FunctionRow> rows = [] {
    std::vector<FunctionRow> named;
    for (FunctionRow row : {
#define KDSL_FUNCTION(ENUM, NAME, ARITY, RULE, DOC)                            \
  FunctionRow{Function::ENUM, NAME, ARITY},
#include "compiler/frontend/Builtins.def"
         })
      if (llvm::isAlpha(row.name[0]) && row.function != Function::And &&
          row.function != Function::Or && row.function != Function::Not &&
          row.function != Function::Lookup)
        named.push_back(row);
    return named;
  }();
  return rows;
}

/// Whether `name[j](...)` is a reduction.
static bool isReduction(StringRef name) {
  static const StringRef names[] = {
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC) NAME,
#include "compiler/frontend/Builtins.def"
  };
  return llvm::is_contained(names, name);
}

bool kdslc::isBuiltinFunction(StringRef name) {
  return llvm::any_of(namedFunctions(),
                      [&](const FunctionRow &r) { return r.name == name; });
}

//===----------------------------------------------------------------------===//
// Built-in functions
//===----------------------------------------------------------------------===//

Value Checker::checkCall(const ast::Call &call) {
  StringRef name = call.callee.name;
  if (elementOf(name))
    return checkConversion(call);
  if (auto kernel = kernels.find(name); kernel != kernels.end())
    return checkKernelCall(call, *kernel->second);
  if (isReductionOfRows(call))
    return Value();
  if (!isBuiltinFunction(name))
    return unknownFunction(call);

  const auto *first = call.args.empty()
                          ? nullptr
                          : llvm::dyn_cast<ast::Name>(call.args[0]);
  if (name == "grad" && first && signatures.count(first->name))
    return fail(Label::K044, first->range,
                fmt::format("'{0}' is a program; its gradient is a program "
                            "too, 'derive g = grad({0}, ...)'",
                            first->name.str()));

  const FunctionRow *match = nullptr;
  llvm::SmallVector<unsigned, 2> arities;
  for (const FunctionRow &row : namedFunctions()) {
    if (row.name != name)
      continue;
    arities.push_back(row.arity);
    if (row.arity == call.args.size())
      match = &row;
  }
  llvm::SmallVector<Value, 4> args;
  for (const ast::Expr *arg : call.args)
    args.push_back(check(arg));
  if (match)
    return apply(match->function, args, call.range);
  llvm::sort(arities);
  std::string counts = fmt::format("{}", arities[0]);
  if (arities.size() > 1)
    counts += fmt::format(" or {}", arities[1]);
  return fail(Label::K020, call.range,
              fmt::format("'{0}' takes {1} argument{2}, got {3}{4}", name.str(),
                          counts, counts == "1" ? "" : "s", call.args.size(),
                          isReduction(name)
                              ? fmt::format("; it is over features, over rows "
                                            "it is '{}[j](...)'",
                                            name.str())
                              : ""));
}

/// Reports `sum(x)` of an array with rows, and `sum(j, x[j])`.
bool Checker::isReductionOfRows(const ast::Call &call) {
  if (!isReduction(call.callee.name) || call.args.empty() || !program ||
      !frames.empty())
    return false;
  const auto *name = llvm::dyn_cast<ast::Name>(call.args[0]);
  if (!name || scope->values.count(name->name))
    return false;
  std::string reduction = call.callee.name.str();
  if (call.args.size() == 2 && !isKnownName(name->name) &&
      !findIndex(name->name)) {
    fail(Label::K016, call.range,
         fmt::format("the index of a reduction stands in brackets: '{}[{}]({})'",
                     reduction, name->name.str(),
                     quoted(sourceText(call.args[1]->range))));
    return true;
  }
  auto input = program->inputs.find(name->name);
  if (input == program->inputs.end() || call.args.size() != 1)
    return false;
  const Input &in = program->checked.inputs[input->second];
  if (in.axes.empty() || in.isRanges)
    return false;
  program->inputUsed[input->second] = true;
  std::string indices;
  for (size_t p = 0; p < in.axes.size(); ++p)
    indices += (p ? ", " : "") +
               (p + 1 == in.axes.size() ? freshIndex() : fmt::format("b{}", p));
  std::string written = fmt::format("{0}[{1}]({2}[{1}])", reduction, indices,
                                    in.name);
  Diagnostic &d =
      error(Label::K001, call.range,
            fmt::format("'{}(...)' is over features and '{}' has rows; over "
                        "rows it is '{}'",
                        reduction, in.name, written));
  d.replaceBy(written);
  DiagnosticEngine::note(d, in.range,
                         fmt::format("'{}' is declared here", in.name));
  return true;
}

/// `f64(e)`, `i32(e)`: a written conversion.
Value Checker::checkConversion(const ast::Call &call) {
  std::string name = call.callee.name.str();
  Elem elem = *elementOf(call.callee.name);
  if (call.args.size() != 1)
    return fail(
        Label::K020, call.range,
        fmt::format("'{}' takes 1 argument, got {}", name, call.args.size()));
  Value value = check(call.args[0]);
  if (!value)
    return value;
  if (elem == Elem::F16 || elem == Elem::BF16)
    return fail(Label::K048, call.range,
                fmt::format("'{}' is a type of inputs and outputs only, which "
                            "round by themselves; arithmetic is f32 or f64",
                            name));
  if (elem == Elem::Bool && value.elem() != Elem::Bool)
    return fail(Label::K048, call.range,
                fmt::format("a bool comes from a comparison, as '{} != 0'",
                            nameOf(value)));
  if (!value.isLiteral() || isFloat(elem) || !isFloat(value.elem()))
    return convert(value, elem, call.range);
  // A real constant to an integer: towards zero, as at run time.
  double whole = std::trunc(value.expr->number);
  if (!(std::fabs(whole) < 9.2e18))
    return fail(Label::K050, call.range,
                fmt::format("{} does not fit {}", whole, name));
  return convert(literal(int64_t(whole), call.range), elem, call.range);
}

Value Checker::unknownFunction(const ast::Call &call) {
  std::string name = call.callee.name.str();
  if (signatures.count(name))
    return fail(Label::K044, call.callee.range,
                fmt::format("'{}' is a program; kernels and built-in functions "
                            "are called",
                            name));
  if (isReduction(name))
    return fail(Label::K019, call.callee.range,
                fmt::format("'{}' works over rows only; write '{}[j](...)'",
                            name, name));
  if (scope->values.count(name) || consts.count(name) ||
      (program && isKnownName(name)))
    return callOfValue(call);
  if (const Habit *habit = functionHabit(name)) {
    Diagnostic &d = error(
        Label::K019, call.callee.range,
        fmt::format(habit->isName ? "unknown function '{}'; it is called '{}'"
                                  : "unknown function '{}'; write {}",
                    name, habit->ours.str()));
    if (habit->isName)
      d.replaceBy(habit->ours.str());
    return Value();
  }
  std::vector<StringRef> known;
  for (const FunctionRow &row : namedFunctions())
    known.push_back(row.name);
  for (const auto &kernel : kernels)
    known.push_back(kernel.first());
  llvm::sort(known);
  Diagnostic &d = error(
      Label::K019, call.callee.range,
      fmt::format("unknown function '{}'{}", name, didYouMean(name, known)));
  if (StringRef closest = closestName(name, known); !closest.empty())
    d.replaceBy(closest.str());
  return Value();
}

/// Reports `s (x + 1)`.
Value Checker::callOfValue(const ast::Call &call) {
  SourceRange gap(call.callee.range.End, call.callee.range.End);
  Diagnostic &d = error(Label::K017, gap,
                        fmt::format("'{}' is no function; an operator is "
                                    "missing before '('",
                                    call.callee.name.str()));
  d.replaceBy(" * ");
  return Value();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

Value Checker::checkKernelCall(const ast::Call &call,
                               const ast::Kernel &kernel) {
  std::string name = kernel.name.name.str();
  if (badKernels.count(name)) {
    statementFailed = true;
    return Value();
  }
  llvm::SmallVector<Value, 4> args;
  for (const ast::Expr *arg : call.args)
    args.push_back(check(arg));
  if (args.size() != kernel.params.size()) {
    std::vector<std::string> params;
    for (const ast::Param &param : kernel.params)
      params.push_back(param.name.name.str());
    Diagnostic &d =
        error(Label::K020, call.range,
              fmt::format("'{}' takes {} argument{} ({}), got {}", name,
                          params.size(), params.size() == 1 ? "" : "s",
                          llvm::join(params, ", "), args.size()));
    DiagnosticEngine::note(d, kernel.name.range,
                           fmt::format("'{}' is declared here", name));
    return Value();
  }
  if (llvm::any_of(args, [](const Value &v) { return !v; }))
    return Value();
  llvm::StringMap<int64_t> sizes;
  for (size_t i = 0; i < args.size(); ++i)
    if (!bindKernelParam(kernel, kernel.params[i], args[i], sizes,
                         call.args[i]))
      return Value();

  std::pair<const ast::Kernel *, std::vector<std::pair<const Expr *, Flex>>>
      key{&kernel, {}};
  for (const Value &arg : args)
    key.second.push_back({arg.expr, arg.flex});
  if (auto known = inlined.find(key); known != inlined.end())
    return known->second;
  frames.push_back({&kernel, call.range, describeArgs(kernel, args)});
  Value value = inlineKernel(kernel, args, sizes);
  frames.pop_back();
  return inlined[key] = value;
}

/// "x: real[D], s: real" as the note of an error inside a kernel shows it.
std::string Checker::describeArgs(const ast::Kernel &kernel,
                                  llvm::ArrayRef<Value> args) const {
  std::string text;
  for (size_t i = 0; i < args.size(); ++i) {
    const ValueType &type = args[i].type();
    text += fmt::format(
        "{}{}: {}", i ? ", " : "", kernel.params[i].name.name.str(),
        args[i].flex == Flex::Literal ? describeNumber(*args[i].expr)
        : type.elem == real           ? "real"
                                      : elemName(type.elem).str());
    for (unsigned d = 0; d < type.shape.size(); ++d)
      text += (d ? ", " : "[") +
              describeSize(type.shape[d], d < args[i].sizes.size()
                                              ? args[i].sizes[d]
                                              : StringRef());
    text += type.shape.empty() ? "" : "]";
  }
  return text.empty() ? "no arguments" : text;
}

/// Checks an argument against the type of its parameter, if it has one. A size
/// that is a name takes the argument's size the first time.
bool Checker::bindKernelParam(const ast::Kernel &kernel,
                              const ast::Param &param, Value &arg,
                              llvm::StringMap<int64_t> &sizes,
                              const ast::Expr *at) {
  if (param.type.elem.empty())
    return true;
  std::string place = fmt::format("'{}' of '{}'", param.name.name.str(),
                                  kernel.name.name.str());
  if (arg.rank() != param.type.dims.size()) {
    Diagnostic &d =
        error(Label::K049, at->range,
              fmt::format("{} is declared as {}, got {}", place,
                          sourceText(param.type.range).str(), describe(arg)));
    DiagnosticEngine::note(
        d, param.name.range,
        fmt::format("'{}' is declared here", param.name.name.str()));
    return false;
  }
  for (unsigned d = 0; d < arg.rank(); ++d) {
    int64_t size = arg.type().shape[d];
    const auto *name = llvm::dyn_cast<ast::Name>(param.type.dims[d]);
    if (name && !consts.count(name->name) &&
        sizes.try_emplace(name->name, size).second)
      continue;
    auto wanted = evaluateSize(param.type.dims[d], sizes);
    if (!wanted)
      return false;
    if (*wanted == size)
      continue;
    Diagnostic &d2 =
        error(Label::K049, at->range,
              fmt::format("{} needs {} features ({}), got {}", place, *wanted,
                          sourceText(param.type.dims[d]->range).str(),
                          describe(arg)));
    DiagnosticEngine::note(
        d2, param.name.range,
        fmt::format("'{}' is declared here", param.name.name.str()));
    return false;
  }
  Elem elem = *elementOf(param.type.elem);
  bool adapts =
      arg.flex == Flex::Literal || (arg.flex == Flex::Whole && isFloat(elem));
  bool wrong = arg.elem() != elem && !adapts;
  if (arg.flex == Flex::Literal)
    wrong = isInteger(elem) && isFloat(arg.elem());
  if (wrong || (elem == Elem::Bool && arg.elem() != Elem::Bool)) {
    bool reals = isFloat(arg.elem()) && isFloat(elem);
    Diagnostic &d = error(
        reals ? Label::K033 : Label::K048, at->range,
        fmt::format("{} is {}, got {}; convert with '{}({})'", place,
                    param.type.elem.str(), elemWord(arg),
                    param.type.elem.str(),
                    quoted(sourceText(at->range))));
    DiagnosticEngine::note(
        d, param.name.range,
        fmt::format("'{}' is declared here", param.name.name.str()));
    if (isFloat(elem) && elem != Elem::F16 && elem != Elem::BF16 &&
        arg.elem() != Elem::Bool)
      wrapIn(d, at->range, param.type.elem);
    return false;
  }
  auto names = arg.sizes;
  arg = convert(arg, elem, at->range);
  arg.sizes = names;
  return bool(arg);
}

/// The body of a kernel with its parameters bound to `args`.
Value Checker::inlineKernel(const ast::Kernel &kernel,
                            llvm::ArrayRef<Value> args,
                            const llvm::StringMap<int64_t> &sizes) {
  Scope inner;
  for (const auto &size : sizes)
    inner.values[size.first()] = literal(size.second, kernel.name.range);
  for (size_t i = 0; i < args.size(); ++i)
    inner.values[kernel.params[i].name.name] = args[i];
  Scope *outer = scope;
  scope = &inner;
  for (const ast::Statement &let : kernel.lets) {
    Value value = check(let.value);
    inner.values[let.name.name] = value;
  }
  Value value = check(kernel.result);
  scope = outer;
  return value;
}
