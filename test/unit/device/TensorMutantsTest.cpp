//===- TensorMutantsTest.cpp - planted bugs in a filter of tensor cores ---===//
//
// A bound that is too high by little loses a pair only where the numbers that
// tensor cores get are off in one direction: the inputs are such rows, for
// which the bound is hardly below the distance.
//
//===----------------------------------------------------------------------===//

#include "Subject.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc::test;

namespace {

/// Around tiles of 256 rows i and stages of 64 rows j.
const std::vector<std::vector<int64_t>> filterSizes = {
    {1, 1}, {67, 131}, {256, 64}, {300, 65}, {33, 515}, {2, 700}};

/// Rows of one number, but for a part of each row's first one. Their mean is 0.
Maker level(double number, double step) {
  return [=](int64_t row, int64_t feature) {
    const double more = feature == 0 ? step * double(60 - row % 61) : 0;
    return (row / 32 % 2 ? -1 : 1) * (number + more);
  };
}

/// Rows of different sizes.
Maker scaled(const std::string &name) {
  return [fine = spread(name, -1, 1)](int64_t row, int64_t feature) {
    return std::ldexp(fine(row, feature), int(row % 5));
  };
}

/// Just below where it is rounded to the next number of f16, down to 1.
constexpr double roundedDown = 1 + 0.98 * 0x1p-11;
/// The least of h p^2 + q^2 / h is there, if q is what that is off: see
/// TensorFilter.h.
constexpr double least = 2.5;

const std::vector<Makers> filterInputs = {
    {{"x", level(roundedDown, 0)}, {"y", level(least, 0x1p-13)}},
    {{"x", level(least, 0)}, {"y", level(roundedDown, 0x1p-13)}},
    {{"x", scaled("x")}, {"y", scaled("y")}}};

const Place barrier = {"bar.sync 0"}, noBarrier = {"bar.sync 0", ""};
const Place staging = {"mul.rn.f32 $twice, $scale, 0fC0000000"};
const Place products = {"ld.shared.v2.b32 {$y0, $y1}, [$row]\n"
                        "mov.b32 $zero, 0f00000000"};
/// Behind the question whether one of the warp's pairs passes.
const Place passing = {"vote.sync.any.pred $any, $own, -1"};

const std::vector<Mutation> bounds = {
    {"residual-of-rows-i",
     false,
     {{"mul.rn.f32 $least, $norm, 0f3F7FF25B\n"
       "fma.rn.f32 $bound, $lost, 0fC5A05000, $least",
       "mul.rn.f32 $bound, $norm, 0f3F7FF25B"}}},
    {"residual-of-rows-j",
     false,
     {staging,
      {"fma.rn.f32 $bound, $lost, 0fC5A05000, $least",
       "mov.b32 $bound, $least"}}},
    {"residual-of-half-a-row",
     false,
     {{"redux.sync.max.u32 $largest, $own, $all"},
      {"shfl.sync.bfly.b32 $other, $norm, 2, 31, -1"},
      {"add.rn.f32 $lost, $half, $moved", "mov.b32 $lost, $half"}}},
    {"norm-of-rows-i",
     false,
     {{"mul.rn.f32 $least, $norm, 0f3F7FF25B", "mov.b32 $least, $norm"}}},
    {"norm-of-rows-j",
     false,
     {staging,
      {"mul.rn.f32 $least, $norm, 0f3F7FF25B", "mov.b32 $least, $norm"}}},
    {"limit-too-low",
     false,
     {{"mul.rn.f32 $limit, $threshold, 0f3F80000D",
       "mul.rn.f32 $limit, $threshold, 0f3F7F8000"}}},
    {"limit-of-the-own-row",
     false,
     {{"shfl.sync.idx.b32 $there, $own, $lane, 31, -1\n"
       "sub.rn.f32 $limit, $there, $norm",
       "sub.rn.f32 $limit, $own, $norm"}}},
    {"passes-above",
     false,
     {passing,
      {"setp.ltu.f32 $p, $bound, $limit", "setp.gtu.f32 $p, $bound, $limit"}}},
    {"passes-of-a-thread",
     false,
     {{"vote.sync.any.pred $any, $own, -1", "mov.pred $any, $own"}}},
    {"bits-of-the-own-lane",
     false,
     {passing,
      {"shfl.sync.idx.b32 $there, $bits, $lane, 31, -1",
       "mov.b32 $there, $bits"}}},
    {"bits-of-one-part",
     false,
     {passing, {"or.b32 $bits, $some, $more", "mov.b32 $bits, $some"}}}};

const std::vector<Mutation> rows = {
    {"center-read-before-stored", false, {barrier, noBarrier}},
    {"rows-replaced-while-read", false, {barrier, barrier, noBarrier}},
    {"rows-read-before-staged", false, {barrier, barrier, barrier, noBarrier}},
    {"center-of-rows-i-alone",
     false,
     {barrier,
      barrier,
      barrier,
      {"sub.rn.f32 $apart, $y, $center", "mov.b32 $apart, $y"}}},
    {"scale-of-half-a-row",
     false,
     {barrier,
      barrier,
      barrier,
      {"shfl.sync.bfly.b32 $other, $largest, 1, 31, -1",
       "mov.b32 $other, $largest"}}},
    {"scale-not-undone",
     false,
     {products, {"mul.rn.f32 $both, $ofRow, $scale", "mov.b32 $both, $ofRow"}}},
    {"products-of-the-wrong-sign",
     false,
     {{"mul.rn.f32 $twice, $scale, 0fC0000000",
       "mul.rn.f32 $twice, $scale, 0f40000000"}}},
    {"columns-of-the-first",
     false,
     {products,
      {"ld.shared.v2.b32 {$y2, $y3}, [$second]",
       "ld.shared.v2.b32 {$y2, $y3}, [$row]"}}},
    {"step-begun-anew",
     false,
     {products,
      {"ld.shared.v2.b32 {$y2, $y3}, [$second]"},
      {"ld.shared.v2.b32 {$y4, $y5}, [$nextStep]"},
      {"{$s0, $s1, $s2, $s3}", "{$zero, $zero, $zero, $zero}"}}},
    {"stride-of-staged-rows",
     false,
     {{"mad.lo.s64 $row, $place, 96, $shared",
       "mad.lo.s64 $row, $place, 64, $shared"}}}};

} // namespace

TEST_CASE("Planted bugs in a filter of tensor cores are found") {
  GpuProgram program("filters", "seven", {{"D", "20"}});
  Subject subject(program, filterInputs, filterSizes);
  subject.checkMutants(bounds);
  subject.checkMutants(rows);
}
