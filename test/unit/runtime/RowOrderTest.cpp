//===- RowOrderTest.cpp - rows in an order of space -----------------------===//

#include "TestProgram.h"
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <set>
#include <xmmintrin.h>

using namespace kdsl_test;

namespace {

constexpr int64_t tileRows = 8, cellRows = 32, cellsOfGroup = 16, record = 4;
constexpr float inf = std::numeric_limits<float>::infinity();

/// Sets onOrder for a scope.
struct OnOrder {
  explicit OnOrder(
      std::function<void(const kdsl_row_order &, int64_t, int64_t)> hook) {
    onOrder = std::move(hook);
  }
  ~OnOrder() { onOrder = nullptr; }
};

int64_t rowIn(const float *records, int64_t place) {
  uint32_t row;
  memcpy(&row, records + place * record + record - 1, sizeof(row));
  return row;
}

/// Every row once, with its own features.
bool areAllRows(const float *records, const std::vector<float> &rows) {
  std::set<int64_t> seen;
  for (int64_t place = 0; place < int64_t(rows.size()) / 2; ++place) {
    const int64_t row = rowIn(records, place);
    seen.insert(row);
    if (row >= int64_t(rows.size()) / 2 ||
        memcmp(records + place * record, &rows[size_t(2 * row)], 2 * sizeof(float)))
      return false;
  }
  return seen.size() == rows.size() / 2;
}

/// The boxes of the cells, and of their groups, are those of their rows.
bool boxesFit(const kdsl_row_order &order, int64_t rows) {
  bool fit = order.stride % (cellsOfGroup * cellsOfGroup) == 0 &&
             order.stride * cellRows >= rows;
  for (int64_t d = 0; d < 2; ++d) {
    const float *low = order.cells + 2 * d * order.stride,
                *high = low + order.stride;
    const int64_t groups = order.stride / cellsOfGroup;
    const float *lowest = order.groups + 2 * d * groups,
                *highest = lowest + groups;
    for (int64_t group = 0; group < groups; ++group) {
      float least = inf, most = -inf;
      for (int64_t cell = group * cellsOfGroup; cell < (group + 1) * cellsOfGroup;
           ++cell) {
        float ownLeast = inf, ownMost = -inf;
        for (int64_t place = cell * cellRows;
             place < std::min((cell + 1) * cellRows, rows); ++place) {
          const float x = order.reduced[place * record + d];
          ownLeast = std::min(ownLeast, x);
          ownMost = std::max(ownMost, x);
        }
        fit &= low[cell] == ownLeast && high[cell] == ownMost;
        least = std::min(least, ownLeast);
        most = std::max(most, ownMost);
      }
      fit &= lowest[group] == least && highest[group] == most;
    }
  }
  return fit;
}

/// The mean area of the boxes of the cells.
double meanArea(const kdsl_row_order &order, int64_t cells) {
  double sum = 0;
  for (int64_t cell = 0; cell < cells; ++cell)
    sum += double(order.cells[order.stride + cell] - order.cells[cell]) *
           double(order.cells[3 * order.stride + cell] -
                  order.cells[2 * order.stride + cell]);
  return sum / double(cells);
}

void scatter(std::vector<float> &rows, uint32_t seed) {
  for (float &x : rows) {
    seed = seed * 1664525 + 1013904223;
    x = float(seed >> 8) / float(1 << 24);
  }
}

} // namespace

