//===- ProgramsTest.cpp - every program, size and instruction set ---------===//
//
// The programs of test/run against the reference interpreter: at sizes around
// every vector and tile width, with each array's end and start beside forbidden
// memory, in f32 and f64, optimised and as written.
//
//===----------------------------------------------------------------------===//

#include "Trial.h"
#include "compiler/Compiler.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>

using namespace kdslc::test;

namespace {

using Defines = std::vector<std::pair<std::string, std::string>>;

struct Sizes {
  int64_t m, n;
};

/// Empty, one row, around 2, 4, 8, 16 lanes and their tiles, and primes.
const std::vector<Sizes> allSizes = {
    {0, 0},   {0, 7},   {7, 0},   {1, 1},   {1, 33},   {3, 5},   {4, 4},
    {5, 3},   {7, 9},   {8, 8},   {9, 7},   {15, 17},  {16, 16}, {17, 15},
    {31, 33}, {32, 32}, {33, 31}, {63, 65}, {67, 131}, {131, 67}};

const std::vector<Sizes> fewSizes = {{0, 0},   {7, 0},   {1, 1},  {4, 5},
                                     {17, 15}, {33, 31}, {16, 67}};

/// For lists of a thousand places, which are all sorted.
const std::vector<Sizes> longSizes = {{0, 0}, {7, 0}, {1, 1}, {17, 15}, {16, 67}};
/// For lists of which many blocks have few values of interest.
const std::vector<Sizes> manySizes = {{17, 900}, {1, 1031}};

const std::vector<Sizes> briefSizes = {{7, 0}, {1, 1}, {5, 4}, {17, 15}};

/// On a GPU: around blocks of 128 threads with 1, 2 and 4 rows, around 32 and
/// 128 rows j, and enough of them to be split into parts.
const std::vector<Sizes> deviceSizes = {
    {0, 7},   {7, 0},   {1, 389},  {127, 33}, {128, 31},
    {257, 3}, {512, 7}, {513, 33}, {67, 131}, {31, 256}};

const std::vector<Sizes> fewDeviceSizes = {
    {0, 0}, {7, 0}, {1, 1}, {129, 33}, {513, 5}, {17, 259}};

const std::vector<Sizes> doubleDeviceSizes = {{1, 1}, {129, 33}, {17, 259}};

const std::vector<Sizes> derivedDeviceSizes = {{33, 9}};

const std::vector<Sizes> briefDeviceSizes = {{1, 1}, {33, 129}};

/// Around tiles of 16, 32 and 64 rows that meet each other once.
const std::vector<Sizes> halvedSizes = {{0, 0},   {1, 1},   {5, 5},   {31, 0},
                                        {64, 64}, {67, 0},  {129, 0}, {200, 0},
                                        {259, 0}};

/// Around rings of up to five tiles of 32, 64 and 128 rows.
const std::vector<Sizes> ringSizes = {{0, 0},   {1, 0},   {64, 0},  {67, 0},
                                      {191, 0}, {192, 0}, {256, 0}, {301, 0},
                                      {389, 0}};

/// With a sanitizer the interpreter of PTX takes twenty times as long.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KDSL_SANITIZED 1
#endif
#endif
#ifdef KDSL_SANITIZED
constexpr bool isSlow = true;
#else
constexpr bool isSlow = false;
#endif

/// The sizes for the machines at hand.
const std::vector<Sizes> &sizesHere(const std::vector<Sizes> &sizes) {
  if (!forDevice())
    return sizes;
  if (isSlow)
    return briefDeviceSizes;
  return &sizes == &allSizes ? deviceSizes : fewDeviceSizes;
}

/// The size of each axis: the first two are m and n, or, in programs with
/// several axes, M and N; axes of batches and classes are small.
std::vector<int64_t> sizesOf(const kdsl_kernel &kernel, Sizes sizes) {
  if (kernel.n_sizes < 2 ||
      (kernel.n_sizes == 2 && kernel.sizes[0] != std::string("B")))
    return {sizes.m, sizes.n};
  std::vector<int64_t> all;
  for (uint32_t k = 0; k < kernel.n_sizes; ++k) {
    std::string name = kernel.sizes[k];
    all.push_back(name == "M"   ? sizes.m
                  : name == "N" ? sizes.n
                  : name == "B" ? 3
                                : 2);
  }
  return all;
}

/// The first disagreement of one program at one pair of sizes, in builds that mean
/// the same.
std::string check(const std::vector<Program> &builds, Sizes sizes,
                  const Makers &makers) {
  std::vector<kdslc::reference::OutputData> reference;
  for (const Program &program : builds) {
    Trial trial(program, sizesOf(program.kernel, sizes), makers);
    if (reference.empty())
      reference = trial.interpret();
    for (const Manner &manner : mannersFor(program.kernel)) {
      std::string wrong = disagreement(reference, trial.run(manner));
      if (!wrong.empty())
        return fmt::format("{} of {} on {} with {} and {} rows: {}",
                           program.kernel.name, program.build.name,
                           manner.machine.name, sizes.m, sizes.n, wrong);
    }
  }
  return {};
}

/// One line for each program that is wrong at some size.
std::string check(const std::vector<const ProgramFile *> &builds,
                  const std::vector<Sizes> &sizes, const Makers &makers) {
  std::vector<std::vector<Program>> programs;
  for (const ProgramFile *file : builds)
    programs.push_back(file->all());
  std::string all;
  for (size_t k = 0; k < programs.front().size(); ++k) {
    std::vector<Program> same;
    for (const std::vector<Program> &build : programs)
      same.push_back(build.at(k));
    for (Sizes pair : sizes) {
      std::string wrong = check(same, pair, makers);
      if (wrong.empty())
        continue;
      all += wrong + '\n';
      break;
    }
  }
  return all;
}

std::string check(const Program &program, Sizes sizes, const Makers &makers) {
  return check(std::vector<Program>{program}, sizes, makers);
}

std::string check(const ProgramFile &file, const std::vector<Sizes> &sizes,
                  const Makers &makers) {
  return check(std::vector<const ProgramFile *>{&file}, sizes, makers);
}

/// f32 and f64 optimised, and f32 as written.
void checkFile(const std::string &name, const Makers &makers = {},
               const std::vector<Sizes> &sizes = allSizes,
               const Defines &defines = {}) {
  auto file = [&](Build build) -> const ProgramFile & {
    build.defines.insert(build.defines.end(), defines.begin(), defines.end());
    return compiled(name, build);
  };
  const ProgramFile &single = file(Build()), &twice = file(inDouble()),
                    &written = file(asWritten());
  if (!forDevice()) {
    CHECK(check({&single, &written}, sizes, makers) == "");
    CHECK(check(twice, sizes, makers) == "");
    return;
  }
  // As written, a GPU's code differs in its schedule only, in f64 in its types:
  // few sizes will do.
  CHECK(check(single, sizesHere(sizes), makers) == "");
  CHECK(check(twice, doubleDeviceSizes, makers) == "");
  CHECK(check(written, briefDeviceSizes, makers) == "");
}

/// The same for derived programs, of which there are many: each type and each
/// instruction set once, at few sizes. Compiling them takes most of the time, so
/// the narrowest is left to the programs as written.
void checkDerived(const std::string &name, const Makers &makers = {}) {
  Build single, twice = inDouble(), written = asWritten();
  single.targets = {kdslc::nativeTargets().front()};
  twice.targets = {"x86-64-v3"};
  written.targets = {"x86-64-v2"};
  if (!forDevice()) {
    CHECK(check({&compiled(name, single), &compiled(name, written)}, briefSizes,
                makers) == "");
    CHECK(check(compiled(name, twice), briefSizes, makers) == "");
    return;
  }
  CHECK(check(compiled(name, single), derivedDeviceSizes, makers) == "");
  CHECK(check(compiled(name, twice), derivedDeviceSizes, makers) == "");
  if (!onDevice()) // where the schedule alone differs
    CHECK(check(compiled(name, written), derivedDeviceSizes, makers) == "");
}

Maker positive(const std::string &name) { return spread(name, 0.25, 2); }

/// Integers from `low` to `high` - 1.
Maker whole(const std::string &name, int low, int high) {
  Maker real = spread(name, low, high);
  return [=](int64_t row, int64_t feature) {
    return std::floor(real(row, feature));
  };
}

} // namespace

