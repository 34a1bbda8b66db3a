//===- Group.h - up to 32 threads in lockstep -----------------------------===//
//
// The state of the threads that execute together: registers as arrays over
// lanes, which lanes wrote them, and where each lane stands in the code.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_PTX_GROUP_H
#define KDSLC_TEST_PTX_GROUP_H

#include "test/ptx/Instruction.h"
#include <cstring>
#include <type_traits>

namespace kdslc::ptx {

class Machine;

template <class T> using Lanes = std::array<T, numLanes>;

inline LaneMask laneBit(unsigned lane) { return LaneMask(1) << lane; }
inline unsigned firstLane(LaneMask mask) { return __builtin_ctz(mask); }

/// Calls `body(lane)` for each lane of the mask, in ascending order.
template <class F> void forEachLane(LaneMask mask, F &&body) {
  for (; mask; mask &= mask - 1)
    body(firstLane(mask));
}

class Group {
public:
  Group(Machine &machine, const Kernel &kernel, uint16_t index);

  /// Puts threads of a new block into lanes 0, 1, ...
  void start(const uint16_t *threads, unsigned count);

  template <class T> Lanes<T> read(Slot slot) const {
    Lanes<T> values;
    if constexpr (std::is_same_v<T, bool>) {
      LaneMask bits = predicate(slot);
      for (unsigned lane = 0; lane < numLanes; ++lane)
        values[lane] = bits >> lane & 1;
    } else {
      std::memcpy(values.data(), file.data() + slot + registerHeaderBytes,
                  sizeof values);
    }
    return values;
  }

  template <class T>
  void write(Slot slot, const Lanes<T> &values, LaneMask mask) {
    if constexpr (std::is_same_v<T, bool>) {
      LaneMask bits = 0;
      for (unsigned lane = 0; lane < numLanes; ++lane)
        bits |= LaneMask(values[lane]) << lane;
      writePredicate(slot, bits, mask);
    } else {
      std::byte *to = file.data() + slot + registerHeaderBytes;
      if (mask == live)
        std::memcpy(to, values.data(), sizeof values);
      else
        forEachLane(mask, [&](unsigned lane) {
          std::memcpy(to + lane * sizeof(T), &values[lane], sizeof(T));
        });
      markWritten(slot, mask);
    }
  }

  LaneMask predicate(Slot slot) const { return word(slot + 4); }
  void writePredicate(Slot slot, LaneMask bits, LaneMask mask) {
    setWord(slot + 4, (predicate(slot) & ~mask) | (bits & mask));
    markWritten(slot, mask);
  }

  /// A register of `bytes` bytes a lane, widened with zeros.
  Lanes<uint64_t> readWide(Slot slot, unsigned bytes) const;
  /// Writes the low `bytes` bytes of each value.
  void writeNarrow(Slot slot, unsigned bytes, const Lanes<uint64_t> &values,
                   LaneMask mask);

  LaneMask written(Slot slot) const { return word(slot); }
  /// Makes a register one that the lanes have not written.
  void forget(Slot slot, LaneMask mask) {
    setWord(slot, written(slot) & ~mask);
  }
  /// Faults when a lane of the mask reads a register it has not written.
  bool checkSources(const Instruction &instruction, LaneMask mask) {
    LaneMask missing = 0;
    for (unsigned i = instruction.numDestinations; i < instruction.numSlots;
         ++i)
      missing |= mask & ~written(instruction.slots[i]);
    return !missing || failUnwritten(instruction, mask);
  }
  bool checkGuard(const Instruction &instruction, LaneMask mask) {
    LaneMask missing = mask & ~written(instruction.guard);
    return !missing || failUnwritten(instruction, mask);
  }

  Machine &machine;
  const Kernel &kernel;
  const uint16_t index;

  LaneMask live = 0;    ///< lanes that hold a thread that has not exited
  LaneMask waiting = 0; ///< of them, those at a barrier of the block
  LaneMask parked = 0;  ///< of them, those at a warp instruction
  LaneMask carry = 0;   ///< the condition code of add.cc
  uint32_t position[numLanes] = {}; ///< valid for lanes that are not running
  uint16_t thread[numLanes] = {};   ///< linear index in the block
  std::vector<std::byte> local;     ///< local memory, lane after lane
  std::vector<uint8_t> localWritten;

private:
  uint32_t word(uint32_t at) const {
    uint32_t value;
    std::memcpy(&value, file.data() + at, sizeof value);
    return value;
  }
  void setWord(uint32_t at, uint32_t value) {
    std::memcpy(file.data() + at, &value, sizeof value);
  }
  void markWritten(Slot slot, LaneMask mask) {
    setWord(slot, word(slot) | mask);
  }
  bool failUnwritten(const Instruction &instruction, LaneMask mask);
  void setSpecials();

  std::vector<std::byte> file;
};

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_GROUP_H
