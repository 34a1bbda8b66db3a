//===- Machine.cpp - checked accesses to the state spaces -----------------===//

#include "test/ptx/Machine.h"
#include <algorithm>
#include <cctype>

namespace kdslc::ptx {

static std::string hex(uint64_t value) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%llx",
                static_cast<unsigned long long>(value));
  return text;
}

static std::string triple(uint64_t linear, const uint32_t *size) {
  uint64_t x = linear % size[0], y = linear / size[0] % size[1],
           z = linear / size[0] / size[1];
  return "(" + std::to_string(x) + ", " + std::to_string(y) + ", " +
         std::to_string(z) + ")";
}

static std::string describeAccess(bool isWrite, unsigned bytes,
                                  uint64_t address) {
  return std::string(isWrite ? "writes " : "reads ") + std::to_string(bytes) +
         (bytes == 1 ? " byte at " : " bytes at ") + hex(address);
}

bool Machine::fail(FaultKind kind, const Instruction &in, const Group &group,
                   unsigned lane, const std::string &what) {
  if (fault)
    return false;
  std::string text;
  for (char c : in.text)
    if (!std::isspace(static_cast<unsigned char>(c)))
      text += c;
    else if (text.back() != ' ')
      text += ' ';
  std::string place = "(" + std::to_string(block[0]) + ", " +
                      std::to_string(block[1]) + ", " +
                      std::to_string(block[2]) + ")";
  fault =
      Fault{kind, "kernel '" + kernel.info.name + "', line " +
                      std::to_string(in.line) + ": '" + text + "': thread " +
                      triple(group.thread[lane], launch.block) + " of block " +
                      place + " " + what};
  return false;
}

const Variable *Machine::findVariable(const std::vector<Variable> &variables,
                                      uint64_t address, unsigned bytes) const {
  for (const Variable &variable : variables)
    if (address >= variable.address && bytes <= variable.bytes &&
        address - variable.address <= variable.bytes - bytes)
      return &variable;
  return nullptr;
}

/// A generic address is one of the space whose window it lies in.
Machine::Place Machine::resolve(Space space, uint64_t address) {
  if (space != Space::Generic)
    return {space, address};
  switch (address & windowMask) {
  case sharedWindow:
    return {Space::Shared, address - sharedWindow};
  case localWindow:
    return {Space::Local, address - localWindow};
  case paramWindow:
    return {Space::Param, address - paramWindow};
  default:
    return {Space::Generic, address};
  }
}

[[gnu::cold]] static bool failAlignment(Machine &machine, uint64_t address,
                                        unsigned bytes, bool isWrite,
                                        const Instruction &in,
                                        const Group &group, unsigned lane) {
  return machine.fail(FaultKind::Misaligned, in, group, lane,
                      describeAccess(isWrite, bytes, address) +
                          ", which is not a multiple of " +
                          std::to_string(bytes));
}

static bool checkAlignment(Machine &machine, uint64_t address, unsigned bytes,
                           bool isWrite, const Instruction &in,
                           const Group &group, unsigned lane) {
  return (address & (bytes - 1)) == 0 || // all sizes are powers of two
         failAlignment(machine, address, bytes, isWrite, in, group, lane);
}

bool Machine::failRange(Space space, const std::vector<Variable> &variables,
                        uint64_t address, unsigned bytes, const Instruction &in,
                        const Group &group, unsigned lane) {
  bool isWrite = in.numDestinations == 0;
  std::string what = describeAccess(isWrite, bytes, address) + " of " +
                     spaceName(space) + " memory, outside of ";
  if (variables.empty())
    what += "which the kernel has none";
  for (const Variable &variable : variables)
    what += (&variable == &variables[0] ? "" : ", ") + variable.name + " (" +
            std::to_string(variable.bytes) + " bytes at " +
            hex(variable.address) + ")";
  return fail(FaultKind::OutOfRange, in, group, lane, what);
}

bool Machine::failRace(const Conflict &conflict, bool isWrite, uint64_t address,
                       Space space, uint32_t time, const Instruction &in,
                       const Group &group, unsigned lane) {
  std::string what = std::string(isWrite ? "writes " : "reads ") +
                     spaceName(space) + " memory at " + hex(address) +
                     ", which ";
  if (conflict.thread == earlierBlock) {
    auto after = std::upper_bound(
        blockStarts.begin(), blockStarts.end(), time,
        [](uint32_t t, const BlockStart &start) { return t < start.time; });
    what += after == blockStarts.begin()
                ? std::string("another block")
                : "block " + triple(std::prev(after)->block, launch.grid);
  } else {
    what += "thread " + triple(conflict.thread, launch.block);
  }
  what += conflict.withWrite ? " wrote" : " read";
  what += conflict.thread == earlierBlock ? " in the same launch"
                                          : " with no barrier between the two";
  return fail(FaultKind::Race, in, group, lane, what);
}

