//===- Forms.cpp - the instructions that are known ------------------------===//

#include "test/ptx/Forms.h"
#include <cassert>

namespace kdslc::ptx {

FormTable::FormTable() {
  addIntegerForms(*this);
  addBitForms(*this);
  addFloatForms(*this);
  addHalfForms(*this);
  addDirectedForms(*this);
  addSpecialForms(*this);
  addCompareForms(*this);
  addConvertForms(*this);
  addMoveForms(*this);
  addLoadStoreForms(*this);
  addControlForms(*this);
  addWarpForms(*this);
  addMatrixForms(*this);
}

const FormTable &FormTable::get() {
  static const FormTable table;
  return table;
}

const Form *FormTable::find(std::string_view mnemonic,
                            size_t numOperands) const {
  std::string name(mnemonic);
  auto found = forms.find(name + "/" + std::to_string(numOperands - 1));
  if (numOperands == 0 || found == forms.end())
    found = forms.find(name);
  return found == forms.end() ? nullptr : &found->second;
}

void FormTable::add(std::string mnemonic, Form form) {
  bool isNew = forms.emplace(std::move(mnemonic), std::move(form)).second;
  assert(isNew && "two entries for one mnemonic");
  (void)isNew;
}

unsigned byteSize(Type type) {
  switch (type) {
  case Type::Pred:
    return 0;
  case Type::B8:
  case Type::U8:
  case Type::S8:
    return 1;
  case Type::B16:
  case Type::U16:
  case Type::S16:
    return 2;
  case Type::B32:
  case Type::U32:
  case Type::S32:
  case Type::F32:
    return 4;
  case Type::B64:
  case Type::U64:
  case Type::S64:
  case Type::F64:
    return 8;
  }
  return 0;
}

bool isSigned(Type type) {
  return type == Type::S8 || type == Type::S16 || type == Type::S32 ||
         type == Type::S64;
}

std::optional<Type> typeOfSuffix(std::string_view suffix) {
  static const std::unordered_map<std::string_view, Type> types = {
      {"pred", Type::Pred}, {"b8", Type::B8},   {"u8", Type::U8},
      {"s8", Type::S8},     {"b16", Type::B16}, {"u16", Type::U16},
      {"s16", Type::S16},   {"b32", Type::B32}, {"u32", Type::U32},
      {"s32", Type::S32},   {"f32", Type::F32}, {"b64", Type::B64},
      {"u64", Type::U64},   {"s64", Type::S64}, {"f64", Type::F64}};
  auto found = types.find(suffix);
  if (found == types.end())
    return std::nullopt;
  return found->second;
}

const char *spaceName(Space space) {
  switch (space) {
  case Space::Generic:
    return "generic";
  case Space::Global:
    return "global";
  case Space::Shared:
    return "shared";
  case Space::Const:
    return "constant";
  case Space::Local:
    return "local";
  case Space::Param:
    return "parameter";
  }
  return "";
}

} // namespace kdslc::ptx
