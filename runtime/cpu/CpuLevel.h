//===- CpuLevel.h - which x86-64 level this machine runs ------------------===//

#ifndef KDSL_RUNTIME_CPU_CPULEVEL_H
#define KDSL_RUNTIME_CPU_CPULEVEL_H

#include <stdint.h>

namespace kdsl {

/// What cpuid and xgetbv say, as far as the levels ask.
struct CpuidLeaves {
  uint32_t leaf1Ecx = 0;
  uint32_t leaf7Ebx = 0;
  uint32_t leaf7Edx = 0;
  uint32_t extended1Ecx = 0; ///< leaf 0x80000001
  uint64_t xcr0 = 0;         ///< register state that the system keeps
};

/// The highest level 1..4 of the x86-64 psABI that the leaves allow, or
/// KDSL_ISA_V4_AMX. A level counts only when the operating system saves its
/// registers.
int levelFromLeaves(const CpuidLeaves &leaves);

/// The level of this machine, found once and kept. Thread safe.
int cpuLevel();

/// Whether the process may use the registers of a level. Those of AMX are asked of
/// Linux, once, when code that needs them is about to run: from then on signals need
/// larger stacks. Thread safe.
bool mayUseLevel(int level);

} // namespace kdsl

#endif // KDSL_RUNTIME_CPU_CPULEVEL_H
