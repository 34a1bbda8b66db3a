//===- Faults.h - failures on demand --------------------------------------===//
//
// The linker wraps system functions and the CPU level of this test program
// (see CMakeLists.txt); these variables say when the wrappers fail.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_TEST_FAULTS_H
#define KDSL_TEST_FAULTS_H

#include <atomic>

namespace kdsl_test {

/// How many more calls succeed; negative: all.
extern std::atomic<int> allocationsLeft, threadsLeft;
/// The level of the machine; 0: the true one.
extern std::atomic<int> pretendedLevel;
/// Whether the process may not use the registers of AMX; else it may, under a
/// pretended level.
extern std::atomic<bool> refusesMatrices;
/// Whether there is no CUDA driver, and a function that it lacks.
extern std::atomic<bool> isDriverHidden;
extern std::atomic<const char *> hiddenSymbol;

} // namespace kdsl_test

#endif // KDSL_TEST_FAULTS_H
