//===- Recorder.cpp - trials written down, to be replayed elsewhere -------===//

#include "Recorder.h"
#include "test/replay/CaseFile.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <stdexcept>
#include <type_traits>

using namespace kdslc;
using namespace kdslc::test;
using reference::OutputData;
using reference::Real;
using reference::Value;

Recorder *Recorder::active() {
  const char *folder = std::getenv("KDSL_TEST_RECORD");
  if (!folder)
    return nullptr;
  static Recorder recorder(folder);
  return &recorder;
}

Recorder::Recorder(const std::string &folder)
    : builds(folder + "/" + replay::buildsName),
      cases(folder + "/" + replay::casesName),
      data(folder + "/" + replay::dataName, std::ios::binary) {
  if (!builds || !cases || !data)
    throw std::runtime_error(folder + ": cannot write records there");
  cases << replay::casesHeader << '\n';
}

Recorder::~Recorder() {
  cases << fmt::format("end {} {}\n", knownCases.size(), dataBytes);
}

uint64_t Recorder::store(const std::string &bytes) {
  auto [entry, isNew] = stored.try_emplace(bytes, dataBytes);
  if (isNew) {
    const size_t padding = -bytes.size() % replay::dataAlignment;
    data << bytes << std::string(padding, '\0');
    dataBytes += bytes.size() + padding;
  }
  return entry->second;
}

/// One line: a name for the build, the file, and what the compiler is told.
void Recorder::addBuild(const BuildName &build) {
  if (!knownBuilds.insert(build.name).second)
    return;
  builds << build.name << ' ' << build.file;
  for (const std::string &option : build.options)
    builds << ' ' << option;
  builds << '\n';
}

//===----------------------------------------------------------------------===//
// References
//===----------------------------------------------------------------------===//

template <typename T> static void append(std::string &bytes, T number) {
  bytes.append(reinterpret_cast<const char *>(&number), sizeof(number));
}

template <typename T>
static constexpr T top = std::numeric_limits<T>::has_infinity
                             ? std::numeric_limits<T>::infinity()
                             : std::numeric_limits<T>::max();
template <typename T>
static constexpr T bottom = std::numeric_limits<T>::has_infinity
                                ? -std::numeric_limits<T>::infinity()
                                : std::numeric_limits<T>::min();

/// A whole number, or the integer of the type that is nearest to it.
template <typename T> static T inRange(Real number) {
  return T(std::clamp(number, Real(bottom<T>), Real(top<T>)));
}

/// The least T that is not below a finite number, and the largest not above.
template <typename T> static T roundedUp(Real number) {
  if constexpr (std::is_integral_v<T>) {
    return inRange<T>(std::ceil(number));
  } else {
    const T nearest = T(number);
    return nearest < number ? std::nextafter(nearest, top<T>) : nearest;
  }
}
template <typename T> static T roundedDown(Real number) {
  if constexpr (std::is_integral_v<T>) {
    return inRange<T>(std::floor(number));
  } else {
    const T nearest = T(number);
    return nearest > number ? std::nextafter(nearest, bottom<T>) : nearest;
  }
}

/// The results of type T that reference::compareOutput lets pass, as the least
/// and the largest of them.
template <typename T>
static void appendInterval(std::string &bytes, const Value &value) {
  if (std::isnan(value.v)) {
    append(bytes, std::numeric_limits<T>::quiet_NaN());
    append(bytes, std::numeric_limits<T>::quiet_NaN());
  } else if (!value.isPredictable()) {
    append(bytes, top<T>);
    append(bytes, bottom<T>);
  } else if (std::isinf(value.v)) {
    append(bytes, T(value.v));
    append(bytes, T(value.v));
  } else {
    append(bytes, roundedUp<T>(value.v - value.e));
    append(bytes, roundedDown<T>(value.v + value.e));
  }
}

static void appendIntervals(std::string &bytes, const OutputData &output) {
  for (const Value &value : output.values)
    switch (output.elem) {
    case Elem::Bool:
      appendInterval<uint8_t>(bytes, value);
      break;
    case Elem::I32:
      appendInterval<int32_t>(bytes, value);
      break;
    case Elem::I64:
      appendInterval<int64_t>(bytes, value);
      break;
    case Elem::F16:
    case Elem::BF16:
    case Elem::F32:
      appendInterval<float>(bytes, value);
      break;
    case Elem::F64:
      appendInterval<double>(bytes, value);
      break;
    }
}

/// For each element the number of rows that are right, then these.
static void appendChoices(std::string &bytes, const OutputData &output) {
  for (const reference::Choices &choices : output.choices) {
    append(bytes, int64_t(choices.size()));
    for (int64_t row : choices)
      append(bytes, row);
  }
}

void Recorder::add(const Program &program, const std::vector<int64_t> &sizes,
                   const std::vector<std::vector<char>> &inputs,
                   const std::vector<OutputData> &outputs) {
  addBuild(program.build);
  std::string line =
      fmt::format("{} {} sizes", program.build.name, program.kernel.name);
  for (uint32_t k = 0; k < program.kernel.n_sizes; ++k)
    line += fmt::format(" {}", sizes[k]);
  line += " inputs";
  for (const std::vector<char> &input : inputs)
    line += fmt::format(" {}", store({input.begin(), input.end()}));
  line += " outputs";
  for (const OutputData &output : outputs) {
    std::string bytes;
    const bool isIndex = !output.choices.empty();
    isIndex ? appendChoices(bytes, output) : appendIntervals(bytes, output);
    line += fmt::format(" {}{}", isIndex ? 'c' : 'r', store(bytes));
  }
  if (knownCases.insert(line).second)
    cases << line << '\n';
}
