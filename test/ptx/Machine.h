//===- Machine.h - the state of a running launch --------------------------===//

#ifndef KDSLC_TEST_PTX_MACHINE_H
#define KDSLC_TEST_PTX_MACHINE_H

#include "test/ptx/Group.h"
#include "test/ptx/Memory.h"
#include "test/ptx/Races.h"
#include "test/ptx/Random.h"

namespace kdslc::ptx {

class Machine {
public:
  Machine(const ModuleContents &module, const Kernel &kernel,
          const Launch &launch, DeviceMemory &memory, Counts &counts);

  std::optional<Fault> run();

  /// Keeps the first fault, told with kernel, line, block and thread; returns
  /// false, so that a handler can return the call.
  bool fail(FaultKind kind, const Instruction &instruction, const Group &group,
            unsigned lane, const std::string &what);

  /// Where to read or write `bytes` bytes at an address, after every check.
  /// Null after a fault.
  const std::byte *readable(uint64_t address, unsigned bytes,
                            const Instruction &instruction, Group &group,
                            unsigned lane);
  std::byte *writable(uint64_t address, unsigned bytes,
                      const Instruction &instruction, Group &group,
                      unsigned lane);
  /// Orders the accesses of the group's threads so far before later ones.
  void synchroniseGroup(const Group &group) {
    groupStart[group.index] = tick();
  }

  const Kernel &kernel;
  const Launch &launch;
  uint32_t block[3] = {0, 0, 0};

private:
  struct Place {
    Space space;
    uint64_t address;
  };

  bool checkLaunch();
  void prepareShared();
  void prepareParams();
  bool runBlock(uint64_t linearBlock);
  void startBlock(uint64_t linearBlock);
  bool runGroup(Group &group);
  bool isStuckInWarp(Group &group);
  bool runWarpInstruction(Group &group, const Instruction &instruction,
                          uint32_t position, LaneMask active, LaneMask mask);
  bool releaseBarrier(bool &isDone);
  bool failDivergence(const Group &group, unsigned lane,
                      const std::string &what);
  void countExecuted(const Instruction &instruction, LaneMask mask) {
    unsigned lanes = __builtin_popcount(mask);
    counts.of[size_t(instruction.countedAs)] += lanes;
    executed += lanes;
  }

  uint32_t tick() { return order.now = sharedOrder.now = ++clock; }

  const Variable *findVariable(const std::vector<Variable> &variables,
                               uint64_t address, unsigned bytes) const;
  static Place resolve(Space space, uint64_t address);
  bool failRange(Space space, const std::vector<Variable> &variables,
                 uint64_t address, unsigned bytes,
                 const Instruction &instruction, const Group &group,
                 unsigned lane);
  bool failGlobalRange(const MemoryRange *below, uint64_t address,
                       unsigned bytes, bool isWrite,
                       const Instruction &instruction, const Group &group,
                       unsigned lane);
  bool failRace(const Conflict &conflict, bool isWrite, uint64_t address,
                Space space, uint32_t time, const Instruction &instruction,
                const Group &group, unsigned lane);
  std::byte *globalBytes(uint64_t address, unsigned bytes, bool isWrite,
                         const Instruction &instruction, Group &group,
                         unsigned lane);
  std::byte *sharedBytes(uint64_t address, unsigned bytes, bool isWrite,
                         const Instruction &instruction, Group &group,
                         unsigned lane);
  std::byte *localBytes(uint64_t address, unsigned bytes, bool isWrite,
                        const Instruction &instruction, Group &group,
                        unsigned lane);
  const std::byte *constBytes(uint64_t address, unsigned bytes,
                              const Instruction &instruction, Group &group,
                              unsigned lane);
  const std::byte *paramBytes(uint64_t address, unsigned bytes,
                              const Instruction &instruction, Group &group,
                              unsigned lane);
  bool record(History *history, unsigned count, bool isWrite, uint64_t address,
              Space space, const Order &order, const Instruction &instruction,
              const Group &group, unsigned lane);

  const ModuleContents &module;
  DeviceMemory &memory;
  Counts &counts;
  std::optional<Fault> fault;
  Random random;
  uint64_t executed = 0;
  uint32_t clock = 0;
  uint32_t numThreads = 0;

  std::vector<std::unique_ptr<Group>> groups;
  std::vector<uint16_t> threadOrder;
  std::vector<uint16_t> groupOf;
  std::vector<uint16_t> groupOrder;
  std::vector<uint32_t> groupStart;
  Order order;       ///< of accesses to global memory
  Order sharedOrder; ///< of accesses to the block's shared memory
  struct BlockStart {
    uint32_t time;
    uint64_t block;
  };
  std::vector<BlockStart> blockStarts; ///< to name the other block of a race

  /// Where global memory was accessed last: lanes and instructions that follow
  /// each other mostly access one range.
  MemoryRange *lastRange = nullptr;

  std::vector<std::byte> params;
  std::vector<Variable> sharedVariables; ///< with the dynamic one
  std::vector<std::byte> shared;
  std::vector<History> sharedHistory;
};

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_MACHINE_H
