//===- LoadStore.cpp - ld and st ------------------------------------------===//

#include "test/ptx/Forms.h"
#include "test/ptx/Machine.h"

namespace kdslc::ptx {

namespace {

Lanes<uint64_t> addressesOf(const Group &group, const Instruction &in,
                            Slot slot) {
  auto addresses = group.readWide(slot, in.addressBytes);
  for (uint64_t &address : addresses)
    address += uint64_t(in.offset);
  return addresses;
}

/// The elements of the lanes, as wide as their type.
template <class T>
Lanes<uint64_t> gather(const Lanes<const std::byte *> &from, unsigned offset,
                       LaneMask mask) {
  Lanes<uint64_t> values = {};
  forEachLane(mask, [&](unsigned lane) {
    T element;
    std::memcpy(&element, from[lane] + offset, sizeof element);
    values[lane] = uint64_t(element);
  });
  return values;
}

Lanes<uint64_t> loadElements(const Lanes<const std::byte *> &from,
                             unsigned offset, const Access &access,
                             LaneMask mask) {
  switch (access.elementBytes) {
  case 1:
    return access.isSigned ? gather<int8_t>(from, offset, mask)
                           : gather<uint8_t>(from, offset, mask);
  case 2:
    return access.isSigned ? gather<int16_t>(from, offset, mask)
                           : gather<uint16_t>(from, offset, mask);
  case 4:
    return access.isSigned ? gather<int32_t>(from, offset, mask)
                           : gather<uint32_t>(from, offset, mask);
  default:
    return gather<uint64_t>(from, offset, mask);
  }
}

/// The lowest bytes of the lanes' values.
template <class T>
void scatter(const Lanes<std::byte *> &to, unsigned offset,
             const Lanes<uint64_t> &values, LaneMask mask) {
  forEachLane(mask, [&](unsigned lane) {
    const T element = T(values[lane]);
    std::memcpy(to[lane] + offset, &element, sizeof element);
  });
}

void storeElements(const Lanes<std::byte *> &to, unsigned offset,
                   const Access &access, const Lanes<uint64_t> &values,
                   LaneMask mask) {
  switch (access.elementBytes) {
  case 1:
    return scatter<uint8_t>(to, offset, values, mask);
  case 2:
    return scatter<uint16_t>(to, offset, values, mask);
  case 4:
    return scatter<uint32_t>(to, offset, values, mask);
  default:
    return scatter<uint64_t>(to, offset, values, mask);
  }
}

/// Whether all lanes read one place. Local memory is another place for each.
bool isBroadcast(const Lanes<uint64_t> &addresses, Space space, LaneMask mask) {
  if (space == Space::Local || space == Space::Generic)
    return false;
  uint64_t first = addresses[firstLane(mask)];
  for (LaneMask left = mask; left; left &= left - 1)
    if (addresses[firstLane(left)] != first)
      return false;
  return true;
}

/// Checks the lanes' reads. Of a broadcast two lanes stand for all: whoever
/// writes there without order conflicts with at least one of the two.
bool locate(Lanes<const std::byte *> &from, unsigned bytes, Group &group,
            const Instruction &in, LaneMask mask) {
  auto addresses = addressesOf(group, in, in.slots[in.numDestinations]);
  bool broadcast = isBroadcast(addresses, in.access.space, mask);
  LaneMask checked = mask;
  if (broadcast) {
    LaneMask rest = mask & (mask - 1);
    checked = (mask & ~rest) | (rest & ~(rest - 1));
  }
  for (LaneMask left = checked; left; left &= left - 1) {
    unsigned lane = firstLane(left);
    from[lane] =
        group.machine.readable(addresses[lane], bytes, in, group, lane);
    if (!from[lane])
      return false;
  }
  if (broadcast)
    from.fill(from[firstLane(mask)]);
  return true;
}

bool load(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  const Access &access = in.access;
  Lanes<const std::byte *> from = {};
  if (!locate(from, access.elementBytes * access.count, group, in, mask))
    return false;
  for (unsigned i = 0; i < access.count; ++i) {
    if (!in.uses(i * access.elementBytes, access.elementBytes)) {
      group.forget(in.slots[i], mask);
      continue;
    }
    group.writeNarrow(
        in.slots[i], in.destinationBytes,
        loadElements(from, i * access.elementBytes, access, mask), mask);
  }
  return true;
}

bool store(Group &group, const Instruction &in, LaneMask mask) {
  if (!group.checkSources(in, mask))
    return false;
  auto addresses = addressesOf(group, in, in.slots[0]);
  const Access &access = in.access;
  unsigned bytes = access.elementBytes * access.count;
  Lanes<std::byte *> to = {};
  for (LaneMask left = mask; left; left &= left - 1) {
    unsigned lane = firstLane(left);
    to[lane] = group.machine.writable(addresses[lane], bytes, in, group, lane);
    if (!to[lane])
      return false;
  }
  for (unsigned i = 0; i < access.count; ++i) {
    auto values = group.readWide(in.slots[1 + i], in.sourceBytes);
    storeElements(to, i * access.elementBytes, access, values, mask);
  }
  return true;
}

struct SpaceForm {
  const char *suffix;
  Space space;
  InstructionClass load;
  InstructionClass store;
  bool isWritable;
};

constexpr SpaceForm spaces[] = {
    {"", Space::Generic, InstructionClass::LoadGlobal,
     InstructionClass::StoreGlobal, true},
    {".global", Space::Global, InstructionClass::LoadGlobal,
     InstructionClass::StoreGlobal, true},
    {".shared", Space::Shared, InstructionClass::LoadShared,
     InstructionClass::StoreShared, true},
    {".shared::cta", Space::Shared, InstructionClass::LoadShared,
     InstructionClass::StoreShared, true},
    {".local", Space::Local, InstructionClass::LoadLocal,
     InstructionClass::StoreLocal, true},
    {".const", Space::Const, InstructionClass::LoadConst,
     InstructionClass::LoadConst, false},
    {".param", Space::Param, InstructionClass::LoadParam,
     InstructionClass::LoadParam, false},
};

void addForms(FormTable &table, const SpaceForm &space,
              const std::string &suffix, Type type, uint8_t count) {
  Access access;
  access.space = space.space;
  access.elementBytes = uint8_t(byteSize(type));
  access.count = count;
  access.isSigned = isSigned(type);
  auto value = [&](Role vector, Role scalar) {
    return OperandForm{count > 1 ? vector : scalar, type, count};
  };
  OperandForm address = {Role::Address, Type::B64};
  Form form;
  form.execute = load;
  form.countedAs = space.load;
  form.access = access;
  form.operands = {value(Role::WideVectorDestination, Role::WideDestination),
                   address};
  table.add(std::string("ld") + space.suffix + suffix, form);
  if (space.space == Space::Global) {
    form.access.nonCoherent = true;
    table.add("ld.global.nc" + suffix, form);
  }
  if (!space.isWritable)
    return;
  form.execute = store;
  form.countedAs = space.store;
  form.access = access;
  form.operands = {address, value(Role::WideVectorSource, Role::WideSource)};
  table.add(std::string("st") + space.suffix + suffix, form);
}

} // namespace

void addLoadStoreForms(FormTable &table) {
  const char *types[] = {"b8",  "u8",  "s8",  "b16", "u16", "s16", "b32",
                         "u32", "s32", "f32", "b64", "u64", "s64", "f64"};
  std::pair<const char *, uint8_t> vectors[] = {
      {"", 1}, {".v2", 2}, {".v4", 4}, {".v8", 8}};
  for (const SpaceForm &space : spaces)
    for (auto [vector, count] : vectors)
      for (const char *name : types) {
        Type type = *typeOfSuffix(name);
        // Wider than 16 bytes only global accesses of sm_100 and later are.
        unsigned limit = space.space == Space::Global ? 32 : 16;
        if (byteSize(type) * count <= limit && (count < 8 || limit == 32))
          addForms(table, space, std::string(vector) + "." + name, type, count);
      }
}

} // namespace kdslc::ptx
