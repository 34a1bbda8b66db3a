//===- ThreadsTest.cpp - blocks, barriers, races and warps ----------------===//

#include "test/ptx/TestSupport.h"
#include <numeric>

using namespace kdslc::ptx;
using Catch::Matchers::Contains;

namespace {

/// Registers, %t the thread, %rd0 out + 4 * (index in the grid).
const std::string start =
    ".reg .b64 %rd<9>;\n.reg .b32 %r<9>, %t;\n.reg .pred %p, %q;\n"
    "mov.u32 %t, %tid.x;\nmov.u32 %r0, %ctaid.x;\nmov.u32 %r1, %ntid.x;\n"
    "mad.lo.u32 %r0, %r0, %r1, %t;\nld.param.u64 %rd0, [out];\n"
    "mul.wide.u32 %rd1, %r0, 4;\nadd.u64 %rd0, %rd0, %rd1;\n"
    ".shared .align 4 .b8 s[4096];\nmul.wide.u32 %rd2, %t, 4;\n"
    "mov.b64 %rd3, s;\nadd.u64 %rd4, %rd3, %rd2;\n";

struct Result {
  std::vector<uint32_t> out;
  std::optional<Fault> fault;
  Counts counts;
};

Result runThreads(const std::string &body, uint32_t blocks, uint32_t threads,
                  uint64_t seed = 1, uint64_t limit = 1 << 24) {
  Result result;
  result.out.resize(blocks * threads);
  Device device;
  device.addOutput(result.out);
  device.launch.grid[0] = blocks;
  device.launch.block[0] = threads;
  device.launch.seed = seed;
  device.launch.instructionLimit = limit;
  result.fault =
      device.run(kernelText(".param .u64 out", start + body + "ret;\n"));
  result.counts = device.counts;
  return result;
}

void checkFault(const std::string &body, FaultKind kind,
                const std::string &message, uint32_t blocks = 1,
                uint32_t threads = 64) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    auto result = runThreads(body, blocks, threads, seed);
    INFO(body << "seed " << seed);
    REQUIRE(result.fault);
    CHECK(result.fault->kind == kind);
    CHECK_THAT(result.fault->message, Contains(message));
  }
}

/// out[i] = sum of the numbers below 5 * t, with loops of different length.
const std::string divergentLoop =
    "mul.lo.u32 %r2, %t, 5;\nmov.u32 %r3, 0;\nmov.u32 %r4, 0;\n"
    "setp.eq.u32 %p, %r2, 0;\n@%p bra DONE;\n"
    "LOOP: add.u32 %r3, %r3, %r4;\nadd.u32 %r4, %r4, 1;\n"
    "setp.lt.u32 %p, %r4, %r2;\n@%p bra LOOP;\n"
    "DONE: st.global.u32 [%rd0], %r3;\n";

/// Reverses the threads' numbers through shared memory.
const std::string reversal =
    "st.shared.u32 [%rd4], %t;\nbar.sync 0;\n"
    "mov.u32 %r2, %ntid.x;\nsub.u32 %r2, %r2, 1;\nsub.u32 %r2, %r2, %t;\n"
    "mul.wide.u32 %rd5, %r2, 4;\nadd.u64 %rd5, %rd3, %rd5;\n"
    "ld.shared.u32 %r3, [%rd5];\nst.global.u32 [%rd0], %r3;\n";

} // namespace

TEST_CASE("every thread runs once, whatever the order") {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    auto result = runThreads("st.global.u32 [%rd0], %r0;\n", 7, 50, seed);
    CHECK_FALSE(result.fault);
    std::vector<uint32_t> expected(350);
    std::iota(expected.begin(), expected.end(), 0);
    CHECK(result.out == expected);
    CHECK(result.counts.threads == 350);
    CHECK(result.counts[InstructionClass::StoreGlobal] == 350);
    CHECK(result.counts[InstructionClass::LoadParam] == 350);
    CHECK(result.counts[InstructionClass::Branch] == 350);
  }
}

