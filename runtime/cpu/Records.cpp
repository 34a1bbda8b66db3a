//===- Records.cpp - sorting records into a k-d tree ----------------------===//

#include "runtime/cpu/Records.h"

using namespace kdsl;

int64_t kdsl::halfOf(int64_t count, int64_t leaf) {
  int64_t half = leaf;
  while (2 * half < count)
    half *= 2;
  return half < count ? half : 0;
}

namespace {

/// Numbers that move together.
using Four = float __attribute__((vector_size(16)));

template <int fours> struct Record {
  Four parts[fours];
};

/// Some records that are put in order together.
template <int fours> struct Records {
  using One = Record<fours>;
  One *begin;
  int64_t count;

  float feature(int64_t k, int number) const {
    return reinterpret_cast<const float *>(begin + k)[number];
  }

  int widestFeature() const;
  void select(int64_t place, int feature);
  void sortFew(int feature);
};

/// Of the numbers at the ends of records, which are rows, nothing is taken.
/// \returns -1 where all records are the same, as squares of differences tell.
template <int fours> int Records<fours>::widestFeature() const {
  One low = *begin, high = *begin;
  for (int64_t k = 1; k < count; ++k)
    for (int part = 0; part < fours; ++part) {
      const Four here = begin[k].parts[part];
      low.parts[part] = here < low.parts[part] ? here : low.parts[part];
      high.parts[part] = here > high.parts[part] ? here : high.parts[part];
    }
  int widest = -1;
  float width = 0x1p-64f;
  for (int d = 0; d < 4 * fours - 1; ++d)
    // Of halves: no difference is infinite.
    if (const float own = high.parts[d / 4][d % 4] / 2 - low.parts[d / 4][d % 4] / 2;
        own > width) {
      width = own;
      widest = d;
    }
  return widest;
}

template <int fours> void Records<fours>::sortFew(int number) {
  for (int64_t k = 1; k < count; ++k) {
    const One one = begin[k];
    const float own = feature(k, number);
    int64_t place = k;
    for (; place > 0 && feature(place - 1, number) > own; --place)
      begin[place] = begin[place - 1];
    begin[place] = one;
  }
}

/// Puts the records in front whose feature is less than `limit`, or equal to it;
/// without a branch that numbers decide.
/// \returns how many there are.
template <int fours>
int64_t divide(Records<fours> records, int feature, float limit, bool orEqual) {
  int64_t front = 0;
  for (int64_t k = 0; k < records.count; ++k) {
    const float own = records.feature(k, feature);
    const Record<fours> one = records.begin[k], other = records.begin[front];
    records.begin[front] = one;
    records.begin[k] = other;
    front += orEqual ? own <= limit : own < limit;
  }
  return front;
}

/// Puts the `place` least by a feature in front of the others; nearly so where samples
/// say little of the rest again and again.
template <int fours>
void Records<fours>::select(int64_t place, int number) {
  constexpr int64_t few = 16, mostSamples = 31;
  constexpr int mostTurns = 40;
  Records rest = *this;
  for (int turn = 0; rest.count > few; ++turn) {
    if (turn == mostTurns)
      return;
    // The sample whose rank is about that of the place, of records all over.
    One samples[mostSamples];
    const int64_t some = rest.count < 8 * mostSamples ? 7 : mostSamples;
    for (int64_t k = 0; k < some; ++k)
      samples[k] = rest.begin[(2 * k + 1) * rest.count / (2 * some)];
    Records sampled{samples, some};
    sampled.sortFew(number);
    const float limit = sampled.feature(place * some / rest.count, number);
    int64_t front = divide(rest, number, limit, /*orEqual=*/false);
    if (front == 0) {
      // Those that equal the least one are as good on either side.
      front = divide(rest, number, limit, /*orEqual=*/true);
      if (place <= front)
        return;
    }
    if (place == front)
      return;
    if (place < front) {
      rest.count = front;
    } else {
      rest.begin += front;
      rest.count -= front;
      place -= front;
    }
  }
  rest.sortFew(number);
}

template <int fours> bool halve(void *records, int64_t count, int64_t half) {
  Records<fours> all{static_cast<Record<fours> *>(records), count};
  const int widest = all.widestFeature();
  if (widest >= 0)
    all.select(half, widest);
  return widest >= 0;
}

template <int fours> int64_t sort(void *records, int64_t count, int64_t leaf) {
  auto *begin = static_cast<Record<fours> *>(records);
  int64_t same = 0;
  while (const int64_t half = halfOf(count, leaf)) {
    if (!halve<fours>(begin, count, half))
      return count > same ? count : same;
    const int64_t ofRest = sort<fours>(begin + half, count - half, leaf);
    same = ofRest > same ? ofRest : same;
    count = half;
  }
  return same;
}

} // namespace

RecordCode kdsl::codeFor(int64_t numbers) {
  if (numbers == 4)
    return {halve<1>, sort<1>};
  return {halve<2>, sort<2>};
}