TEST_CASE("Radial kernels agree with the reference") { checkFile("kernels"); }
TEST_CASE("logsumexp agrees with the reference") { checkFile("softmin"); }
TEST_CASE("min, max and their rows agree with the reference") {
  checkFile("nearest");
}
TEST_CASE("softmax_sum and weights agree with the reference") {
  checkFile("softmax");
}
TEST_CASE("Values at the rows of an order agree with the reference") {
  checkFile("payloads");
}
TEST_CASE("Lists of smallest and largest agree with the reference") {
  // Threads fill their lists one after another in the interpreter of PTX.
  checkFile("lists", {}, forDevice() ? briefSizes : allSizes);
}
TEST_CASE("Long lists agree with the reference") {
  // In the interpreter of PTX all threads of a block merge theirs, K^2 steps each.
  if (forDevice())
    CHECK(check(compiled("longlists"), {{5, 40}, {1, 259}}, {}) == "");
  else
    checkFile("longlists", {}, longSizes);
}
TEST_CASE("Long lists of many rows agree with the reference") {
  if (!forDevice()) // see above
    checkFile("longlists", {}, manySizes);
}
TEST_CASE("prod, any and all agree with the reference") {
  checkFile("products");
}
TEST_CASE("Chosen precisions keep their bounds") {
  checkFile("precision", {{"k", whole("k", -9, 9)}});
}
TEST_CASE("Expanded sums keep their bounds") { checkFile("expanded"); }
TEST_CASE("Predicates agree with the reference") { checkFile("predicates"); }
TEST_CASE("Programs of other shapes agree with the reference") {
  checkFile("shapes", {{"w", positive("w")}});
}
TEST_CASE("Batches agree with the reference") { checkFile("batches"); }
TEST_CASE("Bands agree with the reference") {
  checkFile("bands", {{"w", always(3)}});
}
TEST_CASE("Predicates that hold for whole blocks of pairs are left out") {
  // A tile of a GPU has some thousands of rows i.
  const Sizes many = forDevice() ? Sizes{2600, 300} : Sizes{130, 301};
  for (double distance : {0.0, 17.0, 0x1p62, -0x1p62})
    checkFile("bands", {{"w", always(distance)}}, {many});
}
TEST_CASE("Block-sparse sets agree with the reference") {
  checkFile("ranges");
}
TEST_CASE("Arrays over pairs and nested reductions agree with the reference") {
  checkFile("pairs");
}
TEST_CASE("Sums in which each two rows meet once agree with the reference") {
  checkFile("halves", {{"k", whole("k", -9, 9)}, {"l", whole("l", -9, 9)}},
            halvedSizes);
}
TEST_CASE("Rings of small tiles agree with the reference") {
  if (!forDevice()) // which has none
    return;
  Makers makers = {{"k", whole("k", -9, 9)}, {"l", whole("l", -9, 9)}};
  CHECK(check(compiled("rings"), ringSizes, makers) == "");
  CHECK(check(compiled("rings", inDouble()), {{197, 0}}, makers) == "");
  // What travels is infinite, or no number.
  for (double special : {HUGE_VAL, double(NAN)}) {
    Maker weights = [=, at = spread("b", 0.5, 1.5)](int64_t row, int64_t f) {
      return row == 70 ? special : at(row, f);
    };
    Trial trial(compiled("rings")["density"], {301}, {{"b", weights}});
    for (double sum : trial.numbers(trial.run(), "a"))
      CHECK((std::isnan(special) ? std::isnan(sum) : sum == special));
  }
}
TEST_CASE("Rings of large tiles agree with the reference") {
  if (!forDevice() || isSlow)
    return;
  for (const char *name : {"density", "gravity"})
    CHECK(check(compiled("halves")[name], {1549, 0}, {}) == "");
  CHECK(check(compiled("rings")["staged"], {777, 0}, {}) == "");
}
TEST_CASE("Derivatives agree with the reference") {
  checkDerived("derivatives");
}
TEST_CASE("Derivatives of all kinds of steps agree with the reference") {
  // One zero of 4 rows, and three of 15.
  Maker zeros = [at = spread("z", 0.5, 1.5)](int64_t row, int64_t feature) {
    return row % 5 == 1 ? 0 : at(row, feature);
  };
  checkDerived("rules", {{"l", whole("l", 0, 4)}, {"z", zeros}});
}
TEST_CASE("Derivatives over block-sparse sets agree with the reference") {
  checkDerived("rangeslopes");
}
TEST_CASE("Derivatives of arrays over pairs agree with the reference") {
  checkDerived("pairslopes");
}
TEST_CASE("Derivatives of lists over several indices agree with the reference") {
  checkDerived("tuples");
}
TEST_CASE("Derivatives inside of formulas agree with the reference") {
  checkDerived("partials");
}
TEST_CASE("Filters agree with the reference") {
  const char *features = GENERATE("3", "40");
  checkFile("filters", {}, forDevice() ? briefSizes : allSizes,
            {{"D", features}});
}
TEST_CASE("Reductions that share a grid agree with the reference") {
  checkFile("grids", {}, fewSizes);
}
TEST_CASE("Features agree with the reference") { checkFile("features"); }
TEST_CASE("Long vectors of one row agree with the reference") {
  checkDerived("embeddings");
}

