//===- RangesTest.cpp - block-sparse sets are checked before use ----------===//

#include "TestProgram.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

using namespace kdsl_test;

namespace {

/// The rows i of each row j, in the order in which the turned set has them.
std::vector<std::vector<int64_t>> turnedRows;

/// A program whose only phase adds up the rows j of each row i of a set.
struct SetArgs {
  int64_t M, N, i_base, j_base;
  const kdsl_ranges *R;
  int64_t *n;
  int64_t n_stride[1];
};

int calls = 0;

void countRows(const void *argument, void *const *, int64_t, int64_t, void *,
               void *, int64_t, int64_t) {
  const auto &args = *static_cast<const SetArgs *>(argument);
  const kdsl_ranges &set = *args.R;
  ++calls;
  for (int64_t block = 0, row = 0; block < set.blocks; ++block)
    for (; row < set.row_end[block]; ++row) {
      args.n[row] = 0;
      for (int64_t s = block ? set.slice_end[block - 1] : 0;
           s < set.slice_end[block]; ++s)
        args.n[row] += set.j_end[s] - set.j_begin[s];
    }
}

/// The runtime puts the turned set behind the one that the caller gave.
void readTurned(const void *argument, void *const *, int64_t, int64_t, void *,
                void *, int64_t, int64_t) {
  const auto &args = *static_cast<const SetArgs *>(argument);
  const kdsl_ranges &set = args.R[1];
  turnedRows.assign(size_t(args.N), {});
  for (int64_t block = 0, row = 0; block < set.blocks; ++block)
    for (; row < set.row_end[block]; ++row)
      for (int64_t s = block ? set.slice_end[block - 1] : 0;
           s < set.slice_end[block]; ++s)
        for (int64_t i = set.j_begin[s]; i < set.j_end[s]; ++i)
          turnedRows[size_t(row)].push_back(i);
}

const kdsl_cpu_phase code[] = {{countRows, nullptr, 1 << 20, 0, 0, 1}};
const kdsl_variant variants[] = {{"x86-64-v2", KDSL_ISA_V2, 0, code, 0}};
const char *const sizeNames[] = {"M", "N"};
const int32_t axisM[] = {0}, axesMN[] = {0, 1};
const kdsl_cpu_phase turnedCode[] = {{readTurned, nullptr, 1 << 20, 0, 0, 1}};
const kdsl_variant turnedVariants[] = {
    {"x86-64-v2", KDSL_ISA_V2, 0, turnedCode, 0}};
const kdsl_phase phases[] = {{1, 1, axisM}};

/// One set and a call with it.
struct Set {
  std::vector<int64_t> rowEnd{3, 3, 10}, sliceEnd{2, 2, 3};
  std::vector<int64_t> jBegin{0, 5, 2}, jEnd{4, 5, 9};
  int64_t blocks = 3, M = 10, N = 9;
  std::vector<int64_t> counts = std::vector<int64_t>(10, -1);

  int run() {
    kdsl_arg arguments[2] = {};
    arguments[0].name = "R";
    arguments[0].type = KDSL_RANGES;
    arguments[0].n_axes = 2;
    arguments[0].axes = axesMN;
    arguments[0].offset = int64_t(offsetof(SetArgs, R));
    arguments[0].stride_offset = -1;
    arguments[0].reduced = isTurned;
    arguments[1].name = "n";
    arguments[1].is_output = 1;
    arguments[1].type = KDSL_I64;
    arguments[1].n_axes = 1;
    arguments[1].axes = axisM;
    arguments[1].row_elems = 1;
    arguments[1].offset = int64_t(offsetof(SetArgs, n));
    arguments[1].stride_offset = int64_t(offsetof(SetArgs, n_stride));
    kdsl_kernel kernel = {};
    kernel.abi = KDSL_ABI;
    kernel.name = "set";
    kernel.n_sizes = 2;
    kernel.sizes = sizeNames;
    kernel.n_args = 2;
    kernel.args = arguments;
    kernel.n_phases = 1;
    kernel.phases = phases;
    kernel.n_variants = 1;
    kernel.variants = isTurned ? turnedVariants : variants;
    kernel.args_bytes = sizeof(SetArgs);
    kdsl_ranges ranges = {blocks, rowEnd.data(), sliceEnd.data(),
                          jBegin.data(), jEnd.data()};
    SetArgs args = {M, N, 0, 0, isNull ? nullptr : &ranges, counts.data(), {0}};
    calls = 0;
    return kdsl_call_v1(&kernel, &args, nullptr);
  }
  bool isNull = false, isTurned = false;

