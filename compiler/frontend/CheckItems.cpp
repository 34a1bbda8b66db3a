//===- CheckItems.cpp - derive and schedule -------------------------------===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

/// The program that an item names, if it was checked before.
const Checker::Signature *Checker::signatureOf(const ast::Identifier &name) {
  auto found = signatures.find(name.name);
  if (found != signatures.end() && found->second.valid)
    return &found->second;
  std::string text = name.name.str();
  if (found != signatures.end()) {
    fail(Label::K043, name.range,
         fmt::format("the program '{}' is declared after its use", text));
    return nullptr;
  }
  if (kernels.count(name.name)) {
    fail(Label::K044, name.range,
         fmt::format("'{}' is a kernel, not a program", text));
    return nullptr;
  }
  std::vector<StringRef> known;
  for (const auto &entry : signatures)
    known.push_back(entry.first());
  llvm::sort(known);
  Diagnostic &d = error(
      Label::K043, name.range,
      fmt::format("unknown program '{}'{}", text, didYouMean(text, known)));
  if (StringRef closest = closestName(text, known); !closest.empty())
    d.replaceBy(closest.str());
  return nullptr;
}

//===----------------------------------------------------------------------===//
// derive
//===----------------------------------------------------------------------===//

void Checker::checkDerive(const ast::Derive &item) {
  if (item.program.name == item.name.name) {
    fail(Label::K043, item.program.range,
         fmt::format("'{}' cannot be derived from itself",
                     item.name.name.str()));
    return;
  }
  const Signature *of = signatureOf(item.program);
  if (!of)
    return;
  if (!checkDerivedIsFixed(item))
    return;
  std::vector<const Input *> chosen;
  if (!checkDeriveInputs(item, *of, chosen) || !checkDeriveOutputs(item, *of))
    return;
  if (of->order == maxOrder) {
    fail(Label::K046, item.name.range,
         fmt::format("'{}' is a derivative of order {}; order {} is the "
                     "deepest",
                     item.name.name.str(), maxOrder + 1, maxOrder));
    return;
  }
  Signature derived = derivedSignature(item, *of, chosen);
  addDerived(item, derived, chosen);
  signatures[item.name.name] = std::move(derived);
}

/// The derived program. Its outputs have no formula yet: the compiler derives
/// it from the base's operations, the reference interpreter from its checked
/// expressions.
void Checker::addDerived(const ast::Derive &item, const Signature &signature,
                         llvm::ArrayRef<const Input *> chosen) {
  auto base = llvm::find_if(result.programs, [&](const CheckedProgram &p) {
    return p.declared == item.program.name;
  });
  if (base == result.programs.end())
    return;
  CheckedProgram derived;
  derived.name = derived.declared = item.name.name.str();
  derived.sizes = base->sizes;
  derived.doc = item.doc;
  derived.source = sourceText(item.range).str();
  derived.range = item.name.range;
  derived.axes = signature.axes;
  derived.inputs = signature.inputs;
  derived.outputs = signature.outputs;
  for (Output &output : derived.outputs)
    output.value = nullptr;
  Derivation &derivation = derived.derivation.emplace();
  derivation.mode = item.mode.name == "grad"  ? Derivation::Grad
                    : item.mode.name == "vjp" ? Derivation::Vjp
                                              : Derivation::Jvp;
  derivation.base = std::make_shared<CheckedProgram>(*base);
  for (const Input *input : chosen)
    for (unsigned k = 0; k < base->inputs.size(); ++k)
      if (base->inputs[k].name == input->name)
        derivation.inputs.push_back(k);
  result.programs.push_back(std::move(derived));
}