TEST_CASE("grids and blocks have three dimensions") {
  std::vector<uint32_t> out(2 * 3 * 2 * 4 * 2 * 2);
  Device device;
  device.addOutput(out);
  uint32_t grid[] = {2, 3, 2}, block[] = {4, 2, 2};
  std::copy(grid, grid + 3, device.launch.grid);
  std::copy(block, block + 3, device.launch.block);
  CHECK_FALSE(device.run(
      kernelText(".param .u64 out",
                 ".reg .b32 %r<9>;\n.reg .b64 %rd<3>;\nmov.u32 %r0, %ctaid.z;\n"
                 "mad.lo.u32 %r0, %r0, 3, 0;\nmov.u32 %r1, %ctaid.y;\n"
                 "add.u32 %r0, %r0, %r1;\nmov.u32 %r1, %ctaid.x;\n"
                 "mad.lo.u32 %r0, %r0, 2, %r1;\nmov.u32 %r1, %tid.z;\n"
                 "mad.lo.u32 %r0, %r0, 2, %r1;\nmov.u32 %r1, %tid.y;\n"
                 "mad.lo.u32 %r0, %r0, 2, %r1;\nmov.u32 %r1, %tid.x;\n"
                 "mad.lo.u32 %r0, %r0, 4, %r1;\nmov.u32 %r2, %nctaid.y;\n"
                 "ld.param.u64 %rd0, [out];\nmul.wide.u32 %rd1, %r0, 4;\n"
                 "add.u64 %rd0, %rd0, %rd1;\nadd.u32 %r2, %r2, %r0;\n"
                 "st.global.u32 [%rd0], %r2;\nret;\n")));
  for (size_t i = 0; i < out.size(); ++i)
    REQUIRE(out[i] == i + 3);
}

TEST_CASE("lanes that diverge meet again") {
  auto result = runThreads(divergentLoop, 2, 40);
  CHECK_FALSE(result.fault);
  for (uint32_t i = 0; i < 80; ++i) {
    uint32_t n = i % 40 * 5;
    REQUIRE(result.out[i] == (n ? n * (n - 1) / 2 : 0));
  }
}

TEST_CASE("threads exchange values across a barrier") {
  for (const char *barrier :
       {"bar.sync 0", "barrier.sync 0", "barrier.cta.sync.aligned 0"}) {
    std::string body = reversal;
    body.replace(body.find("bar.sync 0"), 10, barrier);
    for (uint64_t seed = 0; seed < 6; ++seed) {
      auto result = runThreads(body, 3, 100, seed);
      CHECK_FALSE(result.fault);
      for (uint32_t i = 0; i < 300; ++i)
        REQUIRE(result.out[i] == 99 - i % 100);
    }
  }
}

TEST_CASE("one seed is one run") {
  std::string racy = reversal;
  racy.replace(racy.find("bar.sync 0;\n"), 12, "");
  auto message = [&](uint64_t seed) {
    auto result = runThreads(racy, 3, 96, seed);
    return result.fault ? result.fault->message : "";
  };
  bool differs = false;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    CHECK(message(seed) == message(seed));
    differs |= message(seed) != message(0);
  }
  CHECK(differs);
}

TEST_CASE("races in shared memory are found in every order") {
  // Without the barrier a thread reads what another one wrote, or has not
  // written, or overwrites what it read.
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::string body =
        "st.shared.u32 [%rd4], 0;\nbar.sync 0;\n"
        "st.shared.u32 [%rd4], %t;\n"
        "xor.b32 %r2, %t, 33;\nmul.wide.u32 %rd5, %r2, 4;\n"
        "add.u64 %rd5, %rd3, %rd5;\nld.shared.u32 %r3, [%rd5];\n";
    auto result = runThreads(body, 1, 64, seed);
    REQUIRE(result.fault);
    CHECK(result.fault->kind == FaultKind::Race);
  }
  // One thread writes what all read, before or after.
  checkFault("st.shared.u32 [%rd4], 0;\nbar.sync 0;\n"
             "ld.shared.u32 %r2, [s];\nsetp.eq.u32 %p, %t, 40;\n"
             "@%p st.shared.u32 [s], 1;\n",
             FaultKind::Race, "with no barrier between the two");
  // Two writers of the same value.
  checkFault("st.shared.u32 [s], 1;\n", FaultKind::Race, "wrote");
  // Neighbouring bytes are no race.
  CHECK_FALSE(
      runThreads("cvt.u64.u32 %rd5, %t;\nadd.u64 %rd5, %rd3, %rd5;\n"
                 "st.shared.u8 [%rd5], %t;\nld.shared.u8 %r2, [%rd5];\n",
                 1, 64)
          .fault);
}

