//===- Signature.cpp - a program's C signature from the dialect -----------===//

#include "compiler/output/Signature.h"
#include "dialects/kdsl/Kdsl.h"

using namespace mlir;

namespace kdslc {

Elem elemOf(Type element) {
  if (element.isF64())
    return Elem::F64;
  if (element.isF32())
    return Elem::F32;
  if (element.isF16())
    return Elem::F16;
  if (element.isBF16())
    return Elem::BF16;
  if (element.isInteger(64))
    return Elem::I64;
  return element.isInteger(32) ? Elem::I32 : Elem::Bool;
}

static ValueType valueTypeOf(Type row) {
  ValueType type;
  type.elem = elemOf(kdsl::featureElement(row));
  if (auto vector = dyn_cast<VectorType>(row))
    type.shape.append(vector.getShape().begin(), vector.getShape().end());
  return type;
}

static AxisId axisId(CheckedProgram &signature, StringRef name) {
  for (AxisId axis = 0; axis < signature.axes.size(); ++axis)
    if (signature.axes[axis].name == name)
      return axis;
  signature.axes.push_back({name.str(), {}});
  return AxisId(signature.axes.size() - 1);
}

CheckedProgram makeSignature(StringRef name, ArrayAttr axes, FunctionType type,
                             ArrayRef<StringRef> inputs,
                             ArrayRef<StringRef> outputs) {
  CheckedProgram signature;
  // Behind the "$" are the sizes of a body.
  signature.name = name.split('$').first.str();
  for (auto axis : axes.getAsRange<StringAttr>())
    signature.axes.push_back({axis.str(), {}});
  auto fill = [&](auto &slot, StringRef slotName, Type argument) {
    slot.name = slotName.str();
    auto rows = dyn_cast<kdsl::RowsType>(argument);
    slot.type = valueTypeOf(rows ? rows.getRow() : argument);
    if (rows)
      for (StringAttr axis : rows.getAxes())
        slot.axes.push_back(axisId(signature, axis.getValue()));
  };
  for (auto [name, argument] : llvm::zip(inputs, type.getInputs())) {
    Input &input = signature.inputs.emplace_back();
    if (auto ranges = dyn_cast<kdsl::RangesType>(argument)) {
      input.name = name.str();
      input.isRanges = true;
      for (StringAttr axis : {ranges.getKept(), ranges.getReduced()})
        input.axes.push_back(axisId(signature, axis.getValue()));
      continue;
    }
    fill(input, name, argument);
  }
  for (auto [output, result] : llvm::zip(outputs, type.getResults()))
    fill(signature.outputs.emplace_back(), output, result);
  return signature;
}

} // namespace kdslc
