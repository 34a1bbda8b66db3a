//===- TileReductions.cpp - reductions and maps to grids and sweeps -------===//

#include "compiler/plan/Grids.h"
#include "compiler/tile/Band.h"
#include "compiler/tile/FeatureFormula.h"
#include "compiler/tile/Passes.h"
#include <deque>

using namespace mlir;

namespace kdslc {
#define GEN_PASS_DEF_TILEREDUCTIONS
#include "compiler/tile/Passes.h.inc"

namespace {

kdsl::ScheduleAttr scheduleOf(Operation *op) {
  return op->getAttrOfType<kdsl::ScheduleAttr>("schedule");
}

/// Emits one grid.
class GridEmitter {
public:
  GridEmitter(const Grid &plan, OpBuilder &builder)
      : plan(plan), builder(builder) {}

  void emit();

private:
  /// A result of a member as features of the row at hand.
  using Leaf = FeatureFormula::Leaf;

  void emitReduce(kdsl::ReduceOp reduce);
  void emitMap(kdsl::MapOp map);
  void mapRows(Operation *op, FeatureFormula &formula, Value j);
  void putResults(ArrayRef<Value> results);
  SmallVector<Value> resultsUsedOutside();
  ktile::SweepOp createSweep(kdsl::ReduceOp reduce);

  const Grid &plan;
  OpBuilder &builder;
  ktile::GridOp grid;
  llvm::DenseMap<Value, Leaf> inside;
  /// Formulas of maps; leaves refer to them.
  std::deque<FeatureFormula> formulas;
};

SmallVector<Value> GridEmitter::resultsUsedOutside() {
  SmallVector<Value> used;
  for (Operation *op : plan.members)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            return !plan.contains(user);
          }))
        used.push_back(result);
  return used;
}

/// Connects the row arguments of a body to loads, or to what this grid itself
/// has computed for the row.
void GridEmitter::mapRows(Operation *op, FeatureFormula &formula, Value j) {
  Block &body = op->getRegion(0).front();
  SmallVector<Value> indices(grid.getBody().getArguments());
  if (j)
    indices.push_back(j);
  for (auto [k, index] : llvm::enumerate(indices))
    formula.mapIndex(body.getArgument(k), index);
  auto subscripts = op->getAttrOfType<ArrayAttr>("subscripts");
  for (auto [r, rows] : llvm::enumerate(rowOperands(op))) {
    Value argument = body.getArgument(indices.size() + r);
    if (auto own = inside.find(rows); own != inside.end()) {
      formula.mapRow(argument, own->second);
      continue;
    }
    SmallVector<Value> places;
    for (int64_t k : cast<DenseI64ArrayAttr>(subscripts[r]).asArrayRef())
      places.push_back(indices[k]);
    formula.mapRow(argument, [rows = rows, places, loc = op->getLoc()](
                                 OpBuilder &b, Value feature) -> Value {
      return ktile::LoadOp::create(b, loc, rows, places, feature);
    });
  }
}

/// A sweep over the rows of the reduced axis that its predicates and ranges
/// leave, from the states of no pair.
ktile::SweepOp GridEmitter::createSweep(kdsl::ReduceOp reduce) {
  Location loc = reduce.getLoc();
  SmallVector<Value> inits;
  for (unsigned s = 0; s < reduce.getStates().size(); ++s) {
    SmallVector<Type> elements;
    for (Value value : reduce.getValues(s))
      elements.push_back(kdsl::featureElement(value.getType()));
    int64_t width =
        reduce.getState(s).getWidth(reduce.getValues(s).getTypes());
    inits.push_back(ktile::InitOp::create(
        builder, loc,
        ktile::StateType::get(builder.getContext(), reduce.getStates()[s],
                              width, elements)));
  }
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value size =
      kdsl::SizeOp::create(builder, loc, builder.getIndexType(),
                           cast<StringAttr>(reduce.getOver()[0]).getValue());
  const kdsl::Schedule schedule = grid.getSchedule();
  auto sweep = ktile::SweepOp::create(
      builder, loc, ValueRange(inits).getTypes(), zero, size,
      findBand(reduce, builder), reduce.getRanges(),
      /*first=*/IntegerAttr(), /*of=*/IntegerAttr(), /*filtered=*/UnitAttr(),
      /*ordered=*/UnitAttr(),
      builder.getI64IntegerAttr(schedule.group),
      builder.getI64IntegerAttr(schedule.block), inits);
  Block &body = sweep.getBody().emplaceBlock();
  body.addArgument(builder.getIndexType(), loc);
  for (Value init : inits)
    body.addArgument(init.getType(), loc);
  return sweep;
}

