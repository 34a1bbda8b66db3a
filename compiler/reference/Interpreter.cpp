//===- Interpreter.cpp - what a program means, computed slowly ------------===//

#include "compiler/reference/Accuracy.h"
#include "compiler/reference/Derivation.h"
#include "compiler/reference/Interpreter.h"
#include "compiler/reference/EvaluationPlan.h"
#include "compiler/reference/ExpandedForm.h"
#include "compiler/reference/Functions.h"
#include "compiler/reference/InputReader.h"
#include "compiler/reference/ScalarFunctions.h"
#include "llvm/ADT/STLExtras.h"

namespace kdslc::reference {

/// Tables larger than this (4 GiB) are a mistake in the request.
static constexpr int64_t largestTable = int64_t(1) << 27;

namespace {

/// The values of one stored node, over its free indices in their order.
struct Table {
  std::vector<Value> values;
  llvm::SmallVector<int64_t, 2> strides; ///< in values, one for each index
  std::vector<Choices> choices;          ///< filled where an output needs them
  bool wantsChoices = false;
};

class Interpreter {
public:
  /// \param form  says of which nodes the error is another one; may be null
  Interpreter(const CheckedProgram &program, const Request &request,
              EvaluationPlan plan, const ExpandedForm *form)
      : program(program), request(request), plan(std::move(plan)), form(form),
        precision(precisionOf(program)),
        rowOf(program.indices.size()), slotOf(program.indices.size()),
        tables(this->plan.nodes.size()), current(this->plan.nodes.size()) {}

  llvm::Error prepare();
  void run();
  OutputData result(const Output &output);

private:
  // Rows.
  int64_t sizeOf(IndexId index) const {
    return request.sizes[program.indices[index].axis];
  }
  /// Whether a loop or a table over `index` has sampled rows only.
  bool takesSample(IndexId index, bool allRows) const {
    return plan.sampled[index] && !allRows;
  }
  int64_t rowCount(IndexId index, bool allRows) const;
  void forEachRow(llvm::ArrayRef<IndexId> indices, bool allRows,
                  llvm::function_ref<void()> body);

  // Steps.
  llvm::Error allocate(NodeId id);
  void placeScratch(const EvaluationStep &step);
  void runMap(const EvaluationStep &step);
  void runReduce(const EvaluationStep &step);
  void computeNodes(const EvaluationStep &step);
  void compute(NodeId id, Value *result);
  void addFastError(const ValueType &type, Value *values) const;
  void addPartedError(const Expr &expr, llvm::ArrayRef<const Value *> operands,
                      Value *values) const;
  enum class Membership { In, Out, Doubtful };
  bool holds(const Expr &set) const;
  Membership membership(const EvaluationNode &reduce) const;
  void fold(NodeId id, RowReduction &state, int64_t row) const;
  void finish(NodeId id, RowReduction &state);

  int64_t tableOffset(NodeId id) const;
  /// The Reduce node whose row numbers an output holds, if it does.
  std::optional<NodeId> indexSource(const Output &output) const;

