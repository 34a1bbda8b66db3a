//===- Reductions.cpp - reductions that fold one row after another --------===//
//
// sum, mean, prod, min, max, count, any, all. The reductions that need all
// rows at once are in OrderedReductions.cpp and SoftmaxReductions.cpp.
//
//===----------------------------------------------------------------------===//

#include "compiler/reference/Reductions.h"
#include "compiler/reference/Accuracy.h"
#include "compiler/reference/ScalarFunctions.h"
#include "compiler/reference/Summation.h"
#include <algorithm>

namespace kdslc::reference {

static constexpr Real infinity = std::numeric_limits<Real>::infinity();

namespace {

//===----------------------------------------------------------------------===//
// States of one element
//===----------------------------------------------------------------------===//

class SumState {
public:
  SumState(const Expr &reduce, const Precision &precision)
      : elem(reduce.type.elem), isMean(reduce.reduction == Reduction::Mean),
        isSplit(elem == Elem::F32 && reduce.type.count() >= splitComponents),
        units(precision.sumUnits(elem) * double(reduce.subscripts.size())) {}

  void fold(const Value &term, bool doubtful) {
    if (isSplit && std::fabs(term.v) > splitTerm)
      sum.addDoubtful({0, 0}); // not exact, though whole
    doubtful ? sum.addDoubtful(term) : sum.add(term);
    doubtful ? ++doubtfulRows : ++rows;
  }

  Value finish() const {
    Value total = sum.finish(units, elem);
    if (!isMean)
      return total;
    if (rows == 0)
      return {std::numeric_limits<Real>::quiet_NaN(),
              doubtfulRows ? unpredictable : 0};
    return divide(total,
                  {static_cast<Real>(rows), static_cast<double>(doubtfulRows)},
                  elem);
  }

private:
  Elem elem;
  bool isMean, isSplit;
  double units; ///< of the sums over each index
  Summation sum;
  int64_t rows = 0, doubtfulRows = 0;
};

class ProductState {
public:
  ProductState(const Expr &reduce, const Precision &) : elem(reduce.type.elem) {}

  void fold(const Value &term, bool doubtful) {
    Value next = isInteger(elem) ? multiply(state, term, elem) : times(term);
    if (doubtful)
      next.e =
          soundBound(std::fabs(next.v - state.v) + std::max(next.e, state.e));
    state = next;
  }

  Value finish() const {
    if (isInteger(elem))
      return state;
    const Format &format = arithmeticFormat(elem);
    if (allWhole && std::fabs(state.v) * format.unit <= 1)
      return {state.v, 0};
    // In another order of the rows a partial product may leave the format.
    if (std::isfinite(state.v) &&
        (grown > format.largest || shrunk < format.smallest))
      return {state.v, unpredictable};
    return rounded(state.v, state.e, 0, format);
  }

private:
  /// The product in Real, so that no partial product overflows.
  Value times(const Value &term) {
    Real size = std::fabs(term.v), v = state.v * term.v;
    Real carried = (state.e ? state.e * size : 0) +
                   (term.e ? term.e * (std::fabs(state.v) + state.e) : 0);
    allWhole &= term.isExact() && std::rint(term.v) == term.v;
    if (size != 0 && std::isfinite(size)) {
      grown *= std::max(size, Real(1));
      shrunk *= std::min(size, Real(1));
    }
    Real rounding = arithmeticFormat(elem).unit * std::fabs(v);
    if (!std::isfinite(v))
      rounding = 0;
    return {v, soundBound(carried + rounding)};
  }

  Elem elem;
  Value state{1, 0};
  Real grown = 1, shrunk = 1;
  bool allWhole = true;
};

/// The least value; the largest is the least of the negatives.
class LeastState {
public:
  LeastState(const Expr &reduce, const Precision &)
      : elem(reduce.type.elem),
        sign(reduce.reduction == Reduction::Max ? -1 : 1) {}

  void fold(const Value &term, bool doubtful) {
    if (std::isnan(term.v)) {
      (doubtful || !term.isExact() ? mayBeNaN : isNaN) = true;
      return;
    }
    Real v = sign * term.v;
    lowest = std::min(lowest, v - term.e);
    if (doubtful)
      return;
    least = std::min(least, v);
    highest = std::min(highest, v + term.e);
  }

