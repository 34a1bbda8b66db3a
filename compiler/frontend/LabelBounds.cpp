//===- LabelBounds.cpp - inputs that hold labels ---------------------------===//

#include "compiler/frontend/LabelBounds.h"
#include "llvm/ADT/DenseSet.h"

namespace kdslc {

namespace {

/// Follows what is computed for every row, whatever the data are.
class Bounds {
public:
  explicit Bounds(size_t inputs) : bounds(inputs, 0) {}

  std::vector<int64_t> of(const CheckedProgram &program);

private:
  void note(const Expr &label, int64_t features);
  void visit(const Expr &expr);

  std::vector<int64_t> bounds;
  std::vector<const Expr *> waiting;
};

void Bounds::note(const Expr &label, int64_t features) {
  const Expr *source = &label;
  while (source->kind == ExprKind::Convert && isInteger(source->type.elem) &&
         source->args[0]->type.elem == Elem::I32)
    source = source->args[0];
  if (source->kind != ExprKind::Input)
    return;
  int64_t &bound = bounds[source->input];
  // An input of several numbers a row has labels and others.
  if (source->type.isScalar())
    bound = bound ? std::min(bound, features) : features;
}

void Bounds::visit(const Expr &expr) {
  auto follow = [&](size_t count) {
    waiting.insert(waiting.end(), expr.args.begin(),
                   expr.args.begin() + std::min(count, expr.args.size()));
  };
  if (expr.kind == ExprKind::Reduce && expr.where)
    return waiting.push_back(expr.where);
  if (expr.kind == ExprKind::Reduce && expr.ranges)
    return;
  bool chooses = expr.kind == ExprKind::Apply &&
                 (expr.function == Function::Select ||
                  expr.function == Function::And ||
                  expr.function == Function::Or);
  if (expr.kind == ExprKind::Apply && expr.function == Function::Lookup)
    note(*expr.args[1], expr.args[0]->type.shape[0]);
  follow(chooses ? 1 : expr.args.size());
}

std::vector<int64_t> Bounds::of(const CheckedProgram &program) {
  for (const Output &output : program.outputs)
    if (output.value)
      waiting.push_back(output.value);
  llvm::DenseSet<const Expr *> seen;
  while (!waiting.empty()) {
    const Expr *expr = waiting.back();
    waiting.pop_back();
    if (seen.insert(expr).second)
      visit(*expr);
  }
  return bounds;
}

} // namespace

std::vector<int64_t> labelBounds(const CheckedProgram &program) {
  if (!program.derivation)
    return Bounds(program.inputs.size()).of(program);
  // Its inputs are those of the base, then cotangents or tangents.
  std::vector<int64_t> bounds = labelBounds(*program.derivation->base);
  bounds.resize(program.inputs.size(), 0);
  return bounds;
}

} // namespace kdslc