bool Checker::checkDeriveInputs(const ast::Derive &item, const Signature &of,
                                std::vector<const Input *> &chosen) {
  std::string program = item.program.name.str();
  if (item.inputs.empty()) {
    fail(Label::K027, item.program.range,
         fmt::format("name the inputs of '{}' to differentiate in", program));
    return false;
  }
  for (const ast::Identifier &name : item.inputs) {
    const auto *input =
        llvm::find_if(llvm::ArrayRef<Input>(of.inputs),
                      [&](const Input &in) { return in.name == name.name; });
    if (input == llvm::ArrayRef<Input>(of.inputs).end()) {
      std::string inputs;
      std::vector<StringRef> known;
      for (const Input &in : of.inputs) {
        inputs += (inputs.empty() ? "" : ", ") + in.name;
        known.push_back(in.name);
      }
      StringRef closest = closestName(name.name, known);
      Diagnostic &d =
          error(Label::K027, name.range,
                fmt::format("'{}' has no input '{}'; {}", program,
                            name.name.str(),
                            closest.empty()
                                ? "inputs are " + inputs
                                : fmt::format("did you mean '{}'?",
                                              closest.str())));
      if (!closest.empty())
        d.replaceBy(closest.str());
      return false;
    }
    if (llvm::is_contained(chosen, input)) {
      fail(Label::K027, name.range,
           fmt::format("'{}' is listed twice", name.name.str()));
      return false;
    }
    if (input->isRanges || !isFloat(input->type.elem)) {
      fail(Label::K027, name.range,
           fmt::format("the input '{}' is not real; there is no derivative in "
                       "it",
                       input->name));
      return false;
    }
    chosen.push_back(input);
  }
  return true;
}

bool Checker::checkDeriveOutputs(const ast::Derive &item, const Signature &of) {
  std::string program = item.program.name.str();
  std::vector<StringRef> reals, integers;
  for (const Output &output : of.outputs)
    (isFloat(output.type.elem) ? reals : integers).push_back(output.name);
  if (reals.empty()) {
    fail(Label::K026, item.program.range,
         fmt::format("no output of '{}' has a derivative: {} {} not real",
                     program, listNames(integers),
                     integers.size() == 1 ? "is" : "are"));
    return false;
  }
  if (item.mode.name == "grad") {
    const Output &first = of.outputs[0];
    if (of.outputs.size() == 1 && first.axes.empty() && first.type.isScalar())
      return true;
    std::string returned = fmt::format("{} outputs", of.outputs.size());
    if (of.outputs.size() == 1) {
      std::string rows;
      for (AxisId axis : first.axes)
        rows += (rows.empty() ? "[" : ", ") + of.axes[axis].name;
      returned = rows + (rows.empty() ? "" : "] ") + first.written;
    }
    fail(Label::K025, item.program.range,
         fmt::format("'grad' needs a program with one scalar output; '{}' "
                     "returns {}: use 'vjp'",
                     program, returned));
    return false;
  }
  if (!integers.empty())
    warning(Label::K026, item.program.range,
            fmt::format("{} {} and {} no derivative; only {} will get a {}",
                        listNames(integers),
                        integers.size() == 1 ? "is an index" : "are indices",
                        integers.size() == 1 ? "has" : "have", listNames(reals),
                        item.mode.name == "vjp" ? "cotangent" : "tangent"));
  return true;
}