/// Called for each lane: part of those who call it.
[[gnu::always_inline]] inline bool
Machine::record(History *history, unsigned count, bool isWrite,
                uint64_t address, Space space, const Order &times,
                const Instruction &in, const Group &group, unsigned lane) {
  uint16_t self = group.thread[lane];
  for (unsigned i = 0; i < count; ++i) {
    if (!in.uses(i * kernel.granule, kernel.granule))
      continue;
    Conflict conflict = isWrite ? recordWrite(history[i], self, times)
                                : recordRead(history[i], self, times);
    if (conflict.found)
      return failRace(conflict, isWrite, address + i * kernel.granule, space,
                      conflict.withWrite ? history[i].writeTime
                                         : history[i].readTime,
                      in, group, lane);
  }
  return true;
}

bool Machine::failGlobalRange(const MemoryRange *below, uint64_t address,
                              unsigned bytes, bool isWrite,
                              const Instruction &in, const Group &group,
                              unsigned lane) {
  std::string what = describeAccess(isWrite, bytes, address);
  return fail(FaultKind::OutOfRange, in, group, lane,
              what + (below ? ", which no live range holds; the one below is " +
                                  std::to_string(below->bytes) + " bytes at " +
                                  hex(below->begin)
                            : ", below every live range"));
}

std::byte *Machine::globalBytes(uint64_t address, unsigned bytes, bool isWrite,
                                const Instruction &in, Group &group,
                                unsigned lane) {
  MemoryRange *range = lastRange;
  if (!range || !range->holds(address, bytes)) {
    range = memory.findAtOrBelow(address);
    MemoryRange *variable = module.globals.findAtOrBelow(address);
    if (variable && variable->holds(address, bytes))
      range = variable;
    lastRange = range;
  }
  if (!range || !range->holds(address, bytes)) {
    failGlobalRange(range, address, bytes, isWrite, in, group, lane);
    return nullptr;
  }
  if (!checkAlignment(*this, address, bytes, isWrite, in, group, lane))
    return nullptr;
  uint64_t offset = address - range->begin;
  if (!isWrite && !areWritten(&range->written[offset], bytes, in.usedBytes)) {
    fail(FaultKind::UninitialisedMemory, in, group, lane,
         describeAccess(false, bytes, address) + ", byte " +
             std::to_string(offset) + " of a range of " +
             std::to_string(range->bytes) + ", which nobody wrote");
    return nullptr;
  }
  unsigned unit = kernel.granule;
  History *history = range->historyAt(offset, unit);
  unsigned count = std::max(1u, bytes >> __builtin_ctz(unit));
  if (in.access.nonCoherent && history->writeTime >= order.scopeStart) {
    fail(FaultKind::Race, in, group, lane,
         describeAccess(false, bytes, address) +
             " as read-only data, which this launch wrote");
    return nullptr;
  }
  if (!record(history, count, isWrite, address, Space::Global, order, in, group,
              lane))
    return nullptr;
  if (isWrite)
    std::memset(range->written.get() + offset, 1, bytes);
  return reinterpret_cast<std::byte *>(address);
}

std::byte *Machine::sharedBytes(uint64_t address, unsigned bytes, bool isWrite,
                                const Instruction &in, Group &group,
                                unsigned lane) {
  if (!findVariable(sharedVariables, address, bytes)) {
    failRange(Space::Shared, sharedVariables, address, bytes, in, group, lane);
    return nullptr;
  }
  if (!checkAlignment(*this, address, bytes, isWrite, in, group, lane))
    return nullptr;
  uint64_t offset =
      address < dynamicSharedBase
          ? address - sharedBase
          : address - dynamicSharedBase + (kernel.sharedEnd - sharedBase);
  History *history = &sharedHistory[offset >> __builtin_ctz(kernel.granule)];
  unsigned count = std::max(1u, bytes >> __builtin_ctz(kernel.granule));
  for (unsigned i = 0; i < count && !isWrite; ++i)
    if (history[i].writeTime < order.blockStart &&
        in.uses(i * kernel.granule, kernel.granule)) {
      fail(FaultKind::UninitialisedMemory, in, group, lane,
           describeAccess(false, bytes, address) +
               " of shared memory, which this block has not written");
      return nullptr;
    }
  if (!record(history, count, isWrite, address, Space::Shared, sharedOrder, in,
              group, lane))
    return nullptr;
  return &shared[offset];
}