TEST_CASE("all rows are put in order, in cells whose boxes are theirs") {
  struct Sizes {
    int64_t m, n;
  };
  for (Sizes sizes : {Sizes{600, 700}, {7, 40'000}, {5000, 33}, {3001, 5000},
                      {40'000, 1}})
    for (int threads : {1, 3}) {
      const int64_t m = sizes.m, n = sizes.n;
      CAPTURE(m, n, threads);
      OrderedCopy copy(1);
      // Worth it, as if each pair took a microsecond.
      std::vector<kdsl_cpu_phase> phases(copy.variants[0].phases,
                                         copy.variants[0].phases + 2);
      phases[1].pair_cost = 1000;
      for (kdsl_variant &variant : copy.variants)
        variant.phases = phases.data();
      Problem problem(m, n);
      scatter(problem.x, 1);
      scatter(problem.y, 2);
      std::mutex lock;
      int64_t tiles = 0;
      bool fits = true;
      OnOrder hook([&](const kdsl_row_order &order, int64_t begin, int64_t end) {
        std::lock_guard<std::mutex> guard(lock);
        if (tiles == 0) {
          fits &= areAllRows(order.kept, problem.x);
          fits &= areAllRows(order.reduced, problem.y);
          fits &= boxesFit(order, n);
          for (int64_t place = m; place % tileRows != 0; ++place)
            fits &= rowIn(order.kept, place) == rowIn(order.kept, m - 1);
          if (n >= 700) {
            const double cells = double(n) / double(cellRows);
            fits &= meanArea(order, n / cellRows) < 2 / cells;
          }
        }
        tiles += end - begin;
      });
      kdsl_exec exec = {};
      exec.threads = threads;
      REQUIRE(kdsl_call_v1(&copy.kernel, &problem.args, &exec) == KDSL_OK);
      CHECK(fits);
      CHECK(tiles == (m + tileRows - 1) / tileRows);
    }
}

TEST_CASE("one set of rows is put in order once") {
  OrderedCopy copy(1);
  Problem problem(5000, 5000);
  scatter(problem.y, 3);
  problem.args.x = problem.args.y;
  bool isOne = false, fits = false;
  OnOrder hook([&](const kdsl_row_order &order, int64_t begin, int64_t) {
    if (begin > 0)
      return;
    isOne = order.kept == order.reduced;
    fits = areAllRows(order.kept, problem.y) && boxesFit(order, 5000);
  });
  REQUIRE(kdsl_call_v1(&copy.kernel, &problem.args, nullptr) == KDSL_OK);
  CHECK(isOne);
  CHECK(fits);
}

TEST_CASE("rows stay as they are where an order is of no use") {
  std::atomic<bool> isOrdered{false};
  OnOrder hook([&](const kdsl_row_order &, int64_t, int64_t) { isOrdered = true; });
  auto staysWith = [&](int64_t m, int64_t n, auto change) {
    OrderedCopy copy(600);
    Problem problem(m, n);
    scatter(problem.x, 1);
    scatter(problem.y, 2);
    change(problem);
    isOrdered = false;
    REQUIRE(kdsl_call_v1(&copy.kernel, &problem.args, nullptr) == KDSL_OK);
    return !isOrdered;
  };
  auto nothing = [](Problem &) {};
  CHECK_FALSE(staysWith(3000, 700, nothing));
  CHECK(staysWith(3000, 599, nothing));
  CHECK(staysWith(3, 100'000, nothing));
  CHECK(staysWith(0, 700, nothing));
  for (float special : {inf, std::nanf(""), 0x1p61f, -0x1p61f}) {
    CHECK(staysWith(3000, 700, [&](Problem &p) { p.x[77] = special; }));
    CHECK(staysWith(3000, 700, [&](Problem &p) { p.y[99] = special; }));
  }
  // Of the same rows half a cell is nothing, some cells are too many.
  auto repeat = [](size_t rows) {
    return [=](Problem &p) {
      for (size_t k = 2; k < 2 * rows; ++k)
        p.y[k] = p.y[k % 2];
    };
  };
  CHECK_FALSE(staysWith(3000, 700, repeat(16)));
  CHECK(staysWith(3000, 700, repeat(500)));
}

TEST_CASE("a workspace of the stated size has room for an order") {
  OrderedCopy copy(1);
  Problem problem(2000, 3000);
  scatter(problem.y, 2);
  int calls = 0;
  OnOrder hook([&](const kdsl_row_order &, int64_t, int64_t) { ++calls; });
  kdsl_exec exec = {};
  exec.threads = 1;
  const size_t need = kdsl_workspace_v1(&copy.kernel, &problem.args, &exec);
  std::vector<char> room(need + 128, 'z');
  exec.workspace = room.data() + 64;
  exec.workspace_bytes = need;
  REQUIRE(kdsl_call_v1(&copy.kernel, &problem.args, &exec) == KDSL_OK);
  CHECK(calls > 0);
  for (size_t k = 0; k < 64; ++k)
    CHECK((room[k] == 'z' && room[need + 64 + k] == 'z'));
}

TEST_CASE("a caller's pool that does not sort leaves rows that are there") {
  enum Mode { Right, Twice, Never, Fails, WrongChunk };
  struct Pool {
    Mode mode;
    static int run(void *self, int64_t n, int (*body)(void *, int64_t, int),
                   void *arg) {
      const Mode mode = static_cast<Pool *>(self)->mode;
      if (mode == Fails)
        return 77;
      for (int64_t k = 0; k < n && mode != Never; ++k)
        for (int turn = 0; turn < (mode == Twice ? 2 : 1); ++turn)
          if (int status = body(arg, mode == WrongChunk ? k + n : k, int(k % 4)))
            return status;
      return 0;
    }
  };
  for (Mode mode : {Right, Twice, Never, Fails, WrongChunk}) {
    CAPTURE(mode);
    OrderedCopy copy(1);
    Problem problem(4000, 4000);
    scatter(problem.x, 1);
    scatter(problem.y, 2);
    bool areThere = true;
    OnOrder hook([&](const kdsl_row_order &order, int64_t, int64_t) {
      areThere &= areAllRows(order.kept, problem.x) &&
                  areAllRows(order.reduced, problem.y);
    });
    Pool one{mode};
    kdsl_pool pool{&one, Pool::run, 4};
    kdsl_exec exec = {};
    exec.pool = &pool;
    const int status = kdsl_call_v1(&copy.kernel, &problem.args, &exec);
    CHECK(status == (mode == Right ? int(KDSL_OK) : int(KDSL_EARG)));
    CHECK((status == KDSL_OK || lastErrorHas("exec.pool")));
    CHECK(areThere);
  }
}

TEST_CASE("tick ends the sorting of many rows") {
  OrderedCopy copy(1);
  Problem problem(1'000'000, 1'000'000);
  scatter(problem.x, 1);
  scatter(problem.y, 2);
  std::atomic<bool> isOrdered{false};
  OnOrder hook([&](const kdsl_row_order &, int64_t, int64_t) { isOrdered = true; });
  for (int threads : {1, 2}) {
    int ticksLeft = 1; // the first one comes before any work
    kdsl_exec exec = {};
    exec.threads = threads;
    exec.tick = [](void *user, double) {
      return --*static_cast<int *>(user) < 0 ? 1 : 0;
    };
    exec.user = &ticksLeft;
    CHECK(kdsl_call_v1(&copy.kernel, &problem.args, &exec) == KDSL_ECANCELLED);
    CHECK_FALSE(isOrdered);
  }
}

TEST_CASE("rows are put in order in the default float mode") {
  constexpr unsigned ftzDazUpUnmasked = 0xDF40 & ~0x1F80u;
  const unsigned before = _mm_getcsr();
  OrderedCopy copy(1);
  Problem problem(2000, 2000);
  scatter(problem.x, 1);
  problem.x[0] = std::nanf(""); // compared, which would raise SIGFPE
  kdsl_exec exec = {};
  exec.threads = 1;
  _mm_setcsr(ftzDazUpUnmasked);
  const int status = kdsl_call_v1(&copy.kernel, &problem.args, &exec);
  _mm_setcsr(before);
  CHECK(status == KDSL_OK);
}
