//===- Check.cpp - a file: constants, -D, sizes, the order of everything --===//

#include "compiler/frontend/Check.h"
#include "compiler/frontend/Checker.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

std::optional<CheckedFile> kdslc::check(const ast::File &file,
                                        const Options &options,
                                        DiagnosticEngine &diags) {
  return Checker(file, options, diags).run();
}

std::optional<CheckedFile> Checker::run() {
  unsigned errorsBefore = diags.errorCount();
  Scope fileScope;
  scope = &fileScope;
  applyDefines();
  unsigned errorsOfDefines = diags.errorCount();
  declareItems();
  for (const auto &item : file.items)
    if (const auto *constant = llvm::dyn_cast<ast::Const>(item.get()))
      checkConst(*constant);
  checkKernels();
  collectSpecializations();
  for (const auto &item : file.items) {
    if (const auto *prog = llvm::dyn_cast<ast::Program>(item.get()))
      checkProgram(*prog);
    else if (const auto *derive = llvm::dyn_cast<ast::Derive>(item.get()))
      checkDerive(*derive);
  }
  for (const auto &item : file.items) {
    if (const auto *specialize = llvm::dyn_cast<ast::Specialize>(item.get()))
      checkSpecialize(*specialize);
    else if (const auto *schedule = llvm::dyn_cast<ast::Schedule>(item.get()))
      checkSchedule(*schedule);
    else if (const auto *test = llvm::dyn_cast<ast::Test>(item.get()))
      checkTest(*test);
  }
  if (diags.errorCount() == errorsOfDefines)
    checkUnusedDefines();
  if (diags.errorCount() != errorsBefore)
    return std::nullopt;
  return std::move(result);
}

std::optional<Elem> Checker::elementOf(StringRef word) const {
  return llvm::StringSwitch<std::optional<Elem>>(word)
      .Case("real", real)
      .Case("bool", Elem::Bool)
      .Case("i32", Elem::I32)
      .Case("i64", Elem::I64)
      .Case("f16", Elem::F16)
      .Case("bf16", Elem::BF16)
      .Case("f32", Elem::F32)
      .Case("f64", Elem::F64)
      .Default(std::nullopt);
}

//===----------------------------------------------------------------------===//
// -D
//===----------------------------------------------------------------------===//

void Checker::applyDefines() {
  for (const auto &[name, value] : options.defines) {
    if (name == "real") {
      if (value != "f32" && value != "f64")
        fail(Label::K051, {},
             fmt::format("-Dreal={}: 'real' is f32 or f64", value));
      real = value == "f64" ? Elem::F64 : Elem::F32;
      realIsDefined = true;
      continue;
    }
    int64_t size = 0;
    if (StringRef(value).getAsInteger(10, size) || size < 1 ||
        size > maxFeatures) {
      fail(Label::K051, {},
           fmt::format("-D{}={}: a feature size is a whole number of 1 to {}",
                       name, value, maxFeatures));
      size = 1;
    }
    defines[name] = size;
  }
}

/// A -D that nothing in the file needed is a typing error of the user.
void Checker::checkUnusedDefines() {
  for (const auto &[name, value] : options.defines) {
    if (name == "real" || usedDefines.count(name))
      continue;
    std::string why = fmt::format("the file has no feature size '{}'", name);
    if (consts.count(name))
      why = fmt::format("the file fixes '{}' itself with 'const'", name);
    else if (rowAxes.contains(name))
      why = fmt::format("'{}' is a row axis; the caller gives its size at run "
                        "time",
                        name);
    std::vector<StringRef> known;
    for (const auto &size : featureSizes)
      known.push_back(size.first());
    llvm::sort(known);
    fail(Label::K051, {},
         fmt::format("-D{}={}: {}{}", name, value, why,
                     didYouMean(name, known)));
  }
}

//===----------------------------------------------------------------------===//
// Names of the file
//===----------------------------------------------------------------------===//

void Checker::declare(const ast::Identifier &name, StringRef what) {
  if (isBuiltinFunction(name.name) || name.name == "pi" || name.name == "inf" ||
      name.name == "nan") {
    fail(Label::K042, name.range,
         fmt::format("'{}' is built in; choose another name for the {}",
                     name.name.str(), what.str()));
    return;
  }
  auto [entry, isNew] = declared.try_emplace(name.name, name.range);
  if (isNew)
    return;
  Diagnostic &d =
      error(Label::K042, name.range,
            fmt::format("the name '{}' is taken already", name.name.str()));
  DiagnosticEngine::note(d, entry->second,
                         fmt::format("'{}' is declared here", name.name.str()));
}

void Checker::declareItems() {
  for (const auto &item : file.items) {
    switch (item->kind) {
    case ast::Item::Const:
      declare(item->name, "constant");
      break;
    case ast::Item::Kernel:
      declare(item->name, "kernel");
      kernels.try_emplace(item->name.name, llvm::cast<ast::Kernel>(item.get()));
      break;
    case ast::Item::Program:
    case ast::Item::Derive:
      declare(item->name, "program");
      signatures.try_emplace(item->name.name);
      break;
    case ast::Item::Import:
    case ast::Item::Specialize:
    case ast::Item::Schedule:
    case ast::Item::Test:
      break;
    }
  }
}

