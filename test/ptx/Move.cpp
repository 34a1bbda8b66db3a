//===- Move.cpp - mov and cvta --------------------------------------------===//

#include "test/ptx/Lanewise.h"

namespace kdslc::ptx {

namespace {

constexpr auto counted = InstructionClass::Other;

template <class T> T identity(T a) { return a; }

/// mov.b64 d, {a, b}: the parts side by side, the first in the low bits.
bool pack(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  Lanes<uint64_t> whole = {};
  for (unsigned i = 1; i < in.numSlots; ++i) {
    auto part = group.readWide(in.slots[i], in.sourceBytes);
    for (unsigned lane = 0; lane < numLanes; ++lane)
      whole[lane] |= part[lane] << (8 * in.sourceBytes * (i - 1));
  }
  group.writeNarrow(in.slots[0], in.destinationBytes, whole, mask);
  return true;
}

bool unpack(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  auto whole = group.readWide(in.slots[in.numDestinations], in.sourceBytes);
  for (unsigned i = 0; i < in.numDestinations; ++i) {
    Lanes<uint64_t> part;
    for (unsigned lane = 0; lane < numLanes; ++lane)
      part[lane] = whole[lane] >> (8 * in.destinationBytes * i);
    group.writeNarrow(in.slots[i], in.destinationBytes, part, mask);
  }
  return true;
}

/// A window's addresses become generic ones by adding its base, and back.
bool toGeneric(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  auto address = group.read<uint64_t>(in.slots[1]);
  uint64_t window = uint64_t(in.modifier) << 56;
  applyLanes<uint64_t>(group, in.slots[0], mask,
                       [&](unsigned lane) { return address[lane] + window; });
  return true;
}

bool fromGeneric(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  auto address = group.read<uint64_t>(in.slots[1]);
  uint64_t window = uint64_t(in.modifier) << 56;
  applyLanes<uint64_t>(group, in.slots[0], mask,
                       [&](unsigned lane) { return address[lane] - window; });
  return true;
}

/// The parser looks packing forms up under "{" where the braces are.
void addPackForms(FormTable &table, Type whole, Type part, uint8_t count) {
  std::string parts = "/" + std::to_string(count);
  std::string name = "mov.b" + std::to_string(8 * byteSize(whole));
  table.add(name + "={}" + parts,
            {pack,
             counted,
             {{Role::Destination, whole}, {Role::VectorSource, part, count}}});
  table.add("{}=" + name + parts,
            {unpack,
             counted,
             {{Role::VectorDestination, part, count}, {Role::Source, whole}}});
}

} // namespace

void addMoveForms(FormTable &table) {
  addLanewise<identity<bool>>(table, "mov.pred", counted);
  for (char kind : {'b', 'u', 's'}) {
    std::string name = std::string("mov.") + kind;
    addLanewise<identity<uint16_t>>(table, name + "16", counted);
    addLanewise<identity<uint32_t>>(table, name + "32", counted);
    addLanewise<identity<uint64_t>>(table, name + "64", counted);
  }
  addLanewise<identity<float>>(table, "mov.f32", counted);
  addLanewise<identity<double>>(table, "mov.f64", counted);
  addPackForms(table, Type::B32, Type::B16, 2);
  addPackForms(table, Type::B64, Type::B32, 2);
  addPackForms(table, Type::B64, Type::B16, 4);

  std::vector<OperandForm> operands = {{Role::Destination, Type::B64},
                                       {Role::Source, Type::B64}};
  std::pair<const char *, uint64_t> windows[] = {{"global", 0},
                                                 {"const", 0},
                                                 {"shared", sharedWindow},
                                                 {"shared::cta", sharedWindow},
                                                 {"local", localWindow},
                                                 {"param", paramWindow}};
  for (auto [space, window] : windows) {
    uint32_t tag = uint32_t(window >> 56);
    std::string suffix = std::string(space) + ".u64";
    table.add("cvta." + suffix,
              {toGeneric, counted, operands, Control::None, tag});
    table.add("cvta.to." + suffix,
              {fromGeneric, counted, operands, Control::None, tag});
  }
}

} // namespace kdslc::ptx
