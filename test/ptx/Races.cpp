//===- Races.cpp - who accessed a place last, and in what order -----------===//

#include "test/ptx/Races.h"
#include <initializer_list>

namespace kdslc::ptx {

static Conflict conflictWith(uint32_t time, uint16_t thread, bool isWrite,
                             const Order &order) {
  return {true, isWrite, time < order.blockStart ? earlierBlock : thread};
}

Conflict recordRead(History &place, uint16_t self, const Order &order) {
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

Conflict recordWrite(History &place, uint16_t self, const Order &order) {
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