  /// Refused with these words, and nothing ran.
  bool isRefused(const char *words) {
    return run() == KDSL_EARG && calls == 0 &&
           std::string(kdsl_last_error()).find(words) != std::string::npos;
  }
};

} // namespace

TEST_CASE("a block-sparse set reaches the program", "[adv-R26]") {
  Set set;
  REQUIRE(set.run() == KDSL_OK);
  CHECK(set.counts == std::vector<int64_t>{4, 4, 4, 7, 7, 7, 7, 7, 7, 7});
}

TEST_CASE("wrong block-sparse sets are refused", "[adv-R26]") {
  Set set;
  SECTION("no set") {
    set.isNull = true;
    CHECK(set.isRefused("argument 1 'R' is null, expected a kdsl_ranges"));
  }
  SECTION("blocks that go back") {
    set.rowEnd[1] = 2;
    CHECK(set.isRefused("row_end[1] is 2, expected 3 to 10"));
  }
  SECTION("blocks that end before the rows do") {
    set.rowEnd[2] = 9;
    CHECK(set.isRefused("row_end[2] is 9, expected 10 to 10"));
  }
  SECTION("slices that go back") {
    set.sliceEnd[1] = 1;
    CHECK(set.isRefused("slice_end[1] is 1, expected 2 to"));
  }
  SECTION("a slice that ends before it begins") {
    set.jEnd[2] = 1;
    CHECK(set.isRefused("j_end[2] is 1, expected 2 to 9"));
  }
  SECTION("a slice beyond the rows") {
    set.jEnd[2] = 10;
    CHECK(set.isRefused("j_end[2] is 10, expected 2 to 9"));
  }
  SECTION("slices of one block that overlap") {
    set.jBegin[1] = 3;
    CHECK(set.isRefused("j_begin[1] is 3, expected 4 to 9"));
  }
  SECTION("a negative row") {
    set.jBegin[0] = -1;
    CHECK(set.isRefused("j_begin[0] is -1, expected 0 to 9"));
  }
  SECTION("a negative count") {
    set.blocks = -1;
    CHECK(set.isRefused("`blocks` is negative or too large"));
  }
  SECTION("rows without a block") {
    set.blocks = 0;
    CHECK(set.isRefused("has no blocks, expected blocks of all rows"));
  }
}

TEST_CASE("many blocks are checked in little time", "[adv-R26]") {
  Set set;
  set.blocks = 1000000;
  set.rowEnd.assign(1000000, 10);
  set.sliceEnd.assign(1000000, 0);
  CHECK(set.run() == KDSL_OK);
  CHECK(set.counts[0] == 0);
}

TEST_CASE("a block-sparse set is turned round for those who read it so") {
  // Numbers that look random, with blocks without rows and slices without rows.
  uint32_t state = 1;
  auto below = [&](int64_t limit) {
    state = state * 1664525 + 1013904223;
    return int64_t(state >> 8) % limit;
  };
  for (int round = 0; round < 200; ++round) {
    Set set;
    set.isTurned = true;
    set.M = below(20);
    set.N = below(25);
    set.rowEnd.clear(), set.sliceEnd.clear(), set.jBegin.clear(),
        set.jEnd.clear();
    std::vector<std::vector<int64_t>> expected(static_cast<size_t>(set.N));
    for (int64_t row = 0; row < set.M || set.rowEnd.empty();) {
      const int64_t end = std::min(set.M, row + below(6));
      for (int64_t j = below(4); j <= set.N; j += below(3)) {
        const int64_t to = std::min(set.N, j + below(5));
        set.jBegin.push_back(j);
        set.jEnd.push_back(to);
        for (; j < to; ++j)
          for (int64_t i = row; i < end; ++i)
            expected[size_t(j)].push_back(i);
        j = std::max(j, to) + (round % 2);
      }
      row = end;
      set.rowEnd.push_back(end);
      set.sliceEnd.push_back(int64_t(set.jBegin.size()));
      if (set.M == 0)
        break;
    }
    set.blocks = int64_t(set.rowEnd.size());
    set.counts.resize(size_t(set.M) + 1);
    turnedRows.assign(size_t(set.N), {});
    REQUIRE(set.run() == KDSL_OK);
    CAPTURE(round, set.M, set.N);
    if (set.M > 0)
      CHECK(turnedRows == expected);
  }
}
