//===- Ranges.cpp - block-sparse sets from rows of numbers ----------------===//

#include "Ranges.h"
#include "Failure.h"
#include <algorithm>
#include <cstring>

using namespace kdslrun;

llvm::Expected<Array> kdslrun::makeRanges(llvm::StringRef name,
                                          const Array &slices, int64_t rows) {
  const bool isEmpty = slices.count() == 0;
  if (!isEmpty && (slices.shape.size() != 2 || slices.shape[1] != 4))
    return usageError("'{}' has shape {}, expected [slices, 4]", name.str(),
                      shapeText(slices.shape));
  std::vector<int64_t> rowEnd, sliceEnd, jBegin, jEnd;
  int64_t begin = 0; // of the block at hand
  auto close = [&](int64_t end) {
    begin = rowEnd.empty() ? 0 : rowEnd.back();
    rowEnd.push_back(end);
    sliceEnd.push_back(int64_t(jBegin.size()));
  };
  for (int64_t k = 0; !isEmpty && k < slices.shape[0]; ++k) {
    auto at = [&](int64_t column) {
      return int64_t(slices.at(4 * k + column));
    };
    const int64_t done = rowEnd.empty() ? 0 : rowEnd.back();
    const bool goesOn = !rowEnd.empty() && at(0) == begin && at(1) == done;
    if (!goesOn && at(0) < done)
      return usageError("'{}': row {} begins at row i {}, expected {} or more",
                        name.str(), k, at(0), done);
    if (!goesOn && at(0) > done)
      close(at(0)); // rows without pairs
    jBegin.push_back(at(2));
    jEnd.push_back(at(3));
    if (goesOn)
      ++sliceEnd.back();
    else
      close(at(1));
  }
  if (rowEnd.empty() ? rows > 0 : rowEnd.back() < rows)
    close(rows);

  Array array;
  array.type = KDSL_I64;
  const auto blocks = int64_t(rowEnd.size());
  array.bytes.resize(sizeof(kdsl_ranges) +
                     16 * (rowEnd.size() + jBegin.size()));
  size_t offset = sizeof(kdsl_ranges);
  auto append = [&](const std::vector<int64_t> &numbers) {
    char *to = array.bytes.data() + offset;
    if (!numbers.empty())
      memcpy(to, numbers.data(), 8 * numbers.size());
    offset += 8 * numbers.size();
    return reinterpret_cast<const int64_t *>(to);
  };
  kdsl_ranges ranges = {};
  ranges.blocks = blocks;
  ranges.row_end = append(rowEnd);
  ranges.slice_end = append(sliceEnd);
  ranges.j_begin = append(jBegin);
  ranges.j_end = append(jEnd);
  memcpy(array.bytes.data(), &ranges, sizeof(ranges));
  return array;
}

Array kdslrun::sampleSlices(int64_t rows, int64_t columns) {
  std::vector<int64_t> slices;
  auto add = [&](int64_t rowBegin, int64_t rowEnd, int64_t begin, int64_t end) {
    if (rowBegin < rowEnd)
      slices.insert(slices.end(), {rowBegin, rowEnd, begin, end});
  };
  const int64_t first = rows / 2, second = first + rows / 5;
  add(0, first, columns / 7, columns / 3);
  add(0, first, columns / 3, columns / 2);
  add(0, first, columns - columns / 9, columns);
  add(second, second + rows / 9, columns / 4, columns / 4);
  for (int64_t row = second + rows / 9; row < rows; row += 3)
    add(row, std::min(row + 3, rows), std::min(row, columns),
        std::min(row + 5, columns));
  Array array(KDSL_I64, {int64_t(slices.size() / 4), 4});
  for (size_t k = 0; k < slices.size(); ++k)
    array.set(int64_t(k), double(slices[k]));
  return array;
}