  const CheckedProgram &program;
  const Request &request;
  EvaluationPlan plan;
  const ExpandedForm *form;
  Precision precision;
  std::vector<int64_t> rowOf;         ///< by index: the row at hand
  std::vector<int64_t> slotOf;        ///< by index: its place in the sample
  std::vector<Table> tables;          ///< by node
  std::vector<const Value *> current; ///< by node: its values at these rows
  std::vector<Value> scratch;
};

} // namespace

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

int64_t Interpreter::rowCount(IndexId index, bool allRows) const {
  if (!takesSample(index, allRows))
    return sizeOf(index);
  return llvm::lower_bound(*request.rows, sizeOf(index)) -
         request.rows->begin();
}

/// Calls body() with rowOf and slotOf set to each combination of rows, the
/// last index fastest.
void Interpreter::forEachRow(llvm::ArrayRef<IndexId> indices, bool allRows,
                             llvm::function_ref<void()> body) {
  if (indices.empty())
    return body();
  IndexId index = indices.front();
  bool sample = takesSample(index, allRows);
  for (int64_t k = 0, n = rowCount(index, allRows); k < n; ++k) {
    slotOf[index] = k;
    rowOf[index] = sample ? (*request.rows)[k] : k;
    forEachRow(indices.drop_front(), allRows, body);
  }
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

llvm::Error Interpreter::allocate(NodeId id) {
  const EvaluationNode &node = plan.nodes[id];
  const Expr &expr = *node.expr;
  Table &table = tables[id];
  int64_t count = expr.type.count();
  table.strides.resize(expr.free.size());
  for (size_t k = expr.free.size(); k-- > 0;) {
    table.strides[k] = count;
    if (llvm::MulOverflow(count, rowCount(expr.free[k], node.allRows), count))
      count = std::numeric_limits<int64_t>::max();
  }
  if (count > largestTable)
    return llvm::createStringError(
        "the reference interpreter would store %lld values of one expression, "
        "more than its limit of %lld; ask for fewer rows",
        static_cast<long long>(count), static_cast<long long>(largestTable));
  table.values.resize(count);
  return llvm::Error::success();
}

int64_t Interpreter::tableOffset(NodeId id) const {
  const EvaluationNode &node = plan.nodes[id];
  int64_t offset = 0;
  for (auto [index, stride] : llvm::zip(node.expr->free, tables[id].strides))
    offset += stride *
              (takesSample(index, node.allRows) ? slotOf[index] : rowOf[index]);
  return offset;
}

std::optional<NodeId> Interpreter::indexSource(const Output &output) const {
  const Expr *expr = output.value;
  while (expr->kind == ExprKind::Convert)
    expr = expr->args[0];
  if (expr->kind != ExprKind::Reduce || !givesIndices(*expr))
    return std::nullopt;
  return plan.ids.lookup(expr);
}

llvm::Error Interpreter::prepare() {
  for (const EvaluationStep &step : plan.steps)
    for (NodeId id : step.results)
      if (llvm::Error error = allocate(id))
        return error;
  for (const Output &output : program.outputs)
    if (std::optional<NodeId> source = indexSource(output)) {
      Table &table = tables[*source];
      table.wantsChoices = true;
      table.choices.resize(table.values.size());
    }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

void Interpreter::run() {
  for (const EvaluationStep &step : plan.steps) {
    placeScratch(step);
    step.isReduce ? runReduce(step) : runMap(step);
  }
}

/// Gives each computed node its place in `scratch`.
void Interpreter::placeScratch(const EvaluationStep &step) {
  size_t total = 0;
  for (NodeId id : step.computed)
    total += plan.nodes[id].expr->type.count();
  scratch.assign(total, Value());
  const Value *next = scratch.data();
  for (NodeId id : step.computed) {
    current[id] = next;
    next += plan.nodes[id].expr->type.count();
  }
}

/// The nodes of one row or pair.
void Interpreter::computeNodes(const EvaluationStep &step) {
  for (NodeId id : step.read)
    current[id] = tables[id].values.data() + tableOffset(id);
  Value *next = scratch.data();
  for (NodeId id : step.computed) {
    compute(id, next);
    next += plan.nodes[id].expr->type.count();
  }
}

void Interpreter::compute(NodeId id, Value *result) {
  const EvaluationNode &node = plan.nodes[id];
  const Expr &expr = *node.expr;
  if (expr.kind == ExprKind::Input) {
    readInputRow(program, request, expr, rowOf, result);
  } else if (expr.kind == ExprKind::Member) {
    *result = {Real(holds(expr)), 0};
  } else if (expr.kind == ExprKind::RowIndex) {
    *result = {static_cast<Real>(rowOf[expr.subscripts[0]]), 0};
  } else if (expr.kind == ExprKind::AxisSize) {
    *result = {static_cast<Real>(request.sizes[expr.axis]), 0};
  } else {
    llvm::SmallVector<const Value *, 4> operands;
    for (NodeId operand : node.operands)
      operands.push_back(current[operand]);
    evaluateNode(expr, operands, result);
    if (precision.fastExp && expr.kind == ExprKind::Apply &&
        (expr.function == Function::Exp || expr.function == Function::Exp2))
      addFastError(expr.type, result);
    if (form && form->parted.contains(&expr))
      addPartedError(expr, operands, result);
  }
}

/// What an exponential is off by under `exp = fast`, instead of by its stated
/// error.
void Interpreter::addFastError(const ValueType &type, Value *values) const {
  double more =
      2 * (precision.expUlps(type.elem) - statedUlps(Function::Exp));
  for (int64_t k = 0; k < type.count(); ++k)
    if (std::isfinite(values[k].v))
      values[k].e = soundBound(values[k].e + more * std::fabs(values[k].v) *
                                                 arithmeticFormat(type.elem).unit);
}

/// What a difference is off by where a sum of it, weighted, is two sums: as much
/// as they are, and the products of each weight and row.
void Interpreter::addPartedError(const Expr &expr,
                                 llvm::ArrayRef<const Value *> operands,
                                 Value *values) const {
  Elem elem = expr.type.elem;
  double units = precision.sumUnits(elem) + 2;
  for (int64_t k = 0; k < expr.type.count(); ++k)
    if (std::isfinite(values[k].v))
      values[k].e = soundBound(
          values[k].e + units * arithmeticFormat(elem).unit *
                            (std::fabs(operands[0][k].v) +
                             std::fabs(operands[1][k].v)));
}

void Interpreter::runMap(const EvaluationStep &step) {
  forEachRow(step.kept, step.allRows, [&] {
    computeNodes(step);
    for (NodeId id : step.results)
      std::copy_n(current[id], plan.nodes[id].expr->type.count(),
                  tables[id].values.begin() + tableOffset(id));
  });
}

/// Whether a set holds the pair at hand.
bool Interpreter::holds(const Expr &set) const {
  return isWithin(*request.inputs[set.input].ranges, rowOf[set.subscripts[0]],
                  rowOf[set.subscripts[1]]);
}

Interpreter::Membership
Interpreter::membership(const EvaluationNode &reduce) const {
  const Expr &expr = *reduce.expr;
  if (expr.ranges && !holds(*expr.ranges))
    return Membership::Out;
  if (!expr.where)
    return Membership::In;
  const Value &predicate = *current[reduce.operands.back()];
  if (!predicate.isExact())
    return Membership::Doubtful;
  return predicate.v != 0 ? Membership::In : Membership::Out;
}

void Interpreter::fold(NodeId id, RowReduction &state, int64_t row) const {
  const EvaluationNode &node = plan.nodes[id];
  Membership member = membership(node);
  if (member == Membership::Out)
    return;
  llvm::SmallVector<const Value *, 2> args;
  for (size_t k = 0; k < node.expr->args.size(); ++k)
    args.push_back(current[node.operands[k]]);
  state.fold(args, row, member == Membership::Doubtful);
}

void Interpreter::finish(NodeId id, RowReduction &state) {
  Table &table = tables[id];
  int64_t offset = tableOffset(id);
  std::vector<Choices> choices;
  state.finish(table.values.data() + offset,
               table.wantsChoices ? &choices : nullptr);
  if (table.wantsChoices)
    llvm::move(choices, table.choices.begin() + offset);
  const Expr *expr = plan.nodes[id].expr;
  if (form && form->centres.contains(expr))
    for (int64_t k = 0; k < expr->type.count(); ++k)
      table.values[offset + k].e = 0;
}

void Interpreter::runReduce(const EvaluationStep &step) {
  std::vector<std::unique_ptr<RowReduction>> states;
  for (NodeId id : step.results)
    states.push_back(RowReduction::create(*plan.nodes[id].expr, precision));
  forEachRow(step.kept, step.allRows, [&] {
    for (auto &state : states)
      state->begin();
    forEachRow(step.bound, /*allRows=*/true, [&] {
      computeNodes(step);
      for (auto [id, state] : llvm::zip(step.results, states))
        fold(id, *state, rowOf[step.bound.back()]);
    });
    for (auto [id, state] : llvm::zip(step.results, states))
      finish(id, *state);
  });
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

OutputData Interpreter::result(const Output &output) {
  OutputData result;
  result.name = output.name;
  result.elem = output.type.elem;
  result.rowElements = output.type.count();
  NodeId id = plan.ids.lookup(output.value);
  std::optional<NodeId> source = indexSource(output);
  forEachRow(output.indices, /*allRows=*/false, [&] {
    int64_t number = 0;
    for (IndexId index : output.indices)
      number = number * sizeOf(index) + rowOf[index];
    result.rows.push_back(number);
    const Value *values = tables[id].values.data() + tableOffset(id);
    for (int64_t k = 0; k < result.rowElements; ++k)
      result.values.push_back(
          convert(values[k], output.value->type.elem, output.type.elem));
    if (!source)
      return;
    auto choices = tables[*source].choices.begin() + tableOffset(*source);
    result.choices.insert(result.choices.end(), choices,
                          choices + result.rowElements);
  });
  return result;
}

/// The bounds of a derivative, whose formula is not the compiled one.
static void widen(std::vector<OutputData> &outputs) {
  for (OutputData &output : outputs) {
    const Format &format = arithmeticFormat(output.elem);
    for (Value &value : output.values)
      if (std::isfinite(value.v) && format.rounds)
        value.e = soundBound(
            derivativeFactor * (value.e + format.unit * std::fabs(value.v)));
  }
}

/// A program without derivatives.
static llvm::Expected<std::vector<OutputData>>
evaluate(const CheckedProgram &program, const Request &request,
         const ExpandedForm *form) {
  if (llvm::Error error = checkRequest(program, request))
    return std::move(error);
  llvm::Expected<EvaluationPlan> plan =
      EvaluationPlan::build(program, request.rows.has_value());
  if (!plan)
    return plan.takeError();
  Interpreter interpreter(program, request, std::move(*plan), form);
  if (llvm::Error error = interpreter.prepare())
    return std::move(error);
  interpreter.run();
  std::vector<OutputData> outputs;
  for (const Output &output : program.outputs)
    outputs.push_back(interpreter.result(output));
  return outputs;
}

llvm::Expected<std::vector<OutputData>> interpret(const CheckedProgram &program,
                                                  const Request &request) {
  if (hasDerivatives(program)) {
    auto expanded = expandDerivatives(program);
    if (!expanded)
      return expanded.takeError();
    auto outputs = interpret((*expanded)->program, request);
    if (outputs)
      widen(*outputs);
    return outputs;
  }
  if (!precisionOf(program).expandedForm)
    return evaluate(program, request, nullptr);
  std::unique_ptr<ExpandedForm> form = expandDistances(program);
  return evaluate(form->program, request, form.get());
}

} // namespace kdslc::reference
