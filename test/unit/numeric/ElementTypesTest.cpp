//===- ElementTypesTest.cpp - every value of the small types --------------===//
//
// All patterns of f16, bf16 and bool through loads and stores, and the rounding
// of wider numbers to 16 bits where it is closest.
//
//===----------------------------------------------------------------------===//

#include "Array.h"
#include "Trial.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

using namespace kdslc::test;

namespace {

/// Patterns of 16 bits: all of them, ascending, or every `step`th.
std::vector<int64_t> patterns(int64_t step = 1) {
  std::vector<int64_t> list;
  for (int64_t k = 0; k < 65536; k += step)
    list.push_back(k);
  return list;
}

std::vector<char> bytesOf(const std::vector<int64_t> &patterns) {
  std::vector<char> bytes;
  for (int64_t k : patterns)
    bytes.insert(bytes.end(), {char(k & 0xff), char(k >> 8)});
  return bytes;
}

double numberOf(kdsl_type type, int64_t pattern) {
  kdslrun::Array array(type, {1});
  array.bytes = {char(pattern & 0xff), char(pattern >> 8)};
  return array.at(0);
}

std::vector<double> numbersOf(kdsl_type type,
                              const std::vector<int64_t> &patterns) {
  std::vector<double> numbers;
  for (int64_t pattern : patterns)
    numbers.push_back(numberOf(type, pattern));
  return numbers;
}

/// The nearest number of the type, ties to even: LLVM's, in one step.
double roundedTo(kdsl_type type, double number) {
  kdslrun::Array array(type, {1});
  array.set(0, number);
  return array.at(0);
}

bool isSame(double a, double b) {
  return std::isnan(a) ? std::isnan(b)
                       : a == b && std::signbit(a) == std::signbit(b);
}

/// The first place where two lists differ, or their length.
size_t mismatch(const std::vector<double> &got,
                const std::vector<double> &expected) {
  REQUIRE(got.size() == expected.size());
  size_t at = 0;
  while (at < got.size() && isSame(got[at], expected[at]))
    ++at;
  return at;
}

void checkSame(const std::vector<double> &got,
               const std::vector<double> &expected) {
  size_t at = mismatch(got, expected);
  CAPTURE(at);
  if (at < got.size())
    CHECK(got[at] == expected[at]);
  CHECK(at == got.size());
}

/// Calls `body` with each program on each machine.
template <typename Body> void onEach(const char *name, Body &&body) {
  for (const Build &build : {Build(), asWritten()}) {
    Program program = compiled("patterns", build)[name];
    for (const Machine &machine : machinesFor(program.kernel)) {
      CAPTURE(name, machine.name, build.optLevel);
      Manner manner;
      manner.machine = machine;
      body(program, manner);
    }
  }
}

/// Finite numbers of a 16-bit type with what lies half way to the next one,
/// and beside that by `apart`, relatively.
std::vector<double> closeToTies(kdsl_type type, double apart) {
  std::vector<double> numbers;
  const int64_t top = type == KDSL_F16 ? 0x7c00 : 0x7f80;
  // 13 steps through all last bits; the largest number is met.
  const int64_t step = onDevice() ? 13 : 1;
  for (int64_t k = (top - 1) % step; k < top; k += step) {
    const double low = numberOf(type, k);
    // Infinity stands for the number that would come next.
    const double next = k + 1 < top ? numberOf(type, k + 1)
                                    : 2 * low - numberOf(type, k - 1);
    const double tie = (low + next) / 2;
    for (double number : {low, tie, tie * (1 - apart), tie * (1 + apart)})
      numbers.insert(numbers.end(), {number, -number});
  }
  numbers.insert(numbers.end(), {inf, -inf, notANumber, 1e38, -1e38, 1e-45});
  return numbers;
}

void checkRounding(const Build &build, double apart) {
  for (kdsl_type type : {KDSL_F16, KDSL_BF16}) {
    std::vector<double> numbers = closeToTies(type, apart);
    Program program = compiled("patterns", build)["rounded"];
    Trial trial(program, {int64_t(numbers.size())}, {{"x", listed(numbers)}});
    std::vector<double> expected;
    for (double number : numbers) {
      const bool isSingle = build.defines.empty();
      expected.push_back(
          roundedTo(type, isSingle ? double(float(number)) : number));
    }
    for (const Machine &machine : machinesFor(program.kernel)) {
      CAPTURE(machine.name, kdslrun::typeName(type), build.optLevel);
      Manner manner;
      manner.machine = machine;
      checkSame(trial.numbers(trial.run(manner), type == KDSL_F16 ? "h" : "b"),
                expected);
    }
  }
}

} // namespace

TEST_CASE("Every f16 and bf16 is read and written exactly") {
  const std::vector<int64_t> list = patterns();
  onEach("widen", [&](const Program &program, const Manner &manner) {
    Trial trial(program, {int64_t(list.size())});
    trial.setBytes("h", bytesOf(list));
    trial.setBytes("b", bytesOf(list));
    Outputs outputs = trial.run(manner);
    checkSame(trial.numbers(outputs, "hi"), numbersOf(KDSL_F16, list));
    checkSame(trial.numbers(outputs, "bi"), numbersOf(KDSL_BF16, list));
    checkSame(trial.numbers(outputs, "h2"), numbersOf(KDSL_F16, list));
    checkSame(trial.numbers(outputs, "b2"), numbersOf(KDSL_BF16, list));
  });
}

TEST_CASE("Every f16 and bf16 is read exactly as row j") {
  // The interpreter of PTX runs whole blocks for a few rows.
  const std::vector<int64_t> list = patterns(onDevice() ? 32 : 1);
  onEach("widen_swept", [&](const Program &program, const Manner &manner) {
    Trial trial(program, {int64_t(list.size()) / 1024});
    trial.setBytes("h", bytesOf(list));
    trial.setBytes("b", bytesOf(list));
    Outputs outputs = trial.run(manner);
    checkSame(trial.numbers(outputs, "hj"), numbersOf(KDSL_F16, list));
    checkSame(trial.numbers(outputs, "bj"), numbersOf(KDSL_BF16, list));
  });
}

TEST_CASE("Every byte but 0 is true, and true is written as 1") {
  std::vector<char> bytes;
  std::vector<double> is, isNot, counts;
  for (int byte = 0; byte < 256; ++byte) {
    bytes.push_back(char(byte));
    is.push_back(byte != 0);
    isNot.push_back(byte == 0);
    counts.push_back(byte);
  }
  onEach("bytes", [&](const Program &program, const Manner &manner) {
    Trial trial(program, {256});
    trial.setBytes("on", bytes);
    Outputs outputs = trial.run(manner);
    CHECK(outputs[0] == std::vector<char>(is.begin(), is.end()));
    CHECK(outputs[1] == std::vector<char>(isNot.begin(), isNot.end()));
    checkSame(trial.numbers(outputs, "n"), counts);
  });
}

TEST_CASE("f32 and f64 round once to 16 bits, ties to even") {
  checkRounding(Build(), 0x1p-23);
  checkRounding(asWritten(), 0x1p-23);
  // Closer than f32 can tell: rounding twice would go wrong.
  checkRounding(inDouble(), 0x1p-50);
  Build asWrittenInDouble = asWritten();
  asWrittenInDouble.defines = inDouble().defines;
  checkRounding(asWrittenInDouble, 0x1p-50);
}
