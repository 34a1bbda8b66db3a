//===- CpuLevelTest.cpp - choice of the instruction set -------------------===//

#include "runtime/cpu/CpuLevel.h"
#include "Faults.h"
#include "TestProgram.h"
#include <catch2/catch.hpp>

using namespace kdsl;
using namespace kdsl_test;

// A machine with everything.
static CpuidLeaves allLeaves() { return {~0u, ~0u, ~0u, ~0u, ~uint64_t(0)}; }

TEST_CASE("levels follow the cpuid bits") {
  CHECK(levelFromLeaves({}) == 1);
  CHECK(levelFromLeaves(allLeaves()) == KDSL_ISA_V4_AMX);
  // Without POPCNT; without LAHF.
  CpuidLeaves leaves = allLeaves();
  leaves.leaf1Ecx &= ~(1u << 23);
  CHECK(levelFromLeaves(leaves) == 1);
  leaves = allLeaves();
  leaves.extended1Ecx &= ~1u;
  CHECK(levelFromLeaves(leaves) == 1);
  // Without AVX2, FMA, LZCNT.
  leaves = allLeaves();
  leaves.leaf7Ebx &= ~(1u << 5);
  CHECK(levelFromLeaves(leaves) == 2);
  leaves = allLeaves();
  leaves.leaf1Ecx &= ~(1u << 12);
  CHECK(levelFromLeaves(leaves) == 2);
  leaves = allLeaves();
  leaves.extended1Ecx &= ~(1u << 5);
  CHECK(levelFromLeaves(leaves) == 2);
  // Without AMX-TILE, AMX-BF16.
  for (int missing : {24, 22}) {
    leaves = allLeaves();
    leaves.leaf7Edx &= ~(1u << missing);
    CHECK(levelFromLeaves(leaves) == 4);
  }
  // Without AVX512VL.
  leaves = allLeaves();
  leaves.leaf7Ebx &= ~(1u << 31);
  CHECK(levelFromLeaves(leaves) == 3);
}

TEST_CASE("a level counts only when the system keeps its registers") {
  CpuidLeaves leaves = allLeaves();
  leaves.xcr0 = 3; // no ymm
  CHECK(levelFromLeaves(leaves) == 2);
  leaves.xcr0 = 7; // no zmm
  CHECK(levelFromLeaves(leaves) == 3);
  leaves.xcr0 = 0xE7; // no matrices, or only their shapes
  CHECK(levelFromLeaves(leaves) == 4);
  leaves.xcr0 = 0x200E7;
  CHECK(levelFromLeaves(leaves) == 4);
  leaves.xcr0 = 0x600E7;
  CHECK(levelFromLeaves(leaves) == KDSL_ISA_V4_AMX);
}

TEST_CASE("this machine has a level") {
  const int level = cpuLevel();
  CHECK(level >= 1);
  CHECK(level <= KDSL_ISA_V4_AMX);
  CHECK(cpuLevel() == level);
#ifdef __clang__
  CHECK((level >= 3) == bool(__builtin_cpu_supports("x86-64-v3")));
  CHECK((level >= 4) == bool(__builtin_cpu_supports("x86-64-v4")));
#endif
}

TEST_CASE("objects hold the code of several levels", "[adv-R34]") {
  Problem problem(20, 30);
  kdsl_stats stats = {};
  kdsl_exec exec = {};
  exec.stats = &stats;
  for (int level : {2, 3, 4}) {
    pretendedLevel = level;
    CHECK(problem.run(&exec) == KDSL_OK);
    CHECK(std::string(stats.variant) == "x86-64-v" + std::to_string(level));
    CHECK(problem.isRight());
  }
  pretendedLevel = KDSL_ISA_V4_AMX;
  CHECK(problem.run(&exec) == KDSL_OK);
  CHECK(std::string(stats.variant) == "x86-64-v4-amx");
  // Linux refuses the registers of matrices, as to threads with small signal stacks.
  refusesMatrices = true;
  CHECK(problem.run(&exec) == KDSL_OK);
  CHECK(std::string(stats.variant) == "x86-64-v4");
  exec.isa = KDSL_ISA_V4_AMX;
  CHECK(problem.run(&exec) == KDSL_ETARGET);
  CHECK(lastErrorHas("x86-64-v4-amx was asked for"));
  exec.isa = KDSL_ISA_BEST;
  refusesMatrices = false;
  pretendedLevel = 3;
  exec.isa = KDSL_ISA_V4;
  CHECK(problem.run(&exec) == KDSL_ETARGET);
  CHECK(lastErrorHas("x86-64-v4 was asked for"));
  CHECK(kdsl_call_isa_v1(&pickKernel(), &problem.args, nullptr, KDSL_ISA_V4) ==
        KDSL_ETARGET);
  CHECK(kdsl_call_isa_v1(&pickKernel(), &problem.args, &exec, KDSL_ISA_V2) ==
        KDSL_OK);
  CHECK(std::string(stats.variant) == "x86-64-v2");
  pretendedLevel = 1;
  exec.isa = KDSL_ISA_BEST;
  CHECK(problem.run(&exec) == KDSL_ETARGET);
  CHECK(lastErrorHas("needs x86-64-v2, this machine runs x86-64 at"));
  pretendedLevel = 0;
}

TEST_CASE("levels that the object lacks", "[adv-R34]") {
  KernelCopy copy;
  Problem problem(20, 30);
  kdsl_exec exec = {};
  exec.isa = KDSL_ISA_V3;
  copy.kernel.n_variants = 1; // v4-amx only
  CHECK(kdsl_call_v1(&copy.kernel, &problem.args, &exec) == KDSL_ETARGET);
  CHECK(lastErrorHas("holds no code for x86-64-v3"));
  // A level of a newer compiler.
  copy.variants[0].isa = 9;
  CHECK(kdsl_call_v1(&copy.kernel, &problem.args, nullptr) == KDSL_ETARGET);
  CHECK(lastErrorHas("needs a level that is not known here"));
  copy.kernel.n_variants = 0;
  CHECK(kdsl_call_v1(&copy.kernel, &problem.args, nullptr) == KDSL_ETARGET);
  CHECK(lastErrorHas("holds no code"));
  CHECK(problem.isUntouched());
}
