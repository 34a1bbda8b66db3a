//===- Forms.h - the instructions that are known --------------------------===//
//
// One entry for every mnemonic with all its suffixes: what operands it takes
// and what executes it. A combination with no entry is an error of the parser,
// so nothing is ever skipped or guessed.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_PTX_FORMS_H
#define KDSLC_TEST_PTX_FORMS_H

#include "test/ptx/Instruction.h"

namespace kdslc::ptx {

enum class Role : uint8_t {
  Destination,       ///< register as wide as the type
  WideDestination,   ///< register at least as wide as the type
  PredicatePair,     ///< p or p|q
  OptionalPredicate, ///< |p right after a destination
  Source,            ///< register, number or symbol as wide as the type
  WideSource,        ///< the same, or a wider register
  Address,           ///< [register+number] or [symbol+number]
  VectorDestination, ///< {a, b} of `count` registers, or _
  VectorSource,
  WideVectorDestination, ///< the same with wider registers
  WideVectorSource,
  Label,
};

struct OperandForm {
  Role role;
  Type type;
  uint8_t count = 1; ///< of a vector
};

struct Form {
  Handler execute = nullptr;
  InstructionClass countedAs = InstructionClass::Other;
  std::vector<OperandForm> operands;
  Control control = Control::None;
  uint32_t modifier = 0;
  Access access = {};
  bool acrossWarp = false;
  /// Names no lanes: all of the warp take part.
  bool wholeWarp = false;
};

class FormTable {
public:
  /// The table of all instructions.
  static const FormTable &get();

  /// An entry "min.f32/3" takes precedence over "min.f32" when there are three
  /// sources, for mnemonics that allow several numbers of operands.
  const Form *find(std::string_view mnemonic, size_t numOperands) const;
  void add(std::string mnemonic, Form form);

private:
  FormTable();
  std::unordered_map<std::string, Form> forms;
};

// Each family of instructions states its entries.
void addIntegerForms(FormTable &table);
void addBitForms(FormTable &table);
void addFloatForms(FormTable &table);
void addHalfForms(FormTable &table);
void addDirectedForms(FormTable &table);
void addSpecialForms(FormTable &table);
void addCompareForms(FormTable &table);
void addConvertForms(FormTable &table);
void addMoveForms(FormTable &table);
void addLoadStoreForms(FormTable &table);
void addControlForms(FormTable &table);
void addWarpForms(FormTable &table);
void addMatrixForms(FormTable &table);

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_FORMS_H
