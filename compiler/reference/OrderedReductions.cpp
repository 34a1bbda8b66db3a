//===- OrderedReductions.cpp - argmin, argmax and the k-reductions --------===//
//
// The reductions whose result depends on the order of all values. Rows are
// collected and ranked at the end. What a computed rank may hold follows from
// the ends of the values' intervals: the computed r-th smallest lies between
// the r-th smallest lower end and the r-th smallest upper end.
//
//===----------------------------------------------------------------------===//

#include "compiler/reference/Reductions.h"
#include <algorithm>

namespace kdslc::reference {

static constexpr Real infinity = std::numeric_limits<Real>::infinity();

namespace {

/// One row's value, negated where the largest is wanted.
struct Entry {
  Real key = 0;
  double e = 0;
  int64_t row = 0;
  /// Among the rows folded, of several indices the first one slowest: decides
  /// between equals, and finds the payload.
  size_t position = 0;
  bool doubtful = false;

  bool isNaN() const { return std::isnan(key); }
  /// NaN is first, before -infinity and without an error of its own. What is
  /// not predictable may be anything, NaN included.
  Real low() const {
    return isNaN() || e == unpredictable ? -infinity : key - e;
  }
  Real high() const {
    return doubtful || e == unpredictable ? infinity
           : isNaN()                      ? -infinity
                                          : key + e;
  }
};

bool comesBefore(const Entry &a, const Entry &b) {
  if (a.isNaN() != b.isNaN())
    return a.isNaN();
  if (!a.isNaN() && a.key != b.key)
    return a.key < b.key;
  return a.position < b.position;
}

/// What is known of one rank.
struct Rank {
  const Entry *entry = nullptr; ///< null: there are fewer rows
  Real low = infinity, high = infinity;
  llvm::SmallVector<const Entry *, 4> candidates;
  bool mayBeMissing = false; ///< doubtful rows may leave the rank empty
};

/// Ranks the first `count` of the entries.
class Ranking {
public:
  Ranking(std::vector<Entry> all, size_t count);
  Rank rank(size_t r) const;

private:
  std::vector<Entry> entries; ///< those that may be among the first, in order
  std::vector<Real> lows, highs;
  bool exact = true;
};

Ranking::Ranking(std::vector<Entry> all, size_t count)
    : entries(std::move(all)) {
  count = std::min(count, entries.size());
  if (count == 0)
    return;
  // Nothing above the count-th upper end can be among the first.
  for (const Entry &entry : entries)
    highs.push_back(entry.high());
  std::nth_element(highs.begin(), highs.begin() + (count - 1), highs.end());
  Real limit = highs[count - 1];
  llvm::erase_if(entries, [&](const Entry &x) { return x.low() > limit; });
  llvm::sort(entries, comesBefore);
  highs.clear();
  for (const Entry &entry : entries) {
    lows.push_back(entry.low());
    highs.push_back(entry.high());
    exact &= entry.e == 0 && !entry.doubtful;
  }
  llvm::sort(lows);
  llvm::sort(highs);
}

Rank Ranking::rank(size_t r) const {
  Rank rank;
  if (r >= entries.size())
    return rank;
  rank.entry = &entries[r];
  rank.low = lows[r];
  rank.high = highs[r];
  rank.mayBeMissing =
      rank.high == infinity && !exact &&
      llvm::any_of(entries, [](const Entry &entry) { return entry.doubtful; });
  if (exact) {
    rank.candidates.push_back(rank.entry);
    return rank;
  }
  for (const Entry &entry : entries)
    if (entry.low() <= rank.high && entry.high() >= rank.low)
      rank.candidates.push_back(&entry);
  return rank;
}

class OrderedReduction : public RowReduction {
public:
  explicit OrderedReduction(const Expr &reduce);

  void begin() override {
    for (std::vector<Entry> &element : collected)
      element.clear();
    payloads.clear();
    rowsFolded = 0;
  }
  void fold(llvm::ArrayRef<const Value *> args, int64_t row,
            bool doubtful) override;
  void finish(Value *result, std::vector<Choices> *choices) override;

private:
  Value valueOf(const Rank &rank) const;
  Value indexOf(const Rank &rank) const;
  Value payloadOf(const Rank &rank, size_t k) const;
  Choices choicesOf(const Rank &rank) const;

