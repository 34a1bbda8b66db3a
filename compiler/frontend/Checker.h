//===- Checker.h - the checker's state, shared by its files ---------------===//
//
//   CheckState.h      what it knows of a file, a program, an expression
//   Check.cpp         a file: constants, -D, sizes, the order of everything
//   CheckKernels.cpp  kernels: names, recursion
//   CheckProgram.cpp  a program: sizes, axes, inputs, outputs
//   CheckStatements.cpp  lets and assignments
//   CheckItems.cpp    derive and schedule
//   CheckSpecialize.cpp  what `specialize` lists, and the bodies it makes
//   CheckTests.cpp    tests: sizes, data and expectations
//   CheckExpr.cpp     expressions: operators, names, concatenation
//   CheckRows.cpp     subscripts: rows, lets
//   CheckFeatures.cpp subscripts: features
//   CheckReduce.cpp   reductions and what their indices range over
//   CheckReduceTypes.cpp  what reductions take and give
//   CheckCall.cpp     calls of built-in functions and kernels
//   CheckTypes.cpp    functions of values: how shapes meet
//   CheckElements.cpp how element types meet
//   CheckMatrix.cpp   linear algebra on features
//   CheckReports.cpp  how errors are said
//
// A function that fails has reported why and returns the error value (or null,
// or false); the error value stays silent wherever it is used.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_FRONTEND_CHECKER_H
#define KDSLC_FRONTEND_CHECKER_H

#include "compiler/Limits.h"
#include "compiler/Options.h"
#include "compiler/frontend/Ast.h"
#include "compiler/frontend/CheckState.h"
#include "compiler/frontend/ExprPool.h"
#include "compiler/frontend/Value.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <map>
#include <optional>
#include <set>

namespace kdslc {

class Checker {
public:
  Checker(const ast::File &file, const Options &options,
          DiagnosticEngine &diags)
      : file(file), options(options), diags(diags), pool(result.exprs) {}

  std::optional<CheckedFile> run();

private:
  // The file (Check.cpp).
  void applyDefines();
  void declareItems();
  void declare(const ast::Identifier &name, llvm::StringRef what);
  void checkConst(const ast::Const &item);
  void checkUnusedDefines();
  std::optional<int64_t> fixedSize(llvm::StringRef name, SourceRange range);
  std::optional<int64_t> evaluateSize(const ast::Expr *dim,
                                      llvm::StringMap<int64_t> &sizes);
  std::optional<ValueType>
  evaluateType(const ast::Type &type, llvm::StringMap<int64_t> &sizes,
               llvm::SmallVectorImpl<llvm::StringRef> &names);
  std::optional<Elem> elementOf(llvm::StringRef word) const;

  // Kernels (CheckKernels.cpp).
  void checkKernels();
  std::vector<const ast::Kernel *>
  calledKernels(const ast::Kernel &kernel) const;
  void findRecursion(const ast::Kernel &root,
                     llvm::DenseMap<const ast::Kernel *, int> &state);
  void checkKernelNames(const ast::Kernel &kernel);

  // Programs (CheckProgram.cpp).
  void checkProgram(const ast::Program &item);
  void checkBody(const ast::Program &item, const std::string &name,
                 llvm::StringMap<int64_t> chosen);
  void addAxis(const ast::Identifier &row);
  void addSpecializedSize(llvm::StringRef name, SourceRange range);
  void collectAxes(llvm::ArrayRef<ast::Param> params);
  void collectSizes(llvm::ArrayRef<ast::Param> params);
  void declareInput(const ast::Param &param);
  void declareOutput(const ast::Param &param);
  bool nameIsFree(const ast::Identifier &name, llvm::StringRef what);
  bool indexIsFree(const ast::Identifier &name);
  void checkStatement(const ast::Statement &statement);
  bool checkLeftIndices(const ast::Statement &statement);
  void checkLet(const ast::Statement &statement);
  void checkAssignment(const ast::Statement &statement);
  void noOutput(const ast::Statement &statement);
  void wrongLeftSide(const ast::Statement &statement, const Output &output);
  void bindLeftSide(const ast::Statement &statement, Output &output);
  static std::string leftSide(const ast::Statement &statement);
  Value fitOutput(const Value &value, unsigned number, SourceRange range);
  Value convertForOutput(const Value &value, const Output &output,
                         SourceRange range);
  void checkUnused();
  IndexId indexId(llvm::StringRef name, AxisId axis, bool batch,
                  unsigned level);
  unsigned indexLevel(llvm::StringRef name, AxisId axis) const;

