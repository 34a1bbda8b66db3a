//===- SoftmaxReductions.cpp - logsumexp and softmax_sum ------------------===//
//
// With m the largest logit, p_j = exp(t_j - m) and S = sum_j p_j w_j:
//
//   logsumexp   = m + log S        (w = 1 where no weight is given)
//   softmax_sum = sum_j p_j g_j / S
//
// Computed weights p_j are off by the logit's own error, by an exponential
// whose scale may be folded into both t_j and m, and by nothing else: they are
// rescaled by powers of two.
//
//===----------------------------------------------------------------------===//

#include "compiler/reference/Accuracy.h"
#include "compiler/reference/Reductions.h"
#include "compiler/reference/ScalarFunctions.h"
#include "compiler/reference/Summation.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace kdslc::reference {

static constexpr Real infinity = std::numeric_limits<Real>::infinity();

/// The running maximum may lag behind the logits by this many powers of two:
/// the logarithm of S may be that much larger than computed here, and so may
/// the sums.
static constexpr int headroom = 8;

/// Whether sums of weighted terms may pass the largest number on their way.
static bool mayOverflow(Real magnitude, const Format &format) {
  return isFinite(magnitude) &&
         magnitude * Real(1 << headroom) > format.largest;
}

namespace {

struct Logit {
  Value t;
  bool doubtful = false;
  size_t position = 0; ///< among the rows folded: finds the weight
};

/// The logits of one element that have a weight, and what stands out.
struct Logits {
  std::vector<Logit> finite;
  std::vector<Logit> infinite; ///< +infinity
  Real largest = -infinity;
  bool isNaN = false;
  bool unsure = false; ///< a doubtful or unpredictable logit that would decide

  /// Of `finite`: exp(t - largest) with the error of the computed one.
  std::vector<Value> weights;

  void take(const Logit &logit);
  /// \param units  error of an exponential beside that of its argument
  void weigh(double units, const Format &format);
};

class SoftmaxReduction : public RowReduction {
public:
  SoftmaxReduction(const Expr &reduce, const Precision &precision);
  void begin() override;
  void fold(llvm::ArrayRef<const Value *> args, int64_t row,
            bool doubtful) override;
  void finish(Value *result, std::vector<Choices> *) override;

private:
  Value logSumExp(const Logits &logits, size_t k) const;
  Value softmaxSum(const Logits &logits, size_t k) const;
  Value gainOf(const Logit &logit, size_t k) const;

  bool isSoftmax;
  Elem elem;
  Format format;
  size_t count;         ///< elements of the result
  size_t logitCount;    ///< 1, or as many as elements
  size_t gainCount = 0; ///< 0: no weight was given
  double passes;        ///< one over the rows of each index
  double expUnits;      ///< error of an exponential
  std::vector<Logits> collected;
  std::vector<Value> gains;
  size_t rowsFolded = 0;
};

} // namespace

void Logits::take(const Logit &logit) {
  bool unpredicted = !logit.t.isPredictable();
  if (std::isnan(logit.t.v)) {
    (logit.doubtful || unpredicted ? unsure : isNaN) = true;
    return;
  }
  unsure |= unpredicted;
  if (logit.t.v == -infinity)
    return;
  if (logit.t.v == infinity) {
    unsure |= logit.doubtful;
    infinite.push_back(logit);
    return;
  }
  largest = std::max(largest, logit.t.v);
  finite.push_back(logit);
}

void Logits::weigh(double units, const Format &format) {
  for (const Logit &logit : finite) {
    Real p = std::exp(logit.t.v - largest);
    Real folded = std::fabs(logit.t.v) + std::fabs(largest);
    Real relative =
        std::expm1(logit.t.e) + (units + argumentFactor * folded) * format.unit;
    weights.push_back({p, soundBound(p * relative)});
  }
}

SoftmaxReduction::SoftmaxReduction(const Expr &reduce,
                                   const Precision &precision)
    : isSoftmax(reduce.reduction == Reduction::SoftmaxSum),
      elem(reduce.type.elem), format(arithmeticFormat(elem)),
      count(reduce.type.count()), logitCount(reduce.args[0]->type.count()),
      passes(double(reduce.subscripts.size())),
      expUnits(2 * precision.expUlps(elem)) {
  if (reduce.args.size() > 1)
    gainCount = reduce.args[1]->type.count();
}

void SoftmaxReduction::begin() {
  collected.assign(logitCount, Logits());
  gains.clear();
  rowsFolded = 0;
}

