//===- CpuLevel.cpp - which x86-64 level this machine runs ----------------===//
//
// The levels of the x86-64 psABI, as unions of cpuid bits. Reading cpuid traps
// into the hypervisor on virtual machines (tens of microseconds), hence the
// answer is kept.
//
//===----------------------------------------------------------------------===//

#include "runtime/cpu/CpuLevel.h"
#include <atomic>
#include <cpuid.h>
#include <kdsl/kdsl.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace kdsl;

static constexpr uint32_t bit(int n) { return 1u << n; }

// Leaf 1, ecx: SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT.
static constexpr uint32_t v2Leaf1 =
    bit(0) | bit(9) | bit(13) | bit(19) | bit(20) | bit(23);
// Leaf 0x80000001, ecx: LAHF.
static constexpr uint32_t v2Extended = bit(0);
// Leaf 1, ecx: FMA, MOVBE, OSXSAVE, AVX, F16C.
static constexpr uint32_t v3Leaf1 =
    bit(12) | bit(22) | bit(27) | bit(28) | bit(29);
// Leaf 7, ebx: BMI1, AVX2, BMI2.
static constexpr uint32_t v3Leaf7 = bit(3) | bit(5) | bit(8);
// Leaf 0x80000001, ecx: LZCNT.
static constexpr uint32_t v3Extended = bit(5);
// Leaf 7, ebx: AVX512 F, DQ, CD, BW, VL.
static constexpr uint32_t v4Leaf7 =
    bit(16) | bit(17) | bit(28) | bit(30) | bit(31);
// XCR0: the xmm and ymm state; then the mask and zmm state.
static constexpr uint64_t ymmState = bit(1) | bit(2);
static constexpr uint64_t zmmState = ymmState | bit(5) | bit(6) | bit(7);
// Leaf 7, edx: AMX-BF16, AMX-TILE. XCR0: shapes and contents of matrices.
static constexpr uint32_t amxLeaf7 = bit(22) | bit(24);
static constexpr uint64_t tileState = bit(17) | bit(18);

static bool has(uint64_t bits, uint64_t wanted) {
  return (bits & wanted) == wanted;
}

int kdsl::levelFromLeaves(const CpuidLeaves &leaves) {
  if (!has(leaves.leaf1Ecx, v2Leaf1) || !has(leaves.extended1Ecx, v2Extended))
    return 1;
  if (!has(leaves.leaf1Ecx, v3Leaf1) || !has(leaves.leaf7Ebx, v3Leaf7) ||
      !has(leaves.extended1Ecx, v3Extended) || !has(leaves.xcr0, ymmState))
    return 2;
  if (!has(leaves.leaf7Ebx, v4Leaf7) || !has(leaves.xcr0, zmmState))
    return 3;
  return has(leaves.leaf7Edx, amxLeaf7) && has(leaves.xcr0, tileState)
             ? KDSL_ISA_V4_AMX
             : 4;
}

static CpuidLeaves readLeaves() {
  CpuidLeaves leaves;
  unsigned a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d))
    leaves.leaf1Ecx = c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    leaves.leaf7Ebx = b;
    leaves.leaf7Edx = d;
  }
  if (__get_cpuid(0x80000001, &a, &b, &c, &d))
    leaves.extended1Ecx = c;
  // xgetbv exists only where OSXSAVE is set; inline assembly, since the
  // intrinsic would ask for the whole file to be compiled for XSAVE.
  if (has(leaves.leaf1Ecx, bit(27))) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    leaves.xcr0 = uint64_t(high) << 32 | low;
  }
  return leaves;
}

int kdsl::cpuLevel() {
  static std::atomic<int> known{0};
  int level = known.load(std::memory_order_relaxed);
  if (level == 0) {
    level = levelFromLeaves(readLeaves());
    known.store(level, std::memory_order_relaxed);
  }
  return level;
}

bool kdsl::mayUseLevel(int level) {
  if (level < KDSL_ISA_V4_AMX)
    return true;
  // arch_prctl's ARCH_REQ_XCOMP_PERM, for the contents of matrices.
  constexpr long ask = 0x1023, contents = 18;
  static const bool may = syscall(SYS_arch_prctl, ask, contents) == 0;
  return may;
}
