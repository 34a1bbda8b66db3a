//===- ReduceWriter.cpp - reductions as source ----------------------------===//
//
// What a list or an order has found is a map that gathers rows, and in the
// language the second argument of `argmin`: Found.h turns it back into a formula
// of pairs.
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/source/ProgramWriter.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <fmt/format.h>

using namespace mlir;

namespace kdslc {

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
  pairs.readsLast = pairs.subscripts & last;
  return pairs;
}

/// `kmin` over several indices: of the lists that the inner one leaves.
ProgramWriter::Pairs ProgramWriter::pairsOfLists(kdsl::ReduceOp reduce,
                                                 unsigned state, Body &body) {
  Value list = *std::next(reduce.getValues(state).begin());
  auto argument = dyn_cast<BlockArgument>(list);
  unsigned row =
      argument ? argument.getArgNumber() - body.view.axes.size() : 0;
  auto inner = argument
                   ? body.view.rows[row].getDefiningOp<kdsl::ReduceOp>()
                   : kdsl::ReduceOp();
  if (!inner || !body.view.masks.empty()) {
    fail(reduce);
    return {};
  }
  Names kept;
  for (int64_t position : body.view.subscript(row))
    kept.push_back(body.indices[position]);
  Body at = bodyAt(inner, kept, body.indices);
  unsigned result = cast<OpResult>(body.view.rows[row]).getResultNumber();
  Pairs pairs = pairsOf(at, inner, inner.getResultStates()[result], 0);
  pairs.over.insert(pairs.over.begin(), body.indices.back());
  // Bits of the indices of the outer formula, which the inner one has by name.
  uint64_t subscripts = 0, numbers = 0;
  for (auto [k, position] : llvm::enumerate(body.view.subscript(row))) {
    subscripts |= (pairs.subscripts >> k & 1) << position;
    numbers |= (pairs.numbers >> k & 1) << position;
  }
  pairs.subscripts = subscripts;
  pairs.numbers = numbers;
  return pairs;
}


/// "j in N where c".
std::string ProgramWriter::over(const Pairs &pairs, kdsl::ReduceOp reduce,
                                StringRef keptLast) {
  std::string text = fmt::format("{}", fmt::join(pairs.over, ", "));
  if (Value ranges = reduce.getRanges())
    text += fmt::format(" in {}[{}]", named(ranges).name, keptLast.str());
  else if (!pairs.readsLast)
    text += " in " + cast<StringAttr>(reduce.getOver()[0]).str();
  if (!pairs.mask.empty())
    text += " where " + pairs.mask;
  return text;
}

static std::string listCount(Attribute fold) {
  int64_t count =
      llvm::TypeSwitch<Attribute, int64_t>(fold)
          .Case<kdsl::KMinAttr, kdsl::KMaxAttr, kdsl::ArgKMinAttr,
                kdsl::ArgKMaxAttr, kdsl::KMinListsAttr, kdsl::KMaxListsAttr>(
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
      .Case<kdsl::ArgKMinAttr>(
          [&](auto) { return isIndex ? "argkmin" : "kmin"; })
      .Case<kdsl::ArgKMaxAttr>(
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
  StringRef keptLast =
      made.indices.empty() ? StringRef() : StringRef(made.indices.back());
  std::string function = functionOf(fold, projection);
  if (function.empty())
    fail(reduce);
  bool isOfLists = isa<kdsl::KMinListsAttr, kdsl::KMaxListsAttr>(fold);
  Pairs pairs = isOfLists ? pairsOfLists(reduce, state, body)
                          : pairsOf(body, reduce, state, 0);
  std::string arguments = pairs.value + listCount(fold);
  if (isa<kdsl::SumAttr>(fold) && pairs.value == "i64(1)") {
    function = "count";
    arguments = "true";
  }
  if (isa<kdsl::SoftmaxSumAttr>(fold) && projection != "total") {
    Pairs second = pairsOf(body, reduce, state, 1);
    arguments += ", " + second.value;
    pairs.readsLast |= second.readsLast;
    pairs.subscripts |= second.subscripts;
    pairs.numbers |= second.numbers;
  }
  uint64_t kept = (uint64_t(1) << made.indices.size()) - 1;
  made.subscripts = pairs.subscripts & kept;
  made.numbers = pairs.numbers & kept;
  if (reduce.getRanges()) // read at the row that is kept last
    made.subscripts |= uint64_t(1) << (made.indices.size() - 1);
  made.words = fmt::format("{}[{}]({})", function,
                           over(pairs, reduce, keptLast), arguments);
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
  pairs.readsLast |=
      bool(second.subscripts & (uint64_t(1) << (all.size() - 1)));
  Definition made;
  made.indices.assign(all.begin(), std::prev(all.end()));
  uint64_t kept = (uint64_t(1) << made.indices.size()) - 1;
  made.subscripts = second.subscripts & kept;
  made.numbers = second.numbers & kept;
  for (auto [k, position] : llvm::enumerate(found.at)) {
    made.subscripts |= (pairs.subscripts >> k & 1) << position;
    made.numbers |= (pairs.numbers >> k & 1) << position;
  }
  StringRef keptLast = own.size() > 1 ? StringRef(own[own.size() - 2])
                                      : StringRef();
  made.words = fmt::format("{}[{}]({}{}, {})", functionOf(fold, "index"),
                           over(pairs, order, keptLast), pairs.value,
                           listCount(fold), second.text);
  return made;
}

} // namespace kdslc