TEST_CASE("races in global memory are found") {
  // Within a block.
  checkFault("ld.param.u64 %rd5, [out];\nst.global.u32 [%rd5], %t;\n",
             FaultKind::Race, "with no barrier between the two");
  // Between blocks a barrier does not help.
  std::string first = "setp.eq.u32 %p, %t, 0;\nld.param.u64 %rd5, [out];\n";
  checkFault(first + "@%p st.global.u32 [%rd5], 1;\n", FaultKind::Race,
             "wrote in the same launch", 2, 1);
  checkFault("st.global.u32 [%rd0], %t;\nbar.sync 0;\nxor.b32 %r2, %r0, 64;\n"
             "ld.param.u64 %rd5, [out];\nmul.wide.u32 %rd6, %r2, 4;\n"
             "add.u64 %rd5, %rd5, %rd6;\nst.global.u32 [%rd5], 0;\n",
             FaultKind::Race, "in the same launch", 2);
  // Within a block it does.
  CHECK_FALSE(runThreads("st.global.u32 [%rd0], %t;\nbar.sync 0;\n"
                         "ld.param.u64 %rd5, [out];\nxor.b32 %r2, %t, 1;\n"
                         "mul.wide.u32 %rd6, %r2, 4;\n"
                         "add.u64 %rd5, %rd5, %rd6;\n"
                         "ld.global.u32 %r3, [%rd5];\n",
                         1, 64)
                  .fault);
  // Read-only loads must not see what the launch wrote.
  checkFault("st.global.u32 [%rd0], %t;\nbar.sync 0;\n"
             "ld.global.nc.u32 %r2, [%rd0];\n",
             FaultKind::Race, "as read-only data");
}

TEST_CASE("a block that read is in the way of one that writes") {
  std::vector<uint32_t> data(1);
  for (uint64_t seed = 0; seed < 6; ++seed) {
    Device device;
    device.addInput(data);
    device.launch.grid[0] = 2;
    device.launch.seed = seed;
    auto fault = device.run(
        kernelText(".param .u64 data",
                   ".reg .b64 %rd;\n.reg .b32 %r<2>;\n.reg .pred %p;\n"
                   "ld.param.u64 %rd, [data];\nmov.u32 %r0, %ctaid.x;\n"
                   "setp.eq.u32 %p, %r0, 0;\n@%p ld.global.u32 %r1, [%rd];\n"
                   "@!%p st.global.u32 [%rd], 5;\nret;\n"));
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::Race);
    CHECK_THAT(fault->message, Contains("block ("));
  }
}

TEST_CASE("launches are ordered") {
  std::vector<uint32_t> data(1);
  Device device;
  device.addInput(data);
  auto module = parseGood(
      kernelText(".param .u64 data",
                 ".reg .b64 %rd;\n.reg .b32 %r;\n"
                 "ld.param.u64 %rd, [data];\nld.global.u32 %r, [%rd];\n"
                 "add.u32 %r, %r, 2;\nst.global.u32 [%rd], %r;\nret;\n"));
  for (int i = 0; i < 3; ++i)
    CHECK_FALSE(device.run(*module));
  CHECK(data[0] == 6);
}

TEST_CASE("barriers that not all threads reach are faults") {
  checkFault("setp.lt.u32 %p, %t, 60;\n@%p bar.sync 0;\n",
             FaultKind::BarrierDivergence,
             "waits for threads that have exited");
  checkFault("setp.lt.u32 %p, %t, 60;\n@%p ret;\nbar.sync 0;\n",
             FaultKind::BarrierDivergence,
             "waits for threads that have exited");
  checkFault("setp.lt.u32 %p, %t, 20;\n@%p bra ELSE;\nbar.sync 0;\n"
             "bra.uni DONE;\nELSE: bar.sync 0;\nDONE: ",
             FaultKind::BarrierDivergence,
             "waits here, another thread at line");
}

TEST_CASE("kernels that do not end are stopped") {
  auto result = runThreads("L: bra.uni L;\n", 1, 32, 0, 100000);
  REQUIRE(result.fault);
  CHECK(result.fault->kind == FaultKind::InstructionLimit);
  CHECK_THAT(result.fault->message,
             Contains("still running after 100000 instructions"));
  CHECK(runThreads("trap;\n", 1, 32).fault->kind == FaultKind::Trap);
}

