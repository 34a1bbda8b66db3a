//===- WeightedMutantsTest.cpp - planted bugs in sums of wide values ------===//

#include "Subject.h"
#include <catch2/catch.hpp>

using namespace kdslc::test;

namespace {

/// Around chains of 16 rows j, windows of 64 and sixteen of those, and blocks of
/// 256 rows i.
const std::vector<std::vector<int64_t>> wideSizes = {
    {1, 1}, {67, 147}, {257, 64}, {33, 15}, {2, 1100}};

/// A record of row j; behind it values are staged.
const Place record = {"st.shared.v4.b32 [$record], {$x, $y, $z, 0}"};

/// Where weights are left; the first ones that tensor cores take.
const Place leaving = {"xor.b64 $turned0, $four0, $row0\n"
                       "shl.b64 $bytes0, $turned0, 2"};
const Place weights = {"ld.shared.v4.b32 {$w0, $w1, $w2, $w3}, [$at]"};
const Place finite = {"setp.num.f32 $p, $sign, $sign"};

const std::vector<Mutation> sums = {
    {"small-of-a-weight",
     false,
     {leaving,
      weights,
      {"sub.rn.f32 $small, $w0, $big", "mov.b32 $small, 0f00000000"}}},
    {"small-of-a-value",
     false,
     {record,
      {"ld.global.nc.b32 $v, [$from]"},
      {"sub.rn.f32 $small, $v, $big", "mov.b32 $small, 0f00000000"}}},
    {"values-staged-in-another-order",
     false,
     {record,
      {"st.shared.v4.b32 [$at], {$a, $b, $c, $d}",
       "st.shared.v4.b32 [$at], {$b, $a, $c, $d}"}}},
    {"values-staged-over-others",
     false,
     {record,
      {"mad.lo.s64 $tile, $block, 3, $own", "mad.lo.s64 $tile, $block, 2, $own"}}},
    {"values-of-rows-behind-the-last",
     false,
     {record,
      {"min.s64 $block, $own, $last\nshl.b64 $row, $block, 4",
       "shl.b64 $row, $own, 4"}}},
    {"values-staged-twice",
     false,
     {record, {"setp.gt.u32 $p, $thread, 191", "setp.gt.u32 $p, $thread, 255"}}},
    {"values-staged-while-read",
     false,
     {{"min.s64 $count, $left, 64\nbar.sync 0", "min.s64 $count, $left, 64"}}},
    {"values-read-before-staged",
     false,
     {record,
      {"st.shared.v4.b32 [$at], {$a, $b, $c, $d}"},
      {"bar.sync 0", ""}}},
    {"weights-left-in-another-order",
     false,
     {leaving,
      {"st.shared.v4.b32 [$at], {$a, $b, $c, $d}",
       "st.shared.v4.b32 [$at], {$b, $a, $c, $d}"}}},
    {"weights-left-at-another-place",
     false,
     {{"xor.b64 $turned, $four, $row\nshl.b64 $bytes, $turned, 2",
       "shl.b64 $bytes, $four, 2"}}},
    {"weights-read-at-another-place",
     false,
     {{"xor.b64 $turned, $four, $row\nadd.s64 $base, $shared, $offset\n"
       "shl.b64 $bytes, $turned, 4",
       "add.s64 $base, $shared, $offset\nshl.b64 $bytes, $four, 4"}}},
    {"weights-read-before-left",
     false,
     {{"sub.s64 $count, $end, $start\nbar.warp.sync -1",
       "sub.s64 $count, $end, $start"}}},
    {"last-chain-alone",
     false,
     {leaving,
      weights,
      {"add.rn.f32 $sum, $sum, $chain", "mov.b32 $sum, $chain"}}},
    {"component-behind-the-last",
     false,
     {finite,
      {"setp.gt.u64 $q, $component, 19", "setp.gt.u64 $q, $component, 23"}}},
    {"sum-of-a-window-lost",
     false,
     {finite,
      {"add.rn.f32 $all, $before, $sum", "mov.b32 $all, $sum"}}}};

} // namespace

TEST_CASE("Planted bugs in sums of wide values are found") {
  GpuProgram program("wide", "smooth", {{"E", "20"}});
  Subject subject(program, {{}}, wideSizes);
  subject.checkMutants(sums);
}
