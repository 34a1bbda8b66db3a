//===- Lanewise.h - instructions that act on each lane alone --------------===//
//
// Turns a plain function, say uint32_t(uint32_t, uint32_t), into a handler and
// a table entry: operand types follow from the function's.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_PTX_LANEWISE_H
#define KDSLC_TEST_PTX_LANEWISE_H

#include "test/ptx/Forms.h"
#include "test/ptx/Group.h"
#include <tuple>
#include <utility>

namespace kdslc::ptx {

template <class T> constexpr Type registerType() {
  if constexpr (std::is_same_v<T, bool>)
    return Type::Pred;
  else if constexpr (std::is_same_v<T, float>)
    return Type::F32;
  else if constexpr (std::is_same_v<T, double>)
    return Type::F64;
  else if constexpr (sizeof(T) == 2)
    return Type::B16;
  else if constexpr (sizeof(T) == 4)
    return Type::B32;
  else
    return Type::B64;
}

/// Applies `function` to all lanes where that is safe and fast, else to those
/// of the mask. Results go through an array of their own, as the destination
/// may be a source too, which would keep the loop from becoming vector code.
template <class R, class F>
void applyLanes(Group &group, Slot destination, LaneMask mask, F &&function) {
  Lanes<R> results;
  if (mask == group.live) {
    for (unsigned lane = 0; lane < numLanes; ++lane)
      results[lane] = function(lane);
  } else {
    results.fill(R());
    forEachLane(mask, [&](unsigned lane) { results[lane] = function(lane); });
  }
  group.write(destination, results, mask);
}

template <auto Function, class R, class... A, size_t... I>
bool executeLanes(Group &group, const Instruction &in, LaneMask mask,
                  R (*)(A...), std::index_sequence<I...>) {
  if (!group.checkSources(in, mask))
    return false;
  std::tuple<Lanes<A>...> sources(group.read<A>(in.slots[1 + I])...);
  applyLanes<R>(group, in.slots[0], mask, [&](unsigned lane) {
    return Function(std::get<I>(sources)[lane]...);
  });
  return true;
}

template <auto Function, class R, class... A>
bool executeLanes(Group &group, const Instruction &in, LaneMask mask,
                  R (*function)(A...)) {
  return executeLanes<Function>(group, in, mask, function,
                                std::index_sequence_for<A...>());
}

/// The handler of a function of one lane's operands.
template <auto Function>
bool lanewise(Group &group, const Instruction &in, LaneMask mask) {
  return executeLanes<Function>(group, in, mask, Function);
}

template <class R, class... A>
std::vector<OperandForm> operandsOf(R (*)(A...)) {
  return {{Role::Destination, registerType<R>()},
          {Role::Source, registerType<A>()}...};
}

template <auto Function>
void addLanewise(FormTable &table, std::string mnemonic,
                 InstructionClass countedAs) {
  table.add(std::move(mnemonic),
            {lanewise<Function>, countedAs, operandsOf(Function)});
}

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_LANEWISE_H
