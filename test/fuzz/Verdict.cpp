//===- Verdict.cpp - one program on every leg against the reference -------===//

#include "Verdict.h"
#include "Random.h"
#include "Trial.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

namespace kdslc::fuzz {

const char *nameOf(Values values) {
  static const char *const names[] = {"ordinary", "ties", "special", "offset"};
  return names[int(values)];
}

const char *nameOf(Outcome outcome) {
  static const char *const names[] = {
      "agrees", "is refused", "disagrees",
      "fails",  "crashes",    "takes too long"};
  return names[int(outcome)];
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

/// Rows of all axes together: what the slowest leg, the PTX interpreter, does
/// in a fraction of a second.
static constexpr int64_t maxPairs = 12000;
/// Pairs of rows of one axis at all points of the batch, times the features: the
/// reference then ends within a minute whatever the formula is.
static constexpr int64_t maxPairsOfAxis = 1500000;

std::vector<Case> casesFor(const Sketch &sketch) {
  static const std::vector<int64_t> rows = {0,  1,  2,  7,  8,  15,  16,  17,
                                            31, 33, 63, 64, 65, 127, 129, 1000};
  static const std::vector<int64_t> batches = {0, 1, 2, 3, 5};
  Random random(sketch.seed ^ 0xca5e);
  std::vector<Case> cases;
  const std::vector<std::string> axes = sketch.axes();
  for (Values values : {Values::Ordinary, Values::Ordinary, Values::Ties,
                        Values::Special, Values::Offset}) {
    Case one;
    int64_t pairs = 0, most = 0, points = 0, features = 1;
    for (const Input &input : sketch.inputs)
      features = std::max<int64_t>(features, input.shape.count());
    auto areMany = [&] {
      if (axes.size() == 1)
        return most > 129;
      return pairs > maxPairs ||
             points * most * most * features > maxPairsOfAxis;
    };
    do {
      pairs = 1, most = 0, points = 1;
      for (const std::string &axis : axes) {
        const bool isBatch = axis == "B" || axis == "H";
        const int64_t size = random.pick(isBatch ? batches : rows);
        one.sizes[axis] = size;
        pairs *= std::max<int64_t>(size, 1);
        most = std::max(most, size);
        points *= isBatch ? std::max<int64_t>(size, 1) : 1;
      }
    } while (areMany());
    one.values = values;
    one.seed = random.bits();
    cases.push_back(one);
  }
  return cases;
}

/// The numbers of one input.
static test::Maker makerFor(const Input &input, const Case &one) {
  const auto [low, high] = input.range;
  const std::string name = fmt::format("{}-{}", input.name, one.seed);
  test::Maker plain = test::spread(name, low, high);
  if (input.kind == Kind::Truth)
    return [=](int64_t row, int64_t f) { return plain(row, f) < 0.5; };
  if (input.kind == Kind::Integer)
    return [=, low = low, high = high](int64_t row, int64_t f) {
      return std::floor(low + (plain(row, f) - low) / (high - low) *
                                  (high - low + 1));
    };
  switch (one.values) {
  case Values::Ordinary:
    return plain;
  case Values::Ties:
    // Five numbers, which every type holds.
    return [=, low = low, high = high](int64_t row, int64_t f) {
      const double step = (high - low) / 4;
      return low + step * std::floor((plain(row, f) - low) / step + 0.5);
    };
  case Values::Special: {
    test::Maker which = test::spread(name + "-which", 0, 100);
    return [=](int64_t row, int64_t f) {
      static const double numbers[] = {test::notANumber, test::inf, -test::inf,
                                       -0.0, 0.0};
      const double at = which(row, f);
      return at < 5 ? numbers[int(at)] : plain(row, f);
    };
  }
  case Values::Offset:
    return [=](int64_t row, int64_t f) {
      return input.axes.empty() ? plain(row, f) : 1000 + plain(row, f);
    };
  }
  return plain;
}

//===----------------------------------------------------------------------===//
// Legs
//===----------------------------------------------------------------------===//

namespace {

/// The file of a text, while the object lives.
class SourceFile {
public:
  explicit SourceFile(const std::string &text)
      : path(fmt::format("{}/kdsl-differential-{}.kdsl",
                         std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp",
                         getpid())) {
    std::ofstream(path) << text;
  }
  ~SourceFile() { unlink(path.c_str()); }
  const std::string path;
};

struct Leg {
  test::ProgramFile file;
  const char *level;
};

} // namespace

static void count(const std::vector<reference::OutputData> &outputs,
                  Verdict &verdict) {
  for (const reference::OutputData &output : outputs)
    for (const reference::Value &value : output.values) {
      ++verdict.numbers;
      verdict.predictable += value.isPredictable();
      verdict.tight += value.e <= 0.01 * double(std::fabs(value.v));
    }
}

/// Every leg of one program on one case; what is wrong goes into `verdict`.
static bool tryCase(const Sketch &sketch, const std::string &name,
                    const std::vector<Leg> &legs, const Case &one,
                    Verdict &verdict) {
  test::Makers makers;
  for (const Input &input : sketch.inputs)
    makers[input.name] = makerFor(input, one);
  auto trialOf = [&](const test::Program &program) {
    std::vector<int64_t> sizes;
    for (const Axis &axis : program.source.axes)
      sizes.push_back(one.sizes.at(axis.name));
    return test::Trial(program, sizes, makers);
  };
  const test::Program first = legs[0].file[name];
  const auto reference = trialOf(first).interpret();
  count(reference, verdict);
  Random random(one.seed);
  for (const Leg &leg : legs) {
    const test::Program program = leg.file[name];
    std::vector<test::Machine> machines = test::machinesFor(program.kernel);
    if (program.kernel.device)
      machines.push_back({"ptx", KDSL_ISA_BEST, KDSL_CUDA(0)});
    const test::Trial trial = trialOf(program);
    for (const test::Machine &machine : machines) {
      test::Manner manner;
      manner.machine = machine;
      manner.flush =
          random.chance(0.5) ? test::Flush::ToEnd : test::Flush::ToStart;
      manner.gap = random.chance(0.2) ? 3 : 0;
      std::string wrong;
      try {
        wrong = test::disagreement(reference, trial.run(manner),
                                   /*allowUnpredictable=*/true);
        verdict.outcome = Outcome::Disagrees;
      } catch (const std::exception &error) {
        verdict.outcome = Outcome::Fails;
        wrong = error.what();
      }
      if (!wrong.empty()) {
        verdict.text = fmt::format("{} of {} -{}, {}", name, machine.name,
                                   leg.level, wrong);
        return false;
      }
      verdict.outcome = Outcome::Agrees;
    }
  }
  return true;
}

static Verdict judgeHere(const Sketch &sketch, const std::vector<Case> &cases) {
  Verdict verdict;
  verdict.outcome = Outcome::Refused;
  SourceFile source(sketch.text());
  try {
    const decltype(test::Build::defines) defines = {{"real", sketch.real}};
    std::vector<Leg> legs;
    legs.push_back(
        {test::ProgramFile(
             source.path,
             {defines, 3, {"x86-64-v2", "x86-64-v3", "x86-64-v4", "ptx"}}),
         "O3"});
    legs.push_back(
        {test::ProgramFile(source.path, {defines, 0, {"x86-64-v2", "ptx"}}),
         "O0"});
    verdict.outcome = Outcome::Fails;
    for (size_t k = 0; k < cases.size(); ++k) {
      verdict.where = int(k);
      for (const test::Program &program : legs[0].file.all())
        if (!tryCase(sketch, program.kernel.name, legs, cases[k], verdict))
          return verdict;
    }
    verdict.outcome = Outcome::Agrees;
  } catch (const std::exception &error) {
    verdict.text = error.what();
  }
  return verdict;
}

Verdict judge(const Sketch &sketch, const std::vector<Case> &cases) {
  return isolated([&] { return judgeHere(sketch, cases); });
}

} // namespace kdslc::fuzz
