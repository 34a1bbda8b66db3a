//===- Directed.cpp - arithmetic rounded towards 0, down or up ------------===//
//
// Sets the host's rounding mode around a loop, so this file alone is compiled
// with -frounding-math. Rare: no vector code is needed.
//
//===----------------------------------------------------------------------===//

#include "test/ptx/FloatBits.h"
#include "test/ptx/Lanewise.h"
#include <cfenv>
#include <cmath>

namespace kdslc::ptx {

namespace {

// What an entry's modifier holds.
constexpr uint32_t roundingMask = 3; ///< index into hostModes
constexpr uint32_t flushes = 4;
constexpr uint32_t saturates = 8;

constexpr int hostModes[] = {FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
constexpr const char *modeNames[] = {".rz", ".rm", ".rp"};

enum class Op { Add, Sub, Mul, Div, Fma, Sqrt, Rcp };

template <Op O, class T> T compute(T a, T b, T c) {
  if constexpr (O == Op::Add)
    return a + b;
  else if constexpr (O == Op::Sub)
    return a - b;
  else if constexpr (O == Op::Mul)
    return a * b;
  else if constexpr (O == Op::Div)
    return a / b;
  else if constexpr (O == Op::Fma)
    return std::fma(a, b, c);
  else if constexpr (O == Op::Sqrt)
    return std::sqrt(a);
  else
    return T(1) / a;
}

constexpr unsigned arity(Op op) {
  return op == Op::Fma ? 3 : op == Op::Sqrt || op == Op::Rcp ? 1 : 2;
}

template <Op O, class T>
bool directed(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  bool ftz = in.modifier & flushes;
  Lanes<T> sources[3] = {};
  for (unsigned i = 0; i < arity(O); ++i)
    sources[i] = group.read<T>(in.slots[1 + i]);
  Lanes<T> results = {};
  std::fesetround(hostModes[in.modifier & roundingMask]);
  forEachLane(mask, [&](unsigned lane) {
    T x[3];
    for (unsigned i = 0; i < 3; ++i)
      x[i] = ftz ? flushSubnormal(sources[i][lane]) : sources[i][lane];
    T result = compute<O>(x[0], x[1], x[2]);
    result = canonicalNan(ftz ? flushSubnormal(result) : result);
    results[lane] = in.modifier & saturates ? saturate(result) : result;
  });
  std::fesetround(FE_TONEAREST);
  group.write(in.slots[0], results, mask);
  return true;
}

template <Op O, class T>
void addForms(FormTable &table, const std::vector<std::string> &names,
              const std::string &suffix, uint32_t modifier) {
  std::vector<OperandForm> operands(1 + arity(O),
                                    {Role::Source, registerType<T>()});
  operands[0].role = Role::Destination;
  InstructionClass counted = O == Op::Sqrt || O == Op::Rcp
                                 ? InstructionClass::Special
                             : sizeof(T) == 4 ? InstructionClass::Fp32
                                              : InstructionClass::Fp64;
  for (const std::string &name : names)
    for (uint32_t mode = 0; mode < 3; ++mode)
      table.add(
          name + modeNames[mode] + suffix,
          {directed<O, T>, counted, operands, Control::None, mode | modifier});
}

template <Op O>
void addAllForms(FormTable &table, const std::vector<std::string> &names,
                 bool canSaturate) {
  addForms<O, float>(table, names, ".f32", 0);
  addForms<O, float>(table, names, ".ftz.f32", flushes);
  addForms<O, double>(table, names, ".f64", 0);
  if (!canSaturate)
    return;
  addForms<O, float>(table, names, ".sat.f32", saturates);
  addForms<O, float>(table, names, ".ftz.sat.f32", flushes | saturates);
  addForms<O, float>(table, names, ".sat.ftz.f32", flushes | saturates);
}

} // namespace

void addDirectedForms(FormTable &table) {
  addAllForms<Op::Add>(table, {"add"}, true);
  addAllForms<Op::Sub>(table, {"sub"}, true);
  addAllForms<Op::Mul>(table, {"mul"}, true);
  addAllForms<Op::Fma>(table, {"fma", "mad"}, true);
  addAllForms<Op::Div>(table, {"div"}, false);
  addAllForms<Op::Sqrt>(table, {"sqrt"}, false);
  addAllForms<Op::Rcp>(table, {"rcp"}, false);
}

} // namespace kdslc::ptx
