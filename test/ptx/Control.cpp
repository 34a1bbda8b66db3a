//===- Control.cpp - branches, barriers and fences ------------------------===//
//
// Most of these are executed by the scheduler, which knows all the threads of a
// block; the table says how they are written.
//
//===----------------------------------------------------------------------===//

#include "test/ptx/Lanewise.h"

namespace kdslc::ptx {

/// Accesses happen in program order here, so a fence has nothing left to do;
/// it does not order threads, which is what races are about.
static bool fence(Group &, const Instruction &, LaneMask) { return true; }

void addControlForms(FormTable &table) {
  auto add = [&](const char *mnemonic, InstructionClass counted,
                 Control control, std::vector<OperandForm> operands = {}) {
    table.add(mnemonic, {fence, counted, std::move(operands), control});
  };
  OperandForm label = {Role::Label, Type::B32};
  OperandForm barrier = {Role::Source, Type::B32};
  add("bra", InstructionClass::Branch, Control::Branch, {label});
  add("bra.uni", InstructionClass::Branch, Control::Branch, {label});
  add("ret", InstructionClass::Branch, Control::Exit);
  add("ret.uni", InstructionClass::Branch, Control::Exit);
  add("exit", InstructionClass::Branch, Control::Exit);
  add("trap", InstructionClass::Other, Control::Trap);
  for (const char *mnemonic :
       {"bar.sync", "bar.cta.sync", "barrier.sync", "barrier.sync.aligned",
        "barrier.cta.sync", "barrier.cta.sync.aligned"})
    add(mnemonic, InstructionClass::Barrier, Control::Barrier, {barrier});
  for (const char *mnemonic : {"membar.cta", "membar.gl", "membar.sys"})
    add(mnemonic, InstructionClass::Other, Control::None);
  for (const char *kind : {"sc", "acq_rel", "acquire", "release"})
    for (const char *scope : {"cta", "gpu", "sys"})
      add((std::string("fence.") + kind + "." + scope).c_str(),
          InstructionClass::Other, Control::None);
}

} // namespace kdslc::ptx
