//===- ReduceWriter.cpp - reductions as source ----------------------------===//
//
// What a list or an order has found is a map that gathers rows, and in the
// language the second argument of `argmin`: Found.h turns it back into a formula
// of pairs.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/source/ProgramWriter.h"
#include "dialects/kdsl/Lists.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <fmt/format.h>

using namespace mlir;

namespace kdslc {

/// What the reduced index of a pair of the set is in, or the kept one.
std::string ProgramWriter::setOf(Value ranges, StringRef kept, StringRef reduced,
                                 bool isOfKept) {
  auto turned = ranges.getDefiningOp<kdsl::TurnedOp>();
  std::string set = named(turned ? turned.getRanges() : ranges).name;
  // The language names the row that an input of the program keeps, and both
  // where the other one is.
  if (bool(turned) == isOfKept)
    return fmt::format("{}[{}]", set, (turned ? reduced : kept).str());
  return turned ? fmt::format("{}[{}, {}]", set, reduced.str(), kept.str())
                : fmt::format("{}[{}, {}]", set, kept.str(), reduced.str());
}

std::string ProgramWriter::membership(kdsl::ContainsOp op, StringRef kept,
                                      StringRef reduced, StringRef number) {
  if (number.empty())
    return fmt::format("{} in {}", reduced.str(),
                       setOf(op.getRanges(), kept, reduced));
  if (kept.empty() && reduced.empty()) {
    fail(op);
    return {};
  }
  std::string row = fresh("row");
  while (row == kept || row == reduced)
    row += "1";
  bool isKept = kept.empty();
  return fmt::format("any[{} in {}]({} == {})", row,
                     setOf(op.getRanges(), isKept ? row : kept.str(),
                           isKept ? reduced.str() : row, isKept),
                     row, number.str());
}

/// Operand number `operand` of what the pair yields to a state.
ProgramWriter::Pairs ProgramWriter::pairsOf(Body &body, kdsl::ReduceOp reduce,
                                            unsigned state, unsigned operand) {
  Pairs pairs;
  pairs.over.push_back(body.indices.back());
  uint64_t last = uint64_t(1) << (body.indices.size() - 1);
  Words value =
      body.formula.typed(*std::next(reduce.getValues(state).begin(), operand));
  pairs.value = value.text;
  pairs.subscripts = value.subscripts;
  pairs.numbers = value.numbers;
  if (!body.view.masks.empty() &&
      !matchPattern(body.view.masks[state], m_One())) {
    Words mask = body.formula.of(body.view.masks[state]);
    pairs.mask = mask.text;
    pairs.subscripts |= mask.subscripts;
    pairs.numbers |= mask.numbers;
  }
  // Ranges, or the axis of an index that subscripts no array.
  Value ranges = reduce.getRanges();
  size_t kept = body.indices.size() - 1;
  if (ranges)
    pairs.in = setOf(ranges, body.indices[kept - 1], body.indices[kept]);
  else if (!(pairs.subscripts & last))
    pairs.in = cast<StringAttr>(reduce.getOver()[0]).str();
  if (ranges) // read at the row that is kept last
    pairs.subscripts |= uint64_t(1) << (kept - 1);
  return pairs;
}

/// The reduce that gives the rows which another one folds again: of lists, and
/// of sums over several indices.
kdsl::ReduceOp ProgramWriter::innerOf(kdsl::ReduceOp reduce, unsigned state,
                                      const PairView &view, unsigned &row) {
  Attribute fold = reduce.getStates()[state];
  bool isOfLists = kdsl::mergesLists(fold);
  auto argument = dyn_cast<BlockArgument>(
      *std::next(reduce.getValues(state).begin(), isOfLists));
  if (!argument || argument.getOwner() != view.block ||
      !view.masks.empty() || reduce.getRanges())
    return {};
  row = argument.getArgNumber() - view.axes.size();
  auto inner = view.rows[row].getDefiningOp<kdsl::ReduceOp>();
  if (!inner || isOfLists)
    return inner;
  unsigned result = cast<OpResult>(view.rows[row]).getResultNumber();
  Attribute own = inner.getStates()[inner.getResultStates()[result]];
  return isa<kdsl::SumAttr>(fold) && own == fold ? inner : kdsl::ReduceOp();
}

/// What is folded of the pairs, over all indices of nested reductions.
ProgramWriter::Pairs ProgramWriter::allPairsOf(Body &body,
                                               kdsl::ReduceOp reduce,
                                               unsigned state) {
  unsigned row = 0;
  kdsl::ReduceOp inner = innerOf(reduce, state, body.view, row);
  if (!inner)
    return pairsOf(body, reduce, state, 0);
  Names kept;
  for (int64_t position : body.view.subscript(row))
    kept.push_back(body.indices[position]);
  Body at = bodyAt(inner, kept, body.indices);
  unsigned result = cast<OpResult>(body.view.rows[row]).getResultNumber();
  Pairs pairs = allPairsOf(at, inner, inner.getResultStates()[result]);
  pairs.over.insert(pairs.over.begin(), body.indices.back());
  // Bits of the indices of the outer formula, which the inner one has by name.
  uint64_t subscripts = 0, numbers = 0;
  for (auto [k, position] : llvm::enumerate(body.view.subscript(row))) {
    subscripts |= (pairs.subscripts >> k & 1) << position;
    numbers |= (pairs.numbers >> k & 1) << position;
  }
  pairs.subscripts = subscripts;
  pairs.numbers = numbers;
  if (!(subscripts >> (body.indices.size() - 1) & 1))
    pairs.over.front() += " in " + cast<StringAttr>(reduce.getOver()[0]).str();
  return pairs;
}

/// "i, j in N where c".
static std::string over(ArrayRef<std::string> indices, StringRef in,
                        StringRef mask) {
  std::string text = fmt::format("{}", fmt::join(indices, ", "));
  if (!in.empty())
    text += " in " + in.str();
  return mask.empty() ? text : text + " where " + mask.str();
}

static std::string listCount(Attribute fold) {
  int64_t count =
      llvm::TypeSwitch<Attribute, int64_t>(fold)
          .Case<kdsl::KMinAttr, kdsl::KMaxAttr, kdsl::ArgKMinAttr,
                kdsl::ArgKMaxAttr, kdsl::KMinListsAttr, kdsl::KMaxListsAttr,
                kdsl::ArgKMinListsAttr, kdsl::ArgKMaxListsAttr>(
              [](auto list) { return list.getCount(); })
          .Default([](Attribute) { return 0; });
  return count ? fmt::format(", {}", count) : "";
}

/// The name in the language of what a state projects.
static std::string functionOf(Attribute fold, StringRef projection) {
  bool isIndex = projection == "index";
  return llvm::TypeSwitch<Attribute, std::string>(fold)
      .Case<kdsl::SumAttr>([](auto) { return "sum"; })
      .Case<kdsl::ProdAttr>([](auto) { return "prod"; })
      .Case<kdsl::AnyAttr>([](auto) { return "any"; })
      .Case<kdsl::AllAttr>([](auto) { return "all"; })
      .Case<kdsl::MinAttr>([](auto) { return "min"; })
      .Case<kdsl::MaxAttr>([](auto) { return "max"; })
      .Case<kdsl::ArgMinAttr>(
          [&](auto) { return isIndex ? "argmin" : "min"; })
      .Case<kdsl::ArgMaxAttr>(
          [&](auto) { return isIndex ? "argmax" : "max"; })
      .Case<kdsl::KMinAttr, kdsl::KMinListsAttr>([](auto) { return "kmin"; })
      .Case<kdsl::KMaxAttr, kdsl::KMaxListsAttr>([](auto) { return "kmax"; })
      .Case<kdsl::ArgKMinAttr, kdsl::ArgKMinListsAttr>(
          [&](auto) { return isIndex ? "argkmin" : "kmin"; })
      .Case<kdsl::ArgKMaxAttr, kdsl::ArgKMaxListsAttr>(
          [&](auto) { return isIndex ? "argkmax" : "kmax"; })
      .Case<kdsl::LogSumExpAttr>([](auto) { return "logsumexp"; })
      .Case<kdsl::SoftmaxSumAttr>([&](auto) {
        return projection == "value" ? "softmax_sum" : "logsumexp";
      })
      .Default([](Attribute) { return ""; });
}

Definition ProgramWriter::defineReduce(kdsl::ReduceOp reduce, unsigned result,
                                       Body &body) {
  unsigned state = reduce.getResultStates()[result];
  Attribute fold = reduce.getStates()[state];
  StringRef projection = cast<StringAttr>(reduce.getProjections()[result]);
  Definition made;
  made.indices.assign(body.indices.begin(), std::prev(body.indices.end()));
  std::string function = functionOf(fold, projection);
  if (function.empty())
    fail(reduce);
  Pairs pairs = allPairsOf(body, reduce, state);
  std::string arguments = pairs.value + listCount(fold);
  Type first = reduce.getValues(state).getTypes().front();
  if (isa<kdsl::SumAttr>(fold) && kdsl::featureElement(first).isInteger(1))
    function = "count";
  if (isa<kdsl::SoftmaxSumAttr>(fold) && projection != "total") {
    Pairs second = pairsOf(body, reduce, state, 1);
    arguments += ", " + second.value;
    if (second.in != pairs.in) // only one of them needs the axis
      pairs.in = reduce.getRanges() ? pairs.in : "";
    pairs.subscripts |= second.subscripts;
    pairs.numbers |= second.numbers;
  }
  // Whose lists gave the values: what the outermost index is at the pairs. A
  // place that no pair fills has 0 there and not the row of a list with nothing
  // in that place, whose derivative is nothing either way.
  if (kdsl::mergesLists(fold) && projection == "index")
    arguments += fmt::format(", i64({})", body.indices.back());
  uint64_t kept = (uint64_t(1) << made.indices.size()) - 1;
  made.subscripts = pairs.subscripts & kept;
  made.numbers = pairs.numbers & kept;
  made.words =
      fmt::format("{}[{}]({})", function,
                  over(pairs.over, pairs.in, pairs.mask), arguments);
  return made;
}

/// The value at rows that an order has found: the second argument of the order.
Definition ProgramWriter::defineFound(Found &found) {
  auto order = found.numbers.getDefiningOp<kdsl::ReduceOp>();
  if (!order) {
    fail(found.pairs);
    return {};
  }
  PairView values(found.pairs), keys(order);
  Names all = indexNames(values);
  Body value{values, all, FormulaWriter(*this, &parameters, all)};
  readRows(value);
  Names own;
  for (int64_t position : found.at)
    own.push_back(all[position]);
  own.push_back(all.back());
  Body key{keys, own, FormulaWriter(*this, &parameters, own)};
  readRows(key);
  unsigned result = cast<OpResult>(found.numbers).getResultNumber();
  unsigned state = order.getResultStates()[result];
  Attribute fold = order.getStates()[state];
  Pairs pairs = pairsOf(key, order, state, 0);
  Words second =
      value.formula.typed(*found.pairs.getValues(0).begin());
  if (!order.getRanges() &&
      (second.subscripts & (uint64_t(1) << (all.size() - 1))))
    pairs.in.clear(); // the value tells the axis
  Definition made;
  made.indices.assign(all.begin(), std::prev(all.end()));
  uint64_t kept = (uint64_t(1) << made.indices.size()) - 1;
  made.subscripts = second.subscripts & kept;
  made.numbers = second.numbers & kept;
  for (auto [k, position] : llvm::enumerate(found.at)) {
    made.subscripts |= (pairs.subscripts >> k & 1) << position;
    made.numbers |= (pairs.numbers >> k & 1) << position;
  }
  made.words = fmt::format("{}[{}]({}{}, {})", functionOf(fold, "index"),
                           over(pairs.over, pairs.in, pairs.mask), pairs.value,
                           listCount(fold), second.text);
  return made;
}

} // namespace kdslc
