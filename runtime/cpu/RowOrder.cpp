//===- RowOrder.cpp - rows in the order of a k-d tree ---------------------===//

#include "runtime/cpu/RowOrder.h"
#include "runtime/cpu/FloatMode.h"
#include "runtime/cpu/Records.h"
#include <atomic>
#include <math.h>

using namespace kdsl;

/// Cells of a group.
static constexpr int64_t cellsOfGroup = 16;
/// What is saved has to be worth this many times what the order costs.
static constexpr double worthOfOrder = 4;
/// Rows j that are the same, of so many cells, have no order: those whose distances
/// are equal would be met again and again.
static constexpr int64_t mostSame = 2;
/// What one halving takes for each record, for each four of its numbers.
static constexpr double nanosecondsOfHalving = 3;

//===----------------------------------------------------------------------===//
// An order
//===----------------------------------------------------------------------===//

namespace {

/// Where the parts of an order lie, in bytes from its beginning.
struct Layout {
  int64_t keptRows = 0, places = 0, reducedRows = 0; ///< places: of whole tiles
  int64_t stride = 0, dims = 0;
  bool isOneSet = false; ///< both are the same rows, of which there is one order
  size_t kept = 0, reduced = 0, cells = 0, groups = 0;
};

/// Some records that are halved as one.
struct Range {
  bool isKept;
  int64_t begin, count;
};

struct Ordering {
  static constexpr int64_t mostRanges = 64;

  const kdsl_ordered_phase &code;
  const Layout &layout;
  char *base;
  RecordCode records;
  int64_t leaves[2]; ///< of rows j, and of rows i
  int (*ask)(void *user);
  void *user;
  Range ranges[mostRanges];
  int64_t count = 0;
  /// Whether the records of some cells are all the same.
  std::atomic<bool> isCrowded{false};

  int askFrom(int worker) const {
    return ask && worker == 0 ? ask(user) : int(KDSL_OK);
  }
  int64_t halfOfRange(int64_t k) const {
    return halfOf(ranges[k].count, leaves[ranges[k].isKept]);
  }
  void *at(bool isKept, int64_t place) const {
    return base + (isKept ? layout.kept : layout.reduced) +
           size_t(place * code.record) * sizeof(float);
  }
};

} // namespace

static const kdsl_cpu_phase &phaseOf(const Arguments &arguments,
                                     const kdsl_ordered_phase &code) {
  return arguments.program()
      .variants[code.variant]
      .phases[code.phase];
}

static const kdsl_arg &argOf(const Arguments &arguments, int32_t number) {
  return arguments.program().args[number];
}

/// How far apart rows are, in elements.
static int64_t strideOf(const Arguments &arguments, const kdsl_arg &arg) {
  const int64_t given = arguments.givenStride(arg, 0);
  return given ? given : arg.row_elems;
}

static bool areSameRows(const Arguments &arguments, const kdsl_arg &a,
                        const kdsl_arg &b) {
  return arguments.pointer(a) == arguments.pointer(b) &&
         strideOf(arguments, a) == strideOf(arguments, b) &&
         arguments.size(a.axes[0]) == arguments.size(b.axes[0]);
}

static Layout layOut(const Arguments &arguments, const kdsl_ordered_phase &code,
                     ByteSum &sum) {
  const kdsl_arg &kept = argOf(arguments, code.kept),
                 &reduced = argOf(arguments, code.reduced);
  const int64_t tileRows = phaseOf(arguments, code).tile_rows;
  Layout layout;
  layout.dims = kept.row_elems;
  layout.keptRows = arguments.size(kept.axes[0]);
  layout.reducedRows = arguments.size(reduced.axes[0]);
  layout.places = ceilDiv(layout.keptRows, tileRows) * tileRows;
  constexpr int64_t unit = cellsOfGroup * cellsOfGroup;
  layout.stride =
      ceilDiv(ceilDiv(layout.reducedRows, code.cell_rows), unit) * unit;
  layout.isOneSet =
      areSameRows(arguments, kept, reduced) && code.cell_rows % tileRows == 0;
  const size_t begin = sum.offset();
  const int64_t recordBytes = code.record * int64_t(sizeof(float));
  layout.kept = sum.offset() - begin;
  sum.add(layout.places, recordBytes);
  layout.reduced = layout.isOneSet ? layout.kept : sum.offset() - begin;
  // Which arrays a call has is not known when its workspace is asked for.
  sum.add(layout.reducedRows, recordBytes);
  layout.cells = sum.offset() - begin;
  sum.add(2 * layout.dims * layout.stride, sizeof(float));
  layout.groups = sum.offset() - begin;
  sum.add(2 * layout.dims * layout.stride / cellsOfGroup, sizeof(float));
  return layout;
}