  // Other items (CheckItems.cpp).
  struct Signature {
    std::vector<Input> inputs;
    std::vector<Output> outputs;
    std::vector<Axis> axes;
    std::vector<std::pair<std::string, int64_t>> sizes; ///< of features
    bool valid = false; ///< it was checked already
    unsigned order = 0; ///< how often it was derived
  };
  void checkDerive(const ast::Derive &item);
  void checkSchedule(const ast::Schedule &item);
  const Signature *signatureOf(const ast::Identifier &program);
  bool checkDeriveInputs(const ast::Derive &item, const Signature &of,
                         std::vector<const Input *> &chosen);
  bool checkDeriveOutputs(const ast::Derive &item, const Signature &of);
  Signature derivedSignature(const ast::Derive &item, const Signature &of,
                             llvm::ArrayRef<const Input *> chosen);
  void addDerived(const ast::Derive &item, const Signature &signature,
                  llvm::ArrayRef<const Input *> chosen);

  // Specializations (CheckSpecialize.cpp).
  void collectSpecializations();
  void collectSetting(const ast::Setting &setting, Specialization &into);
  void checkSpecialize(const ast::Specialize &item);
  void forEachBody(
      const ast::Program &item,
      llvm::function_ref<void(const std::string &name,
                              const llvm::StringMap<int64_t> &chosen)>
          visit);
  bool checkDerivedIsFixed(const ast::Derive &item);

  // Tests (CheckTests.cpp).
  struct TestState;
  void checkTest(const ast::Test &item);
  void checkTestOf(const ast::Test &item, const Signature &of,
                   const std::string &symbol);
  std::vector<const CheckedProgram *>
  testedBodies(const ast::Test &item,
               llvm::ArrayRef<const CheckedProgram *> bodies);
  bool isLeftOut(const ast::Test &item, TestState &state);
  bool testSize(TestState &state, const ast::Identifier &name, int64_t size);
  void checkSizes(const ast::Test &item, TestState &state);
  void checkSizesAreKnown(const ast::Test &item, TestState &state);
  void checkGiven(const ast::Test::Given &given, TestState &state);
  void checkAllGiven(const ast::Test &item, TestState &state);
  void checkExpect(const ast::Test::Expect &expect, TestState &state);
  bool checkData(const ast::Expr *data, llvm::StringRef name,
                 const ValueType &type, llvm::ArrayRef<AxisId> axes,
                 TestState &state, TestNumbers &numbers);
  bool checkSlices(const ast::Expr *data, llvm::StringRef name,
                   TestNumbers &numbers);
  bool checkTestNumber(const ast::Expr *data, llvm::StringRef name, Elem elem,
                       TestNumbers &numbers);
  bool misfit(TestState &state, SourceRange range, std::string message);

  // Expressions (CheckExpr.cpp).
  Value check(const ast::Expr *expr);
  Value checkKind(const ast::Expr *expr);
  Value checkNumber(const ast::Number &number);
  Value checkChain(const ast::Chain &chain);
  Value checkUnary(const ast::Unary &unary);
  Value checkConcat(const ast::Concat &concat);
  Value checkName(llvm::StringRef name, SourceRange range);
  Value checkFileName(llvm::StringRef name, SourceRange range);
  Value checkInputAlone(unsigned input, SourceRange range);
  Value inputValue(unsigned input, llvm::ArrayRef<IndexId> rows,
                   SourceRange range);
  Value unknownName(llvm::StringRef name, SourceRange range);
  void makeLiteralsAlike(llvm::MutableArrayRef<Value> parts);
  Value literal(int64_t value, SourceRange range);
  Value literal(double value, SourceRange range);
  Value made(const Expr *expr, SourceRange range, Flex flex = Flex::Fixed);
  bool checkPairIndices(llvm::ArrayRef<IndexId> free,
                        llvm::ArrayRef<const Expr *> parts, SourceRange range);
  std::optional<int64_t> constantInteger(const ast::Expr *expr,
                                         llvm::StringRef what);

  // Subscripts (CheckRows.cpp).
  Value checkSubscript(const ast::Subscript &subscript);
  Value checkMember(const ast::Subscript &subscript);
  Value checkInputRows(const ast::Subscript &subscript, unsigned input);
  Value checkLetRows(const ast::Subscript &subscript, llvm::StringRef name,
                     LetState &let);
  Value ownLet(llvm::StringRef name, SourceRange range);
  Value expandLet(LetState &let, llvm::ArrayRef<IndexId> args);
  Value checkFeatures(Value base, const ast::Subscript &subscript,
                      llvm::StringRef name);
  Value checkFeature(Value base, const ast::Subscript::Sub &sub,
                     llvm::StringRef name, SourceRange range);
  Value extract(const Value &base, int64_t at, SourceRange range);
  Value slice(const Value &base, int64_t begin, int64_t end, SourceRange range);
  std::optional<IndexId> rowIndex(const ast::Subscript::Sub &sub, AxisId axis,
                                  llvm::StringRef array, SourceRange declared);
  std::nullopt_t badRow(const ast::Subscript::Sub &sub, llvm::StringRef array);
  Value negativeFeature(int64_t at, int64_t size, SourceRange range,
                        std::string message);
  Value rowsMissing(unsigned input, SourceRange range);
  std::string exampleRows(llvm::ArrayRef<AxisId> axes) const;
  Value lookup(const Value &base, const Value &label, SourceRange range);
  Value checkTooManySubs(const Value &base, const ast::Subscript &subscript,
                         llvm::StringRef name);
  Value indexOnFeatures(llvm::StringRef name, BoundIndex &index,
                        SourceRange range);
  bool isKnownName(llvm::StringRef name) const;
  BoundIndex *findIndex(llvm::StringRef name);

