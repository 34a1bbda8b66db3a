//===- CheckSpecialize.cpp - the bodies that `specialize` makes -----------===//
//
// A program is checked once for each combination of the listed values: each
// time it is an ordinary program whose sizes are fixed.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

void Checker::collectSpecializations() {
  for (const auto &item : file.items) {
    const auto *specialize = llvm::dyn_cast<ast::Specialize>(item.get());
    if (!specialize)
      continue;
    // Of a program that is misspelt: its sizes are not missed a second time.
    if (!signatures.count(specialize->name.name)) {
      signatureOf(specialize->name); // reports it
      for (const ast::Setting &setting : specialize->settings)
        unfixedSizes.insert(setting.key.name);
      continue;
    }
    Specialization &into = specialized[specialize->name.name];
    for (const ast::Setting &setting : specialize->settings)
      collectSetting(setting, into);
    int64_t bodies = std::max<int64_t>(into.reals.size(), 1);
    for (const Specialization::Size &size : into.sizes)
      bodies = std::min(bodies * int64_t(size.values.size()), maxBodies + 1);
    if (bodies <= maxBodies)
      continue;
    fail(Label::K046, specialize->name.range,
         fmt::format("'specialize' makes more than {} bodies of '{}'",
                     maxBodies, specialize->name.name.str()));
    // One body is checked further.
    for (Specialization::Size &size : into.sizes)
      size.values.resize(1);
    into.reals.resize(std::min<size_t>(into.reals.size(), 1));
  }
}

void Checker::collectSetting(const ast::Setting &setting,
                             Specialization &into) {
  StringRef key = setting.key.name;
  bool isReal = key == "real";
  std::vector<int64_t> values; // of `real`: Elem
  auto isKnown = [&](const Specialization::Size &size) {
    return size.name == key;
  };
  if (isReal ? !into.reals.empty() : llvm::any_of(into.sizes, isKnown))
    fail(Label::K051, setting.key.range,
         fmt::format("'{}' is listed already", key.str()));
  for (const ast::Identifier &value : setting.values) {
    int64_t number = 0;
    bool isGood = isReal ? value.name == "f32" || value.name == "f64"
                         : !value.name.getAsInteger(10, number) &&
                               number >= 1 && number <= maxFeatures;
    if (isReal)
      number = int64_t(value.name == "f64" ? Elem::F64 : Elem::F32);
    if (!isGood)
      fail(Label::K051, value.range,
           isReal
               ? fmt::format("'real' is f32 or f64, got '{}'", value.name.str())
               : fmt::format("a feature size is a whole number of 1 to {}, "
                             "got '{}'",
                             maxFeatures, value.name.str()));
    else if (llvm::is_contained(values, number))
      fail(Label::K051, value.range,
           fmt::format("'{}' is listed twice", value.name.str()));
    else
      values.push_back(number);
  }
  if (!isReal && values.empty())
    unfixedSizes.insert(key); // said: none of its values is a size
  if (!isReal && consts.count(key))
    fail(Label::K051, setting.key.range,
         fmt::format("the file fixes '{}' itself with 'const'", key.str()));
  else if (isReal && !realIsDefined)
    for (int64_t value : values)
      into.reals.push_back(Elem(value));
  else if (!isReal && !defines.count(key) && !values.empty())
    into.sizes.push_back({key, std::move(values)});
}

/// Whether a size stands in the types of a program.
static bool usesSize(const CheckedProgram &program, StringRef name) {
  return llvm::any_of(program.axes, [&](const Axis &axis) {
    return axis.fixed >= 0 && axis.name == name;
  });
}

void Checker::checkSpecialize(const ast::Specialize &item) {
  StringRef name = item.name.name;
  if (!signatures.count(name) || !signatureOf(item.name))
    return;
  auto body = llvm::find_if(result.programs, [&](const CheckedProgram &p) {
    return p.declared == name;
  });
  for (const ast::Setting &setting : item.settings) {
    StringRef key = setting.key.name;
    bool isFixed = key == "real" || defines.count(key) ||
                   consts.count(key) || unfixedSizes.contains(key);
    if (!isFixed && body != result.programs.end() && !usesSize(*body, key))
      fail(Label::K051, setting.key.range,
           rowAxes.contains(key)
               ? fmt::format("'{}' is a row axis; the caller gives its size at "
                             "run time",
                             key.str())
               : fmt::format("'{}' has no feature size '{}'", name.str(),
                             key.str()));
  }
}

void Checker::forEachBody(
    const ast::Program &item,
    llvm::function_ref<void(const std::string &name,
                            const llvm::StringMap<int64_t> &chosen)>
        visit) {
  const Specialization list = specialized.lookup(item.name.name);
  const Elem fileReal = real;
  std::string name = item.name.name.str();
  for (Elem elem : list.reals.empty() ? std::vector<Elem>{real} : list.reals) {
    real = elem;
    std::string function =
        list.reals.size() > 1 ? name + "_" + elemName(elem).str() : name;
    // The combinations, the last size fastest.
    std::vector<size_t> at(list.sizes.size());
    for (bool more = true; more;) {
      llvm::StringMap<int64_t> chosen;
      for (auto [size, k] : llvm::zip(list.sizes, at))
        chosen[size.name] = size.values[k];
      visit(function, chosen);
      more = false;
      for (size_t k = at.size(); k-- > 0 && !more;) {
        more = ++at[k] < list.sizes[k].values.size();
        at[k] = more ? at[k] : 0;
      }
    }
  }
  real = fileReal;
}

/// A derived program does not inherit `specialize`.
bool Checker::checkDerivedIsFixed(const ast::Derive &item) {
  auto found = specialized.find(item.program.name);
  if (found == specialized.end())
    return true;
  const Specialization &list = found->second;
  std::string of = item.program.name.str();
  for (const Specialization::Size &size : list.sizes)
    fail(Label::K031, item.program.range,
         fmt::format("the feature size '{0}' of '{1}' is not fixed, since a "
                     "derived program does not inherit the 'specialize' of "
                     "'{2}'; write 'const {0} = 3' or pass -D{0}=3",
                     size.name.str(), item.name.name.str(), of));
  if (!list.sizes.empty())
    return false;
  if (list.reals.empty() || list.reals.front() == real)
    return true;
  fail(Label::K051, item.program.range,
       fmt::format("a derived program does not inherit the 'specialize' of "
                   "'{}'; list {} first there, or pass -Dreal={}",
                   of, elemName(real).str(),
                   elemName(list.reals.front()).str()));
  return false;
}