TEST_CASE("Matrices agree with the reference") {
  checkFile("matrices",
            {{"k", whole("k", -9, 9)}, {"f", whole("f", 0, 2)}}, fewSizes);
}

TEST_CASE("Folds of features agree with the reference") {
  checkFile("folds",
            {{"k", whole("k", -9, 9)},
             {"l", whole("l", -1, 4)},
             {"m", whole("m", -1, 4)},
             {"f", whole("f", 0, 2)}},
            fewSizes);
}

TEST_CASE("Features picked by a label agree with the reference") {
  checkFile("labels",
            {{"l", whole("l", 0, 3)},
             {"m", whole("m", 0, 3)},
             {"k", whole("k", -9, 9)},
             {"f", whole("f", 0, 2)},
             {"g", whole("g", -9, 9)}},
            fewSizes);
}

TEST_CASE("Element types agree with the reference") {
  checkFile("types", {{"k", whole("k", -9, 9)},
                      {"l", whole("l", -9, 9)},
                      {"w", whole("w", -300, 300)},
                      {"c", always(-3)},
                      {"big", [](int64_t, int64_t d) { return d ? -7 : 1e15; }},
                      {"on", whole("on", 0, 2)},
                      {"on_pair", whole("on_pair", 0, 2)},
                      {"flags", whole("flags", 0, 2)},
                      {"some", [](int64_t, int64_t d) { return double(d); }},
                      {"all_rows", always(0)}},
            fewSizes);
}