  // Reductions (CheckReduce.cpp).
  struct FoundAxis {
    AxisId axis;
    std::string origin;
    SourceRange range;
    bool poisoned = false; ///< a let that has no axis there (reported)
  };
  std::optional<FoundAxis> findAxis(const ast::Expr *expr,
                                    llvm::StringRef index);
  std::optional<FoundAxis> findAxisInSubscript(const ast::Subscript &subscript,
                                               llvm::StringRef index);
  /// `j in R[i]`, until j has a number.
  struct RangesUse {
    unsigned input = 0;
    std::optional<IndexId> kept; ///< none: the index runs over an axis
    bool isTurned = false;       ///< the kept row is R's second one
    SourceRange range;
  };
  std::optional<FoundAxis> axisOf(const ast::Reduce &reduce,
                                  const ast::Reduce::Index &index,
                                  RangesUse &ranges);
  Value checkReduce(const ast::Reduce &reduce);
  bool bindIndices(const ast::Reduce &reduce, const Expr *&ranges);
  Value buildReduce(const ast::Reduce &reduce, Expr node, size_t firstIndex);
  Value finishReduce(const ast::Reduce &reduce, Expr node, Flex flex);
  bool reductionCount(const ast::Reduce &reduce, const Value &value,
                      int64_t &count);
  bool typeReduction(const ast::Reduce &reduce, Reduction op,
                     llvm::MutableArrayRef<Value> args, Expr &node,
                     Flex &flex);
  bool noReduction(const ast::Reduce &reduce, Reduction op, const Value &body);
  static std::string headOf(const ast::Reduce &reduce);
  Value wrongArgCount(const ast::Reduce &reduce, unsigned least, unsigned most);
  bool typeWeighted(Reduction op, llvm::MutableArrayRef<Value> args,
                    Expr &node);
  bool checkPlaces(const ast::Reduce &reduce, Reduction op, bool payload);
  bool typePlaced(const ast::Reduce &reduce, Reduction op,
                  llvm::MutableArrayRef<Value> args, Expr &node, Flex &flex);
  bool findRanges(const ast::Reduce::Index &index, RangesUse &ranges,
                  FoundAxis &found);
  const Expr *rangesAt(const RangesUse &ranges, IndexId reduced);

  // Calls (CheckCall.cpp).
  Value checkCall(const ast::Call &call);
  Value checkConversion(const ast::Call &call);
  Value unknownFunction(const ast::Call &call);
  Value callOfValue(const ast::Call &call);
  bool isReductionOfRows(const ast::Call &call);
  Value checkKernelCall(const ast::Call &call, const ast::Kernel &kernel);
  Value inlineKernel(const ast::Kernel &kernel, llvm::ArrayRef<Value> args,
                     const llvm::StringMap<int64_t> &sizes);
  std::string describeArgs(const ast::Kernel &kernel,
                           llvm::ArrayRef<Value> args) const;
  bool bindKernelParam(const ast::Kernel &kernel, const ast::Param &param,
                       Value &arg, llvm::StringMap<int64_t> &sizes,
                       const ast::Expr *at);

