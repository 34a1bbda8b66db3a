//===- Words.h - expressions of the language as text ----------------------===//

#ifndef KDSLC_PLAN_SOURCE_WORDS_H
#define KDSLC_PLAN_SOURCE_WORDS_H

#include "mlir/IR/BuiltinTypes.h"
#include <string>

namespace kdslc {

/// The rules of the grammar by which expressions nest, the loosest first.
enum class Binding {
  Or,
  And,
  Not,
  Compare,
  Sum,
  Product,
  Unary,
  Power,
  Postfix
};

/// An expression in words.
struct Words {
  std::string text;
  Binding binding = Binding::Postfix;
  /// The value has features and the words are one number, which all of them
  /// are: as it is written beside something that has features.
  bool isSpread = false;
  /// A constant, which takes its type from what it meets.
  bool isLiteral = false;
  /// Indices that subscript an array in it, and those that are numbers in it: a
  /// bit for each.
  uint64_t subscripts = 0, numbers = 0;

  /// In brackets if it binds less than that.
  std::string within(Binding least) const {
    return binding < least ? "(" + text + ")" : text;
  }
  /// A name, perhaps with subscripts, or a constant: cheap to say again.
  bool isName() const {
    return binding == Binding::Postfix && text.size() < 24 &&
           text.find('(') == std::string::npos;
  }
};

/// "f32", "i64", "bool": the conversions of the language have these names too.
llvm::StringRef elementName(mlir::Type type);
/// The shortest number that is read as this one.
std::string numeral(double value, mlir::Type element);

} // namespace kdslc

#endif // KDSLC_PLAN_SOURCE_WORDS_H
