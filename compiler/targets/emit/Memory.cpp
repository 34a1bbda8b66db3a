//===- Memory.cpp - where arrays, parameters and scratch lie --------------===//

#include "compiler/targets/emit/Memory.h"
#include "compiler/output/Signature.h"

using namespace mlir;

namespace kdslc {

int64_t bytesOf(Type element) {
  return int64_t(llvm::divideCeil(element.getIntOrFloatBitWidth(), 8));
}

bool isStorage(Type element) { return element.isF16() || element.isBF16(); }

/// `type`, a number or a vector, with another element.
static Type withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}

Type storedType(Type type) {
  Type element = kdsl::featureElement(type);
  if (element.isInteger(1))
    return withElement(type, IntegerType::get(type.getContext(), 8));
  return isStorage(element)
             ? withElement(type, IntegerType::get(type.getContext(), 16))
             : type;
}

Type heldType(Type type) {
  return isStorage(kdsl::featureElement(type))
             ? withElement(type, Float32Type::get(type.getContext()))
             : type;
}

CheckedProgram signatureOf(kdsl::ProgramOp program) {
  auto original = program->getAttrOfType<StringAttr>("kdsl.program");
  SmallVector<StringRef> inputs, outputs;
  for (unsigned k = 0; k < program.getArgumentTypes().size(); ++k)
    inputs.push_back(kdsl::argumentName(program, k));
  for (unsigned k = 0; k < program.getResultTypes().size(); ++k)
    outputs.push_back(kdsl::resultName(program, k));
  return makeSignature(original ? original : program.getSymNameAttr(),
                       program->getAttrOfType<ArrayAttr>("kdsl.axes"),
                       program.getFunctionType(), inputs, outputs);
}

std::vector<Temporary> temporariesOf(kdsl::ProgramOp program) {
  std::vector<Temporary> temporaries;
  for (auto grid : program.getBody().getOps<ktile::GridOp>())
    for (Value result : grid.getResults()) {
      bool readAgain = llvm::any_of(result.getUsers(), [](Operation *user) {
        return !isa<kdsl::ReturnOp>(user);
      });
      if (!readAgain)
        continue;
      auto type = cast<kdsl::RowsType>(result.getType());
      temporaries.push_back({result, grid.getAxes(),
                             type.getWidth() * bytesOf(type.getElement())});
    }
  return temporaries;
}

Memory::Memory(OpBuilder &builder, kdsl::ProgramOp program, Value args,
               Value temps, Value scratch)
    : builder(builder), loc(program.getLoc()), program(program),
      signature(signatureOf(program)), layout(computeArgLayout(signature)),
      temporaries(temporariesOf(program)), args(args), temps(temps),
      scratch(scratch) {}

//===----------------------------------------------------------------------===//
// Addresses, loads and stores
//===----------------------------------------------------------------------===//

Value Memory::constant(int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, value, 64);
}

Value Memory::offsetBy(Value base, int64_t bytes) {
  if (bytes == 0)
    return base;
  return LLVM::GEPOp::create(builder, loc, base.getType(), builder.getI8Type(),
                             base, ArrayRef<LLVM::GEPArg>{int32_t(bytes)});
}

Value Memory::address(Value base, Value index, Type element) {
  return LLVM::GEPOp::create(builder, loc, base.getType(), storedType(element),
                             base, ArrayRef<LLVM::GEPArg>{index});
}

Value Memory::fromStored(Type type, Value stored) {
  Type element = kdsl::featureElement(type);
  if (isStorage(element)) {
    Value half = arith::BitcastOp::create(builder, loc, type, stored);
    return arith::ExtFOp::create(builder, loc, heldType(type), half);
  }
  if (!element.isInteger(1))
    return stored;
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(stored.getType()));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, stored,
                               zero);
}

Value Memory::load(Type type, Value address, unsigned alignment) {
  Type element = kdsl::featureElement(type);
  Value stored =
      LLVM::LoadOp::create(builder, loc, storedType(type), address,
                           alignment ? alignment : bytesOf(element));
  return fromStored(type, stored);
}

Value Memory::loadElement(Type element, Value address) {
  // Without effect on x86; on a GPU such loads go through a cache of their own.
  bool onDevice =
      cast<LLVM::LLVMPointerType>(address.getType()).getAddressSpace() != 0;
  auto loaded = LLVM::LoadOp::create(builder, loc, storedType(element), address,
                                     bytesOf(element));
  loaded.setInvariant(onDevice);
  return fromStored(element, loaded);
}

void Memory::store(Value value, Value address, unsigned alignment,
                   Type element) {
  if (!element)
    element = kdsl::featureElement(value.getType());
  Type type = withElement(value.getType(), element);
  if (isStorage(element)) {
    value = arith::TruncFOp::create(builder, loc, type, value);
    value = arith::BitcastOp::create(builder, loc, storedType(type), value);
  } else if (element.isInteger(1)) {
    value = arith::ExtUIOp::create(builder, loc, storedType(type), value);
  }
  LLVM::StoreOp::create(builder, loc, value, address,
                        alignment ? alignment : bytesOf(element));
}

