//===- KdslAttrs.td - types and attributes of the kdsl dialect ------------===//

#ifndef KDSL_ATTRS_TD
#define KDSL_ATTRS_TD

include "dialects/kdsl/KdslDialect.td"
include "dialects/kdsl/KdslInterfaces.td"
include "mlir/IR/AttrTypeBase.td"

class KdslType<string name, string keyword> : TypeDef<KdslDialect, name> {
  let mnemonic = keyword;
}

def RowsType : KdslType<"Rows", "rows"> {
  let summary = "Rows of features over named axes";
  let description = [{
    An array with one row for each point of its row axes, whose sizes are known
    only to the caller; a row is a number (`f32`) or a feature vector
    (`vector<3xf32>`). Without axes it is one row.

    Example: `!kdsl.rows<[M], vector<3xf32>>`.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$axes,
                        "::mlir::Type":$row);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The element type of a row.
    ::mlir::Type getElement() const;
    /// The number of features of a row, 1 for a number.
    int64_t getWidth() const;
  }];
}

def RangesType : KdslType<"Ranges", "ranges"> {
  let summary = "Which rows j belong to each row i, block by block";
  let description = [{
    A block-sparse set of pairs over two row axes, as `kdsl_ranges` of kdsl.h
    holds it. Example: `!kdsl.ranges<M, N>`.
  }];
  let parameters = (ins "::mlir::StringAttr":$kept, "::mlir::StringAttr":$reduced);
  let hasCustomAssemblyFormat = 1;
}

def ScheduleAttr : AttrDef<KdslDialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "How the reductions of a grid run on one target";
  let description = [{
    Written once by `kdsl-choose-schedule`, the same on all reductions and maps that
    share a grid, and obeyed by every later pass. Its fields are those of `Schedule`
    in `dialects/kdsl/Schedule.h`; what is 0 or false is left out.

    Example: `#kdsl.schedule<lanes = 16, rows = 2, group = 4, block = 32,
    unroll = 16>`.
  }];
  let parameters = (ins AttrParameter<"::kdsl::Schedule", "its fields",
                                      "const ::kdsl::Schedule &">:$value);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  // Operations give and take what it holds: `grid.getSchedule().rows`.
  let returnType = "::kdsl::Schedule";
  let convertFromStorage = "$_self.getValue()";
  let constBuilderCall = "::kdsl::ScheduleAttr::get($_builder.getContext(), $0)";
}

//===----------------------------------------------------------------------===//
// Reductions: one record each, code in reductions/
//===----------------------------------------------------------------------===//

class ReductionOf<string name, string keyword, list<string> methods>
    : AttrDef<KdslDialect, name, [
        DeclareAttrInterfaceMethods<ReductionAttrInterface, methods>]> {
  let mnemonic = keyword;
}

/// Each component by itself.
class Reduction<string name, string keyword, list<string> methods>
    : ReductionOf<name, keyword, ["foldGroup", "merge"] # methods>;

/// All components at once.
class SharedReduction<string name, string keyword, list<string> methods>
    : ReductionOf<name, keyword, [
        "getNumShared", "getWidth", "getSharedElements", "initShared",
        "foldShared", "mergeShared", "getSharedCost", "getFoldCost"] # methods>;

def SumAttr : Reduction<"Sum", "sum", ["getResultElement", "hasBlocks",
                              "closeBlock", "gathersBlocks", "gatherBlock",
                              "isOfFolds", "getFoldCost"]> {
  let summary = "The sum of the values";
  let description = [{
    Floats: state (a, h, l): `a` takes the terms of a block of 32, `h + l` the
    blocks with compensation (Kahan), so that the error stays below 16 u
    sum|t| at any number of terms. Integers: one part, wrapping. Bools are counted:
    state (a, n), of which the i32 `a` takes a block and the i64 `n` the blocks. Of
    no pair: 0.
  }];
}

def SumF64Attr : Reduction<"SumF64", "sum_f64", ["getFoldCost"]> {
  let summary = "The sum of f32 values in f64, rounded once";
  let description = [{
    What `kdsl-choose-schedule` makes of a sum of f32 under `accumulate = f64`.
    Of no pair: 0.
  }];
}
def SumCompensatedAttr : Reduction<"SumCompensated", "sum_compensated",
                                   ["getFoldCost"]> {
  let summary = "The sum of floats, each added with compensation";
  let description = [{
    The same under `accumulate = compensated`. State (h, l) after Kahan.
  }];
}