TEST_CASE("shuffles move values within a warp") {
  auto shuffled = [](const std::string &instruction) {
    auto result = runThreads("add.u32 %r2, %t, 100;\n" + instruction +
                                 "\nst.global.u32 [%rd0], %r3;\n",
                             1, 64, 3);
    if (result.fault)
      FAIL(result.fault->message);
    return result.out;
  };
  auto butterfly = shuffled("shfl.sync.bfly.b32 %r3, %r2, 16, 31, -1;");
  auto down = shuffled("shfl.sync.down.b32 %r3|%p, %r2, 3, 31, -1;");
  auto up = shuffled("shfl.sync.up.b32 %r3, %r2, 1, 0, 0xffffffff;");
  auto quarter = shuffled("shfl.sync.idx.b32 %r3, %r2, 2, 0x181f, -1;");
  auto inside = shuffled("shfl.sync.down.b32 %r3|%p, %r2, 3, 31, -1;\n"
                         "selp.u32 %r3, 1, 0, %p;");
  for (uint32_t t = 0; t < 64; ++t) {
    uint32_t lane = t % 32;
    REQUIRE(butterfly[t] == 100 + (t ^ 16));
    REQUIRE(down[t] == 100 + (lane < 29 ? t + 3 : t));
    REQUIRE(inside[t] == (lane < 29));
    REQUIRE(up[t] == 100 + (lane ? t - 1 : t));
    REQUIRE(quarter[t] == 100 + t / 8 * 8 + 2);
  }
}

TEST_CASE("votes and reductions of a warp") {
  auto result =
      runThreads("setp.lt.u32 %p, %t, 40;\nvote.sync.ballot.b32 %r2, %p, -1;\n"
                 "vote.sync.all.pred %q, %p, -1;\nselp.b32 %r3, 1, 0, %q;\n"
                 "vote.sync.any.pred %q, !%p, -1;\nselp.b32 %r4, 2, 0, %q;\n"
                 "add.u32 %r3, %r3, %r4;\nredux.sync.add.u32 %r5, %t, -1;\n"
                 "activemask.b32 %r6;\nsetp.eq.u32 %q, %r6, -1;\n@!%q trap;\n"
                 "add.u32 %r2, %r2, %r3;\nadd.u32 %r2, %r2, %r5;\n"
                 "st.global.u32 [%rd0], %r2;\n",
                 1, 64);
  if (result.fault)
    FAIL(result.fault->message);
  CHECK(result.out[0] == ~0u + 1 + 496);
  CHECK(result.out[63] == 0xff + 2 + 1520);
}

TEST_CASE("diverged lanes of a warp wait for the lanes they name") {
  std::string body = "mov.u32 %r3, 0;\nsetp.lt.u32 %p, %t, 16;\n@%p bra LOW;\n"
                     "mov.u32 %r2, 5;\nbra.uni JOIN;\nLOW: mov.u32 %r2, 7;\n"
                     "JOIN: shfl.sync.bfly.b32 %r3, %r2, 16, 31, -1;\n"
                     "st.global.u32 [%rd0], %r3;\n";
  auto result = runThreads(body, 1, 32);
  CHECK_FALSE(result.fault);
  CHECK(result.out[0] == 5);
  CHECK(result.out[31] == 7);
  // Each half by itself.
  std::string halves =
      "setp.lt.u32 %p, %t, 16;\nselp.b32 %r2, 0xffff, 0xffff0000, %p;\n"
      "redux.sync.max.u32 %r3, %t, %r2;\nst.global.u32 [%rd0], %r3;\n";
  result = runThreads(halves, 1, 32);
  CHECK_FALSE(result.fault);
  CHECK(result.out[0] == 15);
  CHECK(result.out[16] == 31);
}

TEST_CASE("warp instructions that lanes do not reach are faults") {
  checkFault("setp.lt.u32 %p, %t, 40;\nmov.u32 %r3, 1;\n"
             "@%p bra SKIP;\nshfl.sync.bfly.b32 %r3, %t, 1, 31, -1;\n"
             "SKIP: bar.sync 0;\n",
             FaultKind::WarpDivergence, "waits for lanes of its warp");
  checkFault("shfl.sync.bfly.b32 %r3, %t, 1, 31, 1;\n",
             FaultKind::WarpDivergence, "not named by its own member mask");
  checkFault("shfl.sync.idx.b32 %r3, %t, 31, 31, -1;\n",
             FaultKind::WarpDivergence, "which does not take part", 1, 16);
}

TEST_CASE("a synchronised warp needs no barrier among its lanes") {
  std::string exchange =
      "st.shared.u32 [%rd4], %t;\n%sync%xor.b32 %r2, %t, 1;\n"
      "mul.wide.u32 %rd5, %r2, 4;\nadd.u64 %rd5, %rd3, %rd5;\n"
      "ld.shared.u32 %r3, [%rd5];\nst.global.u32 [%rd0], %r3;\n"
      "activemask.b32 %r4;\n";
  auto with = [&](const std::string &sync) {
    std::string body = exchange;
    return body.replace(body.find("%sync%"), 6, sync);
  };
  CHECK_FALSE(runThreads(with("bar.warp.sync -1;\n"), 1, 64).fault);
  checkFault(with(""), FaultKind::Race, "wrote");
}