void GridEmitter::emitReduce(kdsl::ReduceOp reduce) {
  Location loc = reduce.getLoc();
  ktile::SweepOp sweep = createSweep(reduce);
  Block &body = sweep.getBody().front();
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&body);
    FeatureFormula formula(builder);
    mapRows(reduce, formula, sweep.getRow());
    formula.emitNumbers(reduce.getBody().front());
    kdsl::YieldOp yield = reduce.getYield();
    SmallVector<Value> states;
    for (unsigned s = 0; s < reduce.getStates().size(); ++s) {
      Value mask = yield.getMasks().empty()
                       ? Value()
                       : formula.at(yield.getMasks()[s], Value());
      Value state = body.getArgument(1 + s);
      auto fold = ktile::FoldOp::create(builder, loc, state.getType(), state,
                                        mask);
      states.push_back(fold);
      auto fill = [&](Region &region, OperandRange yielded) {
        OpBuilder::InsertionGuard inner(builder);
        Block &foldBody = region.emplaceBlock();
        Value component = foldBody.addArgument(builder.getIndexType(), loc);
        builder.setInsertionPointToStart(&foldBody);
        SmallVector<Value> values;
        for (Value value : yielded)
          values.push_back(formula.at(value, component));
        ktile::YieldOp::create(builder, loc, values);
      };
      fill(fold.getBody(), reduce.getValues(s));
      if (reduce.hasTurned())
        fill(fold.getTurned(), reduce.getTurned(s));
    }
    ktile::YieldOp::create(builder, loc, states);
  }
  for (unsigned r = 0; r < reduce.getNumResults(); ++r) {
    Value state = sweep.getResult(reduce.getResultStates()[r]);
    auto projection = cast<StringAttr>(reduce.getProjections()[r]);
    Type element =
        cast<kdsl::RowsType>(reduce.getResult(r).getType()).getElement();
    inside[reduce.getResult(r)] = [=](OpBuilder &b, Value feature) -> Value {
      return ktile::FinishOp::create(b, loc, element, state, projection,
                                     feature);
    };
  }
}

void GridEmitter::emitMap(kdsl::MapOp map) {
  FeatureFormula &formula = formulas.emplace_back(builder);
  mapRows(map, formula, Value());
  formula.emitNumbers(map.getBody().front());
  for (auto [value, result] :
       llvm::zip(map.getYield().getValues(), map.getResults()))
    inside[result] = [&formula, value = value](OpBuilder &, Value feature) {
      return formula.at(value, feature);
    };
}

void GridEmitter::putResults(ArrayRef<Value> results) {
  for (auto [number, result] : llvm::enumerate(results)) {
    auto type = cast<kdsl::RowsType>(result.getType());
    Location loc = result.getLoc();
    auto put = ktile::PutOp::create(builder, loc, number, type.getWidth());
    OpBuilder::InsertionGuard guard(builder);
    Block &body = put.getBody().emplaceBlock();
    Value feature = body.addArgument(builder.getIndexType(), loc);
    builder.setInsertionPointToStart(&body);
    bool isVector = isa<VectorType>(type.getRow());
    Value value = inside[result](builder, isVector ? feature : Value());
    ktile::YieldOp::create(builder, loc, value);
  }
}

void GridEmitter::emit() {
  Operation *first = plan.members.front();
  Location loc = first->getLoc();
  SmallVector<Value> results = resultsUsedOutside();
  builder.setInsertionPoint(plan.members.back());
  grid = ktile::GridOp::create(builder, loc, ValueRange(results).getTypes(),
                               keptAxes(first), scheduleOf(first));
  // Statistics for the runtime: what is reduced, what a pair of each sweep costs.
  std::optional<double> cost;
  for (Operation *op : plan.members)
    if (auto reduce = dyn_cast<kdsl::ReduceOp>(op)) {
      grid->setAttr("kdsl.over", reduce.getOver()[0]);
      if (auto ofPair = op->getAttrOfType<FloatAttr>("kdsl.cost"))
        cost = cost.value_or(0) + ofPair.getValueAsDouble();
    }
  if (cost)
    grid->setAttr("kdsl.cost", builder.getF64FloatAttr(*cost));
  Block &body = grid.getBody().emplaceBlock();
  for (unsigned k = 0; k < keptAxes(first).size(); ++k)
    body.addArgument(builder.getIndexType(), loc);
  builder.setInsertionPointToStart(&body);
  for (Operation *op : plan.members) {
    if (auto reduce = dyn_cast<kdsl::ReduceOp>(op))
      emitReduce(reduce);
    else
      emitMap(cast<kdsl::MapOp>(op));
  }
  putResults(results);
  builder.create(OperationState(loc, ktile::YieldOp::getOperationName()));
  for (auto [result, given] : llvm::zip(results, grid.getResults()))
    result.replaceAllUsesWith(given);
}

/// A number that a vector of parameters gives: |ell|^2, the third of ell + 1.
bool isNumberOfVector(Operation &op) {
  if (op.getNumResults() != 1 || isa<VectorType>(op.getResult(0).getType()))
    return false;
  if (auto extract = dyn_cast<vector::ExtractOp>(op))
    return extract.getSource().getDefiningOp();
  return llvm::any_of(op.getOperandTypes(), llvm::IsaPred<VectorType>);
}

/// Takes the vectors of parameters apart too: they are computed once for a
/// call, outside of every grid.
void tileParameters(kdsl::ProgramOp program) {
  for (Operation &op :
       llvm::make_early_inc_range(program.getBody().front())) {
    if (!isNumberOfVector(op))
      continue;
    OpBuilder builder(&op);
    FeatureFormula formula(builder);
    op.getResult(0).replaceAllUsesWith(formula.emitNumber(op));
    op.erase();
  }
}

struct TileReductions : impl::TileReductionsBase<TileReductions> {
  void runOnOperation() override {
    kdsl::ProgramOp program = getOperation();
    const std::vector<Grid> grids = gridsOf(program);
    for (const Grid &plan : grids)
      for (Operation *op : plan.members)
        if (!scheduleOf(op) ||
            scheduleOf(op) != scheduleOf(plan.members.front())) {
          op->emitOpError(scheduleOf(op)
                              ? "has another schedule than its grid"
                              : "has no schedule")
              << "; run kdsl-choose-schedule first";
          return signalPassFailure();
        }
    tileParameters(program);
    OpBuilder builder(&getContext());
    for (const Grid &plan : grids)
      GridEmitter(plan, builder).emit();
    for (const Grid &plan : llvm::reverse(grids))
      for (Operation *op : llvm::reverse(plan.members))
        op->erase();
  }
};

} // namespace
} // namespace kdslc