std::byte *Machine::localBytes(uint64_t address, unsigned bytes, bool isWrite,
                               const Instruction &in, Group &group,
                               unsigned lane) {
  if (!findVariable(kernel.locals, address, bytes)) {
    failRange(Space::Local, kernel.locals, address, bytes, in, group, lane);
    return nullptr;
  }
  if (!checkAlignment(*this, address, bytes, isWrite, in, group, lane))
    return nullptr;
  size_t offset = lane * (kernel.localEnd - localBase) + (address - localBase);
  uint8_t *written = &group.localWritten[offset];
  if (isWrite) {
    std::memset(written, 1, bytes);
  } else if (!areWritten(written, bytes, in.usedBytes)) {
    fail(FaultKind::UninitialisedMemory, in, group, lane,
         describeAccess(false, bytes, address) +
             " of local memory, which this thread has not written");
    return nullptr;
  }
  return &group.local[offset];
}

const std::byte *Machine::constBytes(uint64_t address, unsigned bytes,
                                     const Instruction &in, Group &group,
                                     unsigned lane) {
  MemoryRange *range = module.constants.findAtOrBelow(address);
  if (!range || !range->holds(address, bytes)) {
    fail(FaultKind::OutOfRange, in, group, lane,
         describeAccess(false, bytes, address) +
             ", which no constant of the module holds");
    return nullptr;
  }
  if (!checkAlignment(*this, address, bytes, false, in, group, lane))
    return nullptr;
  return reinterpret_cast<const std::byte *>(address);
}

const std::byte *Machine::paramBytes(uint64_t address, unsigned bytes,
                                     const Instruction &in, Group &group,
                                     unsigned lane) {
  if (!findVariable(kernel.params, address, bytes)) {
    failRange(Space::Param, kernel.params, address, bytes, in, group, lane);
    return nullptr;
  }
  if (!checkAlignment(*this, address, bytes, false, in, group, lane))
    return nullptr;
  return &params[address - paramBase];
}

static bool isConstant(const ModuleContents &module, uint64_t address) {
  MemoryRange *range = module.constants.findAtOrBelow(address);
  return range && range->holds(address, 1);
}

const std::byte *Machine::readable(uint64_t address, unsigned bytes,
                                   const Instruction &in, Group &group,
                                   unsigned lane) {
  Place place = resolve(in.access.space, address);
  switch (place.space) {
  case Space::Generic:
    if (isConstant(module, address))
      return constBytes(address, bytes, in, group, lane);
    return globalBytes(address, bytes, false, in, group, lane);
  case Space::Global:
    return globalBytes(address, bytes, false, in, group, lane);
  case Space::Shared:
    return sharedBytes(place.address, bytes, false, in, group, lane);
  case Space::Local:
    return localBytes(place.address, bytes, false, in, group, lane);
  case Space::Const:
    return constBytes(address, bytes, in, group, lane);
  case Space::Param:
    return paramBytes(place.address, bytes, in, group, lane);
  }
  return nullptr;
}

std::byte *Machine::writable(uint64_t address, unsigned bytes,
                             const Instruction &in, Group &group,
                             unsigned lane) {
  Place place = resolve(in.access.space, address);
  switch (place.space) {
  case Space::Shared:
    return sharedBytes(place.address, bytes, true, in, group, lane);
  case Space::Local:
    return localBytes(place.address, bytes, true, in, group, lane);
  case Space::Global:
    return globalBytes(address, bytes, true, in, group, lane);
  case Space::Generic:
    if (!isConstant(module, address))
      return globalBytes(address, bytes, true, in, group, lane);
    break;
  case Space::Const:
  case Space::Param:
    break;
  }
  fail(FaultKind::ReadOnlyMemory, in, group, lane,
       describeAccess(true, bytes, address) + ", which is " +
           (place.space == Space::Param ? "a parameter" : "a constant"));
  return nullptr;
}

} // namespace kdslc::ptx