void Checker::checkConst(const ast::Const &item) {
  inStatement = true;
  statementFailed = false;
  Value value = check(item.value);
  bool isBool = value && value.isNumber() && value.elem() == Elem::Bool;
  if (value && !value.isLiteral() && !isBool)
    value = fail(Label::K050, item.value->range,
                 value.isScalar()
                     ? fmt::format("the value of 'const {}' is not a constant "
                                   "number",
                                   item.name.name.str())
                     : fmt::format("'const {0}' is one number, got {1}; a list "
                                   "is named by a kernel, 'kernel {0}() = ...'",
                                   item.name.name.str(), describe(value)));
  inStatement = false;
  consts.try_emplace(item.name.name, value);
}

//===----------------------------------------------------------------------===//
// Sizes and types
//===----------------------------------------------------------------------===//

/// The value that `const`, -D or `specialize` gives a size name.
std::optional<int64_t> Checker::fixedSize(StringRef name, SourceRange range) {
  featureSizes.insert(name);
  if (auto found = consts.find(name); found != consts.end()) {
    const Value &value = found->second;
    if (!value)
      return std::nullopt;
    if (isInteger(value.elem()) && value.expr->integer >= 1 &&
        value.expr->integer <= maxFeatures)
      return value.expr->integer;
    fail(Label::K050, range,
         fmt::format("a feature size is a whole number of 1 to {}, '{}' is {}",
                     maxFeatures, name.str(), describeNumber(*value.expr)));
    return std::nullopt;
  }
  if (auto found = defines.find(name); found != defines.end()) {
    usedDefines.insert(name.str());
    return found->second;
  }
  if (program)
    if (auto found = program->chosen.find(name); found != program->chosen.end())
      return found->second;
  if (!unfixedSizes.insert(name).second)
    return std::nullopt; // once for each name
  std::string text = name.str();
  std::string meant;
  for (const auto &define : options.defines)
    if (define.first != "real" && !usedDefines.count(define.first) &&
        !closestName(define.first, {name}).empty())
      meant = fmt::format("; did you mean -D{0}={1} by -D{2}={1}?", text,
                          define.second, define.first);
  Diagnostic &d =
      error(Label::K031, range,
            fmt::format("the feature size '{0}' is not fixed; write 'const {0} "
                        "= 3', pass -D{0}=3, or list values in 'specialize'{1}",
                        text, meant));
  if (text == "N" || text == "M" || text == "n" || text == "m")
    DiagnosticEngine::note(
        d, range,
        fmt::format("a number of rows stands before the type, '[{}] real'",
                    text));
  return std::nullopt;
}

/// The value of a size expression; `sizes` holds the names, 0 for those whose
/// error is reported.
std::optional<int64_t> Checker::evaluateSize(const ast::Expr *dim,
                                             llvm::StringMap<int64_t> &sizes) {
  if (const auto *number = llvm::dyn_cast<ast::Number>(dim))
    return number->integer;
  if (const auto *name = llvm::dyn_cast<ast::Name>(dim)) {
    auto [entry, isNew] = sizes.try_emplace(name->name, 0);
    if (isNew)
      entry->second = fixedSize(name->name, name->range).value_or(0);
    return entry->second ? std::optional<int64_t>(entry->second) : std::nullopt;
  }
  const auto *chain = llvm::cast<ast::Chain>(dim);
  auto left = evaluateSize(chain->first, sizes);
  for (const ast::Chain::Link &link : chain->links) {
    auto right = evaluateSize(link.operand, sizes);
    if (!left || !right)
      return std::nullopt;
    bool overflow = link.op == Function::Add
                        ? __builtin_add_overflow(*left, *right, &*left)
                    : link.op == Function::Sub
                        ? __builtin_sub_overflow(*left, *right, &*left)
                        : __builtin_mul_overflow(*left, *right, &*left);
    if (!overflow)
      continue;
    fail(Label::K050, dim->range, "the feature size does not fit 64 bits");
    return std::nullopt;
  }
  return left;
}

std::optional<ValueType>
Checker::evaluateType(const ast::Type &type, llvm::StringMap<int64_t> &sizes,
                      llvm::SmallVectorImpl<StringRef> &names) {
  ValueType result{*elementOf(type.elem), {}};
  bool ok = true;
  int64_t count = 1;
  for (const ast::Expr *dim : type.dims) {
    auto size = evaluateSize(dim, sizes);
    ok &= size.has_value();
    if (!size)
      continue;
    if (*size < 1 || *size > maxFeatures) {
      fail(Label::K050, dim->range,
           fmt::format("a feature size is a whole number of 1 to {}, '{}' is "
                       "{}",
                       maxFeatures, sourceText(dim->range).str(), *size));
      return std::nullopt;
    }
    count = std::min(count * *size, maxFeatures + 1);
    result.shape.push_back(*size);
    names.push_back(llvm::isa<ast::Number>(dim) ? StringRef()
                                                : sourceText(dim->range));
  }
  if (ok && count > maxFeatures) {
    fail(Label::K046, type.range,
         fmt::format("a value has at most {} features in all", maxFeatures));
    return std::nullopt;
  }
  if (type.dims.size() > 2) {
    fail(Label::K049, type.range,
         "features are numbers, vectors or matrices: at most two sizes");
    return std::nullopt;
  }
  return ok ? std::optional<ValueType>(result) : std::nullopt;
}