def ProdAttr : Reduction<"Prod", "prod", []> {
  let summary = "The product of the values";
  let description = "Integers wrap. Of no pair: 1.";
}

def AnyHoldsAttr : Reduction<"Any", "any", []> {
  let summary = "Whether some condition holds";
  let description = "State: an i32, 1 once one held. Of no pair: false.";
}
def AllHoldAttr : Reduction<"All", "all", []> {
  let summary = "Whether every condition holds";
  let description = "State: an i32, 1 once one failed. Of no pair: true.";
}

class IndexedReduction<string name, string keyword, list<string> methods = []>
    : Reduction<name, keyword, ["getProjections", "getResultElement",
                                "getIndexType", "serves", "getFoldCost"]
                               # methods> {
  let parameters = (ins "::mlir::IntegerType":$index);
  let assemblyFormat = "`<` $index `>`";
}

def MinAttr : Reduction<"Min", "min", ["getFoldCost", "hasThreshold"]> {
  let summary = "The smallest value";
  let description = "A NaN comes first (NumPy's rule). Of no pair: +inf.";
}
def MaxAttr : Reduction<"Max", "max", ["getFoldCost"]> {
  let summary = "The largest value";
  let description = "A NaN comes first (NumPy's rule). Of no pair: -inf.";
}
def ArgMinAttr : IndexedReduction<"ArgMin", "argmin",
                                  ["hasThreshold", "getThreshold"]> {
  let summary = "The smallest value and the number of its row";
  let description = [{
    State (value, index). Ties go to the smallest row; a NaN comes first; of no
    pair: (+inf, -1). The parameter is the type of the index, i32 or i64.
  }];
}
def ArgMaxAttr : IndexedReduction<"ArgMax", "argmax"> {
  let summary = "The largest value and the number of its row";
  let description = "As `#kdsl.argmin`; of no pair: (-inf, -1).";
}

def LogSumExpAttr : Reduction<"LogSumExp", "logsumexp",
                              ["hasBlocks", "closeBlock",
                              "gathersBlocks", "gatherBlock", "isOfFolds",
                              "getFoldCost", "getExponentials"]> {
  let summary = "log(sum(exp(value)))";
  let description = [{
    State (m, a, h, l): sum = (a + h + l) * 2^m with integer m, raised only when
    a value exceeds it by more than 8 (the scale is a power of two, so that
    raising it rounds nothing). `base2` says that the values are in units of
    log 2 already, as `kdsl-simplify-formula` leaves them. A value of -inf
    weighs nothing, +inf gives +inf; of no pair: -inf.
  }];
  let parameters = (ins DefaultValuedParameter<"bool", "false">:$base2);
  let assemblyFormat = "(`<` `base2` `=` $base2^ `>`)?";
}

def SoftmaxSumAttr : SharedReduction<"SoftmaxSum", "softmax_sum", [
    "getNumValues", "getProjections", "isShared", "foldGroup", "merge",
    "hasBlocks", "closeBlock", "closeShared", "gathersBlocks", "gatherBlock",
    "gatherShared", "isOfFolds", "getExponentials", "serves"]> {
  let summary = "Sums weighted by exp(logit)";
  let description = [{
    Of pairs (t, g): `value` is sum(exp(t) g) / sum(exp(t)), `log` is
    log(sum(exp(t) g)), `total` is log(sum(exp(t))). Shared parts (m, a, h, l)
    as in `#kdsl.logsumexp`, and a compensated sum of 2^(t - m) g for each
    component; a logit is exponentiated once, whatever the length of g. With
    `each` every component has a logit of its own, and nothing is shared.

    A value of -inf weighs nothing, whatever its g is; one of +inf outweighs all
    finite ones, two of them give NaN. Of no pair: 0, -inf, -inf.
  }];
  let parameters = (ins DefaultValuedParameter<"bool", "false">:$base2,
                        DefaultValuedParameter<"bool", "false">:$each);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

/// Of lists that may lie by row.
defvar byRow = ["mayLieByRow", "enterByRow", "takeLeft"];

class ListReduction<string name, string keyword, list<string> methods>
    : SharedReduction<name, keyword, methods> {
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
  let genVerifyDecl = 1;
}
class IndexedListReduction<string name, string keyword, list<string> methods>
    : ListReduction<name, keyword, ["getProjections", "getResultElement",
                                    "getIndexType", "serves"] # methods> {
  let parameters = (ins "int64_t":$count, "::mlir::IntegerType":$index);
  let assemblyFormat = "`<` $count `,` $index `>`";
}

