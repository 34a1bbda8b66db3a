//===- Memory.h - where arrays, parameters and scratch lie ----------------===//
//
// Addresses of everything that a phase function or kernel reads and writes: the
// args struct (laid out by ArgLayout), the temporaries, and scratch memory of a
// worker or block.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_EMIT_MEMORY_H
#define KDSLC_TARGETS_EMIT_MEMORY_H

#include "compiler/output/ArgLayout.h"
#include "dialects/ktile/Ktile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace kdslc {

/// The C signature of a program, read from its operation, so that a module
/// that was read back from text is laid out like the one that was compiled.
CheckedProgram signatureOf(kdsl::ProgramOp program);

/// A buffer of rows that lives between two grids of a program.
struct Temporary {
  mlir::Value rows; ///< the grid result
  mlir::ArrayAttr axes;
  int64_t rowBytes;
};
std::vector<Temporary> temporariesOf(kdsl::ProgramOp program);

/// Bytes of an element as arrays hold it.
int64_t bytesOf(mlir::Type element);

/// f16 and bf16, which are for storage: what is computed with, and what scratch
/// holds, is f32.
bool isStorage(mlir::Type element);
/// The type, of a number or a vector, that a value read from memory has.
mlir::Type heldType(mlir::Type type);
/// The type that it has in memory: bools are bytes and, so that no target has to
/// know their types, f16 and bf16 are integers.
mlir::Type storedType(mlir::Type type);

class Memory {
public:
  using Value = mlir::Value;

  /// \param args, temps, scratch  the pointers that the phase function takes.
  ///                 Arrays lie in the address space of `scratch`.
  Memory(mlir::OpBuilder &builder, kdsl::ProgramOp program, Value args,
         Value temps, Value scratch);

  /// Rows in memory: where the first is, and how far apart they are on each
  /// axis.
  struct Array {
    Value base;
    llvm::SmallVector<Value, 2> strides; ///< i64, in elements
    mlir::Type element;
    int64_t width;
  };
  /// The array behind an input or a temporary.
  Array array(Value rows);
  /// Where a grid result goes: outputs of the program and a temporary.
  llvm::SmallVector<Array> destinations(Value gridResult);

  Value axisSize(llvm::StringRef axis);
  Value axisSize(mlir::Attribute axis) {
    return axisSize(mlir::cast<mlir::StringAttr>(axis).getValue());
  }
  Value rowBase(bool reduced); ///< i_base or j_base
  /// A number parameter; a feature of a vector parameter.
  Value parameter(mlir::BlockArgument argument);
  Value parameterFeature(mlir::BlockArgument argument, Value feature);
  Value parameterBase(mlir::BlockArgument argument);

  /// A block-sparse set, as kdsl_ranges: addresses of its four arrays.
  struct Ranges {
    Value blocks, rowEnd, sliceEnd, jBegin, jEnd;
  };
  /// \param set  an input of the program, or one that is turned.
  Ranges ranges(mlir::Value set);

  /// Takes scratch memory; the address is 64-byte aligned.
  Value takeScratch(int64_t bytes);
  int64_t scratchBytes() const { return scratchUsed; }

  Value offsetBy(Value base, int64_t bytes);
  /// base + index * sizeof(element); `index` is an i64.
  Value address(Value base, Value index, mlir::Type element);
  /// The value of that type in memory, as `heldType` of it.
  Value load(mlir::Type type, Value address, unsigned alignment = 0);
  /// The same from the `storedType` of it. Every byte but 0 is true.
  Value fromStored(mlir::Type type, Value stored);
  /// An element of an array, which is constant while a grid runs.
  Value loadElement(mlir::Type element, Value address);
  /// \param element  how memory holds the value: f16 and bf16 are rounded to,
  ///                 once. By default as the value is.
  void store(Value value, Value address, unsigned alignment = 0,
             mlir::Type element = {});
  /// The element at `from`, bit by bit.
  void copy(mlir::Type element, Value from, Value to);
  Value constant(int64_t value);

private:
  Value field(int64_t offset, mlir::Type type);
  Array argumentArray(const ArgSlot &slot, kdsl::RowsType type);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  kdsl::ProgramOp program;
  CheckedProgram signature;
  ArgLayout layout;
  std::vector<Temporary> temporaries;
  Value args, temps, scratch;
  int64_t scratchUsed = 0;
};

} // namespace kdslc

#endif // KDSLC_TARGETS_EMIT_MEMORY_H
