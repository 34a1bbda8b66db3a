//===- Target.h - what the planner knows of a target ----------------------===//
//
// A target describes itself in the few numbers that a schedule depends on, and
// chooses schedules from the cost of a formula. Plan and tile see targets only
// through this interface.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGET_H
#define KDSLC_TARGET_H

#include "dialects/kdsl/Kdsl.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <string>
#include <vector>

namespace kdslc {

struct Grid; // plan/Grids.h

/// What one pair of a reduction costs, counted from its formula.
struct PairCost {
  double arithmetic = 0;   ///< adds, products, comparisons; one a feature
  double elementary = 0;   ///< exp2, log, sin, ...: polynomials
  double exponentials = 0; ///< those of them that are exp2
  double divisions = 0;    ///< divisions and square roots
  double folds = 0;        ///< of the reductions' own folds
  double foldExponentials = 0; ///< exp2 among those, of seven operations each
  double turned = 0;       ///< numbers of row j among those that are folded
  double fused = 0;        ///< products that a sum takes in one multiply-add
  int64_t rowNumbers = 0;  ///< numbers of row i that every pair reads
  int64_t columnBytes = 0; ///< of row j that every pair reads
  int64_t places = 0;      ///< of the longest list that can be bounded
  int64_t listed = 0;      ///< of the longest list that may lie by row
  int64_t stateParts = 0;  ///< numbers in the states of one row
  int64_t listedParts = 0; ///< those of lists that may lie by row
  int64_t longestFeature = 1; ///< of the feature loops
  bool both = false; ///< counted for (i, j) and (j, i) together
  /// Features of the longest inner product of a row i and a row j, computed as
  /// f32; whether both hold one kind of numbers of 16 bits; what of `arithmetic`
  /// and of `columnBytes` nothing else needs.
  int64_t innerProduct = 0;
  bool productOfHalves = false;
  double productArithmetic = 0;
  int64_t productBytes = 0;
  /// Features of the squared distance of a row i and a row j, both of f32, if it is
  /// all that a pair has and states tell which values cannot change them.
  int64_t filtered = 0;
  /// The same, where predicates may leave out pairs.
  int64_t distance = 0;
  /// Components of the widest state that adds up values of row j, weighted by a
  /// number of the pair, all as f32; whether the values are of 16 bits; what of
  /// `arithmetic`, `fused`, `folds`, `columnBytes` and `stateParts` they are.
  int64_t weighted = 0;
  bool weightedOfHalves = false;
  double weightedArithmetic = 0, weightedFused = 0, weightedFolds = 0;
  int64_t weightedBytes = 0, weightedParts = 0;
  unsigned elementBits = 32;  ///< of the widest float

  /// Folds without their exponentials.
  double otherFolds() const { return folds - 7 * foldExponentials; }
  /// What is left where others add up the weighted values.
  PairCost withoutWeighted() const;
};

/// How long a pair takes on the whole machine, and the unit that is busy all the
/// time.
struct PairEstimate {
  double nanoseconds = 0;
  llvm::StringRef boundBy;
  double issued = 0; ///< nanoseconds of all instructions, on GPUs
};

/// Feature loops up to this size are written out where no `schedule` says
/// otherwise.
inline constexpr int64_t usualUnroll = 16;

/// Bounds that vectors compute of squared distances hold up to so many features.
inline constexpr int64_t mostFiltered = 1024;

/// Rows in an order of space have so many features at most: boxes of more reach too
/// far, and a record has room for no more.
inline constexpr int64_t mostOrdered = 7;

/// States of up to so many components stand in registers, wider ones in memory.
inline constexpr int64_t widestInRegisters = 16;

/// What the `schedule` blocks of a program ask of one target; 0: its choice.
struct ScheduleWishes {
  int64_t tileRows = 0; ///< tile_i: rows i of a tile
  int64_t group = 0;    ///< tile_j: rows j that are folded at once
  int64_t unroll = 0;   ///< feature loops up to this size are written out
  int64_t lanes = 0;    ///< vector, or the threads of a block
  std::string accumulate = "blocked", exp = "accurate", fma = "on",
              pairs = "auto";

