//===- Derivation.cpp - formulas for derived programs ---------------------===//

#include "compiler/reference/Derivation.h"
#include "compiler/reference/ForwardMode.h"
#include "llvm/ADT/MapVector.h"

namespace kdslc::reference {

static bool isLeaf(const Expr &e) {
  return e.kind == ExprKind::Reduce || e.kind == ExprKind::Input;
}

static bool nowhere(const Expr &) { return false; }

namespace {

class Expansion {
public:
  Expansion(CheckedProgram program, std::deque<Expr> &exprs)
      : program(std::move(program)), pool(exprs),
        make(pool, this->program.indices) {}

  llvm::Error run(const CheckedProgram &derived);
  void expandPartials();

  CheckedProgram program;

private:
  void tangents(const CheckedProgram &derived);
  void cotangents(const CheckedProgram &derived);
  void gather(const Expr &reduce);
  void gatherOutput(const Output &output, const Expr *cotangent);
  void gatherLeaf(
      const Expr *leaf, llvm::ArrayRef<const Expr *> formulas,
      llvm::ArrayRef<IndexId> indices, const Expr *ranges,
      const Expr *cotangent,
      llvm::function_ref<Contribution(llvm::ArrayRef<const Expr *>)> combine);
  const Expr *seed(const Expr *leaf, int64_t element);
  std::vector<const Expr *> along(const Expr *value, const Expr *leaf);
  const Expr *partial(Function function, const Expr *value, const Expr *leaf);
  const Expr *inputAt(unsigned input, llvm::ArrayRef<IndexId> rows);
  void output(const Output &signature, unsigned input);
  bool depends(const Expr *leaf) const { return varied.lookup(leaf); }
  void findVaried(llvm::ArrayRef<unsigned> inputs,
                  llvm::ArrayRef<const Expr *> order);

