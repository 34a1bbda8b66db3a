//===- Races.h - who accessed a place last, and in what order -------------===//
//
// A clock ticks whenever accesses become ordered: at the start of a launch and
// of a block, at a barrier, at a synchronised warp. A place remembers its last
// writer and up to two readers with their time; an access conflicts with an
// earlier one when no tick orders the two. Every access goes through here, so
// all is inline.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_PTX_RACES_H
#define KDSLC_TEST_PTX_RACES_H

#include <cstdint>
#include <initializer_list>

namespace kdslc::ptx {

/// Stands for "some thread of a block that ran before".
inline constexpr uint16_t earlierBlock = 0xffff;

/// The history of 1, 2 or 4 bytes. Time 0: never.
struct History {
  uint32_t writeTime = 0;
  uint32_t readTime = 0;
  uint16_t writer = 0;
  uint16_t reader = 0;
  uint16_t otherReader = 0; ///< equal to `reader` while there is only one
};

/// Which of the past accesses are ordered before those of the running block.
struct Order {
  uint32_t now = 0;
  uint32_t scopeStart = 0;    ///< launch for global memory, block for shared
  uint32_t blockStart = 0;    ///< accesses before are another block's
  uint32_t intervalStart = 0; ///< the last barrier of the block
  const uint32_t *groupStart = nullptr; ///< last synchronisation of each group
  const uint16_t *groupOf = nullptr;    ///< group of each thread of the block

  [[gnu::always_inline]] bool isConcurrent(uint32_t time, uint16_t thread,
                                           uint16_t self) const {
    if (time < scopeStart)
      return false;
    if (time < blockStart || thread == earlierBlock)
      return true;
    if (time < intervalStart || thread == self)
      return false;
    uint16_t group = groupOf[self];
    return groupOf[thread] != group || time >= groupStart[group];
  }
};

/// The thread that an access collides with.
struct Conflict {
  bool found = false;
  bool withWrite = false;
  uint16_t thread = 0; ///< earlierBlock when it is of another block
};

inline Conflict conflictWith(uint32_t time, uint16_t thread, bool isWrite,
                             const Order &order) {
  return {true, isWrite, time < order.blockStart ? earlierBlock : thread};
}

[[gnu::always_inline]] inline Conflict
recordRead(History &place, uint16_t self, const Order &order) {
  if (order.isConcurrent(place.writeTime, place.writer, self))
    return conflictWith(place.writeTime, place.writer, true, order);

  bool otherBlock =
      place.readTime >= order.scopeStart && place.readTime < order.blockStart;
  bool firstIsPast = !order.isConcurrent(place.readTime, place.reader, self);
  bool secondIsPast =
      !order.isConcurrent(place.readTime, place.otherReader, self);
  place.readTime = order.now;
  if (otherBlock) {
    // A write by this block now conflicts whoever of it does it.
    place.reader = self;
    place.otherReader = earlierBlock;
  } else if (firstIsPast && secondIsPast) {
    place.reader = place.otherReader = self;
  } else if (place.reader != self && place.otherReader != earlierBlock) {
    place.otherReader = self;
  }
  return {};
}

[[gnu::always_inline]] inline Conflict
recordWrite(History &place, uint16_t self, const Order &order) {
  if (order.isConcurrent(place.writeTime, place.writer, self))
    return conflictWith(place.writeTime, place.writer, true, order);
  for (uint16_t reader : {place.reader, place.otherReader})
    if (order.isConcurrent(place.readTime, reader, self))
      return conflictWith(place.readTime, reader, false, order);
  place.writeTime = order.now;
  place.writer = self;
  return {};
}

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_RACES_H