TEST_CASE("Long features agree with the reference") {
  checkFile("long", {}, fewSizes);
}

TEST_CASE("Inner products of features agree with the reference") {
  checkFile("inner", {}, briefSizes, {{"D", "25"}});
}

TEST_CASE("Inner products of many features agree with the reference") {
  // GPUs leave them to tensor cores from 32 features on, those of numbers of 16
  // bits from 23 on, as far as registers suffice: 256 rows i, groups of 16 or 8
  // rows j, 32 in shared memory.
  int d = GENERATE(16, 24, 31, 33, 64, 72, 100, 128);
  CAPTURE(d);
  Build build;
  build.defines = {{"D", std::to_string(d)}};
  const std::vector<Sizes> sizes = {
      {7, 0}, {1, 1}, {70, 65}, {259, 17}, {5, 300}};
  CHECK(check(compiled("inner", build), sizes, {}) == "");
}

TEST_CASE("Feature sizes of the Gaussian agree with the reference") {
  struct Case {
    int d, e;
    const std::vector<Sizes> &sizes;
  };
  // Up to 16 features are written out, longer ones are loops.
  auto [d, e, sizes] = GENERATE(
      Case{1, 1, allSizes}, Case{2, 1, allSizes}, Case{3, 2, allSizes},
      Case{5, 1, fewSizes}, Case{16, 1, fewSizes}, Case{17, 1, allSizes},
      Case{3, 16, fewSizes}, Case{3, 17, allSizes}, Case{64, 1, fewSizes},
      Case{2, 64, fewSizes}, Case{17, 17, fewSizes}, Case{100, 2, fewSizes},
      Case{784, 1, fewSizes});
  CAPTURE(d, e);
  checkFile("gauss", {{"s", always(0.25 * std::sqrt(d))}}, sizes,
            {{"D", std::to_string(d)}, {"E", std::to_string(e)}});
}

TEST_CASE("Elementary functions agree with the reference") {
  // Products stay inside every function's domain and away from its poles.
  checkFile("elementary", {{"x", positive("x")}, {"y", spread("y", 0.01, 0.5)}},
            fewSizes);
}

TEST_CASE("Elementary functions of negative numbers agree too") {
  const ProgramFile &file = compiled("elementary");
  const Makers makers = {{"x", spread("x", -3, -0.01)},
                         {"y", spread("y", 0.01, 2)}};
  for (const char *name :
       {"exp",    "exp2",  "expm1",  "sin",  "cos",
        "atan",   "sinc",  "sinh",   "cosh", "tanh",
        "abs",    "sign",  "step",   "relu", "floor",
        "ceil",   "round", "atan2",  "mod",  "min",
        "max",    "clamp", "square", "cube", "inverse_square",
        "divide", "select", "asinh", "erf", "erfc", "lgamma"})
    CHECK(check(file[std::string("f_") + name], {17, 33}, makers) == "");
}

TEST_CASE("Functions of several steps keep their promise for each row") {
  const ProgramFile &file = compiled("elementary");
  auto zeroAndDown = [](int64_t row, int64_t) {
    return row == 0 ? 0 : std::ldexp(1.3, int(20 - row));
  };
  auto maker = GENERATE_COPY(Maker(zeroAndDown), spread("x", 0.9, 1.1),
                             spread("x", -50, 50));
  for (const char *name : {"row_sinc", "row_turn", "row_xlogx", "row_lgamma"})
    CHECK(check(file[name], {140, 0}, {{"x", maker}}) == "");
}

TEST_CASE("Powers of halves follow the rules of powers") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const ProgramFile &file = compiled("elementary");
  const std::vector<double> special = {0,  -0.0, inf, -inf, std::nan(""),
                                       -1, 1,    -5,  1e-4, 1e4};
  const auto rows = int64_t(special.size());
  auto maker = GENERATE_COPY(spread("x", 0, 3), spread("x", -2, 2),
                             listed(special));
  CHECK(check(file["row_roots"], {rows, 0}, {{"x", maker}}) == "");
}
