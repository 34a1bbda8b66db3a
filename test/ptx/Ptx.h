//===- Ptx.h - an interpreter of PTX that checks every step ---------------===//
//
// Runs the PTX that the compiler emits, on the host and with no GPU, and stops
// at the first thing that a GPU would leave undefined: an access outside live
// memory, misaligned or to bytes never written, a register read before it is
// written, a data race, a barrier that not all threads reach. Device addresses
// are host addresses. The order of blocks and the make-up of the groups of
// threads that run in lockstep follow from a seed, the errors of approximate
// functions from a second one, so that any run can be repeated.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_PTX_PTX_H
#define KDSLC_TEST_PTX_PTX_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kdslc::ptx {

enum class FaultKind {
  InvalidLaunch,         ///< sizes that the device or the kernel rules out
  OutOfRange,            ///< an access that is not inside one live range
  Misaligned,            ///< an address that is no multiple of the access
  UninitialisedMemory,   ///< bytes read that nobody wrote
  UninitialisedRegister, ///< a register read that this thread did not write
  ReadOnlyMemory,        ///< a store to constants or parameters
  Race,              ///< two threads, one place, no order, one of them writes
  BarrierDivergence, ///< not all threads of a block reach the same barrier
  WarpDivergence,    ///< not all named lanes reach a warp instruction
  DivisionByZero,    ///< an integer division with an unspecified result
  Trap,              ///< the kernel executed trap
  InstructionLimit,  ///< the kernel does not end within its budget
};

struct Fault {
  FaultKind kind;
  std::string message;
};

/// What an executed instruction is counted as. Accesses through a generic
/// address count as global, as that is what they nearly always are.
enum class InstructionClass : uint8_t {
  Fp32,
  Fp64,
  Integer,
  Convert,
  Special, ///< ex2, lg2, rcp, rsqrt, sqrt, sin, cos, tanh, approximate div
  LoadShared,
  StoreShared,
  LoadGlobal,
  StoreGlobal,
  LoadLocal,
  StoreLocal,
  LoadParam,
  LoadConst,
  Branch,
  Barrier,
  Other, ///< moves, selections, special registers, shuffles
};
inline constexpr size_t numClasses = size_t(InstructionClass::Other) + 1;

struct Counts {
  uint64_t of[numClasses] =
      {}; ///< instructions times the threads that ran them
  uint64_t threads = 0;

  uint64_t operator[](InstructionClass c) const { return of[size_t(c)]; }
  uint64_t total() const;
};

struct KernelInfo {
  std::string name;
  std::vector<size_t> paramBytes;
  size_t staticSharedBytes = 0;
  uint32_t maxThreads = 1024;            ///< of .maxntid or .reqntid
  uint32_t requiredBlock[3] = {0, 0, 0}; ///< of .reqntid; zeros when absent
};

struct Kernel;
struct ModuleContents;

/// A module as parsed, with the storage of its .global and .const variables.
class Module {
public:
  /// Null, and `error` set to "line N: ...", when `text` is not understood.
  static std::unique_ptr<Module> parse(std::string_view text,
                                       std::string &error);
  ~Module();

  const Kernel *kernel(std::string_view name) const;
  const KernelInfo &info(const Kernel &kernel) const;
  std::vector<std::string> kernelNames() const;
  std::string_view target() const;  ///< "sm_80"
  std::string_view version() const; ///< "7.8"

  struct Variable {
    void *address;
    size_t bytes;
  };
  /// The storage of a module-level .global or .const variable.
  std::optional<Variable> variable(std::string_view name) const;

  ModuleContents &contents() const { return *state; }

private:
  explicit Module(std::unique_ptr<ModuleContents> contents);
  std::unique_ptr<ModuleContents> state;
};

struct MemoryRange;

/// The live ranges of device memory, which bytes of them were written, and, per
/// launch, by which thread. Not safe to share between threads.
class DeviceMemory {
public:
  DeviceMemory();
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory &operator=(const DeviceMemory &) = delete;

  /// Registers a range of host memory as uninitialised device memory. False
  /// when it is empty or overlaps a live one.
  bool add(void *begin, size_t bytes);
  /// False when no live range begins there.
  bool remove(void *begin);

  /// Marks the bytes as written, as a copy from the host does; bytes outside
  /// live ranges are left out.
  void markInitialised(const void *begin, size_t bytes);
  /// Whether the bytes lie inside one live range.
  bool contains(const void *begin, size_t bytes) const;
  /// Whether the bytes lie inside one live range and all of them were written.
  bool isInitialised(const void *begin, size_t bytes) const;

  /// The range that holds the address; failing that the nearest one below it.
  MemoryRange *findAtOrBelow(uint64_t address) const;

  /// The number of the last event that orders accesses; see Races.h.
  uint32_t clock = 0;

private:
  std::vector<std::unique_ptr<MemoryRange>> ranges; ///< by address
};

struct Launch {
  uint32_t grid[3] = {1, 1, 1};
  uint32_t block[3] = {1, 1, 1};
  uint32_t dynamicSharedBytes = 0;
  const void *const *params = nullptr; ///< one pointer for each parameter
  uint64_t seed = 0;                   ///< of the order of blocks and threads
  uint64_t card = 0; ///< of the errors of approximate instructions
  /// Executed instructions, each times the threads that run it.
  uint64_t instructionLimit = 20'000'000'000;
};

/// Runs one launch to its end or to its first fault. `counts` is added to.
std::optional<Fault> run(const Module &module, const Kernel &kernel,
                         const Launch &launch, DeviceMemory &memory,
                         Counts &counts);

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_PTX_H
