//===- ArgLayout.cpp - the layout of a program's C argument struct --------===//

#include "compiler/output/ArgLayout.h"
#include "llvm/Support/MathExtras.h"

namespace kdslc {

static constexpr int64_t pointerBytes = 8;
static constexpr int64_t sizeBytes = 8; // int64_t

int64_t elemBytes(Elem elem) {
  switch (elem) {
  case Elem::Bool:
    return 1;
  case Elem::F16:
  case Elem::BF16:
    return 2;
  case Elem::I32:
  case Elem::F32:
    return 4;
  case Elem::I64:
  case Elem::F64:
    return 8;
  }
  llvm_unreachable("unknown element type");
}

int64_t valueBytes(Elem elem) {
  return elem == Elem::F16 || elem == Elem::BF16 ? 4 : elemBytes(elem);
}

namespace {
/// Hands out offsets; every member's alignment is its own size.
class StructBuilder {
public:
  int64_t add(int64_t bytes, int64_t count = 1) {
    offset = llvm::alignTo(offset, bytes);
    int64_t at = offset;
    offset += bytes * count;
    return at;
  }
  int64_t size() const { return llvm::alignTo(offset, pointerBytes); }

private:
  int64_t offset = 0;
};
} // namespace

static void place(ArgSlot &slot, StructBuilder &builder) {
  if (slot.byValue) {
    slot.offset = builder.add(valueBytes(slot.type.elem));
    return;
  }
  slot.offset = builder.add(pointerBytes);
  if (!slot.axes.empty() && !slot.isRanges)
    slot.strideOffset = builder.add(sizeBytes, slot.axes.size());
}

static ArgSlot makeInput(const Input &input) {
  ArgSlot slot;
  slot.name = input.name;
  slot.type = input.type;
  slot.axes = input.axes;
  slot.isRanges = input.isRanges;
  slot.byValue = !input.isRanges && input.axes.empty() && input.type.isScalar();
  return slot;
}

static ArgSlot makeOutput(const Output &output) {
  ArgSlot slot;
  slot.name = output.name;
  slot.isOutput = true;
  slot.type = output.type;
  slot.axes = output.axes;
  return slot;
}

ArgLayout computeArgLayout(const CheckedProgram &program) {
  ArgLayout layout;
  StructBuilder builder;
  layout.sizesOffset = builder.add(sizeBytes, program.axes.size());
  layout.iBaseOffset = builder.add(sizeBytes);
  layout.jBaseOffset = builder.add(sizeBytes);
  for (const Input &input : program.inputs) {
    layout.inputs.push_back(makeInput(input));
    place(layout.inputs.back(), builder);
  }
  for (const Output &output : program.outputs) {
    layout.outputs.push_back(makeOutput(output));
    place(layout.outputs.back(), builder);
  }
  layout.argsBytes = builder.size();
  return layout;
}

} // namespace kdslc
