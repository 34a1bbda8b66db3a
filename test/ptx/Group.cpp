//===- Group.cpp - up to 32 threads in lockstep ---------------------------===//

#include "test/ptx/Group.h"
#include "test/ptx/Machine.h"

namespace kdslc::ptx {

Group::Group(Machine &machine, const Kernel &kernel, uint16_t index)
    : machine(machine), kernel(kernel), index(index),
      local((kernel.localEnd - localBase) * numLanes),
      localWritten(local.size()), file(kernel.fileBytes) {
  // Nothing but this writes constants, so they outlive blocks.
  live = ~0u;
  for (const Kernel::Constant &constant : kernel.constants) {
    Lanes<uint64_t> values;
    values.fill(constant.value);
    if (constant.bytes)
      writeNarrow(constant.slot, constant.bytes, values, live);
    else
      writePredicate(constant.slot, constant.value ? live : 0, live);
  }
}

void Group::start(const uint16_t *threads, unsigned count) {
  live = count == numLanes ? ~0u : laneBit(count) - 1;
  waiting = parked = carry = 0;
  for (unsigned lane = 0; lane < numLanes; ++lane) {
    position[lane] = 0;
    thread[lane] = lane < count ? threads[lane] : 0;
  }
  for (const Kernel::Register &reg : kernel.registers)
    setWord(reg.slot, 0);
  std::fill(localWritten.begin(), localWritten.end(), 0);
  setSpecials();
}

static uint32_t specialValue(SpecialRegister which, uint32_t thread,
                             const Machine &machine) {
  const uint32_t *size = machine.launch.block, *grid = machine.launch.grid;
  uint32_t lane = thread % numLanes;
  uint32_t numThreads = size[0] * size[1] * size[2];
  switch (which) {
  case SpecialRegister::TidX:
    return thread % size[0];
  case SpecialRegister::TidY:
    return thread / size[0] % size[1];
  case SpecialRegister::TidZ:
    return thread / (size[0] * size[1]);
  case SpecialRegister::NtidX:
  case SpecialRegister::NtidY:
  case SpecialRegister::NtidZ:
    return size[unsigned(which) - unsigned(SpecialRegister::NtidX)];
  case SpecialRegister::CtaidX:
  case SpecialRegister::CtaidY:
  case SpecialRegister::CtaidZ:
    return machine.block[unsigned(which) - unsigned(SpecialRegister::CtaidX)];
  case SpecialRegister::NctaidX:
  case SpecialRegister::NctaidY:
  case SpecialRegister::NctaidZ:
    return grid[unsigned(which) - unsigned(SpecialRegister::NctaidX)];
  case SpecialRegister::LaneId:
    return lane;
  case SpecialRegister::WarpId:
    return thread / numLanes;
  case SpecialRegister::NumWarps:
    return (numThreads + numLanes - 1) / numLanes;
  case SpecialRegister::LaneMaskEq:
    return laneBit(lane);
  case SpecialRegister::LaneMaskLt:
    return laneBit(lane) - 1;
  case SpecialRegister::LaneMaskLe:
    return (laneBit(lane) - 1) | laneBit(lane);
  case SpecialRegister::LaneMaskGt:
    return ~((laneBit(lane) - 1) | laneBit(lane));
  case SpecialRegister::LaneMaskGe:
    return ~(laneBit(lane) - 1);
  case SpecialRegister::DynamicSharedBytes:
    return machine.launch.dynamicSharedBytes;
  }
  return 0;
}

void Group::setSpecials() {
  for (auto [slot, which] : kernel.specials) {
    Lanes<uint32_t> values;
    for (unsigned lane = 0; lane < numLanes; ++lane)
      values[lane] = specialValue(which, thread[lane], machine);
    write(slot, values, live);
  }
}

template <class T> static Lanes<uint64_t> widen(const Group &group, Slot slot) {
  Lanes<T> narrow = group.read<T>(slot);
  Lanes<uint64_t> wide;
  for (unsigned lane = 0; lane < numLanes; ++lane)
    wide[lane] = narrow[lane];
  return wide;
}

Lanes<uint64_t> Group::readWide(Slot slot, unsigned bytes) const {
  switch (bytes) {
  case 1:
    return widen<uint8_t>(*this, slot);
  case 2:
    return widen<uint16_t>(*this, slot);
  case 4:
    return widen<uint32_t>(*this, slot);
  default:
    return read<uint64_t>(slot);
  }
}

template <class T>
static void narrow(Group &group, Slot slot, const Lanes<uint64_t> &wide,
                   LaneMask mask) {
  Lanes<T> values;
  for (unsigned lane = 0; lane < numLanes; ++lane)
    values[lane] = T(wide[lane]);
  group.write(slot, values, mask);
}

void Group::writeNarrow(Slot slot, unsigned bytes,
                        const Lanes<uint64_t> &values, LaneMask mask) {
  switch (bytes) {
  case 1:
    return narrow<uint8_t>(*this, slot, values, mask);
  case 2:
    return narrow<uint16_t>(*this, slot, values, mask);
  case 4:
    return narrow<uint32_t>(*this, slot, values, mask);
  default:
    return write(slot, values, mask);
  }
}

bool Group::failUnwritten(const Instruction &in, LaneMask mask) {
  Slot slot = in.guard;
  LaneMask missing = in.guarded ? mask & ~written(slot) : 0;
  for (unsigned i = in.numDestinations; i < in.numSlots && !missing; ++i) {
    slot = in.slots[i];
    missing = mask & ~written(slot);
  }
  std::string name;
  for (const Kernel::Register &reg : kernel.registers)
    if (reg.slot == slot)
      name = reg.name;
  return machine.fail(FaultKind::UninitialisedRegister, in, *this,
                      firstLane(missing),
                      "reads " + name + ", which this thread has not written");
}

} // namespace kdslc::ptx
