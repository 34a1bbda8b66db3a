//===- RingMutantsTest.cpp - planted bugs where each two rows meet once ---===//

#include "Subject.h"
#include <catch2/catch.hpp>

using namespace kdslc::test;

namespace {

/// An odd and an even number of tiles of 64 rows, none and one, with and
/// without rows behind the last whole one.
const std::vector<std::vector<int64_t>> ringSizes = {
    {1}, {63}, {64}, {65}, {128}, {131}, {192}, {256}, {300}, {320}};

const Place barrier = {"bar.sync 0"}, noBarrier = {"bar.sync 0", ""};

const std::vector<Mutation> windows = {
    {"parts-of-the-first-launch",
     false,
     {{"add.s64 $part, $first, $y\nmul.lo.s64 $place, $part, $window",
       "mul.lo.s64 $place, $y, $window"}}},
    {"window-skipped",
     false,
     {{"or.b64 $begin, $next, $inside", "mov.b64 $begin, $next"}}},
    {"window-too-short",
     false,
     {{"shl.b64 $rows, $window, $twice\nadd.s64 $to, $from, $rows",
       "shl.b64 $rows, $window, $twice\nadd.s64 $to, $from, 32"}}},
    {"ring-not-closed",
     false,
     {{"setp.lt.s64 $p, $next, $whole\nselp.b64 $back, 0, $whole, $p",
       "mov.b64 $back, 0"}}},
    {"distance-of-tiles",
     false,
     {{"and.b64 $ahead, $place, -64\nadd.s64 $next, $ahead, 64",
       "and.b64 $ahead, $place, -64\nmov.b64 $next, $ahead"}}},
    {"opposite-tile-for-both",
     false,
     {{"and.pred $both, $isWhole, $isAhead", "mov.pred $both, $isWhole"}}},
    {"rest-in-the-ring",
     false,
     {{"setp.lt.s64 $isWhole, $tile, $whole",
       "setp.le.s64 $isWhole, $tile, $whole"}}},
    {"rest-of-one-window",
     false,
     {{"shl.b64 $twice, $place, 1", "mov.b64 $twice, $place"}}},
    {"states-begun-anew",
     false,
     {{"setp.eq.b64 $isFirst, $first, 0",
       "setp.eq.b64 $isFirst, $first, $first"}}},
    {"states-not-begun",
     false,
     {{"setp.eq.b64 $isFirst, $first, 0",
       "setp.ne.b64 $isFirst, $first, $first"}}},
    {"merged-more-than-there-are",
     true,
     {{"shr.u64 $turned, $all, 6\nmin.s64 $count, $turned, $ahead",
       "shr.u64 $turned, $all, 6\nmov.b64 $count, $turned"}}},
    {"merged-without-rows-j",
     true,
     {{"selp.b64 $turned, $count, 0, $isWhole", "mov.b64 $turned, 0"}}}};

/// Of the sums for rows j, behind the loops over rows that one of two has
/// alone.
const std::vector<Mutation> travels = {
    {"rows-read-before-staged", false, {barrier, barrier, barrier, noBarrier}},
    {"sums-read-before-stored",
     false,
     {barrier, barrier, barrier, barrier, noBarrier}},
    {"rows-not-twice",
     false,
     {{"st.shared.v4.b32 [$at], {$a, $b, $c, $d}\n"
       "st.shared.v4.b32 [$at+512], {$a, $b, $c, $d}",
       "st.shared.v4.b32 [$at], {$a, $b, $c, $d}"}}},
    {"sum-not-sent",
     false,
     {{"shfl.sync.idx.b32 $sum, $here, $next, 31, -1", "mov.b32 $sum, $here"}}},
    {"sum-sent-too-far",
     false,
     {{"add.s32 $n, $lane, 1\nand.b32 $next, $n, 31",
       "add.s32 $n, $lane, 2\nand.b32 $next, $n, 31"}}},
    {"sum-left-behind",
     false,
     {{"add.rn.f32 $sum, $here, $c\n"
       "shfl.sync.idx.b32 $there, $sum, $next, 31, -1",
       "add.rn.f32 $sum, 0f00000000, $c\n"
       "shfl.sync.idx.b32 $there, $sum, $next, 31, -1"}}},
    {"weight-of-the-row-itself",
     false,
     {{"ex2.approx.ftz.f32 $k, $t\nmul.f32 $c, $k0, $weight",
       "ex2.approx.ftz.f32 $k, $t\nmov.b32 $c, $k0"}}},
    {"sums-of-one-chunk",
     false,
     {{"shl.b64 $place, $chunk, 2\nadd.s64 $at, $rows, $place",
       "mov.b64 $at, $rows"}}},
    {"sums-of-one-warp",
     false,
     {{"shfl.sync.idx.b32 $sum, $here, $next, 31, -1"},
      {"ld.shared.b32 $a, [$first]\nld.shared.b32 $b, [$second]",
       "ld.shared.b32 $a, [$first]\nld.shared.b32 $b, [$first]"}}},
    {"state-of-another-part",
     false,
     {{"add.s64 $turned, $tiles, $parts\nshr.u64 $distance, $place, 6",
       "mov.b64 $turned, $parts\nshr.u64 $distance, $place, 6"}}}};

} // namespace

TEST_CASE("Planted bugs where each two rows meet once are found") {
  GpuProgram program("rings", "density");
  Subject subject(program, {{{"s", always(0.4)}}}, ringSizes);
  subject.checkMutants(windows);
  subject.checkMutants(travels);
}
