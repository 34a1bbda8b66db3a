//===- EmitDevice.cpp - kernels to PTX ------------------------------------===//

#include "compiler/output/EmitDevice.h"
#include "compiler/Target.h"
#include "compiler/output/EmitLlvm.h"
#include "compiler/output/EmitObject.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace kdslc {

/// Only functions of the LLVM dialect can say that they are kernels.
static void makeKernel(LLVM::LLVMFuncOp function) {
  auto phase = function->getAttrOfType<DictionaryAttr>("kdsl.phase");
  if (!phase)
    return;
  Builder builder(function.getContext());
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  int64_t threads = phase.getAs<IntegerAttr>("threads").getInt();
  function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                    builder.getDenseI32ArrayAttr({int32_t(threads)}));
  // Without it ptxas spills a few registers where it hopes for more blocks.
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    builder.getI32IntegerAttr(1));
}

std::vector<DeviceModule> takeDeviceModules(ModuleOp module) {
  std::vector<DeviceModule> devices;
  for (Operation &op : llvm::make_early_inc_range(*module.getBody())) {
    auto target = op.getAttrOfType<StringAttr>("kdsl.isa");
    if (!target || !isDeviceTarget(target.getValue()))
      continue;
    auto device = llvm::find_if(devices, [&](const DeviceModule &known) {
      return known.target == target.getValue();
    });
    if (device == devices.end())
      device = devices.insert(
          device, {target.str(), ModuleOp::create(module.getLoc())});
    if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op))
      makeKernel(function);
    op.moveBefore(device->module->getBody(), device->module->getBody()->end());
  }
  return devices;
}

std::optional<std::string> emitPtx(const DeviceModule &device, int optLevel,
                                   std::string &error,
                                   llvm::function_ref<void(const llvm::Module &)>
                                       show) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module =
      emitLlvm(device.module.get(), context, optLevel, nullptr, device.target);
  if (!module) {
    error = "internal error in the translation to LLVM for " + device.target;
    return std::nullopt;
  }
  show(*module);
  auto ptx = emitMachineCode(*module, MachineCode::Assembly, optLevel, error,
                             device.target);
  // A function that LLVM cannot expand becomes a call without any error, and
  // fails only when a driver loads it.
  if (ptx && llvm::StringRef(*ptx).contains(".extern .func")) {
    error = "internal error: the code for " + device.target +
            " calls a function that no GPU has";
    return std::nullopt;
  }
  return ptx;
}

std::string compactPtx(llvm::StringRef ptx) {
  std::string text;
  for (llvm::StringRef line : llvm::split(ptx, '\n')) {
    line = line.split("//").first.trim();
    if (line.empty())
      continue;
    for (auto [place, sign] : llvm::enumerate(line)) {
      bool isSpace = sign == ' ' || sign == '\t';
      if (isSpace && llvm::StringRef(" \t,").contains(line[place - 1]))
        continue; // after another one, or a comma
      text += isSpace ? ' ' : sign;
    }
    text += '\n';
  }
  return text;
}

} // namespace kdslc
