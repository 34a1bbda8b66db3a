//===- TestProgram.cpp - a program made by hand ---------------------------===//

#include "TestProgram.h"
#include <algorithm>
#include <cstddef>

using namespace kdsl_test;

std::function<void(int64_t, int64_t)> kdsl_test::onRows;

/// Rows of a tile, in each phase.
static const int64_t tileRows[] = {64, 8};

static void scaleRows(const void *argument, void *const *temps, int64_t begin,
                      int64_t end, void *) {
  const auto &args = *static_cast<const PickArgs *>(argument);
  begin *= tileRows[0];
  end = std::min(end * tileRows[0], args.N);
  auto *t = static_cast<float *>(temps[0]);
  for (int64_t j = begin; j < end; ++j)
    t[j] = args.s * args.y[j * args.y_stride[0]];
}

static void pickRows(const void *argument, void *const *temps, int64_t begin,
                     int64_t end, void *scratch) {
  const auto &args = *static_cast<const PickArgs *>(argument);
  begin *= tileRows[1];
  end = std::min(end * tileRows[1], args.M);
  auto *t = static_cast<const float *>(temps[0]);
  // The scratch memory is this worker's alone for the whole call.
  auto *mine = static_cast<volatile int64_t *>(scratch);
  *mine = begin;
  if (onRows)
    onRows(begin, end);
  for (int64_t i = begin; i < end; ++i) {
    const float *x = args.x + i * args.x_stride[0];
    float sum = 0, best = 0;
    int64_t arg = -1;
    for (int64_t j = 0; j < args.N; ++j) {
      const float value = x[0] * t[j] + x[1] * args.y[j * args.y_stride[0] + 1];
      sum += value;
      if (arg < 0 || value > best) {
        best = value;
        arg = j;
      }
    }
    // A second worker on this scratch spoils the results.
    const float spoil = *mine == begin ? 0.f : 1e30f;
    args.a[i * args.a_stride[0]] = sum + spoil;
    args.idx[i * args.idx_stride[0]] = int32_t(arg + args.j_base);
  }
}

static const kdsl_phase_fn phaseFunctions[] = {scaleRows, pickRows};
static const double pairCost[] = {1, 1};
static const kdsl_variant variants[] = {
    {"x86-64-v4", KDSL_ISA_V4, 0, phaseFunctions, tileRows, pairCost, 100},
    {"x86-64-v3", KDSL_ISA_V3, 0, phaseFunctions, tileRows, pairCost, 100},
    {"x86-64-v2", KDSL_ISA_V2, 0, phaseFunctions, tileRows, pairCost, 100}};

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
    sizeNames, 5,      1,      2,        3,
    arguments, temps,  phases, variants, sizeof(PickArgs),
    nullptr,   nullptr, nullptr, nullptr, 0, 0};

const kdsl_kernel &kdsl_test::pickKernel() { return kernel; }

KernelCopy::KernelCopy()
    : kernel(pickKernel()),
      variants(kernel.variants, kernel.variants + kernel.n_variants) {
  for (kdsl_variant &variant : variants)
    variant.pair_cost = cost.data();
  kernel.variants = variants.data();
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
