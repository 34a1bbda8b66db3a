//===- Csv.cpp - tables of numbers in text --------------------------------===//

#include "Csv.h"
#include "Failure.h"
#include "llvm/ADT/SmallVector.h"
#include <charconv>
#include <cmath>

using namespace kdslrun;
using llvm::StringRef;

/// Splits a line; quotes around a cell are dropped, those inside are kept.
static void splitCells(StringRef line, char separator,
                       llvm::SmallVectorImpl<StringRef> &cells) {
  cells.clear();
  for (;;) {
    line = line.ltrim(" ");
    size_t end = 0;
    if (line.starts_with("\"")) {
      end = line.find('"', 1);
      end = end == StringRef::npos ? line.size() : end;
    }
    end = line.find(separator, end);
    StringRef cell = line.take_front(end).trim(" \r");
    if (cell.size() >= 2 && cell.starts_with("\"") && cell.ends_with("\""))
      cell = cell.drop_front().drop_back();
    cells.push_back(cell);
    if (end == StringRef::npos)
      return;
    line = line.drop_front(end + 1);
  }
}

/// Independent of the locale; the whole cell must be a number.
static bool parseNumber(StringRef cell, double &value) {
  if (cell.empty()) {
    value = std::nan("");
    return true;
  }
  cell.consume_front("+");
  auto [end, error] = std::from_chars(cell.begin(), cell.end(), value);
  // Too large and too small for a double are infinite and zero.
  if (error == std::errc::result_out_of_range)
    return !cell.getAsDouble(value);
  return error == std::errc() && end == cell.end();
}

static char findSeparator(StringRef line) {
  for (char candidate : {'\t', ';'})
    if (line.contains(candidate))
      return candidate;
  return ',';
}

namespace {
/// The table while it is read.
class Table {
public:
  Table(StringRef name, StringRef wanted) : name(name), wanted(wanted) {}

  llvm::Error add(StringRef line, size_t number) {
    if (rows == 0 && picked.empty()) {
      separator = findSeparator(line);
      splitCells(line, separator, cells);
      width = cells.size();
      const bool isHeader = llvm::any_of(cells, [](StringRef cell) {
        double value;
        return !parseNumber(cell, value);
      });
      if (llvm::Error error = pickColumns(isHeader))
        return error;
      return isHeader ? llvm::Error::success() : addCells(number);
    }
    splitCells(line, separator, cells);
    return addCells(number);
  }

  Array finish() const {
    const int64_t columns = int64_t(picked.size());
    Array array(KDSL_F64, columns == 1 && !wanted.empty()
                              ? llvm::ArrayRef<int64_t>{rows}
                              : llvm::ArrayRef<int64_t>{rows, columns});
    for (size_t k = 0; k < values.size(); ++k)
      array.set(int64_t(k), values[k]);
    return array;
  }
  bool hasColumns() const { return !picked.empty(); }

private:
  llvm::Error pickColumns(bool isHeader) {
    if (wanted.empty()) {
      for (size_t k = 0; k < width; ++k)
        picked.push_back(k);
      return llvm::Error::success();
    }
    llvm::SmallVector<StringRef> names;
    wanted.split(names, ',');
    for (StringRef column : names) {
      auto *found = isHeader ? llvm::find(cells, column) : cells.end();
      size_t position = size_t(found - cells.begin());
      if (found == cells.end() &&
          (column.getAsInteger(10, position) || position >= width))
        return usageError(
            "{}: no column '{}', expected {}a number from 0 to "
            "{}",
            name.str(), column.str(),
            isHeader ? fmt::format("one of {}, or ", header()) : "", width - 1);
      picked.push_back(position);
    }
    return llvm::Error::success();
  }

  std::string header() const {
    std::string text;
    for (StringRef cell : cells)
      text += (text.empty() ? "'" : ", '") + cell.str() + "'";
    return text;
  }

  llvm::Error addCells(size_t line) {
    if (cells.size() != width)
      return ioError("{}:{}: {} columns, expected {} as in the first line",
                     name.str(), line, cells.size(), width);
    for (size_t column : picked) {
      double value;
      if (!parseNumber(cells[column], value))
        return ioError("{}:{}: column {} is '{}', expected a number",
                       name.str(), line, column,
                       cells[column].take_front(40).str());
      values.push_back(value);
    }
    ++rows;
    return llvm::Error::success();
  }

  StringRef name, wanted;
  char separator = ',';
  size_t width = 0;
  llvm::SmallVector<StringRef> cells;
  std::vector<size_t> picked;
  std::vector<double> values;
  int64_t rows = 0;
};
} // namespace

llvm::Expected<Array> kdslrun::parseCsv(StringRef name, StringRef text,
                                        StringRef columns) {
  Table table(name, columns);
  text.consume_front("\xEF\xBB\xBF");
  for (size_t number = 1; !text.empty(); ++number) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    if (line.trim().empty() || line.ltrim().starts_with("#"))
      continue;
    if (llvm::Error error = table.add(line, number))
      return error;
  }
  if (!table.hasColumns())
    return ioError("{}: an empty table", name.str());
  return table.finish();
}

std::string kdslrun::formatCsv(const Array &array) {
  std::string text;
  const int64_t rows = array.shape.empty() ? 1 : array.shape[0];
  const int64_t columns = rows ? array.count() / rows : 0;
  for (int64_t k = 0; k < rows * columns; ++k) {
    if (isFloatType(array.type))
      text += fmt::format("{}", array.at(k));
    else
      text += fmt::format("{}", array.integerAt(k));
    text += k % columns == columns - 1 ? '\n' : ',';
  }
  return text;
}
