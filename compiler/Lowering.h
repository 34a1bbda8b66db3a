//===- Lowering.h - a module through the stages ---------------------------===//
//
// Runs the pipeline up to the latest stage that is asked for and keeps what
// each requested stage looks like.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_LOWERING_H
#define KDSLC_LOWERING_H

#include "compiler/Diagnostics.h"
#include "compiler/Options.h"
#include "compiler/frontend/Checked.h"
#include "compiler/output/EntryPoint.h"
#include "compiler/output/Units.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <map>

namespace kdslc {

class Lowering {
public:
  /// \param source  the checked file behind the module; null for MLIR text.
  Lowering(mlir::MLIRContext &context, const Options &options,
           const CheckedFile *source, DiagnosticEngine &diags)
      : context(context), options(options), source(source), diags(diags) {}

  /// Takes the module from the stage that its operations show through all
  /// stages up to the last one of `emit`.
  /// \returns the text or bytes of each requested stage from kdsl on; nothing
  ///          after an error, which is in the engine.
  std::map<Emit, std::string> run(mlir::ModuleOp module,
                                  llvm::ArrayRef<Emit> emit);

  /// The failure was outside: an external tool, or that it is not there, or a
  /// file that cannot be written.
  bool failedOutside() const { return outsideFailed; }

private:
  const CheckedProgram *sourceOf(llvm::StringRef symbol) const;
  bool explainDerivatives(mlir::ModuleOp module);
  bool refusesDerivative(mlir::ModuleOp module);
  void remark(mlir::ModuleOp planned);
  bool runStages(mlir::ModuleOp module, llvm::ArrayRef<Emit> emit);
  bool runBackEnd(mlir::ModuleOp module, llvm::ArrayRef<Emit> emit);
  bool areWhole(llvm::ArrayRef<Unit *> units);
  std::vector<DeviceImage> keepDevices(llvm::ArrayRef<Unit *> devices,
                                       llvm::ArrayRef<Emit> emit);
  bool keepTexts(llvm::ArrayRef<Unit *> host, llvm::ArrayRef<Unit *> devices,
                 bool isForGpu, llvm::ArrayRef<Emit> emit);
  bool fail(const std::string &message);
  void dump(Emit kind, llvm::StringRef text);
  bool wants(Emit kind, llvm::ArrayRef<Emit> emit) const;
  void keep(Emit kind, llvm::ArrayRef<Emit> emit,
            llvm::function_ref<std::string()> print);

  mlir::MLIRContext &context;
  const Options &options;
  const CheckedFile *source;
  DiagnosticEngine &diags;
  std::map<Emit, std::string> made;
  bool outsideFailed = false;
};

} // namespace kdslc

#endif // KDSLC_LOWERING_H