void kdsl::addOrderBytes(const Arguments &arguments,
                         const kdsl_ordered_phase &code, ByteSum &sum) {
  layOut(arguments, code, sum);
}

static double halvings(int64_t rows, int64_t leaf) {
  double count = 0;
  for (int64_t size = leaf; size < rows; size *= 2)
    ++count;
  return count;
}

const kdsl_ordered_phase *kdsl::orderedCode(const Arguments &arguments,
                                            const kdsl_variant &variant,
                                            uint32_t phase) {
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_ordered; ++k) {
    const kdsl_ordered_phase &code = kernel.ordered[k];
    if (&kernel.variants[code.variant] != &variant ||
        uint32_t(code.phase) != phase)
      continue;
    const int64_t rows = arguments.size(argOf(arguments, code.kept).axes[0]),
                  others = arguments.size(argOf(arguments, code.reduced).axes[0]);
    const double ofOrder =
        nanosecondsOfHalving * double(code.record) / 4 *
        (double(rows) * halvings(rows, variant.phases[phase].tile_rows) +
         double(others) * halvings(others, code.cell_rows));
    const bool fits = rows <= UINT32_MAX && others <= UINT32_MAX;
    return fits && others >= code.fewest_rows &&
                   phaseNanoseconds(arguments, variant, phase) >=
                       worthOfOrder * ofOrder
               ? &code
               : nullptr;
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Making it
//===----------------------------------------------------------------------===//

/// Makes records of rows.
/// \returns whether no square of a difference can be infinite.
static bool fill(const Arguments &arguments, const kdsl_arg &arg,
                 int64_t numbers, char *to) {
  DefaultFloatMode mode;
  const int64_t rows = arguments.size(arg.axes[0]), dims = arg.row_elems,
                stride = strideOf(arguments, arg);
  const char *from = static_cast<const char *>(arguments.pointer(arg));
  constexpr float most = 0x1p60f;
  bool areSmall = true;
  for (int64_t row = 0; row < rows; ++row) {
    float record[8] = {};
    for (int64_t d = 0; d < dims; ++d) {
      memcpy(&record[d], from + (row * stride + d) * int64_t(sizeof(float)),
             sizeof(float));
      areSmall &= fabsf(record[d]) <= most;
    }
    const auto number = uint32_t(row);
    memcpy(&record[numbers - 1], &number, sizeof(number));
    memcpy(to, record, size_t(numbers) * sizeof(float));
    to += size_t(numbers) * sizeof(float);
  }
  return areSmall;
}

static int halveRange(void *argument, int64_t chunk, int worker) {
  DefaultFloatMode mode;
  Ordering &ordering = *static_cast<Ordering *>(argument);
  const Range &range = ordering.ranges[chunk];
  if (const int64_t half = ordering.halfOfRange(chunk))
    ordering.records.halve(ordering.at(range.isKept, range.begin), range.count,
                           half);
  return ordering.askFrom(worker);
}

static int sortRange(void *argument, int64_t chunk, int worker) {
  DefaultFloatMode mode;
  Ordering &ordering = *static_cast<Ordering *>(argument);
  const Range &range = ordering.ranges[chunk];
  const int64_t same =
      ordering.records.sort(ordering.at(range.isKept, range.begin), range.count,
                            ordering.leaves[range.isKept]);
  if (!range.isKept && same >= mostSame * ordering.code.cell_rows)
    ordering.isCrowded = true;
  return ordering.askFrom(worker);
}

/// Halves all ranges until there are enough of them for the workers, and none takes
/// long, or they are small.
static int sortAll(const PhaseRun &run, Ordering &ordering) {
  constexpr int64_t fewRecords = 1024, manyRecords = 65536;
  auto isEnough = [&] {
    bool isLong = false;
    for (int64_t k = 0; k < ordering.count; ++k)
      isLong |= ordering.ranges[k].count > manyRecords;
    return !isLong && (run.workers == 1 || ordering.count >= 4 * int64_t(run.workers));
  };
  while (!isEnough() && 2 * ordering.count <= Ordering::mostRanges) {
    if (int status = runChunks(run, run.workers, ordering.count, halveRange, &ordering))
      return status;
    const int64_t before = ordering.count;
    bool isLarge = false;
    for (int64_t k = 0; k < before; ++k) {
      const int64_t half = ordering.halfOfRange(k);
      Range &range = ordering.ranges[k];
      if (half == 0)
        continue;
      ordering.ranges[ordering.count++] = {range.isKept, range.begin + half,
                                           range.count - half};
      range.count = half;
      isLarge |= half > fewRecords;
    }
    if (!isLarge)
      break;
  }
  return runChunks(run, run.workers, ordering.count, sortRange, &ordering);
}

/// The least and the largest numbers of the cells of a group, and of the group.
static int boundGroup(void *argument, int64_t group, int) {
  DefaultFloatMode mode;
  const Ordering &ordering = *static_cast<Ordering *>(argument);
  const Layout &layout = ordering.layout;
  const int64_t cellRows = ordering.code.cell_rows;
  auto *cells = reinterpret_cast<float *>(ordering.base + layout.cells),
       *groups = reinterpret_cast<float *>(ordering.base + layout.groups);
  for (int64_t d = 0; d < layout.dims; ++d) {
    float *low = cells + 2 * d * layout.stride, *high = low + layout.stride;
    float lowest = INFINITY, highest = -INFINITY;
    for (int64_t cell = group * cellsOfGroup; cell < (group + 1) * cellsOfGroup;
         ++cell) {
      float least = INFINITY, most = -INFINITY;
      const int64_t begin = cell * cellRows, left = layout.reducedRows - begin,
                    rows = left < cellRows ? left : cellRows;
      if (rows > 0) {
        auto *numbers = static_cast<const float *>(ordering.at(false, begin)) + d;
        for (int64_t k = 0; k < rows; ++k, numbers += ordering.code.record) {
          least = *numbers < least ? *numbers : least;
          most = *numbers > most ? *numbers : most;
        }
      }
      low[cell] = least;
      high[cell] = most;
      lowest = least < lowest ? least : lowest;
      highest = most > highest ? most : highest;
    }
    float *ofGroups = groups + 2 * d * (layout.stride / cellsOfGroup);
    ofGroups[group] = lowest;
    ofGroups[layout.stride / cellsOfGroup + group] = highest;
  }
  return KDSL_OK;
}

int kdsl::orderRows(const PhaseRun &run, const kdsl_ordered_phase &code,
                    kdsl_row_order &order, int (*ask)(void *user), void *user) {
  const Arguments &arguments = run.arguments;
  ByteSum sum(workspaceAlign);
  const Layout layout = layOut(arguments, code, sum);
  char *base = run.workspace + run.layout.partials;
  order = {};
  Ordering ordering{code, layout, base, codeFor(code.record), {}, ask, user, {}};
  const int64_t tileRows = phaseOf(arguments, code).tile_rows;
  ordering.leaves[1] = tileRows;
  ordering.leaves[0] = layout.isOneSet ? tileRows : code.cell_rows;

  if (!fill(arguments, argOf(arguments, code.reduced), code.record,
            base + layout.reduced))
    return KDSL_OK;
  ordering.ranges[ordering.count++] = {false, 0, layout.reducedRows};
  if (!layout.isOneSet) {
    if (!fill(arguments, argOf(arguments, code.kept), code.record,
              base + layout.kept))
      return KDSL_OK;
    ordering.ranges[ordering.count++] = {true, 0, layout.keptRows};
  }
  if (int status = sortAll(run, ordering))
    return status;
  if (ordering.isCrowded)
    return KDSL_OK;
  const size_t recordBytes = size_t(code.record) * sizeof(float);
  for (int64_t place = layout.keptRows; place < layout.places; ++place)
    memcpy(ordering.at(true, place), ordering.at(true, layout.keptRows - 1),
           recordBytes);
  if (int status =
          runChunks(run, run.workers, layout.stride / cellsOfGroup, boundGroup, &ordering))
    return status;
  order = {reinterpret_cast<const float *>(base + layout.kept),
           reinterpret_cast<const float *>(base + layout.reduced),
           reinterpret_cast<const float *>(base + layout.cells),
           reinterpret_cast<const float *>(base + layout.groups), layout.stride};
  return KDSL_OK;
}
