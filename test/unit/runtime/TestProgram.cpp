//===- TestProgram.cpp - a program made by hand ---------------------------===//

#include "TestProgram.h"
#include <algorithm>
#include <cstddef>

using namespace kdsl_test;

std::function<void(int64_t, int64_t)> kdsl_test::onRows;
std::function<void(const kdsl_row_order &, int64_t, int64_t)> kdsl_test::onOrder;

/// Rows of a tile, in each phase.
static const int64_t tileRows[] = {64, 8};

static void scaleRows(const void *argument, void *const *temps, int64_t begin,
                      int64_t end, void *, void *, int64_t, int64_t) {
  const auto &args = *static_cast<const PickArgs *>(argument);
  begin *= tileRows[0];
  end = std::min(end * tileRows[0], args.N);
  auto *t = static_cast<float *>(temps[0]);
  for (int64_t j = begin; j < end; ++j)
    t[j] = args.s * args.y[j * args.y_stride[0]];
}

namespace {
/// Of one row i, over some rows j.
struct State {
  float sum = 0, best = 0;
  int64_t arg = -1;

  void take(float more, float value, int64_t row) {
    sum += more;
    if (row >= 0 && (arg < 0 || value > best)) {
      best = value;
      arg = row;
    }
  }
};
} // namespace

static void putRow(const PickArgs &args, int64_t i, const State &state) {
  args.a[i * args.a_stride[0]] = state.sum;
  args.idx[i * args.idx_stride[0]] = int32_t(state.arg + args.j_base);
}

static void pickRows(const void *argument, void *const *temps, int64_t begin,
                     int64_t end, void *scratch, void *partials,
                     int64_t partRows, int64_t parts) {
  const auto &args = *static_cast<const PickArgs *>(argument);
  auto *t = static_cast<const float *>(temps[0]);
  // The scratch memory is this worker's alone for the whole call.
  auto *mine = static_cast<volatile int64_t *>(scratch);
  *mine = begin;
  if (onRows)
    onRows(begin / parts * tileRows[1],
           std::min((end - 1) / parts * tileRows[1] + tileRows[1], args.M));
  for (int64_t item = begin; item < end; ++item) {
    const int64_t tile = item / parts, part = item % parts;
    for (int64_t k = 0; k < tileRows[1]; ++k) {
      const int64_t i = tile * tileRows[1] + k;
      if (i >= args.M)
        break;
      const float *x = args.x + i * args.x_stride[0];
      State state;
      const int64_t last = std::min((part + 1) * partRows, args.N);
      for (int64_t j = part * partRows; j < last; ++j) {
        const float value =
            x[0] * t[j] + x[1] * args.y[j * args.y_stride[0] + 1];
        state.take(value, value, j);
      }
      // A second worker on this scratch spoils the results.
      state.sum += *mine == begin ? 0.f : 1e30f;
      if (parts == 1)
        putRow(args, i, state);
      else
        static_cast<State *>(partials)[item * tileRows[1] + k] = state;
    }
  }
}

static void mergeRows(const void *argument, void *const *, int64_t begin,
                      int64_t end, void *, void *partials, int64_t,
                      int64_t parts) {
  const auto &args = *static_cast<const PickArgs *>(argument);
  for (int64_t i = begin * tileRows[1];
       i < std::min(end * tileRows[1], args.M); ++i) {
    State whole;
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t item = i / tileRows[1] * parts + part;
      const State &state = static_cast<const State *>(
          partials)[item * tileRows[1] + i % tileRows[1]];
      whole.take(state.sum, state.best, state.arg);
    }
    putRow(args, i, whole);
  }
}

static const kdsl_cpu_phase code[] = {
    {scaleRows, nullptr, tileRows[0], 0, 0, 1},
    {pickRows, mergeRows, tileRows[1], 32, int64_t(8 * sizeof(State)), 1}};
static const kdsl_variant variants[] = {
    {"x86-64-v4-amx", KDSL_ISA_V4_AMX, 0, code, 100},
    {"x86-64-v4", KDSL_ISA_V4, 0, code, 100},
    {"x86-64-v3", KDSL_ISA_V3, 0, code, 100},
    {"x86-64-v2", KDSL_ISA_V2, 0, code, 100}};

