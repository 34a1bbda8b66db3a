//===- EmitProgram.h - one checked program to the kdsl dialect ------------===//
//
// EmitKdsl.cpp has formulas, maps and the program; EmitReduce.cpp the
// reductions; EmitFound.cpp the values at rows that these have found.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_FRONTEND_EMITPROGRAM_H
#define KDSLC_FRONTEND_EMITPROGRAM_H

#include "compiler/frontend/EmitFunctions.h"
#include "dialects/kdsl/Kdsl.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/SourceMgr.h"
#include <deque>

namespace kdslc {

/// A leaf of a formula that is read by rows: an array at row indices, or the
/// result of another reduction.
bool isRowLeaf(const Expr &expr);

/// Every node below `roots` in operand order, each once, without entering
/// reductions.
std::vector<const Expr *> postorder(llvm::ArrayRef<const Expr *> roots);

/// A reduction to row numbers or a count.
bool isNumbering(const Expr &reduce);

class ProgramEmitter {
public:
  using Value = mlir::Value;

  ProgramEmitter(const CheckedProgram &program, llvm::SourceMgr &sources,
                 mlir::OpBuilder &builder)
      : program(program), sources(sources), builder(builder),
        context(builder.getContext()) {}

  void emit();
  mlir::ArrayAttr scheduleWishes();

private:
  /// The values of the nodes of one region.
  using Values = llvm::DenseMap<const Expr *, Value>;

  mlir::Location location(SourceRange range);
  mlir::StringAttr axisName(AxisId axis) {
    return builder.getStringAttr(program.axes[axis].name);
  }
  kdsl::RowsType rowsType(llvm::ArrayRef<AxisId> axes, const ValueType &row);

  /// A pair operation under construction: its indices and its row operands.
  struct PairBody {
    llvm::SmallVector<IndexId> indices; ///< kept first
    std::vector<const Expr *> nodes;
    llvm::SetVector<const Expr *> leaves;
    /// Leaves at the row that a reduction has found.
    llvm::SetVector<const Expr *> gathered;
    llvm::SmallVector<Value> operands;
    llvm::SmallVector<mlir::Attribute> subscripts, names;
  };
  PairBody prepareBody(llvm::ArrayRef<IndexId> keep, llvm::ArrayRef<IndexId> over,
                       llvm::ArrayRef<const Expr *> roots,
                       std::optional<IndexId> found = std::nullopt);
  Values fillBody(mlir::Region &region, const PairBody &body);
  Values addArguments(mlir::Block &block, const PairBody &body);
  Value emitMember(const Expr &expr,
                   llvm::function_ref<Value(IndexId)> indexOf);
  void emitNodes(mlir::Block &block, const PairBody &body, Values &values);
  mlir::ArrayAttr axisNames(llvm::ArrayRef<IndexId> indices);
  llvm::SmallVector<IndexId> placesOf(const Expr &leaf) {
    if (leaf.kind == ExprKind::Reduce)
      return keptOrder(leaf);
    return llvm::SmallVector<IndexId>(leaf.subscripts.begin(), leaf.subscripts.end());
  }

  Value emitParameterNode(const Expr &expr);
  /// A row as it is computed with: what is stored narrow is wider then.
  Value converted(Value row, const Expr &leaf) {
    return FunctionEmitter(builder, location(leaf.range))
        .convert(row, mlirElement(leaf.type.elem, context));
  }
  Value emitNode(const Expr &expr, Values &values);
  Value rowsOf(const Expr &leaf);
  llvm::SmallVector<IndexId> keptOrder(const Expr &expr);
  Value emitReduce(const Expr &expr);
  Value rangesOf(const Expr &expr);
  Value emitNested(const Expr &expr);
  llvm::SmallVector<AxisId> axesOf(llvm::ArrayRef<IndexId> indices);
  Expr numbersOf(const Expr &expr);
  void addFound(PairBody &body, const Expr &expr, Value found,
                llvm::ArrayRef<IndexId> own);
  Value emitFound(const Expr &expr);
  Value emitFoundInLists(const Expr &expr);
  Value emitMap(const Expr &value, llvm::ArrayRef<IndexId> keep,
                llvm::ArrayRef<AxisId> axes, const ValueType &type);
  Value emitMean(const Expr &expr, Value sum, Value count,
                 llvm::ArrayRef<IndexId> countKept);
  llvm::SmallVector<Value> emitDerivation(const Derivation &derivation,
                                          llvm::ArrayRef<mlir::Type> outputs);

  /// True if a node depends on neither rows nor reductions.
  bool isParameter(const Expr *expr) { return parameters.count(expr); }

  const CheckedProgram &program;
  llvm::SourceMgr &sources;
  mlir::OpBuilder &builder;
  mlir::MLIRContext *context;
  mlir::Block *entry = nullptr;
  Values parameters; ///< values of the program's level
  Values reductions; ///< rows that a reduction gives
  std::deque<Expr> made; ///< reductions over one index of those over several
};

} // namespace kdslc

#endif // KDSLC_FRONTEND_EMITPROGRAM_H
