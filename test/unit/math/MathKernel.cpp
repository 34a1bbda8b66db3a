//===- MathKernel.cpp - one elementary function, compiled and loaded ------===//

#include "MathKernel.h"
#include "compiler/output/EmitLlvm.h"
#include "compiler/output/EmitObject.h"
#include "compiler/targets/emit/LlvmConversion.h"
#include "compiler/targets/math/Passes.h"
#include "dialects/kdsl/Kdsl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Object/ObjectFile.h"
#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace kdslc_test {

static constexpr const char *moduleText = R"(
func.func @kernel(%px: !llvm.ptr, %py: !llvm.ptr, %po: !llvm.ptr, %count: i64)
    attributes {{kdsl.isa = "{isa}", kdsl.exp = "{exp}",
                passthrough = [["target-cpu", "{isa}"],
                               ["prefer-vector-width", "512"]]}} {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %lanes = arith.constant {lanes} : i64
  %three = arith.constant {three} : {integer}
  scf.for %i = %zero to %count step %one : i64 {{
    %at = arith.muli %i, %lanes : i64
    %ax = llvm.getelementptr %px[%at] : (!llvm.ptr, i64) -> !llvm.ptr, {element}
    %ay = llvm.getelementptr %py[%at] : (!llvm.ptr, i64) -> !llvm.ptr, {element}
    %ao = llvm.getelementptr %po[%at] : (!llvm.ptr, i64) -> !llvm.ptr, {element}
    %x = llvm.load %ax {{alignment = 4 : i64}} : !llvm.ptr -> {type}
    %y = llvm.load %ay {{alignment = 4 : i64}} : !llvm.ptr -> {type}
    %n = arith.fptosi %y : {type} to {integer}
    %o = {operation} {attributes} : {signature}
    llvm.store %o, %ao {{alignment = 4 : i64}} : {type}, !llvm.ptr
  }}
  return
}}
)";

static std::string printModule(const std::string &operation,
                               const std::string &element, const Shape &shape,
                               const std::string &exp,
                               const std::string &attributes) {
  bool scalar = shape.lanes == 0;
  std::string vector = fmt::format("vector<{}x", shape.lanes);
  std::string type = scalar ? element : vector + element + ">";
  std::string integer = scalar ? "i32" : vector + "i32>";
  bool powi = operation.find("fpowi") != std::string::npos;
  return fmt::format(
      moduleText, fmt::arg("isa", shape.isa), fmt::arg("exp", exp),
      fmt::arg("lanes", std::max(shape.lanes, 1)), fmt::arg("element", element),
      fmt::arg("type", type), fmt::arg("integer", integer),
      fmt::arg("three", scalar ? "3" : "dense<3>"),
      fmt::arg("operation", operation), fmt::arg("attributes", attributes),
      fmt::arg("signature", powi ? type + ", " + integer : type));
}

static std::string compileModule(const std::string &text) {
  mlir::DialectRegistry registry;
  kdslc::registerLlvmConversions(registry);
  mlir::MLIRContext context(registry);
  context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                      mlir::math::MathDialect, mlir::scf::SCFDialect,
                      mlir::vector::VectorDialect, mlir::LLVM::LLVMDialect,
                      kdsl::KdslDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  REQUIRE(module);
  mlir::PassManager passes(&context);
  passes.addNestedPass<mlir::func::FuncOp>(
      kdslc::elementary::createExpandMath());
  kdslc::addLlvmConversionPasses(passes);
  REQUIRE(succeeded(passes.run(*module)));
  llvm::LLVMContext llvmContext;
  auto ir = kdslc::translate(*module, llvmContext);
  REQUIRE(ir);
  auto machine = kdslc::createTargetMachine(kdslc::hostMachine, /*optLevel=*/3);
  std::string error;
  REQUIRE(kdslc::optimise(*ir, *machine, error));
  auto object = kdslc::emitMachineCode(*ir, *machine,
                                       kdslc::MachineCode::Object, error);
  INFO(error);
  REQUIRE(object);
  return *object;
}

static std::vector<std::string> findUndefined(const std::string &bytes) {
  auto file = llvm::cantFail(llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(bytes, "object")));
  std::vector<std::string> names;
  for (const llvm::object::SymbolRef &symbol : file->symbols()) {
    std::string name = llvm::cantFail(symbol.getName()).str();
    auto flags = llvm::cantFail(symbol.getFlags());
    if ((flags & llvm::object::SymbolRef::SF_Undefined) && !name.empty())
      names.push_back(name);
  }
  return names;
}

MathKernel::MathKernel(const std::string &operation, const std::string &element,
                       const Shape &shape, const std::string &exp,
                       const std::string &attributes)
    : step(std::max(shape.lanes, 1)),
      bytes(compileModule(
          printModule(operation, element, shape, exp, attributes))),
      undefined(findUndefined(bytes)) {
  jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
  llvm::cantFail(jit->addObjectFile(
      llvm::MemoryBuffer::getMemBufferCopy(bytes, "kernel")));
  entry = llvm::cantFail(jit->lookup("kernel"))
              .toPtr<void (*)(const void *, const void *, void *, int64_t)>();
}

MathKernel::~MathKernel() = default;

bool canRun(const std::string &isa) {
  if (isa == "x86-64-v4")
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
  if (isa == "x86-64-v3")
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return __builtin_cpu_supports("sse4.2");
}

} // namespace kdslc_test