static const char *const sizeNames[] = {"M", "N"};
static const int32_t axisM[] = {0}, axisN[] = {1};
static const int64_t pairOfFeatures[] = {2};
static const kdsl_temp temps[] = {{1, 0, axisN, sizeof(float)}};
static const kdsl_phase phases[] = {{1, -1, axisN}, {1, 1, axisM}};

#define PICK_AT(FIELD) int64_t(offsetof(PickArgs, FIELD))
static const kdsl_arg arguments[] = {
    {"x", "", 0, KDSL_F32, 1, 1, axisM, pairOfFeatures, 2, PICK_AT(x),
     PICK_AT(x_stride), 0, 0},
    {"y", "", 0, KDSL_F32, 1, 1, axisN, pairOfFeatures, 2, PICK_AT(y),
     PICK_AT(y_stride), 1, 0},
    {"s", "", 0, KDSL_F32, 0, 0, nullptr, nullptr, 1, PICK_AT(s), -1, 0, 0},
    {"a", "", 1, KDSL_F32, 1, 0, axisM, nullptr, 1, PICK_AT(a),
     PICK_AT(a_stride), 0, 0},
    {"idx", "", 1, KDSL_I32, 1, 0, axisM, nullptr, 1, PICK_AT(idx),
     PICK_AT(idx_stride), 0, 0}};
#undef PICK_AT

static const kdsl_kernel kernel = {
    KDSL_ABI,  2,      "pick", "",       "",
    sizeNames, 5,      1,      2,        4,
    arguments, temps,  phases, variants, sizeof(PickArgs),
    nullptr,   nullptr, nullptr, nullptr, 0, 0, nullptr};

const kdsl_kernel &kdsl_test::pickKernel() { return kernel; }

KernelCopy::KernelCopy()
    : kernel(pickKernel()),
      variants(kernel.variants, kernel.variants + kernel.n_variants) {
  kernel.variants = variants.data();
}

static void pickInOrder(const void *, void *const *, int64_t begin, int64_t end,
                        void *, void *order, int64_t, int64_t) {
  if (onOrder)
    onOrder(*static_cast<const kdsl_row_order *>(order), begin, end);
}

OrderedCopy::OrderedCopy(int64_t fewestRows) {
  for (uint32_t k = 0; k < kernel.n_variants; ++k)
    ordered.push_back({int32_t(k), /*phase=*/1, /*kept=*/0, /*reduced=*/1,
                       /*cell_rows=*/32, /*record=*/4, fewestRows, pickInOrder});
  kernel.ordered = ordered.data();
  kernel.n_ordered = uint32_t(ordered.size());
}

Problem::Problem(int64_t M, int64_t N)
    : args(), x(size_t(2 * M)), y(size_t(2 * N)), a(size_t(M), -7.f),
      idx(size_t(M), -7) {
  for (size_t k = 0; k < x.size(); ++k)
    x[k] = float((k * 37) % 19) - 9;
  for (size_t k = 0; k < y.size(); ++k)
    y[k] = float((k * 53) % 23) - 11;
  args.M = M;
  args.N = N;
  args.x = x.data();
  args.y = y.data();
  args.s = 0.5f;
  args.a = a.data();
  args.idx = idx.data();
}

bool Problem::isRight() const {
  for (size_t i = 0; i < a.size(); ++i) {
    float sum = 0, best = 0;
    int64_t arg = -1;
    for (int64_t j = 0; j < args.N; ++j) {
      const float t = args.s * y[size_t(2 * j)];
      const float value = x[2 * i] * t + x[2 * i + 1] * y[size_t(2 * j) + 1];
      sum += value;
      if (arg < 0 || value > best) {
        best = value;
        arg = j;
      }
    }
    if (a[i] != sum || idx[i] != arg + args.j_base)
      return false;
  }
  return true;
}

bool Problem::isUntouched() const {
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i] != -7.f || idx[i] != -7)
      return false;
  return true;
}