  Value finish() const {
    if (isNaN)
      return {std::numeric_limits<Real>::quiet_NaN(), 0};
    if (least == infinity && lowest == infinity)
      return {ofNothing(), mayBeNaN ? unpredictable : 0};
    if (mayBeNaN)
      return {sign * least, unpredictable};
    if (lowest == highest)
      return {sign * least, 0};
    return {sign * least,
            soundBound(std::max(least - lowest, highest - least))};
  }

private:
  /// Also what stands when every value is infinite.
  Real ofNothing() const {
    if (isFloat(elem))
      return sign * infinity;
    Real limit = std::ldexp(1.0L, elem == Elem::I32 ? 31 : 63);
    return sign > 0 ? limit - 1 : -limit;
  }

  Elem elem;
  Real sign;
  Real least = infinity, lowest = infinity, highest = infinity;
  bool isNaN = false, mayBeNaN = false;
};

/// count, any, all: how many conditions surely hold, surely fail, may do both.
class ConditionState {
public:
  ConditionState(const Expr &reduce, const Precision &) : reduction(reduce.reduction) {}

  void fold(const Value &condition, bool doubtful) {
    bool sure = condition.isExact() && !doubtful;
    if (condition.v != 0)
      ++holding;
    else
      ++failing;
    if (!sure)
      condition.v != 0 ? ++doubtfulHolding : ++doubtfulFailing;
  }

  Value finish() const {
    int64_t doubts = doubtfulHolding + doubtfulFailing;
    if (reduction == Reduction::Count)
      return {static_cast<Real>(holding), static_cast<double>(doubts)};
    bool isAny = reduction == Reduction::Any;
    int64_t settling =
        isAny ? holding - doubtfulHolding : failing - doubtfulFailing;
    bool result = isAny ? holding != 0 : failing == 0;
    return {static_cast<Real>(result), settling || !doubts ? 0.0 : 1.0};
  }

private:
  Reduction reduction;
  int64_t holding = 0, failing = 0;
  int64_t doubtfulHolding = 0, doubtfulFailing = 0;
};

//===----------------------------------------------------------------------===//
// The reduction of all elements
//===----------------------------------------------------------------------===//

template <typename State> class FoldingReduction : public RowReduction {
public:
  FoldingReduction(const Expr &reduce, const Precision &precision)
      : initial(reduce, precision) {
    states.resize(reduce.type.count(), initial);
  }

  void begin() override { std::fill(states.begin(), states.end(), initial); }

  void fold(llvm::ArrayRef<const Value *> args, int64_t,
            bool doubtful) override {
    for (size_t k = 0; k < states.size(); ++k)
      states[k].fold(args[0][k], doubtful);
  }

  void finish(Value *result, std::vector<Choices> *) override {
    for (size_t k = 0; k < states.size(); ++k)
      result[k] = states[k].finish();
  }

private:
  State initial;
  std::vector<State> states;
};

} // namespace

std::unique_ptr<RowReduction> createFoldingReduction(const Expr &reduce,
                                                     const Precision &precision) {
  switch (reduce.reduction) {
  case Reduction::Sum:
  case Reduction::Mean:
    return std::make_unique<FoldingReduction<SumState>>(reduce, precision);
  case Reduction::Prod:
    return std::make_unique<FoldingReduction<ProductState>>(reduce, precision);
  case Reduction::Min:
  case Reduction::Max:
    return std::make_unique<FoldingReduction<LeastState>>(reduce, precision);
  default:
    return std::make_unique<FoldingReduction<ConditionState>>(reduce, precision);
  }
}

bool givesIndices(const Expr &reduce) {
  switch (reduce.reduction) {
  case Reduction::ArgMin:
  case Reduction::ArgMax:
  case Reduction::ArgKMin:
  case Reduction::ArgKMax:
    return reduce.args.size() == 1;
  default:
    return false;
  }
}

std::unique_ptr<RowReduction> RowReduction::create(const Expr &reduce,
                                                   const Precision &precision) {
  switch (reduce.reduction) {
  case Reduction::Sum:
  case Reduction::Mean:
  case Reduction::Prod:
  case Reduction::Min:
  case Reduction::Max:
  case Reduction::Any:
  case Reduction::All:
  case Reduction::Count:
    return createFoldingReduction(reduce, precision);
  case Reduction::ArgMin:
  case Reduction::ArgMax:
  case Reduction::KMin:
  case Reduction::ArgKMin:
  case Reduction::KMax:
  case Reduction::ArgKMax:
    return createOrderedReduction(reduce);
  case Reduction::LogSumExp:
  case Reduction::SoftmaxSum:
    return createSoftmaxReduction(reduce, precision);
  }
  llvm_unreachable("unknown reduction");
}

} // namespace kdslc::reference