def KMinAttr
    : ListReduction<"KMin", "kmin", ["getBound", "initBounded", "hasThreshold"] # byRow> {
  let summary = "The `count` smallest values in order";
  let description = [{
    One component for each place of the sorted list; the shared part is a
    threshold that a value has to pass. NaN comes first; places that no row fills
    hold +inf. Example: `#kdsl.kmin<10>`.
  }];
}
def KMaxAttr
    : ListReduction<"KMax", "kmax", ["getBound", "initBounded"] # byRow> {
  let summary = "The `count` largest values in order";
  let description = "As `#kdsl.kmin`; empty places hold -inf.";
}
def KMinBoundAttr
    : ListReduction<"KMinBound", "kmin_bound", ["hasBlocks", "closeShared"]> {
  let summary = "A number that `count` values do not exceed";
  let description = [{
    The value at the last place of a list of the smallest values of blocks: it
    costs one comparison for a pair, and few of all rows have a smaller value.
    NaN is left out. Example: `#kdsl.kmin_bound<10>`.
  }];
}
def KMaxBoundAttr
    : ListReduction<"KMaxBound", "kmax_bound", ["hasBlocks", "closeShared"]> {
  let summary = "A number that `count` values reach";
  let description = "As `#kdsl.kmin_bound`, of the largest values.";
}
def KMinListsAttr : ListReduction<"KMinLists", "kmin_lists",
                                  ["getNumValues"] # byRow> {
  let summary = "The `count` smallest values of sorted lists";
  let description = [{
    What `kmin` over two indices does with the lists that the first one left.
    Of pairs (first, list): the first value of a list, which has to beat the last
    place, and the whole list. Example: `#kdsl.kmin_lists<10>`.
  }];
}
def KMaxListsAttr : ListReduction<"KMaxLists", "kmax_lists",
                                  ["getNumValues"] # byRow> {
  let summary = "The `count` largest values of sorted lists";
  let description = "As `#kdsl.kmin_lists`.";
}
def ArgKMinListsAttr
    : IndexedListReduction<"ArgKMinLists", "argkmin_lists",
                           ["getNumValues"] # byRow> {
  let summary = "The `count` smallest values of sorted lists and their rows";
  let description = [{
    As `#kdsl.kmin_lists`, with the number of the row whose list gave the value
    at each place; `kdsl::placesInList` tells where in that list it stands. A
    list gives its values in order. Example: `#kdsl.argkmin_lists<10, i64>`.
  }];
}
def ArgKMaxListsAttr
    : IndexedListReduction<"ArgKMaxLists", "argkmax_lists",
                           ["getNumValues"] # byRow> {
  let summary = "The `count` largest values of sorted lists and their rows";
  let description = "As `#kdsl.argkmin_lists`.";
}
def ArgKMinAttr : IndexedListReduction<"ArgKMin", "argkmin",
                                       ["getBound", "initBounded", "hasThreshold"] # byRow> {
  let summary = "The `count` smallest values and their rows";
  let description = [{
    As `#kdsl.kmin`, with the number of the row at each place; ties go to the
    smaller row, empty places have -1. Example: `#kdsl.argkmin<10, i64>`.
  }];
}
def ArgKMaxAttr : IndexedListReduction<"ArgKMax", "argkmax",
                                       ["getBound", "initBounded"] # byRow> {
  let summary = "The `count` largest values and their rows";
  let description = "As `#kdsl.argkmin`; empty places hold -inf and -1.";
}

#endif // KDSL_ATTRS_TD
