//===- EvaluationPlan.cpp - in which order the interpreter computes -------===//

#include "compiler/reference/EvaluationPlan.h"
#include "compiler/reference/Functions.h"
#include "compiler/reference/Reductions.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <map>
#include <tuple>

namespace kdslc::reference {

/// Short rows of an input are read again for each pair; longer ones are
/// converted once and stored.
static constexpr int64_t shortRow = 4;

namespace {
class PlanBuilder {
public:
  PlanBuilder(const CheckedProgram &program, EvaluationPlan &plan)
      : program(program), plan(plan) {}

  void markSampledIndices();
  void collectNodes();
  llvm::Error checkNodes() const;
  void propagateDemand();
  void markStored();
  void makeSteps();

private:
  /// Nodes of one key are computed in one step. Ordered so that steps follow
  /// one another: a reduction needs only smaller stages; a map needs
  /// reductions of its stage, and maps of it with fewer indices; nodes at all
  /// rows never need nodes at sampled rows.
  using Indices = std::vector<IndexId>;
  using Key = std::tuple<unsigned, bool, size_t, Indices, bool, Indices>;
  Key keyOf(NodeId id) const;

  void visit(const Expr *root);
  NodeId append(const Expr *expr);
  void collectInline(EvaluationStep &step, llvm::ArrayRef<NodeId> targets);

