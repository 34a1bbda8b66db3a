//===- Special.cpp - instructions of the special function unit ------------===//

#include "test/ptx/Approximate.h"
#include "test/ptx/FloatBits.h"
#include "test/ptx/Lanewise.h"
#include "test/ptx/Machine.h"

namespace kdslc::ptx {

namespace {

constexpr auto counted = InstructionClass::Special;

template <auto Function, bool Ftz, class T>
bool unary(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  Lanes<T> x = group.read<T>(in.slots[1]);
  uint64_t seed = group.machine.launch.card;
  applyLanes<T>(group, in.slots[0], mask, [&](unsigned lane) {
    return flushIf<Ftz>(Function(flushIf<Ftz>(x[lane]), seed));
  });
  return true;
}

template <auto Function, bool Ftz>
bool quotient(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  auto a = group.read<float>(in.slots[1]), b = group.read<float>(in.slots[2]);
  uint64_t seed = group.machine.launch.card;
  applyLanes<float>(group, in.slots[0], mask, [&](unsigned lane) {
    return flushIf<Ftz>(
        Function(flushIf<Ftz>(a[lane]), flushIf<Ftz>(b[lane]), seed));
  });
  return true;
}

std::vector<OperandForm> operands(Type type, unsigned numSources) {
  std::vector<OperandForm> forms(1 + numSources, {Role::Source, type});
  forms[0].role = Role::Destination;
  return forms;
}

template <auto Function>
void addUnary(FormTable &table, const std::string &name) {
  auto forms = operands(Type::F32, 1);
  table.add(name + ".approx.f32",
            {unary<Function, false, float>, counted, forms});
  table.add(name + ".approx.ftz.f32",
            {unary<Function, true, float>, counted, forms});
}

template <auto Function>
void addQuotient(FormTable &table, const std::string &name) {
  auto forms = operands(Type::F32, 2);
  table.add(name + ".f32", {quotient<Function, false>, counted, forms});
  table.add(name + ".ftz.f32", {quotient<Function, true>, counted, forms});
}

} // namespace

void addSpecialForms(FormTable &table) {
  addUnary<approximateEx2>(table, "ex2");
  addUnary<approximateLg2>(table, "lg2");
  addUnary<approximateRcp>(table, "rcp");
  addUnary<approximateRsqrt>(table, "rsqrt");
  addUnary<approximateSqrt>(table, "sqrt");
  addUnary<approximateSin>(table, "sin");
  addUnary<approximateCos>(table, "cos");
  auto one = operands(Type::F32, 1), wide = operands(Type::F64, 1);
  table.add("tanh.approx.f32",
            {unary<approximateTanh, false, float>, counted, one});
  table.add("rcp.approx.ftz.f64",
            {unary<approximateRcp64, false, double>, counted, wide});
  table.add("rsqrt.approx.ftz.f64",
            {unary<approximateRsqrt64, false, double>, counted, wide});
  addQuotient<approximateDiv>(table, "div.approx");
  addQuotient<approximateDivFull>(table, "div.full");
}

} // namespace kdslc::ptx
