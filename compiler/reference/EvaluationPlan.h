//===- EvaluationPlan.h - in which order the interpreter computes ---------===//
//
// Cuts the expressions of a program into steps. A map step computes nodes for
// each row of their free indices; a reduce step runs over rows for each kept
// row. A value that a later step needs is stored in a table over its free
// indices, so nothing that depends on i alone is computed for each pair.
// Values of pairs are never stored.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_REFERENCE_EVALUATIONPLAN_H
#define KDSLC_REFERENCE_EVALUATIONPLAN_H

#include "compiler/frontend/Checked.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"

namespace kdslc::reference {

using NodeId = unsigned; ///< operands have smaller ids than their users

struct EvaluationNode {
  const Expr *expr = nullptr;
  llvm::SmallVector<NodeId, 3> operands; ///< args, then the predicate if any
  unsigned stage = 0; ///< how many reductions lie below, one inside another
  bool stored = false;
  /// Needed at every row, also where only sampled rows of the outputs are
  /// asked for, because a reduction runs over it.
  bool allRows = false;
};

struct EvaluationStep {
  bool isReduce = false;
  bool allRows = false;
  llvm::SmallVector<IndexId, 2> kept;
  llvm::SmallVector<IndexId, 2> bound; ///< empty for a map step
  std::vector<NodeId> computed;        ///< for each row or pair, in order
  std::vector<NodeId> read;            ///< tables of earlier steps
  std::vector<NodeId> results;         ///< tables that the step fills
};

struct EvaluationPlan {
  std::vector<EvaluationNode> nodes;
  std::vector<EvaluationStep> steps;
  llvm::DenseMap<const Expr *, NodeId> ids;
  /// For each index of the program: the last index of some output, whose rows
  /// may be a sample.
  std::vector<bool> sampled;

  /// \param sample whether the outputs are wanted at some rows only.
  /// Fails for what the interpreter does not evaluate.
  static llvm::Expected<EvaluationPlan> build(const CheckedProgram &program,
                                              bool sample);
};

} // namespace kdslc::reference

#endif // KDSLC_REFERENCE_EVALUATIONPLAN_H
