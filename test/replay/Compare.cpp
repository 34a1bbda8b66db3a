//===- Compare.cpp - results against what was recorded --------------------===//

#include "test/replay/Compare.h"
#include "test/replay/Programs.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <stdexcept>

using namespace replay;

template <typename T> static T load(const char *at) {
  T value;
  memcpy(&value, at, sizeof(value));
  return value;
}

/// A number of f16 or bf16.
static float widen(const kdsl_arg &output, const char *at) {
  const uint32_t bits = load<uint16_t>(at);
  if (output.type == KDSL_BF16) {
    const uint32_t upper = bits << 16;
    return load<float>(reinterpret_cast<const char *>(&upper));
  }
  const int exponent = int(bits >> 10 & 31), mantissa = int(bits & 1023);
  float magnitude = exponent ? std::ldexp(float(mantissa + 1024), exponent - 25)
                             : std::ldexp(float(mantissa), -24);
  if (exponent == 31)
    magnitude = mantissa ? std::numeric_limits<float>::quiet_NaN()
                         : std::numeric_limits<float>::infinity();
  return bits >> 15 ? -magnitude : magnitude;
}

std::string replay::elementName(const kdsl_arg &output, int64_t at) {
  std::string name = std::string(output.name) + "[" +
                     std::to_string(at / output.row_elems) + "]";
  if (output.row_elems > 1)
    name += "[" + std::to_string(at % output.row_elems) + "]";
  return name;
}

std::string replay::elementText(const kdsl_arg &output, const char *at) {
  char text[40];
  switch (output.type) {
  case KDSL_BOOL:
    return std::to_string(load<uint8_t>(at));
  case KDSL_F16:
  case KDSL_BF16:
    snprintf(text, sizeof(text), "%.9g", double(widen(output, at)));
    return text;
  case KDSL_F32:
    snprintf(text, sizeof(text), "%.9g", double(load<float>(at)));
    return text;
  case KDSL_F64:
    snprintf(text, sizeof(text), "%.17g", load<double>(at));
    return text;
  case KDSL_I32:
    return std::to_string(load<int32_t>(at));
  default:
    return std::to_string(load<int64_t>(at));
  }
}

namespace {

/// Counts elements, and keeps the first that is wrong.
class Judge {
public:
  explicit Judge(const kdsl_arg &output) : output(output) {}

  void pass() { ++verdict.compared; }
  void skip() { ++verdict.unpredictable; }
  void fail(int64_t at, const char *got, const std::string &right) {
    ++verdict.compared;
    if (++failures == 1)
      first = elementName(output, at) + ": got " + elementText(output, got) +
              ", expected " + right;
  }

  Verdict result() {
    if (failures)
      verdict.wrong = first;
    if (failures > 1)
      verdict.wrong += "; " + std::to_string(failures) + " of " +
                       std::to_string(verdict.compared) + " are wrong";
    return verdict;
  }

private:
  const kdsl_arg &output;
  Verdict verdict;
  int64_t failures = 0;
  std::string first;
};

} // namespace

/// Whether a recorded interval says that any result will do.
template <typename T> static bool isUnpredictable(T low, T high) {
  using Limits = std::numeric_limits<T>;
  return Limits::has_infinity
             ? low == Limits::infinity() && high == -Limits::infinity()
             : low == Limits::max() && high == Limits::min();
}

/// \param T  what the intervals are of: float for 16-bit floats.
template <typename T>
static void compareIntervals(Judge &judge, const kdsl_arg &output,
                             int64_t elements, const char *got,
                             const CaseFile &file, uint64_t offset) {
  const char *intervals =
      file.data(offset, 2 * uint64_t(elements) * sizeof(T));
  const size_t bytes = elementBytes(output);
  const bool isHalf = bytes == 2;
  auto textOf = [&](T number) {
    char text[40];
    snprintf(text, sizeof(text), "%.9g", double(number));
    return isHalf ? std::string(text)
                  : elementText(output, reinterpret_cast<char *>(&number));
  };
  for (int64_t k = 0; k < elements; ++k, got += bytes) {
    const char *lowAt = intervals + 2 * k * sizeof(T);
    const T low = load<T>(lowAt), high = load<T>(lowAt + sizeof(T));
    const T value = isHalf ? T(widen(output, got)) : load<T>(got);
    const bool wantsNaN = low != low;
    if (isUnpredictable(low, high))
      judge.skip();
    else if (wantsNaN ? value != value : low <= value && value <= high)
      judge.pass();
    else if (low == high || wantsNaN)
      judge.fail(k, got, textOf(low));
    else
      judge.fail(k, got, textOf(low) + " to " + textOf(high));
  }
}

/// "row 3", "one of rows 3, 5".
static std::string choicesText(const int64_t *begin, const int64_t *end) {
  constexpr int64_t shown = 4;
  std::string text = end - begin == 1 ? "row" : "one of rows";
  for (const int64_t *row = begin; row != std::min(begin + shown, end); ++row)
    text += (row == begin ? " " : ", ") + std::to_string(*row);
  return end - begin > shown ? text + ", .." : text;
}

static void compareChoices(Judge &judge, const kdsl_arg &output,
                           int64_t elements, const char *got,
                           const CaseFile &file, uint64_t offset) {
  const size_t bytes = elementBytes(output);
  for (int64_t k = 0; k < elements; ++k, got += bytes) {
    const auto count = load<uint64_t>(file.data(offset, sizeof(int64_t)));
    offset += sizeof(int64_t);
    if (count > UINT32_MAX)
      throw std::runtime_error("records of row numbers are damaged");
    const char *recorded = file.data(offset, count * sizeof(int64_t));
    std::vector<int64_t> rows(count);
    if (count)
      memcpy(rows.data(), recorded, count * sizeof(int64_t));
    offset += count * sizeof(int64_t);
    const int64_t value =
        output.type == KDSL_I32 ? load<int32_t>(got) : load<int64_t>(got);
    if (std::find(rows.begin(), rows.end(), value) != rows.end())
      judge.pass();
    else
      judge.fail(k, got, choicesText(rows.data(), rows.data() + count));
  }
}

Verdict replay::compare(const kdsl_arg &output, int64_t elements, const char *got,
                     const CaseFile &file, const Expected &expected) {
  Judge judge(output);
  if (expected.isChoice) {
    compareChoices(judge, output, elements, got, file, expected.offset);
    return judge.result();
  }
  auto compareAs = [&](auto sample) {
    compareIntervals<decltype(sample)>(judge, output, elements, got, file,
                                       expected.offset);
  };
  switch (output.type) {
  case KDSL_BOOL:
    compareAs(uint8_t());
    break;
  case KDSL_I32:
    compareAs(int32_t());
    break;
  case KDSL_I64:
    compareAs(int64_t());
    break;
  case KDSL_F16:
  case KDSL_BF16:
  case KDSL_F32:
    compareAs(float());
    break;
  default:
    compareAs(double());
  }
  return judge.result();
}
