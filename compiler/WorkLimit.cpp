//===- WorkLimit.cpp - how much code a file may ask for -------------------===//

#include "compiler/WorkLimit.h"
#include "compiler/Target.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/StringMap.h"
#include <fmt/format.h>

using namespace mlir;

namespace kdslc {

/// Operations around a formula: loops, addresses, the rows of a tile, and what
/// a function costs the code generator however short it is.
static constexpr double perPhase = 250;

/// The bodies of a sweep: for whole groups, and for the rows that remain.
static constexpr double copies = 2;

/// States of one sweep that are carried through its loops together: some
/// rewrites of loops look at all pairs of them, and for a GPU they take the longest.
static constexpr double perStatePair = 1.5;

/// What a bound of a filtered pair takes.
static constexpr double perBound = 4;

/// What a loop over features takes besides its body.
static constexpr double perLoop = 30;

/// Operations that an elementary function is expanded into, for f32.
static double expandedSize(Operation &op) {
  if (isa<kdsl::LgammaOp>(op))
    return 270;
  if (isa<math::Exp2Op>(op))
    return 20;
  if (isa<math::PowFOp>(op))
    return 75;
  return isa<math::MathDialect>(op.getDialect()) ? 45 : 1;
}

/// Short vectors are written out feature by feature, longer ones are loops, in
/// which vectors that were joined are chosen among.
static double codeSize(Operation &op, int64_t unroll) {
  int64_t features = 1;
  for (Type type : op.getResultTypes())
    features = std::max(features, kdsl::featureCount(type));
  for (Type type : op.getOperandTypes())
    features = std::max(features, kdsl::featureCount(type));
  if (features <= unroll)
    return double(features) * expandedSize(op);
  bool folds = op.getNumResults() == 1 &&
               kdsl::featureCount(op.getResult(0).getType()) < features;
  return expandedSize(op) + 4 * op.getNumOperands() + (folds ? perLoop : 0);
}

static double formulaSize(Operation *pair, int64_t unroll) {
  double size = 0;
  for (Operation &op : pair->getRegion(0).front().without_terminator())
    size += codeSize(op, unroll);
  return size;
}

/// The numbers of all states that loops carry (wide states are in memory), and
/// the code that folds and finishes them.
static std::pair<double, double> carriedNumbers(kdsl::ReduceOp reduce) {
  double numbers = 0, folds = 0;
  for (unsigned s = 0; s < reduce.getStates().size(); ++s) {
    int64_t width = reduce.getState(s).getWidth(reduce.getValues(s).getTypes());
    double carried = double(width > widestInRegisters ? 2 : width);
    numbers += carried;
    folds += carried * (10 + 5 * std::min(reduce.getState(s).getFoldCost(), 10.0));
  }
  return {numbers, folds};
}

static double workOf(Operation *pair) {
  const auto schedule =
      pair->getAttrOfType<kdsl::ScheduleAttr>("schedule").getValue();
  PairCost cost = countPair(pair);
  double width = cost.elementBits > 32 ? 1.5 : 1; // longer polynomials
  double formula = formulaSize(pair, schedule.unroll) * width;
  auto reduce = dyn_cast<kdsl::ReduceOp>(pair);
  // A map has the rows i of its grid, and none of the rows j.
  double group = double(schedule.rows * (reduce ? schedule.group : 1)), bounds = 0;
  // What vectors filter has the body for one row j at a time.
  if (schedule.filter && schedule.stage == 0 && cost.filtered > schedule.unroll) {
    bounds = perBound * group;
    group = double(schedule.rows);
  }
  auto [numbers, folds] = reduce ? carriedNumbers(reduce)
                                 : std::pair<double, double>(0, 0);
  // A halved tile meets its own rows in another loop, and one with predicates blocks
  // in which they hold.
  bool hasMasks = reduce && !reduce.getYield().getMasks().empty();
  double loops = schedule.halved || hasMasks ? 2 * copies : copies;
  // Another function has the loops of rows in order.
  if (schedule.cells && cost.distance)
    loops *= 2;
  return perPhase + bounds + loops * group * (formula + folds) +
         perStatePair * numbers * numbers;
}

bool checkWork(ModuleOp planned, const CheckedFile &source, int64_t limit,
               DiagnosticEngine &diags) {
  double total = 0, most = -1;
  llvm::StringMap<double> shares;
  llvm::StringRef largest;
  for (auto variant : planned.getOps<kdsl::ProgramOp>()) {
    double work = 0;
    variant.walk([&](Operation *op) {
      if (isa<kdsl::ReduceOp, kdsl::MapOp>(op))
        work += workOf(op);
    });
    total += work;
    auto program = variant->getAttrOfType<StringAttr>("kdsl.program");
    double &share = shares[program.getValue()];
    share += work;
    if (share > most) {
      most = share;
      largest = program.getValue();
    }
  }
  if (limit == 0 || total <= double(limit))
    return true;
  const CheckedProgram &program =
      *llvm::find_if(source.programs, [&](const CheckedProgram &p) {
        return p.symbol() == largest;
      });
  diags.error(Label::K046, program.range,
              fmt::format("the file asks for code of about {:.0f} operations "
                          "for all targets, more than {}; '{}' takes {:.0f} of "
                          "them; split it, name fewer targets, or allow it "
                          "with --max-work={:.0f}",
                          total, limit, program.declared, most, total));
  return false;
}

} // namespace kdslc
