//===- TurnedRanges.cpp - sets of pairs seen from their rows j ------------===//

#include "runtime/TurnedRanges.h"
#include "runtime/Error.h"
#include <stdlib.h>

using namespace kdsl;

static int ascending(const void *a, const void *b) {
  const int64_t x = *static_cast<const int64_t *>(a);
  const int64_t y = *static_cast<const int64_t *>(b);
  return (x > y) - (x < y);
}

/// The numbers in order, each once; returns how many are left.
static int64_t sortUnique(int64_t *numbers, int64_t count) {
  qsort(numbers, size_t(count), sizeof(int64_t), ascending);
  int64_t kept = 0;
  for (int64_t k = 0; k < count; ++k)
    if (kept == 0 || numbers[kept - 1] != numbers[k])
      numbers[kept++] = numbers[k];
  return kept;
}

/// The place of a number that is there.
static int64_t placeOf(int64_t number, const int64_t *numbers, int64_t count) {
  int64_t low = 0, high = count - 1;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (numbers[middle] < number)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static int64_t *numbers(int64_t count) {
  return static_cast<int64_t *>(
      calloc(size_t(count > 0 ? count : 1), sizeof(int64_t)));
}

namespace {
/// Blocks of rows j under construction.
struct Columns {
  const int64_t *ends; ///< ends[0] is 0: block k is ends[k] .. ends[k + 1] - 1
  int64_t count;
  int64_t *reached; ///< [count] where the last slice of each ends
};
} // namespace

/// Calls add(block of j, first row i, its end, joins) for each slice, where
/// those that follow each other are one.
template <typename Add>
static void visit(const kdsl_ranges &from, const Columns &columns, Add add) {
  for (int64_t k = 0; k < columns.count; ++k)
    columns.reached[k] = -1;
  int64_t row = 0, slice = 0;
  for (int64_t block = 0; block < from.blocks; ++block) {
    const int64_t end = from.row_end[block];
    for (; slice < from.slice_end[block]; ++slice) {
      if (row == end || from.j_begin[slice] == from.j_end[slice])
        continue;
      const int64_t last =
          placeOf(from.j_end[slice], columns.ends, columns.count + 1);
      for (int64_t k =
               placeOf(from.j_begin[slice], columns.ends, columns.count + 1);
           k < last; ++k) {
        add(k, row, end, columns.reached[k] == row);
        columns.reached[k] = end;
      }
    }
    row = end;
  }
}

bool TurnedRanges::turn(Set &set, int64_t columnCount) {
  const kdsl_ranges &from = set.both[0];
  kdsl_ranges &to = set.both[1];
  const int64_t given = from.blocks ? from.slice_end[from.blocks - 1] : 0;
  int64_t *ends = numbers(2 * given + 2);
  if (!ends)
    return false;
  int64_t many = 1; // ends[0] is row 0
  ends[many++] = columnCount;
  for (int64_t s = 0; s < given; ++s) {
    ends[many++] = from.j_begin[s];
    ends[many++] = from.j_end[s];
  }
  Columns columns{ends, sortUnique(ends, many) - 1, nullptr};
  columns.reached = numbers(columns.count);
  set.blocks = numbers(2 * columns.count);
  if (!columns.reached || !set.blocks) {
    free(ends);
    free(columns.reached);
    return false;
  }
  int64_t *rowEnd = set.blocks, *sliceEnd = rowEnd + columns.count;
  visit(from, columns, [&](int64_t block, int64_t, int64_t, bool joins) {
    sliceEnd[block] += !joins;
  });
  int64_t total = 0;
  for (int64_t k = 0; k < columns.count; ++k) {
    rowEnd[k] = ends[k + 1];
    // The next free place, until all are taken and it is the end.
    const int64_t own = sliceEnd[k];
    sliceEnd[k] = total;
    total += own;
  }
  set.slices = numbers(2 * total);
  if (set.slices) {
    int64_t *begin = set.slices, *end = begin + total;
    visit(from, columns,
          [&](int64_t block, int64_t first, int64_t behind, bool joins) {
            int64_t &next = sliceEnd[block];
            if (!joins)
              begin[next++] = first;
            end[next - 1] = behind;
          });
    to = {columns.count, rowEnd, sliceEnd, begin, end};
  }
  free(ends);
  free(columns.reached);
  return set.slices;
}

TurnedRanges::~TurnedRanges() {
  for (uint32_t k = 0; sets && k < count; ++k) {
    free(sets[k].blocks);
    free(sets[k].slices);
  }
  free(sets);
}

int TurnedRanges::make(const Arguments &arguments) {
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (!isRanges(arg) || !arg.reduced)
      continue;
    if (!sets) {
      sets = static_cast<Set *>(calloc(kernel.n_args, sizeof(Set)));
      count = kernel.n_args;
    }
    if (sets) {
      sets[k].both[0] =
          *static_cast<const kdsl_ranges *>(arguments.pointer(arg));
      sets[k].isTurned = turn(sets[k], arguments.size(arg.axes[1]));
    }
    if (!sets || !sets[k].isTurned)
      return fail(KDSL_ENOMEM,
                  "program '%s': the system gave no memory to turn the ranges "
                  "'%s' round",
                  kernel.name, arg.name);
  }
  return KDSL_OK;
}

void TurnedRanges::pointTo(const Arguments &arguments, char *copy) const {
  for (uint32_t k = 0; k < count; ++k)
    if (of(k)) {
      const kdsl_ranges *both = sets[k].both;
      memcpy(copy + arguments.program().args[k].offset, &both, sizeof(both));
    }
}