  /// The number of a key of the language, or null.
  int64_t *find(llvm::StringRef key);
  /// The same of the keys that have words.
  std::string *findWord(llvm::StringRef key);
};

class Target {
public:
  virtual ~Target() = default;

  /// The name on the command line, "x86-64-v4".
  virtual llvm::StringRef name() const = 0;
  /// What `--list-targets` says of it.
  virtual llvm::StringRef description() const = 0;

  /// Whether a grid with this schedule is other code than that of the next target;
  /// programs without such a grid need none of this one.
  virtual bool isOwn(const kdsl::Schedule &schedule) const { return true; }
  /// Whether there are such programs.
  bool isOptional() const { return !isOwn({}); }
  /// The schedule of a grid.
  /// \param sweeps    a pair of each, which run one after the other, or, where nothing
  ///                  is reduced, a row of each map, whose folds are 0.
  /// \param optLevel  0 gives one row and one pair at a time, whatever is
  ///                  wished.
  virtual kdsl::Schedule chooseSchedule(llvm::ArrayRef<PairCost> sweeps,
                                        int optLevel,
                                        const ScheduleWishes &wishes) const = 0;

  /// Why the target cannot do what a setting asks, with what it offers; "" if
  /// it can.
  virtual std::string refuse(llvm::StringRef key, int64_t value) const = 0;

  /// What of its grid's schedule a sweep has a use for; the rest is 0 or false.
  virtual kdsl::Schedule ofSweep(const PairCost &cost,
                                 const kdsl::Schedule &schedule) const = 0;
  /// What the model expects of one pair of each sweep under the schedule of their
  /// grid, also where two are counted together.
  virtual llvm::SmallVector<PairEstimate>
  estimatePairs(llvm::ArrayRef<PairCost> sweeps,
                const kdsl::Schedule &schedule) const = 0;
  /// Bytes of the memory near the lanes that a schedule has to ask for; 0: of none.
  virtual int64_t askedBytes(llvm::ArrayRef<PairCost> sweeps,
                             const kdsl::Schedule &schedule) const {
    return 0;
  }
  /// Whether sums over the pairs of one set of rows meet each two rows once.
  /// \param both  the cost of (i, j) and (j, i) together.
  virtual bool halves(const PairCost &plain, const PairCost &both,
                      const ScheduleWishes &wishes) const {
    return false;
  }
  /// The machine that it expects it of: "one core at 3.5 GHz".
  virtual llvm::StringRef machine() const = 0;
};

/// What is wrong with a number that must be a power of two; "" if nothing is.
std::string needPower(llvm::StringRef key, int64_t value, int64_t least,
                      int64_t most);

/// Whether code for the target of that name runs on a GPU.
inline bool isDeviceTarget(llvm::StringRef name) {
  return name.starts_with("sm_");
}

/// Counts the operations of a reduce or map; of a reduce with values of the
/// exchanged pair, those of both pairs.
/// \param grid  that it runs in, if that is known: what is computed there is no row of
///              memory.
PairCost countPair(mlir::Operation *pairOp, const Grid *grid = nullptr);

/// At least what each of some pairs costs and holds, but for what tensor cores and
/// filters make of it.
PairCost widest(llvm::ArrayRef<PairCost> pairs);

/// Those of each folder of compiler/targets.
std::vector<std::unique_ptr<Target>> cpuTargets();
std::vector<std::unique_ptr<Target>> nvptxTargets();

/// The targets of this build: x86 levels, the widest first, then GPUs, the
/// oldest first.
llvm::ArrayRef<std::unique_ptr<Target>> allTargets();
/// The target of that name, or null.
const Target *findTarget(llvm::StringRef name);

} // namespace kdslc

#endif // KDSLC_TARGET_H
