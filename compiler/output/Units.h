//===- Units.h - parts of an object, from LLVM IR to bytes ----------------===//
//
// An object has a unit for each program at each x86 level, one for each GPU and
// one for the entry points. Units share nothing, so that LLVM, which takes most of
// the time of a compilation, works on them side by side.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_OUTPUT_UNITS_H
#define KDSLC_OUTPUT_UNITS_H

#include "compiler/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <memory>
#include <string>
#include <vector>

namespace kdslc {

struct Unit {
  std::string target; ///< "x86-64-v3", "sm_80"; empty: no instruction set
  std::unique_ptr<llvm::LLVMContext> context = {};
  std::unique_ptr<llvm::Module> module = {}; ///< until generate() consumes it
  std::string bitcode = {}; ///< the optimised module, if it was asked for
  std::string code = {};    ///< an object; of a GPU its PTX
  std::string cubin = {};   ///< if it was asked for
  std::string error = {};   ///< why something is missing
  bool isErrorOutside = false; ///< as ptxas is missing, or failed

  bool isDevice() const;
};

/// Takes the functions of a module of the LLVM dialect, and what they use, apart
/// by their targets, and translates them.
/// \returns a unit for each target, in the order of their first functions; one
///          that LLVM's verifier refuses has an error and no module.
std::vector<Unit> takeUnits(mlir::ModuleOp module);

/// A unit of x86 code for all levels, still empty.
Unit makeHostUnit();

/// What is wanted of units.
struct UnitRequest {
  const Options &options;
  bool bitcode = false;
  bool objects = false; ///< of x86; PTX is made always, for the entry points
  bool cubins = false;  ///< of the GPUs that `options` name
};

/// Optimises the module and makes what is asked for of it; of several units on a
/// thread each. Reasons of failures are in the units.
void generate(llvm::ArrayRef<Unit *> units, const UnitRequest &request);

/// What the bitcode of units of one machine holds as one module, in which only
/// entry points are global: for readers, as the code is made of the units.
std::unique_ptr<llvm::Module> joinUnits(llvm::ArrayRef<Unit *> units,
                                        llvm::LLVMContext &context);

} // namespace kdslc

#endif // KDSLC_OUTPUT_UNITS_H
