//===- Compare.cpp - results against what was recorded --------------------===//

#include "test/gpu/Compare.h"
#include "test/gpu/Programs.h"
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <stdexcept>

using namespace gpu;

template <typename T> static T load(const char *at) {
  T value;
  memcpy(&value, at, sizeof(value));
  return value;
}

std::string gpu::elementName(const kdsl_arg &output, int64_t at) {
  std::string name = std::string(output.name) + "[" +
                     std::to_string(at / output.row_elems) + "]";
  if (output.row_elems > 1)
    name += "[" + std::to_string(at % output.row_elems) + "]";
  return name;
}

std::string gpu::elementText(const kdsl_arg &output, const char *at) {
  char text[40];
  switch (output.type) {
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

template <typename T>
static void compareIntervals(Judge &judge, const kdsl_arg &output,
                             int64_t elements, const char *got,
                             const char *intervals) {
  for (int64_t k = 0; k < elements; ++k, got += sizeof(T)) {
    const char *lowAt = intervals + 2 * k * sizeof(T),
               *highAt = lowAt + sizeof(T);
    const T value = load<T>(got), low = load<T>(lowAt), high = load<T>(highAt);
    const bool wantsNaN = low != low;
    if (isUnpredictable(low, high))
      judge.skip();
    else if (wantsNaN ? value != value : low <= value && value <= high)
      judge.pass();
    else if (low == high || wantsNaN)
      judge.fail(k, got, elementText(output, lowAt));
    else
      judge.fail(k, got,
                 elementText(output, lowAt) + " to " +
                     elementText(output, highAt));
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

Verdict gpu::compare(const kdsl_arg &output, int64_t elements, const char *got,
                     const CaseFile &file, const Expected &expected) {
  Judge judge(output);
  if (expected.isChoice) {
    compareChoices(judge, output, elements, got, file, expected.offset);
    return judge.result();
  }
  const char *intervals =
      file.data(expected.offset, 2 * uint64_t(elements) * elementBytes(output));
  switch (output.type) {
  case KDSL_I32:
    compareIntervals<int32_t>(judge, output, elements, got, intervals);
    break;
  case KDSL_I64:
    compareIntervals<int64_t>(judge, output, elements, got, intervals);
    break;
  case KDSL_F32:
    compareIntervals<float>(judge, output, elements, got, intervals);
    break;
  default:
    compareIntervals<double>(judge, output, elements, got, intervals);
  }
  return judge.result();
}