  const CheckedProgram &program;
  EvaluationPlan &plan;
};
} // namespace

static bool isReduce(const Expr &expr) { return expr.kind == ExprKind::Reduce; }

/// Operand number k: the arguments, then the predicate.
static const Expr *operandOf(const Expr &expr, size_t k) {
  return k < expr.args.size() ? expr.args[k] : expr.where;
}

static size_t operandCount(const Expr &expr) {
  return expr.args.size() + (expr.where ? 1 : 0);
}

void PlanBuilder::markSampledIndices() {
  for (const Output &output : program.outputs)
    if (!output.indices.empty())
      plan.sampled[output.indices.back()] = true;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

NodeId PlanBuilder::append(const Expr *expr) {
  EvaluationNode node;
  node.expr = expr;
  for (size_t k = 0; k < operandCount(*expr); ++k) {
    node.operands.push_back(plan.ids.lookup(operandOf(*expr, k)));
    node.stage = std::max(node.stage, plan.nodes[node.operands.back()].stage);
  }
  node.stage += isReduce(*expr);
  plan.nodes.push_back(std::move(node));
  return plan.nodes.size() - 1;
}

/// Post-order without recursion: chains may be a million nodes long.
void PlanBuilder::visit(const Expr *root) {
  std::vector<std::pair<const Expr *, size_t>> stack = {{root, 0}};
  while (!stack.empty()) {
    auto &[expr, next] = stack.back();
    if (plan.ids.count(expr)) {
      stack.pop_back();
    } else if (next < operandCount(*expr)) {
      const Expr *operand = operandOf(*expr, next++);
      stack.push_back({operand, 0});
    } else {
      plan.ids[expr] = append(expr);
      stack.pop_back();
    }
  }
}

void PlanBuilder::collectNodes() {
  for (const Output &output : program.outputs)
    visit(output.value);
}

static llvm::Error refuse(const llvm::Twine &what) {
  return llvm::createStringError(
      "the reference interpreter does not evaluate " + what);
}

llvm::Error PlanBuilder::checkNodes() const {
  for (const EvaluationNode &node : plan.nodes) {
    const Expr &expr = *node.expr;
    if (expr.kind == ExprKind::Apply && !canEvaluate(expr.function))
      return refuse("'" + functionName(expr.function) + "'");
    if (!isReduce(expr))
      continue;
    if (givesIndices(expr) && expr.subscripts.size() != 1)
      return refuse("'" + reductionName(expr.reduction) +
                    "' over several indices");
  }
  return llvm::Error::success();
}

void PlanBuilder::propagateDemand() {
  auto isSampled = [&](IndexId index) { return plan.sampled[index]; };
  for (const EvaluationNode &node : llvm::reverse(plan.nodes)) {
    for (NodeId operand : node.operands) {
      const Expr &value = *plan.nodes[operand].expr;
      bool runsOver = llvm::any_of(value.free, [&](IndexId index) {
        return isSampled(index) &&
               llvm::is_contained(node.expr->subscripts, index);
      });
      if (node.allRows || (isReduce(*node.expr) && runsOver))
        plan.nodes[operand].allRows = true;
    }
  }
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

PlanBuilder::Key PlanBuilder::keyOf(NodeId id) const {
  const EvaluationNode &node = plan.nodes[id];
  const Expr &expr = *node.expr;
  Indices free(expr.free.begin(), expr.free.end()), bound;
  if (isReduce(expr))
    bound.assign(expr.subscripts.begin(), expr.subscripts.end());
  return {node.stage, !isReduce(expr), free.size(), free, !node.allRows, bound};
}

static bool isCheap(const Expr &expr) {
  if (expr.kind == ExprKind::RowIndex || expr.kind == ExprKind::Member)
    return true;
  return expr.kind == ExprKind::Input && !expr.free.empty() &&
         expr.type.count() <= shortRow;
}

/// A node is stored when another step reads it, unless it is a value of pairs
/// or as cheap to read from the input.
void PlanBuilder::markStored() {
  for (const Output &output : program.outputs)
    plan.nodes[plan.ids.lookup(output.value)].stored = true;
  for (NodeId user = 0; user < plan.nodes.size(); ++user) {
    Key userKey = keyOf(user);
    for (NodeId operand : plan.nodes[user].operands) {
      EvaluationNode &node = plan.nodes[operand];
      bool isRowValue = isReduce(*node.expr) || node.expr->free.size() <= 1;
      node.stored |=
          isRowValue && !isCheap(*node.expr) && keyOf(operand) != userKey;
    }
  }
}

/// Adds what `targets` need and no table holds.
void PlanBuilder::collectInline(EvaluationStep &step,
                                llvm::ArrayRef<NodeId> targets) {
  llvm::DenseSet<NodeId> seen, own(step.results.begin(), step.results.end());
  std::vector<NodeId> stack(targets.begin(), targets.end());
  while (!stack.empty()) {
    NodeId id = stack.back();
    stack.pop_back();
    if (!seen.insert(id).second)
      continue;
    const EvaluationNode &node = plan.nodes[id];
    if (node.stored && !own.contains(id)) {
      step.read.push_back(id);
      continue;
    }
    step.computed.push_back(id);
    llvm::append_range(stack, node.operands);
  }
  llvm::sort(step.computed);
}

void PlanBuilder::makeSteps() {
  std::map<Key, std::vector<NodeId>> groups;
  for (NodeId id = 0; id < plan.nodes.size(); ++id)
    if (plan.nodes[id].stored || isReduce(*plan.nodes[id].expr))
      groups[keyOf(id)].push_back(id);
  for (auto &[key, results] : groups) {
    const EvaluationNode &first = plan.nodes[results.front()];
    EvaluationStep step;
    step.isReduce = isReduce(*first.expr);
    step.allRows = first.allRows;
    step.kept = first.expr->free;
    step.results = results;
    if (!step.isReduce) {
      collectInline(step, results);
      plan.steps.push_back(std::move(step));
      continue;
    }
    step.bound = first.expr->subscripts;
    std::vector<NodeId> operands;
    for (NodeId id : results)
      llvm::append_range(operands, plan.nodes[id].operands);
    collectInline(step, operands);
    plan.steps.push_back(std::move(step));
  }
}

llvm::Expected<EvaluationPlan>
EvaluationPlan::build(const CheckedProgram &program, bool sample) {
  EvaluationPlan plan;
  plan.sampled.resize(program.indices.size());
  PlanBuilder builder(program, plan);
  if (sample)
    builder.markSampledIndices();
  builder.collectNodes();
  if (llvm::Error error = builder.checkNodes())
    return std::move(error);
  builder.propagateDemand();
  builder.markStored();
  builder.makeSteps();
  return plan;
}

} // namespace kdslc::reference