void SoftmaxReduction::fold(llvm::ArrayRef<const Value *> args, int64_t,
                            bool doubtful) {
  for (size_t k = 0; k < logitCount; ++k)
    collected[k].take({args[0][k], doubtful, rowsFolded});
  gains.insert(gains.end(), args.back(), args.back() + gainCount);
  ++rowsFolded;
}

Value SoftmaxReduction::gainOf(const Logit &logit, size_t k) const {
  if (gainCount == 0)
    return {1, 0};
  return gains[logit.position * gainCount + (gainCount == 1 ? 0 : k)];
}

Value SoftmaxReduction::logSumExp(const Logits &logits, size_t k) const {
  if (!logits.infinite.empty())
    return {infinity, gainCount == 0 ? 0 : unpredictable};
  if (logits.finite.empty())
    return {-infinity, 0};
  Summation sum;
  Real doubt = 0; // of weights and of members, in the units of S
  for (auto [logit, p] : llvm::zip(logits.finite, logits.weights)) {
    Value w = gainOf(logit, k);
    Value term = {p.v * w.v, soundBound(p.e * std::fabs(w.v) + p.v * w.e)};
    if (logit.doubtful)
      doubt += std::fabs(term.v) + term.e;
    sum.add(term);
  }
  // Weights with two signs may cancel: the error of S is relative to S itself.
  Value s = sum.finish(passes * rowSumUnits, elem);
  Real e = s.e + doubt;
  if (std::isnan(s.v) || (e >= std::fabs(s.v) && s.v != 0) ||
      mayOverflow(sum.magnitude(), format))
    return {logits.largest + std::log(s.v), unpredictable};
  Real logS = std::log(s.v), v = logits.largest + logS;
  Real carried = s.v == 0 ? 0 : -std::log1p(-e / std::fabs(s.v));
  carried += passes * statedUnits(Function::Log) * format.unit *
             (std::fabs(logS) + headroom * std::log(2.0L));
  return rounded(v, soundBound(carried), statedUnits(Function::Add), format);
}

Value SoftmaxReduction::softmaxSum(const Logits &logits, size_t k) const {
  if (logits.infinite.size() == 1) {
    Value g = gainOf(logits.infinite.front(), k);
    bool isSplit = elem == Elem::F32 && count >= splitComponents;
    return rounded(g.v, g.e, isSplit ? 2 : 0, format);
  }
  if (logits.infinite.size() > 1)
    return {std::numeric_limits<Real>::quiet_NaN(), 0};
  if (logits.finite.empty())
    return {0, 0};
  Summation total, weighted, certain;
  for (auto [logit, p] : llvm::zip(logits.finite, logits.weights)) {
    total.add({p.v, 0});
    if (!logit.doubtful)
      certain.add({p.v, 0});
    weighted.add({p.v * gainOf(logit, k).v, 0});
  }
  // An error of p_j moves the mean towards or away from g_j. Without the
  // doubtful ones it is another mean, of what is certain, or of nothing.
  Real s = total.finish(0, Elem::F64).v;
  Real least = certain.finish(0, Elem::F64).v;
  Real v = weighted.finish(0, Elem::F64).v / s;
  if (mayOverflow(weighted.magnitude(), format))
    return {v, unpredictable};
  Real carried = 0, farthest = std::fabs(v);
  for (auto [logit, p] : llvm::zip(logits.finite, logits.weights)) {
    Value g = gainOf(logit, k);
    Real distance = std::fabs(g.v - v);
    carried += (p.e * distance + p.v * g.e) / s;
    if (logit.doubtful && least > 0)
      carried += p.v * distance / least;
    farthest = std::max(farthest, distance);
  }
  if (least == 0)
    carried += farthest;
  carried +=
      passes * rowSumUnits * format.unit * (weighted.magnitude() / s + std::fabs(v));
  return rounded(v, soundBound(carried), statedUnits(Function::Div), format);
}

void SoftmaxReduction::finish(Value *result, std::vector<Choices> *) {
  for (Logits &logits : collected)
    logits.weigh(expUnits, format);
  for (size_t k = 0; k < count; ++k) {
    const Logits &logits = collected[logitCount == 1 ? 0 : k];
    if (logits.isNaN) {
      result[k] = {std::numeric_limits<Real>::quiet_NaN(), 0};
      continue;
    }
    result[k] = isSoftmax ? softmaxSum(logits, k) : logSumExp(logits, k);
    if (logits.unsure)
      result[k].e = unpredictable;
  }
}

std::unique_ptr<RowReduction> createSoftmaxReduction(const Expr &reduce,
                                                     const Precision &precision) {
  return std::make_unique<SoftmaxReduction>(reduce, precision);
}

} // namespace kdslc::reference