  enum class Wanted { Value, Index, Payload };
  Wanted wanted;
  Elem elem;
  Real sign;    ///< -1: the largest are wanted
  size_t ranks; ///< K, or 1
  size_t payloadCount = 0;
  std::vector<std::vector<Entry>> collected; ///< for each element of the body
  std::vector<Value> payloads;
  size_t rowsFolded = 0;
};

} // namespace

OrderedReduction::OrderedReduction(const Expr &reduce)
    : elem(reduce.type.elem) {
  Reduction kind = reduce.reduction;
  bool isLargest = kind == Reduction::ArgMax || kind == Reduction::KMax ||
                   kind == Reduction::ArgKMax;
  bool isOne = kind == Reduction::ArgMin || kind == Reduction::ArgMax;
  sign = isLargest ? -1 : 1;
  ranks = isOne ? 1 : reduce.count;
  collected.resize(reduce.args[0]->type.count());
  wanted = kind == Reduction::KMin || kind == Reduction::KMax ? Wanted::Value
           : givesIndices(reduce)                             ? Wanted::Index
                                                              : Wanted::Payload;
  if (wanted == Wanted::Payload)
    payloadCount = reduce.args[1]->type.count();
}

void OrderedReduction::fold(llvm::ArrayRef<const Value *> args, int64_t row,
                            bool doubtful) {
  for (size_t k = 0; k < collected.size(); ++k)
    collected[k].push_back(
        {sign * args[0][k].v, args[0][k].e, row, rowsFolded, doubtful});
  payloads.insert(payloads.end(), args.back(), args.back() + payloadCount);
  ++rowsFolded;
}

Value OrderedReduction::valueOf(const Rank &rank) const {
  if (!rank.entry) {
    if (isFloat(elem))
      return {sign * infinity, 0};
    Real limit = std::ldexp(1.0L, elem == Elem::I32 ? 31 : 63);
    return {sign > 0 ? limit - 1 : -limit, 0};
  }
  Real key = rank.entry->key;
  if (rank.low == rank.high)
    return {sign * key, 0};
  if (std::isnan(key) || rank.mayBeMissing)
    return {sign * key, unpredictable};
  return {sign * key, soundBound(std::max(key - rank.low, rank.high - key))};
}

Value OrderedReduction::indexOf(const Rank &rank) const {
  if (!rank.entry)
    return {-1, 0};
  Real span = 0;
  for (const Entry *candidate : rank.candidates)
    span = std::max(
        span, std::fabs(static_cast<Real>(candidate->row - rank.entry->row)));
  return {static_cast<Real>(rank.entry->row),
          rank.mayBeMissing ? unpredictable : static_cast<double>(span)};
}

static bool isSame(Real a, Real b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

Value OrderedReduction::payloadOf(const Rank &rank, size_t k) const {
  if (!rank.entry)
    return {0, 0};
  auto at = [&](const Entry &entry) {
    return payloads[entry.position * payloadCount + k];
  };
  Value chosen = at(*rank.entry);
  Real e = rank.mayBeMissing ? unpredictable : chosen.e;
  for (const Entry *candidate : rank.candidates) {
    Value other = at(*candidate);
    if (isSame(chosen.v, other.v))
      e = std::max(e, Real(other.e));
    else if (std::isfinite(chosen.v) && std::isfinite(other.v))
      e = std::max(e, std::fabs(other.v - chosen.v) + other.e);
    else
      e = unpredictable;
  }
  return {chosen.v, soundBound(e)};
}

Choices OrderedReduction::choicesOf(const Rank &rank) const {
  if (!rank.entry)
    return {-1};
  Choices choices;
  for (const Entry *candidate : rank.candidates)
    choices.push_back(candidate->row);
  if (rank.mayBeMissing)
    choices.push_back(-1);
  llvm::sort(choices);
  return choices;
}

void OrderedReduction::finish(Value *result, std::vector<Choices> *choices) {
  if (choices)
    choices->resize(ranks * collected.size());
  for (size_t element = 0; element < collected.size(); ++element) {
    Ranking ranking(collected[element], ranks);
    for (size_t r = 0; r < ranks; ++r) {
      Rank rank = ranking.rank(r);
      // K ranks of one number, or one rank of several.
      size_t place = r + element;
      if (choices)
        (*choices)[place] = choicesOf(rank);
      switch (wanted) {
      case Wanted::Value:
        result[place] = valueOf(rank);
        break;
      case Wanted::Index:
        result[place] = indexOf(rank);
        break;
      case Wanted::Payload:
        for (size_t k = 0; k < payloadCount; ++k)
          result[r * payloadCount + k] = payloadOf(rank, k);
        break;
      }
    }
  }
}

std::unique_ptr<RowReduction> createOrderedReduction(const Expr &reduce) {
  return std::make_unique<OrderedReduction>(reduce);
}

} // namespace kdslc::reference