void Memory::copy(Type element, Value from, Value to) {
  store(load(storedType(element), from), to);
}

Value Memory::field(int64_t offset, Type type) {
  Value address = offsetBy(args, offset);
  if (isa<LLVM::LLVMPointerType>(type))
    return LLVM::LoadOp::create(builder, loc, type, address, /*alignment=*/8);
  return load(type, address);
}

Value Memory::takeScratch(int64_t bytes) {
  Value address = offsetBy(scratch, scratchUsed);
  scratchUsed += (bytes + 63) / 64 * 64;
  return address;
}

//===----------------------------------------------------------------------===//
// The args struct
//===----------------------------------------------------------------------===//

Memory::Array Memory::argumentArray(const ArgSlot &slot, kdsl::RowsType type) {
  Array array;
  array.base = field(slot.offset, scratch.getType());
  for (unsigned k = 0; k < type.getAxes().size(); ++k)
    array.strides.push_back(
        field(slot.strideOffset + 8 * int64_t(k), builder.getI64Type()));
  array.element = type.getElement();
  array.width = type.getWidth();
  return array;
}

Memory::Array Memory::array(Value rows) {
  auto type = cast<kdsl::RowsType>(rows.getType());
  if (auto argument = dyn_cast<BlockArgument>(rows))
    return argumentArray(layout.inputs[argument.getArgNumber()], type);
  for (auto [k, temporary] : llvm::enumerate(temporaries)) {
    if (temporary.rows != rows)
      continue;
    Array array;
    array.base = LLVM::LoadOp::create(builder, loc, scratch.getType(),
                                      offsetBy(temps, 8 * int64_t(k)), 8);
    array.element = type.getElement();
    array.width = type.getWidth();
    Value stride = constant(array.width);
    for (Attribute axis : llvm::reverse(temporary.axes)) {
      array.strides.insert(array.strides.begin(), stride);
      stride = arith::MulIOp::create(builder, loc, stride, axisSize(axis));
    }
    return array;
  }
  llvm_unreachable("rows are an input or a temporary");
}

SmallVector<Memory::Array> Memory::destinations(Value gridResult) {
  SmallVector<Array> places;
  auto type = cast<kdsl::RowsType>(gridResult.getType());
  Operation *end = program.getBody().front().getTerminator();
  for (auto [k, returned] : llvm::enumerate(end->getOperands()))
    if (returned == gridResult)
      places.push_back(argumentArray(layout.outputs[k], type));
  for (const Temporary &temporary : temporaries)
    if (temporary.rows == gridResult)
      places.push_back(array(gridResult));
  return places;
}

Value Memory::axisSize(StringRef axis) {
  for (auto [k, known] : llvm::enumerate(signature.axes))
    if (known.name == axis)
      return field(layout.sizesOffset + 8 * int64_t(k), builder.getI64Type());
  llvm_unreachable("an axis of the program");
}

Value Memory::rowBase(bool reduced) {
  return field(reduced ? layout.jBaseOffset : layout.iBaseOffset,
               builder.getI64Type());
}

Value Memory::parameter(BlockArgument argument) {
  // f16 and bf16 come as float.
  return field(layout.inputs[argument.getArgNumber()].offset,
               heldType(argument.getType()));
}

Memory::Ranges Memory::ranges(Value set) {
  Type pointer = scratch.getType();
  auto turned = set.getDefiningOp<kdsl::TurnedOp>();
  auto argument = cast<BlockArgument>(turned ? turned.getRanges() : set);
  // The runtime puts the turned set behind the one that the caller gave.
  const int64_t first = turned ? 40 : 0;
  Value base = field(layout.inputs[argument.getArgNumber()].offset, pointer);
  auto member = [&](int64_t offset, Type type) {
    return LLVM::LoadOp::create(builder, loc, type,
                                offsetBy(base, first + offset), 8);
  };
  Ranges ranges;
  ranges.blocks = member(0, builder.getI64Type());
  ranges.rowEnd = member(8, pointer);
  ranges.sliceEnd = member(16, pointer);
  ranges.jBegin = member(24, pointer);
  ranges.jEnd = member(32, pointer);
  return ranges;
}

Value Memory::parameterFeature(BlockArgument argument, Value feature) {
  Type element = kdsl::featureElement(argument.getType());
  return load(element, address(parameterBase(argument), feature, element));
}

Value Memory::parameterBase(BlockArgument argument) {
  return field(layout.inputs[argument.getArgNumber()].offset,
               scratch.getType());
}

} // namespace kdslc
