//===- Run.cpp - launches, blocks, groups and barriers --------------------===//
//
// Blocks run one after another in a random order. Within a block, groups of up
// to 32 threads run in a random order from barrier to barrier; which threads
// form a group is random too, unless the kernel has instructions that act
// across a warp. In a group, the lanes that stand at the smallest position run
// first, so that lanes that took different ways meet again where these join.
//
//===----------------------------------------------------------------------===//

#include "test/ptx/Machine.h"
#include <algorithm>
#include <numeric>

namespace kdslc::ptx {

// What every device since sm_75 allows, or the least that any since does not.
static constexpr uint64_t maxSharedBytes = 227 * 1024;
static constexpr uint64_t maxBlockThreads = 1024;
static constexpr uint64_t maxGridY = 65535;
/// Far more than could be run here in a day.
static constexpr uint64_t maxBlocks = uint64_t(1) << 31;

static constexpr uint32_t nowhere = ~0u;

Machine::Machine(const ModuleContents &module, const Kernel &kernel,
                 const Launch &launch, DeviceMemory &memory, Counts &counts)
    : kernel(kernel), launch(launch), module(module), memory(memory),
      counts(counts), random(launch.seed) {}

bool Machine::checkLaunch() {
  auto refuse = [&](const std::string &what) {
    fault = Fault{FaultKind::InvalidLaunch,
                  "kernel '" + kernel.info.name + "': " + what};
    return false;
  };
  auto text = [](const uint32_t *size) {
    return std::to_string(size[0]) + " x " + std::to_string(size[1]) + " x " +
           std::to_string(size[2]);
  };
  const uint32_t *grid = launch.grid, *size = launch.block;
  const uint32_t *required = kernel.info.requiredBlock;
  for (unsigned i = 0; i < 3; ++i) {
    if (!grid[i] || !size[i])
      return refuse("the grid of " + text(grid) + " blocks of " + text(size) +
                    " threads is empty");
    if (i > 0 && grid[i] > maxGridY)
      return refuse("the grid of " + text(grid) + " blocks is more than " +
                    std::to_string(maxGridY) + " in y or z");
    if (required[0] && required[i] != size[i])
      return refuse("the block of " + text(size) + " threads is not the " +
                    text(required) + " that the kernel requires");
  }
  if (uint64_t(grid[0]) * grid[1] > maxBlocks ||
      uint64_t(grid[0]) * grid[1] * grid[2] > maxBlocks)
    return refuse("the grid of " + text(grid) + " blocks is too large to run");
  uint64_t allowed =
      std::min<uint64_t>(kernel.info.maxThreads, maxBlockThreads);
  if (size[0] > allowed || size[1] > allowed || size[2] > 64 ||
      uint64_t(size[0]) * size[1] * size[2] > allowed)
    return refuse("the block of " + text(size) + " threads is larger than " +
                  std::to_string(allowed));
  uint64_t sharedTotal =
      kernel.info.staticSharedBytes + launch.dynamicSharedBytes;
  if (sharedTotal > maxSharedBytes)
    return refuse(std::to_string(sharedTotal) +
                  " bytes of shared memory are more than " +
                  std::to_string(maxSharedBytes));
  if (!launch.params && !kernel.params.empty())
    return refuse("no values for " + std::to_string(kernel.params.size()) +
                  " parameters");
  return true;
}

void Machine::prepareShared() {
  sharedVariables = kernel.shared;
  if (kernel.usesDynamicShared)
    sharedVariables.push_back(
        {"the dynamic part", dynamicSharedBase, launch.dynamicSharedBytes});
  shared.resize(kernel.sharedEnd - sharedBase + launch.dynamicSharedBytes);
  sharedHistory.resize(shared.size() / kernel.granule + 1);
}

void Machine::prepareParams() {
  params.resize(kernel.paramEnd - paramBase);
  for (size_t i = 0; i < kernel.params.size(); ++i)
    std::memcpy(&params[kernel.params[i].address - paramBase], launch.params[i],
                kernel.params[i].bytes);
}

std::optional<Fault> Machine::run() {
  if (!checkLaunch())
    return fault;
  prepareShared();
  prepareParams();
  numThreads = launch.block[0] * launch.block[1] * launch.block[2];
  threadOrder.resize(numThreads);
  std::iota(threadOrder.begin(), threadOrder.end(), 0);
  groupOf.resize(numThreads);
  unsigned numGroups = (numThreads + numLanes - 1) / numLanes;
  groupOrder.resize(numGroups);
  std::iota(groupOrder.begin(), groupOrder.end(), 0);
  groupStart.resize(numGroups);
  for (unsigned i = 0; i < numGroups; ++i)
    groups.push_back(std::make_unique<Group>(*this, kernel, uint16_t(i)));

  order.groupStart = sharedOrder.groupStart = groupStart.data();
  order.groupOf = sharedOrder.groupOf = groupOf.data();
  // The module's variables may have been used with another memory before.
  clock = std::max(memory.clock, module.globals.clock);
  order.scopeStart = tick();

  std::vector<uint32_t> blocks(size_t(launch.grid[0]) * launch.grid[1] *
                               launch.grid[2]);
  std::iota(blocks.begin(), blocks.end(), 0);
  random.shuffle(blocks);
  for (uint32_t linear : blocks)
    if (!runBlock(linear))
      break;
  memory.clock = const_cast<DeviceMemory &>(module.globals).clock = clock;
  return fault;
}

void Machine::startBlock(uint64_t linear) {
  block[0] = uint32_t(linear % launch.grid[0]);
  block[1] = uint32_t(linear / launch.grid[0] % launch.grid[1]);
  block[2] = uint32_t(linear / launch.grid[0] / launch.grid[1]);
  counts.threads += numThreads;
  if (!kernel.usesWarps)
    random.shuffle(threadOrder);
  uint32_t now = tick();
  order.blockStart = order.intervalStart = now;
  sharedOrder.scopeStart = sharedOrder.blockStart = sharedOrder.intervalStart =
      now;
  blockStarts.push_back({now, linear});
  for (size_t i = 0; i < groups.size(); ++i) {
    size_t first = i * numLanes;
    unsigned count = unsigned(std::min<size_t>(numLanes, numThreads - first));
    groups[i]->start(&threadOrder[first], count);
    groupStart[i] = now;
    for (unsigned lane = 0; lane < count; ++lane)
      groupOf[threadOrder[first + lane]] = uint16_t(i);
  }
}

bool Machine::runBlock(uint64_t linear) {
  startBlock(linear);
  for (bool isDone = false; !isDone;) {
    random.shuffle(groupOrder);
    for (uint16_t i : groupOrder)
      if (!runGroup(*groups[i]) || isStuckInWarp(*groups[i]))
        return false;
    if (!releaseBarrier(isDone))
      return false;
  }
  return true;
}

bool Machine::failDivergence(const Group &group, unsigned lane,
                             const std::string &what) {
  return fail(FaultKind::BarrierDivergence, kernel.code[group.position[lane]],
              group, lane, what);
}

/// When all threads have exited or wait: lets those that wait go on, if all
/// wait at one barrier.
bool Machine::releaseBarrier(bool &isDone) {
  const Group *firstGroup = nullptr, *exitedGroup = nullptr;
  unsigned first = 0, exited = 0;
  for (const auto &group : groups) {
    unsigned count = unsigned(
        std::min<size_t>(numLanes, numThreads - group->index * numLanes));
    for (unsigned lane = 0; lane < count; ++lane) {
      if (!(group->live >> lane & 1)) {
        exitedGroup = group.get();
        exited = lane;
      } else if (!firstGroup) {
        firstGroup = group.get();
        first = lane;
      } else if (group->position[lane] != firstGroup->position[first]) {
        const Instruction &other = kernel.code[firstGroup->position[first]];
        return failDivergence(*group, lane,
                              "waits here, another thread at line " +
                                  std::to_string(other.line));
      }
    }
  }
  isDone = !firstGroup;
  if (isDone)
    return true;
  if (exitedGroup)
    return failDivergence(
        *firstGroup, first,
        "waits for threads that have exited, such as the one with the number " +
            std::to_string(exitedGroup->thread[exited]));
  order.intervalStart = sharedOrder.intervalStart = tick();
  for (auto &group : groups) {
    forEachLane(group->live, [&](unsigned lane) { ++group->position[lane]; });
    group->waiting = 0;
  }
  return true;
}

bool Machine::isStuckInWarp(Group &group) {
  if (!group.parked)
    return false;
  unsigned lane = firstLane(group.parked);
  fail(FaultKind::WarpDivergence, kernel.code[group.position[lane]], group,
       lane, "waits for lanes of its warp that never get here");
  return true;
}

namespace {

/// The lanes at the smallest position, and the next position behind.
struct Front {
  LaneMask lanes = 0;
  uint32_t position = nowhere;
  uint32_t next = nowhere;
};

Front frontOf(const Group &group) {
  Front front;
  forEachLane(group.live & ~group.waiting & ~group.parked, [&](unsigned lane) {
    uint32_t at = group.position[lane];
    if (at < front.position) {
      front.next = front.position;
      front.position = at;
      front.lanes = 0;
    }
    if (at == front.position)
      front.lanes |= laneBit(lane);
    else
      front.next = std::min(front.next, at);
  });
  return front;
}

void setPosition(Group &group, LaneMask lanes, uint32_t position) {
  forEachLane(lanes, [&](unsigned lane) { group.position[lane] = position; });
}

} // namespace

/// Runs a group until each lane has exited or waits.
bool Machine::runGroup(Group &group) {
  for (Front front = frontOf(group); front.lanes; front = frontOf(group)) {
    LaneMask active = front.lanes;
    uint32_t at = front.position;
    while (active && at < front.next) {
      const Instruction &in = kernel.code[at];
      LaneMask mask = active;
      if (in.guarded) {
        if (!group.checkGuard(in, active))
          return false;
        LaneMask guard = group.predicate(in.guard);
        mask &= in.guardNegated ? ~guard : guard;
      }
      countExecuted(in, in.control == Control::Branch ? active : mask);
      if (executed > launch.instructionLimit)
        return fail(FaultKind::InstructionLimit, in, group, firstLane(active),
                    "is still running after " +
                        std::to_string(launch.instructionLimit) +
                        " instructions");
      switch (in.control) {
      case Control::None:
        if (mask && !in.execute(group, in, mask))
          return false;
        ++at;
        continue;
      case Control::Branch:
        if (mask == active) {
          at = in.target;
        } else {
          // Those that stay run on; the others are in no hurry.
          ++at;
          if (mask) {
            setPosition(group, mask, in.target);
            setPosition(group, active & ~mask, at);
            active = 0;
          }
        }
        continue;
      case Control::Exit:
        group.live &= ~mask;
        break;
      case Control::Barrier:
        group.waiting |= mask;
        setPosition(group, mask, at);
        break;
      case Control::Trap:
        if (mask)
          return fail(FaultKind::Trap, in, group, firstLane(mask),
                      "stops the kernel");
        break;
      case Control::WarpSync:
        if (mask && !runWarpInstruction(group, in, at, active, mask))
          return false;
        if (mask) {
          active = 0;
          continue;
        }
        break;
      }
      active &= ~mask;
      ++at;
    }
    setPosition(group, active, at);
  }
  return true;
}

/// Parks lanes until all that their member mask names are there, then executes
/// for all of them.
bool Machine::runWarpInstruction(Group &group, const Instruction &in,
                                 uint32_t at, LaneMask active, LaneMask mask) {
  setPosition(group, active, at);
  setPosition(group, active & ~mask, at + 1);
  Slot slot = in.slots[in.numSlots - 1];
  if (!group.checkSources(in, mask))
    return false;
  auto members = group.read<uint32_t>(slot);
  for (LaneMask left = mask; left;) {
    unsigned lane = firstLane(left);
    LaneMask named = members[lane], same = 0;
    forEachLane(mask, [&](unsigned other) {
      if (members[other] == named)
        same |= laneBit(other);
    });
    left &= ~same;
    if (same & ~named)
      return fail(FaultKind::WarpDivergence, in, group,
                  firstLane(same & ~named),
                  "is not named by its own member mask");
    // Lanes that have exited, or never were, are not waited for.
    LaneMask arrived = 0;
    group.parked |= same;
    forEachLane(group.parked & named, [&](unsigned other) {
      if (group.position[other] == at)
        arrived |= laneBit(other);
    });
    if (arrived != (named & group.live))
      continue;
    if (!in.execute(group, in, arrived))
      return false;
    group.parked &= ~arrived;
    setPosition(group, arrived, at + 1);
  }
  return true;
}

std::optional<Fault> run(const Module &module, const Kernel &kernel,
                         const Launch &launch, DeviceMemory &memory,
                         Counts &counts) {
  return Machine(module.contents(), kernel, launch, memory, counts).run();
}

uint64_t Counts::total() const {
  return std::accumulate(std::begin(of), std::end(of), uint64_t(0));
}

} // namespace kdslc::ptx