  // Types (CheckTypes.cpp).
  Value apply(Function f, llvm::MutableArrayRef<Value> args, SourceRange range);
  Value applyElementwise(Function f, llvm::MutableArrayRef<Value> args,
                         SourceRange range);
  Value applyPower(llvm::MutableArrayRef<Value> args, SourceRange range);
  Value applyCompare(Function f, llvm::MutableArrayRef<Value> args,
                     SourceRange range);
  Value applyLogic(Function f, llvm::MutableArrayRef<Value> args,
                   SourceRange range);
  Value applySelect(llvm::MutableArrayRef<Value> args, SourceRange range);
  Value applyVectors(Function f, llvm::MutableArrayRef<Value> args,
                     SourceRange range);
  Value applyFeatures(Function f, llvm::MutableArrayRef<Value> args,
                      SourceRange range);
  Value applyMatrix(Function f, llvm::MutableArrayRef<Value> args,
                    SourceRange range);
  Value applyFilled(Function f, llvm::MutableArrayRef<Value> args,
                    SourceRange range);
  Value applyMatMul(llvm::MutableArrayRef<Value> args, SourceRange range);
  Value applyPartial(Function f, llvm::MutableArrayRef<Value> args,
                     SourceRange range);
  std::optional<Value> fold(Function f, llvm::ArrayRef<Value> args,
                            SourceRange range);
  bool unify(const Meeting &in, llvm::MutableArrayRef<Value> args, bool toReal,
             Flex &flex);
  bool sameShape(const Meeting &in, llvm::ArrayRef<Value> args,
                 SourceRange range, Value &shape);
  bool twoReals(const Meeting &in, const Value &a, const Value &b);
  Value convert(const Value &value, Elem elem, SourceRange range);
  Value convertToReal(const Value &value, Elem elem, SourceRange range);
  Value convertConcat(const Value &value, Elem elem, SourceRange range);
  bool noArithmetic(const Meeting &in, llvm::ArrayRef<Value> args,
                    const Value &boolean);
  Value needsBool(llvm::StringRef who, const Value &value);
  Value build(Function f, Elem elem, const Value &shape,
              llvm::ArrayRef<Value> args, SourceRange range,
              Flex flex = Flex::Fixed);
  Value buildShaped(Function f, ValueType type,
                    llvm::ArrayRef<llvm::StringRef> sizes,
                    llvm::ArrayRef<Value> args, SourceRange range,
                    Flex flex = Flex::Fixed);

  // Reports.
  Diagnostic &report(Severity severity, Label label, SourceRange range,
                     std::string message);
  Value fail(Label label, SourceRange range, std::string message);
  Diagnostic &error(Label label, SourceRange range, std::string message) {
    return report(Severity::Error, label, range, std::move(message));
  }
  Diagnostic &warning(Label label, SourceRange range, std::string message) {
    return report(Severity::Warning, label, range, std::move(message));
  }
  void noteInputs(Diagnostic &to, llvm::ArrayRef<Value> args);
  /// Proposes `with(...)` around a value, where the place is that of one value.
  void wrapIn(Diagnostic &d, SourceRange range, llvm::StringRef with);
  /// The element type in the user's words: as it is declared, or "real".
  std::string elemWord(const Value &value) const;
  std::string elemWord(Elem elem) const;
  /// "f32", "a vector of 3 (f32)".
  std::string describeTyped(const Value &value) const;
  std::string freshIndex() const;
  static llvm::StringRef sourceText(SourceRange range);
  static std::string nameOf(const Value &value);

  const ast::File &file;
  const Options &options;
  DiagnosticEngine &diags;
  CheckedFile result;
  ExprPool pool;

  // The file.
  Elem real = Elem::F32;
  bool realIsDefined = false; ///< by -D
  llvm::StringMap<int64_t> defines;
  std::set<std::string> usedDefines;
  llvm::StringMap<SourceRange> declared;
  llvm::StringMap<Value> consts;
  llvm::StringMap<const ast::Kernel *> kernels;
  llvm::StringSet<> badKernels; ///< recursive, or with unknown names
  llvm::StringMap<Signature> signatures;
  llvm::StringMap<Specialization> specialized; ///< by program
  llvm::StringSet<> featureSizes, rowAxes; ///< of the whole file
  llvm::StringSet<> unfixedSizes;          ///< reported

  // Where the checker is.
  ProgramState *program = nullptr;
  Scope *scope = nullptr;
  struct Frame {
    const ast::Kernel *kernel;
    SourceRange call;
    std::string args; ///< "x: real[D], s: real"
  };
  std::vector<Frame> frames;   ///< kernels that are being inlined
  std::vector<IndexId> active; ///< bound indices, those of callers too
  /// Those of the let that is checked for itself, which its uses may make a
  /// batch; whether something since then is right only if they do.
  std::vector<IndexId> perhapsBatch;
  bool needsBatch = false;
  unsigned depth = 0;
  bool exhausted = false; ///< the node budget; said once
  SourceRange opRange;    ///< of the operator that is applied
  /// Of the statement that is checked: one error is said, what follows it may
  /// be its consequence.
  bool inStatement = false, statementFailed = false;
  std::map<std::pair<const ast::Kernel *,
                     std::vector<std::pair<const Expr *, Flex>>>,
           Value>
      inlined;
  std::set<std::pair<const char *, Label>> reported;
  Diagnostic ignored; ///< takes the notes of a repeated report
};

} // namespace kdslc

#endif // KDSLC_FRONTEND_CHECKER_H
