//===- Instruction.h - decoded kernels ------------------------------------===//
//
// What the parser makes of a kernel: instructions whose operands are places in
// a register file, and the layout of every state space.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_PTX_INSTRUCTION_H
#define KDSLC_TEST_PTX_INSTRUCTION_H

#include "test/ptx/Memory.h"
#include "test/ptx/Ptx.h"
#include <array>
#include <unordered_map>

namespace kdslc::ptx {

inline constexpr unsigned numLanes = 32;
using LaneMask = uint32_t; ///< one bit for each lane of a group

/// Where a register lies in a group's register file: a byte offset. Constants
/// and special registers are registers that the program does not write.
using Slot = uint32_t;

enum class Type : uint8_t {
  Pred,
  B8,
  U8,
  S8,
  B16,
  U16,
  S16,
  B32,
  U32,
  S32,
  F32,
  B64,
  U64,
  S64,
  F64,
};

/// Bytes of a value; 0 for predicates, which are kept as one bit a lane.
unsigned byteSize(Type type);
bool isSigned(Type type);
/// The type of a suffix such as "f32".
std::optional<Type> typeOfSuffix(std::string_view suffix);

enum class Space : uint8_t { Generic, Global, Shared, Const, Local, Param };
const char *spaceName(Space space);

/// What an instruction does to the flow of control; None: only to registers
/// and memory.
enum class Control : uint8_t { None, Branch, Exit, Barrier, WarpSync, Trap };

/// How a load or store goes to memory.
struct Access {
  Space space = Space::Generic;
  uint8_t elementBytes = 0;
  uint8_t count = 1;
  bool isSigned = false;
  bool nonCoherent = false; ///< memory that nobody writes during the launch
};

class Group;
struct Instruction;
/// Executes for the lanes of `mask`; false after a fault.
using Handler = bool (*)(Group &group, const Instruction &instruction,
                         LaneMask mask);

struct Instruction {
  /// Whether a load looks at any of these bytes of it.
  bool uses(unsigned first, unsigned count) const {
    uint64_t bytes = ((uint64_t(1) << count) - 1) << first;
    return usedBytes & bytes;
  }

  Handler execute = nullptr;
  std::array<Slot, 16> slots{}; ///< destinations, then sources, as written
  uint8_t numDestinations = 0;
  uint8_t numSlots = 0;
  uint8_t destinationBytes = 0; ///< width of the first destination register
  uint8_t sourceBytes = 0;      ///< width of the last source register
  uint8_t addressBytes = 0;     ///< width of the register with an address
  InstructionClass countedAs = InstructionClass::Other;
  Control control = Control::None;
  bool guarded = false;
  bool guardNegated = false;
  Access access;
  Slot guard = 0;
  uint32_t target = 0;   ///< of a branch
  uint32_t modifier = 0; ///< meaning is up to the handler
  int64_t offset = 0;    ///< added to an address
  /// The bytes of a load whose values matter, the first in the lowest bit.
  uint32_t usedBytes = ~0u;
  uint32_t line = 0;
  std::string_view text; ///< points into the module's text
};

/// A variable or parameter at its address in its state space.
struct Variable {
  std::string name;
  uint64_t address = 0;
  uint64_t bytes = 0;
};

enum class SpecialRegister : uint8_t {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NumWarps,
  LaneMaskEq,
  LaneMaskLt,
  LaneMaskLe,
  LaneMaskGt,
  LaneMaskGe,
  DynamicSharedBytes,
};

struct Kernel {
  struct Register {
    Slot slot;
    std::string name;
  };
  struct Constant {
    Slot slot;
    uint8_t bytes;
    uint64_t value;
  };

  KernelInfo info;
  std::vector<Instruction> code;
  std::vector<Register> registers;
  std::vector<Constant> constants;
  std::vector<std::pair<Slot, SpecialRegister>> specials;
  uint32_t fileBytes = 0;

  std::vector<Variable> params;
  std::vector<Variable> locals;
  std::vector<Variable> shared;
  uint64_t paramEnd = 0;  ///< end of the param space
  uint64_t localEnd = 0;  ///< end of the local space
  uint64_t sharedEnd = 0; ///< end of the static shared space
  bool usesDynamicShared = false;
  /// Has instructions that act across a warp, so that groups must be warps.
  bool usesWarps = false;
  /// The narrowest access to shared or global memory, at most 4: the unit in
  /// which races are looked for.
  uint8_t granule = 4;
};

/// State spaces begin above 0, so that a null pointer is never valid.
inline constexpr uint64_t paramBase = 0x210;
inline constexpr uint64_t localBase = 0x100;
inline constexpr uint64_t sharedBase = 0x400;
inline constexpr uint64_t dynamicSharedBase = 0x40000;

/// Where the spaces of a thread or a block appear among generic addresses:
/// outside of what a host process can own. Global and constant addresses are
/// the same in both.
inline constexpr uint64_t sharedWindow = uint64_t(1) << 56;
inline constexpr uint64_t localWindow = uint64_t(2) << 56;
inline constexpr uint64_t paramWindow = uint64_t(3) << 56;
inline constexpr uint64_t windowMask = ~((uint64_t(1) << 56) - 1);

/// Register files keep, before a register's lanes, which lanes were written
/// and, for predicates, the value.
inline constexpr uint32_t registerHeaderBytes = 16;

struct ModuleContents {
  std::string text;
  std::string version;
  std::string target;
  std::unordered_map<std::string, std::unique_ptr<Kernel>> kernels;
  std::vector<std::string> kernelNames; ///< in the order of the text

  struct Storage {
    std::string name;
    size_t bytes;
    bool isConstant;
    std::unique_ptr<std::byte[], Free> data;
  };
  std::vector<Storage> storage;
  DeviceMemory globals;
  DeviceMemory constants;
};

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_INSTRUCTION_H
