//===- Ranges.cpp - block-sparse sets of pairs ----------------------------===//

#include "runtime/Ranges.h"
#include "runtime/Error.h"
#include <inttypes.h>

using namespace kdsl;

namespace {
/// One set of one call, as its checks see it.
class RangesCheck {
public:
  RangesCheck(const Arguments &arguments, const kdsl_arg &arg,
              const kdsl_ranges &ranges)
      : arguments(arguments), arg(arg), ranges(ranges),
        rows(arguments.size(arg.axes[0])),
        columns(arguments.size(arg.axes[1])) {}

  int run();

private:
  int refuse(const char *what, int64_t place, int64_t got, int64_t least,
             int64_t most) const;
  int checkBlocks() const;
  int checkSlices(int64_t begin, int64_t end) const;

  const Arguments &arguments;
  const kdsl_arg &arg;
  const kdsl_ranges &ranges;
  int64_t rows, columns;
};
} // namespace

int RangesCheck::refuse(const char *what, int64_t place, int64_t got,
                        int64_t least, int64_t most) const {
  return fail(KDSL_EARG,
              "program '%s': argument %d '%s': %s[%" PRId64 "] is %" PRId64
              ", expected %" PRId64 " to %" PRId64,
              arguments.program().name,
              int(&arg - arguments.program().args) + 1, arg.name, what, place,
              got, least, most);
}

int RangesCheck::checkSlices(int64_t begin, int64_t end) const {
  int64_t before = 0;
  for (int64_t s = begin; s < end; ++s) {
    if (ranges.j_begin[s] < before || ranges.j_begin[s] > columns)
      return refuse("j_begin", s, ranges.j_begin[s], before, columns);
    if (ranges.j_end[s] < ranges.j_begin[s] || ranges.j_end[s] > columns)
      return refuse("j_end", s, ranges.j_end[s], ranges.j_begin[s], columns);
    before = ranges.j_end[s];
  }
  return KDSL_OK;
}

int RangesCheck::checkBlocks() const {
  int64_t row = 0, slice = 0;
  for (int64_t k = 0; k < ranges.blocks; ++k) {
    const int64_t least = k + 1 == ranges.blocks ? rows : row;
    if (ranges.row_end[k] < least || ranges.row_end[k] > rows)
      return refuse("row_end", k, ranges.row_end[k], least, rows);
    if (ranges.slice_end[k] < slice || ranges.slice_end[k] > INT64_MAX / 64)
      return refuse("slice_end", k, ranges.slice_end[k], slice,
                    INT64_MAX / 64);
    row = ranges.row_end[k];
    slice = ranges.slice_end[k];
  }
  return KDSL_OK;
}

int RangesCheck::run() {
  const kdsl_kernel &kernel = arguments.program();
  auto wrong = [&](const char *what) {
    return fail(KDSL_EARG, "program '%s': argument %d '%s': %s", kernel.name,
                int(&arg - kernel.args) + 1, arg.name, what);
  };
  if (ranges.blocks < 0 || ranges.blocks > INT64_MAX / 64)
    return wrong("`blocks` is negative or too large");
  if (ranges.blocks == 0)
    return rows == 0 ? int(KDSL_OK)
                     : wrong("has no blocks, expected blocks of all rows");
  if (!ranges.row_end || !ranges.slice_end)
    return wrong("`row_end` or `slice_end` is null");
  if (int status = checkBlocks())
    return status;
  if (ranges.slice_end[ranges.blocks - 1] > 0 &&
      (!ranges.j_begin || !ranges.j_end))
    return wrong("`j_begin` or `j_end` is null");
  int64_t begin = 0;
  for (int64_t k = 0; k < ranges.blocks; begin = ranges.slice_end[k++])
    if (int status = checkSlices(begin, ranges.slice_end[k]))
      return status;
  return KDSL_OK;
}

int kdsl::checkRanges(const Arguments &arguments) {
  const kdsl_kernel &kernel = arguments.program();
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (!isRanges(arg))
      continue;
    const auto *ranges =
        static_cast<const kdsl_ranges *>(arguments.pointer(arg));
    if (!ranges)
      return fail(KDSL_EARG,
                  "program '%s': argument %d '%s' is null, expected a "
                  "kdsl_ranges",
                  kernel.name, int(k) + 1, arg.name);
    if (int status = RangesCheck(arguments, arg, *ranges).run())
      return status;
  }
  return KDSL_OK;
}

static int64_t sliceCount(const kdsl_ranges &ranges) {
  return ranges.blocks ? ranges.slice_end[ranges.blocks - 1] : 0;
}

static int64_t arrayBytes(const kdsl_ranges &ranges) {
  return 2 * int64_t(sizeof(int64_t)) * (ranges.blocks + sliceCount(ranges));
}

int64_t kdsl::rangesBytes(const kdsl_ranges &ranges,
                          const kdsl_ranges *turned) {
  return int64_t(sizeof(kdsl_ranges)) + arrayBytes(ranges) +
         (turned ? int64_t(sizeof(kdsl_ranges)) + arrayBytes(*turned) : 0);
}

/// Writes the members of a set to `head`, with addresses of the device, and its
/// arrays to copy + offset.
static void packOne(const kdsl_ranges &ranges, uint64_t address, char *copy,
                    uint64_t &offset, char *head) {
  const int64_t slices = sliceCount(ranges);
  auto append = [&](const int64_t *numbers, int64_t count) {
    const uint64_t at = address + offset;
    if (count)
      memcpy(copy + offset, numbers, size_t(count) * sizeof(int64_t));
    offset += uint64_t(count) * sizeof(int64_t);
    return at;
  };
  const uint64_t members[] = {uint64_t(ranges.blocks),
                              append(ranges.row_end, ranges.blocks),
                              append(ranges.slice_end, ranges.blocks),
                              append(ranges.j_begin, slices),
                              append(ranges.j_end, slices)};
  static_assert(sizeof(members) == sizeof(kdsl_ranges), "the same members");
  memcpy(head, members, sizeof(members));
}

void kdsl::packRanges(const kdsl_ranges &ranges, const kdsl_ranges *turned,
                      uint64_t address, char *copy) {
  uint64_t offset = (turned ? 2 : 1) * sizeof(kdsl_ranges);
  packOne(ranges, address, copy, offset, copy);
  if (turned)
    packOne(*turned, address, copy, offset, copy + sizeof(kdsl_ranges));
}
