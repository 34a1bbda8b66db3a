//===- MutantsTest.cpp - planted bugs that the GPU tests must see ---------===//
//
// Of rows j that stand in shared memory, and of one program of each kind. Those
// of what few programs have are in other files.
//
//===----------------------------------------------------------------------===//

#include "Subject.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc::test;

namespace {

/// Around tiles of 512 rows i, blocks of 32 and stages of 128 rows j, and with
/// several stages, several tiles and several parts.
const std::vector<std::vector<int64_t>> tileSizes = {
    {1, 1},   {67, 131},  {127, 33}, {128, 31},  {129, 32}, {511, 3},
    {512, 7}, {513, 127}, {2, 513},  {31, 1024}, {1, 1543}, {700, 260}};

//===----------------------------------------------------------------------===//
// Bugs of every kernel with staged rows
//===----------------------------------------------------------------------===//

const Place barrier = {"bar.sync 0"}, noBarrier = {"bar.sync 0", ""};
/// The inner loop, over groups of rows j, which counts the bytes of records.
const Place rowJ = {"ld.shared.v4.b32 {$j0, $j1, $j2, $j3}, [$record]"};

const std::vector<Mutation> barriers = {
    {"rows-replaced-while-read", false, {noBarrier}},
    {"rows-read-before-staged", false, {barrier, noBarrier}}};

const std::vector<Mutation> bounds = {
    {"stage-past-end",
     false,
     {{"sub.s64 $left, $to, $first\nmin.s64 $count, $left, 128",
       "sub.s64 $left, $to, $first\nmov.b64 $count, 128"}}},
    {"stage-not-guarded", false, {barrier, {"@$p bra $after", ""}}},
    {"stage-guard-one-more",
     false,
     {barrier,
      {"setp.le.s64 $p, $count, $thread", "setp.lt.s64 $p, $count, $thread"}}},
    {"row-not-clamped",
     false,
     {{"add.s64 $r, $first, $step\nselp.b64 $row, $r, $last, $p",
       "add.s64 $r, $first, $step\nmov.b64 $row, $r"}}},
    {"parts-begin-at-0",
     false,
     {{"mov.u32 $y, %ctaid.y\ncvt.u64.u32 $part, $y"},
      {"mul.lo.s64 $begin, $rows, $part", "mov.b64 $begin, 0"}}},
    {"tiles-overlap",
     false,
     {{"shl.b64 $first, $tile, 9\nsub.s64 $left, $rows, $first",
       "shl.b64 $first, $tile, 8\nsub.s64 $left, $rows, $first"}}},
    {"merge-not-guarded",
     true,
     {{"setp.ge.s32 $p, $thread, $count", "setp.gt.s32 $p, $thread, $count"}}},
    {"merge-one-part-less",
     true,
     {{"add.s64 $part, $part, 1\nsetp.ne.b64 $p, $part, $parts",
       "add.s64 $part, $part, 2\nsetp.lt.s64 $p, $part, $parts"}}},
    {"merge-one-part-more",
     true,
     {{"add.s64 $part, $part, 1\nsetp.ne.b64 $p, $part, $parts",
       "setp.ne.b64 $p, $part, $parts\nadd.s64 $part, $part, 1"}}},
    {"merge-one-part-only",
     true,
     {{"mad.lo.s64 $at, $part, $bytes, $first",
       "add.s64 $at, $bytes, $first"}}}};

const std::vector<Mutation> addresses = {
    {"stride-of-shared-rows",
     false,
     {{"shl.b64 $offset, $thread, 4\nmov.b64 $base, $rows",
       "shl.b64 $offset, $thread, 3\nmov.b64 $base, $rows"}}},
    {"stride-of-rows-j",
     false,
     {barrier,
      {"mul.lo.s64 $place, $j, $stride\nshl.b64 $offset, $place, 2",
       "mul.lo.s64 $place, $j, $stride\nshl.b64 $offset, $place, 3"}}},
    {"stride-of-records",
     false,
     {barrier,
      barrier,
      {"cvt.u64.u32 $offset, $j\nadd.s64 $record, $rows, $offset",
       "mul.wide.u32 $offset, $j, 2\nadd.s64 $record, $rows, $offset"}}}};

//===----------------------------------------------------------------------===//
// Bugs of one program
//===----------------------------------------------------------------------===//

const std::vector<Mutation> gaussian = {
    {"block-past-stage",
     false,
     {barrier,
      {"add.s32 $next, $j, 512\nmin.s32 $end, $next, $to",
       "add.s32 $next, $j, 512\nmov.b32 $end, $next"}}},
    {"tail-begins-late", false, {{"and.b64 $g, $n, -2", "mov.b64 $g, $n"}}},
    {"step-of-groups",
     false,
     {rowJ, {"add.s32 $j, $j, 32", "add.s32 $j, $j, 64"}}},
    {"group-one-more",
     false,
     {rowJ,
      {"setp.lt.s32 $p, $j, $end\n@$p bra $loop",
       "setp.le.s32 $p, $j, $end\n@$p bra $loop"}}},
    {"tail-one-more",
     false,
     {barrier,
      barrier,
      {"add.s64 $j, $j, 1"},
      {"setp.lt.s64 $p, $j, $end\n@$p bra $loop",
       "setp.le.s64 $p, $j, $end\n@$p bra $loop"}}},
    {"row-0-for-row-1",
     false,
     {rowJ,
      {"sub.f32 $d0, $x0, $y\nsub.f32 $d1, $x1, $y",
       "sub.f32 $d0, $x0, $y\nsub.f32 $d1, $x0, $y"}}},
    {"square-of-the-wrong-one",
     false,
     {rowJ, {"fma.rn.f32 $r, $d, $d, $q", "fma.rn.f32 $r, $d, $q, $d"}}},
    {"weight-and-sum-swapped",
     false,
     {{"ex2.approx.ftz.f32 $k, $t"},
      {"fma.rn.f32 $r, $k, $b, $sum", "fma.rn.f32 $r, $k, $sum, $b"}}},
    {"exponent-not-scaled",
     false,
     {{"mul.f32 $t, $scale, $q", "mov.b32 $t, $q"}}},
    {"exponent-of-the-wrong-sign",
     false,
     {{"cvt.rn.f32.f64 $scale, $q",
       "neg.f64 $q, $q\ncvt.rn.f32.f64 $scale, $q"}}},
    {"correction-of-the-wrong-sign",
     false,
     {{"sub.rn.f32 $high, $new, $old\nsub.rn.f32 $low, $term, $high",
       "sub.rn.f32 $high, $old, $new\nsub.rn.f32 $low, $term, $high"}}},
    {"block-sum-not-begun",
     false,
     {barrier, {"add.s32 $next, $j, 512"}, {"mov.b32 $sum, 0f00000000", ""}}},
    {"store-not-guarded",
     false,
     {{"@$p bra $after\nadd.rn.f32 $v, $sum, $low\nst.global.b32 [$at], $v",
       "add.rn.f32 $v, $sum, $low\nst.global.b32 [$at], $v"}}},
    {"partial-not-guarded",
     false,
     {{"setp.ne.b64 $split, $parts, 1"},
      {"@$split bra $save"},
      {"@$p bra $after\nst.global.b32 [$at], $v", "st.global.b32 [$at], $v"}}},
    {"partial-not-stored",
     false,
     {{"setp.ne.b64 $split, $parts, 1"},
      {"@$split bra $save"},
      {"@$p bra $after\nst.global.b32 [$at+512], $v", "@$p bra $after"}}}};

/// Of a filtered sweep.
const std::vector<Mutation> nearest = {
    {"step-of-groups",
     false,
     {{"cvt.u32.u64 $j, $wide\nadd.s32 $next, $j, 8",
       "cvt.u32.u64 $j, $wide\nadd.s32 $next, $j, 16"}}},
    {"last-of-equals",
     false,
     {rowJ,
      {"popc.b32 $n, $bits"},
      {"setp.ltu.f32 $p, $new, $best", "setp.leu.f32 $p, $new, $best"}}},
    {"last-of-equal-parts",
     true,
     {{"setp.ltu.f32 $p, $new, $best", "setp.leu.f32 $p, $new, $best"}}},
    {"row-of-the-bound",
     false,
     {rowJ,
      {"add.s64 $j, $first, $bit\nmul.lo.s64 $place, $j, $stride",
       "mov.b64 $j, $first\nmul.lo.s64 $place, $j, $stride"}}},
    {"bit-not-left-out",
     false,
     {rowJ,
      {"setp.ltu.f32 $p, $new, $best"},
      {"and.b32 $bits, $bits, $lower", ""}}},
    {"rows-behind-the-last",
     false,
     {rowJ,
      {"not.b32 $mask, $behind\nand.b32 $bits, $all, $mask",
       "not.b32 $mask, $behind\nmov.b32 $bits, $all"}}},
    {"passes-above",
     false,
     {rowJ,
      {"setp.ltu.f32 $p, $bound, $limit", "setp.gtu.f32 $p, $bound, $limit"}}},
    {"center-twice",
     false,
     {barrier,
      {"mul.rn.f32 $m, $y, 0fC0000000", "mul.rn.f32 $m, $y, 0fC0800000"}}},
    {"limit-too-low",
     false,
     {rowJ,
      {"fma.rn.f32 $limit, $best, 0f3F800004, $norm",
       "fma.rn.f32 $limit, $best, 0f3F000004, $norm"}}},
    {"group-not-filled",
     false,
     {barrier,
      {"st.shared.v4.b32 [$at], {0f00000000, 0f00000000, 0f00000000, "
       "0f7F800000}",
       ""}}},
    // The kernel that merges must get the parts in their order.
    {"parts-stored-backwards",
     false,
     {{"ld.param.b64 $parts, [$p5]\nld.param.b64 $rows, [$p4]"},
      {"mul.lo.s64 $begin, $rows, $part"},
      {"mul.lo.s64 $place, $all, $part",
       "sub.s64 $place, $parts, $part\nadd.s64 $place, $place, -1\n"
       "mul.lo.s64 $place, $all, $place"}}},
    {"index-not-guarded",
     false,
     {{"@$p bra $after\nst.global.b32 [$at], $k", "st.global.b32 [$at], $k"}}}};

std::vector<Mutation> joined(std::initializer_list<std::vector<Mutation>> all) {
  std::vector<Mutation> mutations;
  for (const auto &some : all)
    mutations.insert(mutations.end(), some.begin(), some.end());
  return mutations;
}

} // namespace

TEST_CASE("Planted bugs in a Gaussian sum are found") {
  GpuProgram program("gauss", "gauss_conv", {{"D", "3"}, {"E", "1"}});
  Subject subject(program, {{{"s", always(0.25 * std::sqrt(3))}}}, tileSizes);
  subject.checkMutants(joined({barriers, bounds, addresses, gaussian}));
}

TEST_CASE("Planted bugs in an argmin are found") {
  // Few values, so that most distances are equal to another; and many.
  auto coarse = [](const std::string &name) -> Maker {
    return [fine = spread(name, -1.5, 1.5)](int64_t row, int64_t feature) {
      return std::round(fine(row, feature));
    };
  };
  GpuProgram program("nearest", "nearest");
  Subject subject(program, {{{"x", coarse("x")}, {"y", coarse("y")}}, Makers()},
                  tileSizes);
  subject.checkMutants(joined({barriers, bounds, addresses, nearest}));
}
