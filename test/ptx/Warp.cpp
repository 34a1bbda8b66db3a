//===- Warp.cpp - instructions across the lanes of a warp -----------------===//
//
// Executed once all lanes that the member mask names have arrived, with these
// lanes as the mask. The member mask is always the last operand.
//
//===----------------------------------------------------------------------===//

#include "test/ptx/Lanewise.h"
#include "test/ptx/Machine.h"
#include <algorithm>

namespace kdslc::ptx {

namespace {

constexpr auto counted = InstructionClass::Other;

enum class Shuffle : uint32_t { Up, Down, Butterfly, Index };

/// The lane that `lane` reads from, and whether that lies in its segment; if
/// not, a lane reads itself.
std::pair<int, bool> shuffleSource(Shuffle mode, int lane, int b, int c) {
  int segments = c >> 8 & 31, clamp = c & 31;
  int first = lane & segments;
  int last = first | (clamp & ~segments);
  b &= 31;
  switch (mode) {
  case Shuffle::Up:
    return {lane - b, lane - b >= last};
  case Shuffle::Down:
    return {lane + b, lane + b <= last};
  case Shuffle::Butterfly:
    return {lane ^ b, (lane ^ b) <= last};
  case Shuffle::Index:
    return {first | (b & ~segments), (first | (b & ~segments)) <= last};
  }
  return {lane, false};
}

bool shuffle(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  auto a = group.read<uint32_t>(in.slots[2]),
       b = group.read<uint32_t>(in.slots[3]),
       c = group.read<uint32_t>(in.slots[4]);
  Lanes<uint32_t> results = {};
  LaneMask inside = 0;
  for (LaneMask left = mask; left; left &= left - 1) {
    unsigned lane = firstLane(left);
    auto [source, isInside] = shuffleSource(Shuffle(in.modifier), int(lane),
                                            int(b[lane]), int(c[lane]));
    unsigned from = isInside ? unsigned(source) : lane;
    if (!(mask >> from & 1))
      return group.machine.fail(FaultKind::WarpDivergence, in, group, lane,
                                "reads lane " + std::to_string(from) +
                                    " of its warp, which does not take part");
    inside |= LaneMask(isInside) << lane;
    results[lane] = a[from];
  }
  group.write(in.slots[0], results, mask);
  group.writePredicate(in.slots[1], inside, mask);
  return true;
}

enum class Vote : uint32_t { All, Any, Uniform, Ballot };

bool vote(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  LaneMask yes = group.predicate(in.slots[1]) & mask;
  switch (Vote(in.modifier)) {
  case Vote::All:
    group.writePredicate(in.slots[0], yes == mask ? mask : 0, mask);
    break;
  case Vote::Any:
    group.writePredicate(in.slots[0], yes ? mask : 0, mask);
    break;
  case Vote::Uniform:
    group.writePredicate(in.slots[0], yes == mask || !yes ? mask : 0, mask);
    break;
  case Vote::Ballot:
    applyLanes<uint32_t>(group, in.slots[0], mask,
                         [&](unsigned) { return yes; });
    break;
  }
  return true;
}

bool activeMask(Group &group, const Instruction &in, LaneMask mask) {
  applyLanes<uint32_t>(group, in.slots[0], mask,
                       [&](unsigned) { return mask; });
  return true;
}

template <class T> T sum(T a, T b) { return T(uint32_t(a) + uint32_t(b)); }
template <class T> T least(T a, T b) { return std::min(a, b); }
template <class T> T greatest(T a, T b) { return std::max(a, b); }
uint32_t bitAnd(uint32_t a, uint32_t b) { return a & b; }
uint32_t bitOr(uint32_t a, uint32_t b) { return a | b; }
uint32_t bitXor(uint32_t a, uint32_t b) { return a ^ b; }

template <auto Function, class T>
bool reduce(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  auto values = group.read<T>(in.slots[1]);
  T result = values[firstLane(mask)];
  forEachLane(mask & (mask - 1),
              [&](unsigned lane) { result = Function(result, values[lane]); });
  applyLanes<T>(group, in.slots[0], mask, [&](unsigned) { return result; });
  return true;
}

bool synchronise(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  if (mask == group.live)
    group.machine.synchroniseGroup(group);
  return true;
}

template <auto Function, class T>
void addReduction(FormTable &table, const std::string &suffix) {
  table.add("redux.sync." + suffix, {reduce<Function, T>,
                                     counted,
                                     {{Role::Destination, Type::B32},
                                      {Role::Source, Type::B32},
                                      {Role::Source, Type::B32}},
                                     Control::WarpSync,
                                     0,
                                     {},
                                     true});
}

} // namespace

void addWarpForms(FormTable &table) {
  OperandForm word = {Role::Source, Type::B32};
  OperandForm result = {Role::Destination, Type::B32};
  const char *shuffles[] = {"up", "down", "bfly", "idx"};
  for (uint32_t mode = 0; mode < 4; ++mode)
    table.add(std::string("shfl.sync.") + shuffles[mode] + ".b32",
              {shuffle,
               counted,
               {result,
                {Role::OptionalPredicate, Type::Pred},
                word,
                word,
                word,
                word},
               Control::WarpSync,
               mode,
               {},
               true});

  const char *votes[] = {"all.pred", "any.pred", "uni.pred", "ballot.b32"};
  for (uint32_t mode = 0; mode < 4; ++mode) {
    OperandForm to = {Role::Destination,
                      Vote(mode) == Vote::Ballot ? Type::B32 : Type::Pred};
    table.add(std::string("vote.sync.") + votes[mode],
              {vote,
               counted,
               {to, {Role::Source, Type::Pred}, word},
               Control::WarpSync,
               mode,
               {},
               true});
  }

  addReduction<sum<uint32_t>, uint32_t>(table, "add.u32");
  addReduction<sum<int32_t>, int32_t>(table, "add.s32");
  addReduction<least<uint32_t>, uint32_t>(table, "min.u32");
  addReduction<least<int32_t>, int32_t>(table, "min.s32");
  addReduction<greatest<uint32_t>, uint32_t>(table, "max.u32");
  addReduction<greatest<int32_t>, int32_t>(table, "max.s32");
  addReduction<bitAnd, uint32_t>(table, "and.b32");
  addReduction<bitOr, uint32_t>(table, "or.b32");
  addReduction<bitXor, uint32_t>(table, "xor.b32");

  table.add("activemask.b32",
            {activeMask, counted, {result}, Control::None, 0, {}, true});
  table.add("bar.warp.sync", {synchronise,
                              InstructionClass::Barrier,
                              {word},
                              Control::WarpSync,
                              0,
                              {},
                              true});
}

} // namespace kdslc::ptx