/// Inputs, then cotangents or tangents; primal outputs (grad, jvp), then
/// derivatives (rule D1).
Checker::Signature
Checker::derivedSignature(const ast::Derive &item, const Signature &of,
                          llvm::ArrayRef<const Input *> chosen) {
  Signature derived = of;
  derived.order = of.order + 1;
  llvm::StringSet<> taken;
  for (const Input &in : of.inputs)
    taken.insert(in.name);
  for (const Output &out : of.outputs)
    taken.insert(out.name);
  auto fresh = [&](StringRef prefix, StringRef name) {
    std::string result = fmt::format("{}_{}", prefix.str(), name.str());
    for (unsigned n = 2; !taken.insert(result).second; ++n)
      result = fmt::format("{}{}_{}", prefix.str(), n, name.str());
    return result;
  };
  auto asInput = [](const auto &from, std::string name) {
    Input in;
    in.name = std::move(name);
    in.type = from.type;
    in.written = from.written;
    in.axes = from.axes;
    in.range = from.range;
    return in;
  };
  auto asOutput = [](const auto &from, std::string name) {
    Output out;
    out.name = std::move(name);
    out.type = from.type;
    out.written = from.written;
    out.axes = from.axes;
    out.range = from.range;
    return out;
  };
  if (item.mode.name == "jvp") {
    for (const Input *in : chosen)
      derived.inputs.push_back(asInput(*in, fresh("t", in->name)));
    for (const Output &out : of.outputs)
      if (isFloat(out.type.elem))
        derived.outputs.push_back(asOutput(out, fresh("t", out.name)));
    return derived;
  }
  if (item.mode.name == "vjp") {
    derived.outputs.clear();
    for (const Output &out : of.outputs)
      if (isFloat(out.type.elem))
        derived.inputs.push_back(asInput(out, fresh("d", out.name)));
  }
  for (const Input *in : chosen)
    derived.outputs.push_back(asOutput(*in, fresh("d", in->name)));
  return derived;
}

//===----------------------------------------------------------------------===//
// schedule
//===----------------------------------------------------------------------===//

struct ScheduleKey {
  StringRef name;
  std::vector<StringRef> values; ///< empty: whole numbers
};

static llvm::ArrayRef<ScheduleKey> scheduleKeys() {
  static const std::vector<ScheduleKey> keys = {
      {"tile_i", {}},
      {"tile_j", {}},
      {"unroll", {}},
      {"vector", {}},
      {"threads", {}},
      {"stages", {}},
      {"split_j", {}},
      {"exp", {"accurate", "fast"}},
      {"accumulate", {"blocked", "f64", "compensated"}},
      {"form", {"auto", "direct", "expanded"}},
      {"fma", {"on", "off"}},
      {"pairs", {"auto", "twice"}},
  };
  return keys;
}

void Checker::checkSchedule(const ast::Schedule &item) {
  if (!signatureOf(item.name))
    return;
  std::vector<StringRef> names;
  for (const ScheduleKey &key : scheduleKeys())
    names.push_back(key.name);
  CheckedSchedule schedule;
  schedule.target = item.target.name.trim('"').str();
  schedule.range =
      schedule.target.empty() ? item.name.range : item.target.range;
  for (const ast::Setting &setting : item.settings) {
    const ScheduleKey *key =
        llvm::find_if(scheduleKeys(), [&](const ScheduleKey &k) {
          return k.name == setting.key.name;
        });
    if (key == scheduleKeys().end()) {
      Diagnostic &d =
          error(Label::K035, setting.key.range,
                fmt::format("unknown schedule key '{}'{}",
                            setting.key.name.str(),
                            didYouMean(setting.key.name, names)));
      if (StringRef closest = closestName(setting.key.name, names);
          !closest.empty())
        d.replaceBy(closest.str());
      continue;
    }
    if (setting.values.size() > 1)
      fail(Label::K035, setting.values[1].range,
           fmt::format("'{}' has one value", key->name.str()));
    for (const ast::Identifier &value : setting.values) {
      int64_t number = 0;
      bool ok = key->values.empty()
                    ? !value.name.getAsInteger(10, number) && number >= 1
                    : llvm::is_contained(key->values, value.name);
      if (!ok)
        fail(Label::K035, value.range,
             fmt::format("'{}' is {}, got '{}'", key->name.str(),
                         key->values.empty() ? "a whole number of 1 or more"
                                             : listNames(key->values, "or"),
                         value.name.str()));
      schedule.settings.push_back({key->name.str(), number,
                                   key->values.empty() ? "" : value.name.str(),
                                   value.range});
    }
  }
  for (CheckedProgram &program : result.programs)
    if (program.declared == item.name.name)
      program.schedules.push_back(schedule);
}
