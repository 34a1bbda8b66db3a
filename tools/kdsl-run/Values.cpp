//===- Values.cpp - the right side of name=value --------------------------===//

#include "Values.h"
#include "Csv.h"
#include "Failure.h"
#include "Npy.h"
#include "Output.h"
#include "llvm/Support/MemoryBuffer.h"
#include <charconv>
#include <cmath>

using namespace kdslrun;
using llvm::StringRef;

namespace {
/// Parses `0.5` and nested lists of equal lengths.
class NumberParser {
public:
  NumberParser(StringRef text, Array &array) : text(text), array(array) {}

  bool parse() {
    if (!element(0) || !text.trim().empty())
      return false;
    array = Array(KDSL_F64, shape);
    for (size_t k = 0; k < numbers.size(); ++k)
      array.set(int64_t(k), numbers[k]);
    return true;
  }

private:
  static constexpr size_t maxDepth = 8;

  bool element(size_t depth) {
    text = text.ltrim();
    return text.starts_with("[") ? list(depth) : number(depth);
  }
  bool number(size_t depth) {
    double value;
    text.consume_front("+");
    auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    // All numbers of a list are equally deep.
    if (error != std::errc() || (!numbers.empty() && depth != shape.size()))
      return false;
    text = text.drop_front(size_t(end - text.begin()));
    numbers.push_back(value);
    return true;
  }
  bool list(size_t depth) {
    text = text.drop_front();
    const bool isFirst = shape.size() == depth;
    if (depth == maxDepth || (isFirst && !numbers.empty()))
      return false;
    if (isFirst)
      shape.push_back(0);
    int64_t count = 0;
    while (!(text = text.ltrim()).consume_front("]")) {
      if ((count > 0 && !text.consume_front(",")) || !element(depth + 1))
        return false;
      ++count;
    }
    if (isFirst)
      shape[depth] = count;
    return shape[depth] == count;
  }

  StringRef text;
  Array &array;
  std::vector<int64_t> shape;
  std::vector<double> numbers;
};

/// Numbers that depend on (seed, position) only (the splitmix64 generator).
class Draws {
public:
  explicit Draws(uint64_t seed) : seed(seed) {}

  double uniform(uint64_t position) const {
    return double(bits(position) >> 11) * 0x1p-53;
  }
  /// Box and Muller's transform of two uniform numbers.
  double normal(uint64_t position) const {
    const double radius = std::sqrt(-2 * std::log(1 - uniform(2 * position)));
    return radius * std::cos(2 * M_PI * uniform(2 * position + 1));
  }

private:
  uint64_t bits(uint64_t position) const {
    uint64_t z = mix(seed) + (position + 1) * 0x9E3779B97F4A7C15u;
    return mix(z);
  }
  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  uint64_t seed;
};
} // namespace

/// "7:[100, 3]" behind `random:`.
static llvm::Expected<Value> parseRandom(const std::string &name,
                                         Value::Kind kind, StringRef text) {
  Value value;
  value.kind = kind;
  auto [seed, shape] = text.split(':');
  bool isGood = !seed.getAsInteger(10, value.seed);
  if (!shape.empty()) {
    Array dims;
    isGood &= NumberParser(shape, dims).parse() && dims.shape.size() == 1;
    value.shape.emplace();
    for (int64_t k = 0; isGood && k < dims.count(); ++k) {
      isGood = dims.at(k) >= 0 && dims.at(k) == std::floor(dims.at(k)) &&
               dims.at(k) < 0x1p53;
      value.shape->push_back(isGood ? int64_t(dims.at(k)) : 0);
    }
  }
  if (!isGood)
    return usageError("{}: '{}' is not a seed with an optional shape, such as "
                      "random:7 or random:7:[1000,3]",
                      name, text.str());
  return value;
}

llvm::Expected<Value> kdslrun::parseValue(const std::string &name,
                                          StringRef text) {
  Value value;
  if (text.consume_front("@")) {
    auto array = readArray(text);
    if (!array)
      return array.takeError();
    value.array = std::move(*array);
    return value;
  }
  if (text.consume_front("random:"))
    return parseRandom(name, Value::Random, text);
  if (text.consume_front("normal:"))
    return parseRandom(name, Value::Normal, text);
  if (text.consume_front("grid:")) {
    value.kind = Value::Grid;
    if (text.getAsInteger(10, value.points) || value.points < 1)
      return usageError("{}: 'grid:{}', expected a count such as grid:64", name,
                        text.str());
    return value;
  }
  if (text == "true" || text == "false")
    text = text == "true" ? "1" : "0";
  if (!NumberParser(text, value.array).parse())
    return usageError("{}: '{}' is not a value; expected a number, a list such "
                      "as [1,2,3], @file.npy, @file.csv, random:SEED, "
                      "normal:SEED or grid:K",
                      name, text.take_front(60).str());
  return value;
}

llvm::Expected<Array> kdslrun::readArray(StringRef text) {
  // The columns follow a colon; a path may hold colons before its suffix.
  const size_t csv = text.rfind_insensitive(".csv");
  const bool isCsv = csv != StringRef::npos &&
                     (csv + 4 == text.size() || text[csv + 4] == ':');
  const StringRef path = isCsv ? text.take_front(csv + 4) : text;
  if (!isCsv && !path.ends_with(".npy"))
    return usageError("{}: expected a file that ends in .npy or .csv",
                      path.str());
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return ioError("{}: {}", path.str(), buffer.getError().message());
  if (isCsv)
    return parseCsv(path, (*buffer)->getBuffer(),
                    text.drop_front(path.size()).ltrim(":"));
  return parseNpy(path, (*buffer)->getBuffer());
}

llvm::Error kdslrun::writeArray(StringRef path, const Array &array) {
  const std::string bytes =
      path.ends_with(".npy") ? formatNpy(array) : formatCsv(array);
  if (llvm::Error error = writeOutput(path, bytes))
    return ioError("{}", llvm::toString(std::move(error)));
  return llvm::Error::success();
}

/// Points of the unit cube, the last feature fastest.
static void fillGrid(Array &array, int64_t points) {
  const int64_t features = array.shape.size() > 1 ? array.shape.back() : 1;
  for (int64_t k = 0, end = array.count(); k < end; ++k) {
    int64_t place = k / features;
    for (int64_t d = features - 1; d > k % features; --d)
      place /= points;
    place %= points;
    array.set(k, points > 1 ? double(place) / double(points - 1) : 0.5);
  }
}

Array kdslrun::makeArray(const Value &value, kdsl_type type,
                         llvm::ArrayRef<int64_t> shape, int64_t labels) {
  Array array(type, shape);
  if (value.kind == Value::Grid) {
    fillGrid(array, value.points);
    return array;
  }
  const Draws draws(value.seed);
  for (int64_t k = 0, end = array.count(); k < end; ++k) {
    double drawn = value.kind == Value::Normal ? draws.normal(uint64_t(k))
                                               : draws.uniform(uint64_t(k));
    if (type == KDSL_BOOL)
      drawn = drawn < 0.5 ? 0 : 1;
    else if (!isFloatType(type))
      drawn = value.kind == Value::Normal ? std::round(drawn)
                                          : std::floor(double(labels ? labels : 10) * drawn);
    array.set(k, drawn);
  }
  return array;
}