  ExprPool pool;
  ExprMaker make;
  llvm::DenseMap<const Expr *, bool> varied;
  /// Cotangents of inputs and reductions, over their free indices.
  llvm::MapVector<const Expr *, const Expr *> gathered;
};

} // namespace

const Expr *Expansion::inputAt(unsigned input, llvm::ArrayRef<IndexId> rows) {
  Expr e;
  e.kind = ExprKind::Input;
  e.input = input;
  e.type = program.inputs[input].type;
  if (e.type.elem == Elem::F16 || e.type.elem == Elem::BF16)
    e.type.elem = Elem::F32;
  e.subscripts.assign(rows.begin(), rows.end());
  return make.make(std::move(e));
}

//===----------------------------------------------------------------------===//
// jvp
//===----------------------------------------------------------------------===//

void Expansion::tangents(const CheckedProgram &derived) {
  const Derivation &how = *derived.derivation;
  size_t own = how.base->inputs.size();
  std::vector<const Expr *> roots;
  for (const Output &output : program.outputs)
    roots.push_back(output.value);
  Changes changes;
  for (const Expr *expr : inOrder(roots, nowhere))
    if (expr->kind == ExprKind::Input)
      for (size_t k = 0; k < how.inputs.size(); ++k)
        if (how.inputs[k] == expr->input)
          changes[expr] = inputAt(unsigned(own + k), expr->subscripts);
  size_t primal = program.outputs.size(), next = primal;
  for (size_t k = 0; k < primal; ++k) {
    Output output = program.outputs[k];
    if (!isFloat(output.type.elem))
      continue;
    const Expr *change = changeOf(output.value, changes, make);
    output.value = change ? change : make.number(output.value->type, 0);
    output.name = derived.outputs[next++].name;
    program.outputs.push_back(output);
  }
}

//===----------------------------------------------------------------------===//
// vjp
//===----------------------------------------------------------------------===//

/// The leaf changes in one element.
const Expr *Expansion::seed(const Expr *leaf, int64_t element) {
  Elem elem = leaf->type.elem;
  if (leaf->type.isScalar())
    return make.number({elem, {}}, 1);
  std::vector<const Expr *> parts;
  int64_t count = leaf->type.count();
  if (element > 0)
    parts.push_back(make.number({elem, {element}}, 0));
  parts.push_back(make.number({elem, {}}, 1));
  if (element + 1 < count)
    parts.push_back(make.number({elem, {count - element - 1}}, 0));
  return make.concat(std::move(parts), leaf->type);
}

void Expansion::findVaried(llvm::ArrayRef<unsigned> inputs,
                           llvm::ArrayRef<const Expr *> order) {
  for (const Expr *expr : order) {
    bool any = expr->kind == ExprKind::Input &&
               llvm::is_contained(inputs, expr->input);
    for (const Expr *arg : expr->args)
      any |= varied.lookup(arg);
    varied[expr] = any && isFloat(expr->type.elem);
  }
}

/// Adds to the cotangent of a leaf what one formula, or the arguments of one
/// reduction, say about it.
void Expansion::gatherLeaf(
    const Expr *leaf, llvm::ArrayRef<const Expr *> formulas,
    llvm::ArrayRef<IndexId> indices, const Expr *ranges, const Expr *cotangent,
    llvm::function_ref<Contribution(llvm::ArrayRef<const Expr *>)> combine) {
  std::vector<const Expr *> elements;
  const Expr *where = nullptr;
  bool any = false;
  for (int64_t k = 0; k < leaf->type.count(); ++k) {
    Changes changes;
    for (const Expr *expr : inOrder(formulas, isLeaf))
      if (isLeaf(*expr))
        changes[expr] = nullptr;
    changes[leaf] = seed(leaf, k);
    llvm::SmallVector<const Expr *, 2> moved;
    for (const Expr *formula : formulas)
      moved.push_back(changeOf(formula, changes, make));
    Contribution part = combine(moved);
    if (part.term) // an element that changes nothing has no rule either
      where = part.where;
    any |= part.term != nullptr;
    const Expr *product = make.mul(part.term, cotangent);
    if (part.chosen && product)
      product = make.select(part.chosen, product, nullptr);
    elements.push_back(make.total(product));
  }
  if (!any)
    return;
  for (const Expr *&element : elements)
    if (!element)
      element = make.number({leaf->type.elem, {}}, 0);
  const Expr *sum = make.concat(std::move(elements), leaf->type);
  Expr reduce;
  reduce.kind = ExprKind::Reduce;
  reduce.reduction = Reduction::Sum;
  for (IndexId index : indices)
    if (!llvm::is_contained(leaf->free, index))
      reduce.subscripts.push_back(index);
  if (!reduce.subscripts.empty()) {
    reduce.args = {sum};
    reduce.type = leaf->type;
    reduce.where = where;
    reduce.ranges = ranges;
    sum = make.make(std::move(reduce));
  } else {
    if (ranges) {
      Expr member = *ranges;
      member.kind = ExprKind::Member;
      sum = make.select(make.make(std::move(member)), sum, nullptr);
    }
    if (where)
      sum = make.select(where, sum, nullptr);
  }
  const Expr *&so = gathered[leaf];
  so = make.add(so, sum);
}

void Expansion::gatherOutput(const Output &output, const Expr *cotangent) {
  if (cotangent->type.elem != output.value->type.elem) {
    Expr e;
    e.kind = ExprKind::Convert;
    e.args = {cotangent};
    e.type = output.value->type;
    cotangent = make.make(std::move(e));
  }
  auto alone = [](llvm::ArrayRef<const Expr *> changes) {
    return Contribution{changes[0], nullptr};
  };
  for (const Expr *leaf : inOrder(output.value, isLeaf))
    if (isLeaf(*leaf) && depends(leaf))
      gatherLeaf(leaf, output.value, output.indices, nullptr, cotangent, alone);
}

void Expansion::gather(const Expr &reduce) {
  const Expr *cotangent = gathered.lookup(&reduce);
  if (!cotangent)
    return;
  llvm::SmallVector<IndexId, 3> indices(reduce.free.begin(), reduce.free.end());
  llvm::append_range(indices, reduce.subscripts);
  auto combine = [&](llvm::ArrayRef<const Expr *> changes) {
    return contributionOf(reduce, changes, make);
  };
  for (const Expr *leaf : inOrder(reduce.args, isLeaf))
    if (isLeaf(*leaf) && depends(leaf))
      gatherLeaf(leaf, reduce.args, indices, reduce.ranges, cotangent, combine);
}

/// The cotangent of one input, over indices of its own.
void Expansion::output(const Output &signature, unsigned input) {
  Output result = signature;
  for (AxisId axis : result.axes)
    result.indices.push_back(make.freshIndex(axis));
  ValueType type = inputAt(input, result.indices)->type;
  const Expr *sum = nullptr;
  for (auto [leaf, cotangent] : gathered) {
    if (leaf->kind != ExprKind::Input || leaf->input != input)
      continue;
    const Expr *own = cotangent, *onDiagonal = nullptr;
    for (size_t k = 0; k < result.indices.size(); ++k) {
      auto first = llvm::find(leaf->subscripts, leaf->subscripts[k]);
      size_t before = size_t(first - leaf->subscripts.begin());
      if (before == k) {
        own = make.rename(own, leaf->subscripts[k], result.indices[k]);
        continue;
      }
      onDiagonal =
          make.compare(Function::Eq, make.rowNumber(result.indices[before]),
                       make.rowNumber(result.indices[k]));
    }
    if (onDiagonal)
      own = make.select(onDiagonal, own, nullptr);
    sum = make.add(sum, own);
  }
  result.value = sum ? sum : make.number(type, 0);
  program.outputs.push_back(result);
}

void Expansion::cotangents(const CheckedProgram &derived) {
  const Derivation &how = *derived.derivation;
  std::vector<Output> primal = program.outputs;
  std::vector<const Expr *> roots;
  for (const Output &output : primal)
    roots.push_back(output.value);
  std::vector<const Expr *> order = inOrder(roots, nowhere);
  findVaried(how.inputs, order);
  auto next = unsigned(how.base->inputs.size());
  for (const Output &output : primal) {
    if (!isFloat(output.type.elem))
      continue;
    gatherOutput(output, how.mode == Derivation::Grad
                             ? make.number(output.value->type, 1)
                             : inputAt(next++, output.indices));
  }
  for (const Expr *expr : llvm::reverse(order))
    if (expr->kind == ExprKind::Reduce)
      gather(*expr);
  if (how.mode == Derivation::Vjp)
    program.outputs.clear();
  size_t first = program.outputs.size();
  for (size_t k = 0; k < how.inputs.size(); ++k)
    output(derived.outputs[first + k], how.inputs[k]);
}

//===----------------------------------------------------------------------===//
// grad in formulas
//===----------------------------------------------------------------------===//

static bool isPartial(const Expr &e) {
  return e.kind == ExprKind::Apply && (e.function == Function::Partial ||
                                       e.function == Function::Divergence ||
                                       e.function == Function::Laplacian);
}

/// The changes of `value` along each feature of `leaf`, zeros included.
std::vector<const Expr *> Expansion::along(const Expr *value,
                                           const Expr *leaf) {
  std::vector<const Expr *> all;
  for (int64_t k = 0; k < leaf->type.count(); ++k) {
    Changes changes;
    changes[leaf] = seed(leaf, k);
    const Expr *change = changeOf(value, changes, make);
    all.push_back(change ? change : make.number(value->type, 0));
  }
  return all;
}

/// One of the three functions, of arguments without any.
const Expr *Expansion::partial(Function function, const Expr *value,
                               const Expr *leaf) {
  if (function == Function::Partial)
    return make.concat(along(value, leaf), leaf->type);
  if (function == Function::Laplacian)
    value = partial(Function::Partial, value, leaf);
  const Expr *sum = nullptr;
  for (auto [k, change] : llvm::enumerate(along(value, leaf)))
    sum = make.add(sum, make.element(change, int64_t(k)));
  return sum;
}

void Expansion::expandPartials() {
  std::vector<const Expr *> roots;
  for (const Output &output : program.outputs)
    roots.push_back(output.value);
  Changes without;
  for (const Expr *expr : inOrder(roots, nowhere)) {
    Expr copy = ExprMaker::withOperands(*expr, without);
    if (!isPartial(*expr)) {
      without[expr] = make.make(std::move(copy));
      continue;
    }
    without[expr] = partial(expr->function, copy.args[0], copy.args[1]);
  }
  for (Output &output : program.outputs)
    output.value = without.lookup(output.value);
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

bool hasDerivatives(const CheckedProgram &program) {
  if (program.derivation)
    return true;
  std::vector<const Expr *> roots;
  for (const Output &output : program.outputs)
    roots.push_back(output.value);
  return llvm::any_of(inOrder(roots, nowhere),
                      [](const Expr *e) { return isPartial(*e); });
}

llvm::Error Expansion::run(const CheckedProgram &derived) {
  program.name = derived.name;
  program.schedules = derived.schedules;
  program.inputs = derived.inputs;
  if (derived.derivation->mode == Derivation::Jvp)
    tangents(derived);
  else
    cotangents(derived);
  if (make.exhausted)
    return llvm::createStringError("the derivative '" + derived.name +
                                   "' has too many operations for the "
                                   "reference interpreter");
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Expanded>>
expandDerivatives(const CheckedProgram &program) {
  if (!program.derivation) {
    auto result = std::make_unique<Expanded>();
    Expansion expansion(program, result->exprs);
    expansion.expandPartials();
    result->program = std::move(expansion.program);
    return std::move(result);
  }
  auto base = expandDerivatives(*program.derivation->base);
  if (!base)
    return base.takeError();
  Expansion expansion((*base)->program, (*base)->exprs);
  if (llvm::Error error = expansion.run(program))
    return std::move(error);
  (*base)->program = std::move(expansion.program);
  return std::move(*base);
}

} // namespace kdslc::reference
