//===- PtxKernel.cpp - one elementary function as PTX ---------------------===//

#include "PtxKernel.h"
#include "compiler/output/EmitLlvm.h"
#include "compiler/output/EmitObject.h"
#include "compiler/targets/emit/LlvmConversion.h"
#include "compiler/targets/math/Passes.h"
#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace kdslc_test {

static constexpr const char *moduleText = R"(
func.func @kernel(%px: !llvm.ptr<1>, %py: !llvm.ptr<1>, %po: !llvm.ptr<1>)
    attributes {{kdsl.isa = "{isa}"}} {{
  %block = llvm.call_intrinsic "llvm.nvvm.read.ptx.sreg.ctaid.x"() : () -> i32
  %size = llvm.call_intrinsic "llvm.nvvm.read.ptx.sreg.ntid.x"() : () -> i32
  %thread = llvm.call_intrinsic "llvm.nvvm.read.ptx.sreg.tid.x"() : () -> i32
  %first = arith.muli %block, %size : i32
  %i = arith.addi %first, %thread : i32
  %ax = llvm.getelementptr %px[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, {t}
  %ay = llvm.getelementptr %py[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, {t}
  %ao = llvm.getelementptr %po[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, {t}
  %x = llvm.load %ax : !llvm.ptr<1> -> {t}
  %y = llvm.load %ay : !llvm.ptr<1> -> {t}
  %n = arith.fptosi %y : {t} to i32
  %three = arith.constant 3 : i32
  {before}
  %o = {operation} : {signature}
  llvm.store %o, %ao : {t}, !llvm.ptr<1>
  return
}}
)";

static std::string compileToPtx(const std::string &text,
                                const std::string &isa) {
  mlir::DialectRegistry registry;
  kdslc::registerLlvmConversions(registry);
  mlir::MLIRContext context(registry);
  context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                      mlir::math::MathDialect, mlir::LLVM::LLVMDialect,
                      kdsl::KdslDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  REQUIRE(module);
  mlir::PassManager passes(&context);
  passes.addNestedPass<mlir::func::FuncOp>(
      kdslc::elementary::createExpandMath());
  passes.addNestedPass<mlir::func::FuncOp>(
      kdslc::elementary::createGroupQuotients());
  kdslc::addLlvmConversionPasses(passes);
  REQUIRE(succeeded(passes.run(*module)));
  llvm::LLVMContext llvmContext;
  auto ir = kdslc::translate(*module, llvmContext, isa);
  REQUIRE(ir);
  ir->getFunction("kernel")->setCallingConv(llvm::CallingConv::PTX_Kernel);
  auto machine = kdslc::createTargetMachine(isa, /*optLevel=*/3);
  std::string error;
  CAPTURE(error);
  REQUIRE(kdslc::optimise(*ir, *machine, error));
  auto ptx = kdslc::emitMachineCode(*ir, *machine,
                                    kdslc::MachineCode::Assembly, error);
  INFO(error);
  REQUIRE(ptx);
  return *ptx;
}

static std::string printModule(const std::string &operation,
                               const std::string &element,
                               const std::string &isa) {
  bool powi = operation.find("fpowi") != std::string::npos;
  const size_t last = operation.rfind('\n') + 1;
  return fmt::format(moduleText, fmt::arg("isa", isa), fmt::arg("t", element),
                     fmt::arg("before", operation.substr(0, last)),
                     fmt::arg("operation", operation.substr(last)),
                     fmt::arg("signature", powi ? element + ", i32" : element));
}

PtxKernel::PtxKernel(const std::string &operation, const std::string &element,
                     const std::string &isa)
    : ptx(compileToPtx(printModule(operation, element, isa), isa)) {
  std::string error;
  module = kdslc::ptx::Module::parse(ptx, error);
  INFO(operation << " " << element << ": " << error);
  REQUIRE(module);
}

void PtxKernel::launch(void *x, void *y, void *out, size_t count,
                       size_t bytes) const {
  kdslc::ptx::DeviceMemory memory;
  for (void *array : {x, y, out})
    REQUIRE(memory.add(array, count * bytes));
  memory.markInitialised(x, count * bytes);
  memory.markInitialised(y, count * bytes);
  const void *params[] = {&x, &y, &out};
  kdslc::ptx::Launch launch;
  launch.grid[0] = uint32_t(count / block);
  launch.block[0] = block;
  launch.params = params;
  kdslc::ptx::Counts counts;
  auto fault = kdslc::ptx::run(*module, *module->kernel("kernel"), launch,
                               memory, counts);
  INFO((fault ? fault->message : ""));
  REQUIRE(!fault);
}

} // namespace kdslc_test
