//===- MergeObjects.cpp - the objects of units as one ---------------------===//
//
// LLVM's assembler writes the result: it gets sections as bytes, symbols as
// labels between them, and relocations as `.reloc` directives. Nothing of what is
// read can be wrong: it comes from the same assembler.
//
//===----------------------------------------------------------------------===//

#include "compiler/output/MergeObjects.h"
#include "compiler/output/Machine.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/MC/MCAsmBackend.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCCodeEmitter.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCExpr.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCObjectFileInfo.h"
#include "llvm/MC/MCObjectWriter.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSectionELF.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCSymbolELF.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELF.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
using Elf = object::ELF64LE;

namespace kdslc {

namespace {

class Merger {
public:
  explicit Merger(raw_pwrite_stream &os);

  void add(StringRef object);
  void finish() { streamer->finish(); }

private:
  /// A place in the output.
  struct Place {
    MCSymbol *label = nullptr;
    int64_t offset = 0; ///< bytes behind the label
  };

  MCSymbol *label(StringRef name);
  void define(MCSymbol *label, const Elf::Sym &symbol);
  Place addSection(const Elf::Shdr &header, StringRef name, StringRef bytes,
                   ArrayRef<std::pair<const Elf::Sym *, MCSymbol *>> inside);
  const MCExpr *expression(Place place, int64_t offset) {
    return MCBinaryExpr::createAdd(
        MCSymbolRefExpr::create(place.label, context),
        MCConstantExpr::create(place.offset + offset, context), context);
  }

  std::unique_ptr<TargetMachine> machine;
  MCContext context;
  std::unique_ptr<MCObjectFileInfo> info;
  std::unique_ptr<MCStreamer> streamer;
  DenseMap<MCSection *, uint64_t> sizes; ///< what is written of each
};

Merger::Merger(raw_pwrite_stream &os)
    : machine(createTargetMachine(hostMachine, /*optLevel=*/0)),
      context(machine->getTargetTriple(), machine->getMCAsmInfo(),
              machine->getMCRegisterInfo(), machine->getMCSubtargetInfo()) {
  const Target &target = machine->getTarget();
  const MCSubtargetInfo &subtarget = *machine->getMCSubtargetInfo();
  info.reset(target.createMCObjectFileInfo(context, /*PIC=*/true));
  context.setObjectFileInfo(info.get());
  std::unique_ptr<MCAsmBackend> backend(target.createMCAsmBackend(
      subtarget, *machine->getMCRegisterInfo(), MCTargetOptions()));
  std::unique_ptr<MCCodeEmitter> emitter(
      target.createMCCodeEmitter(*machine->getMCInstrInfo(), context));
  std::unique_ptr<MCObjectWriter> writer = backend->createObjectWriter(os);
  streamer.reset(target.createMCObjectStreamer(
      machine->getTargetTriple(), context, std::move(backend),
      std::move(writer), std::move(emitter), subtarget));
}

/// Objects meet at the names of functions; labels within one may have the name
/// of another's.
MCSymbol *Merger::label(StringRef name) {
  if (name.consume_front(context.getAsmInfo()->getPrivateGlobalPrefix()))
    return context.createNamedTempSymbol(name);
  return context.getOrCreateSymbol(name);
}

/// At the place in the output where the streamer is.
void Merger::define(MCSymbol *label, const Elf::Sym &symbol) {
  streamer->emitLabel(label);
  if (symbol.getType() == ELF::STT_FUNC)
    streamer->emitSymbolAttribute(label, MCSA_ELF_TypeFunction);
  if (symbol.getType() == ELF::STT_OBJECT)
    streamer->emitSymbolAttribute(label, MCSA_ELF_TypeObject);
  if (symbol.st_size > 0)
    streamer->emitELFSize(label,
                          MCConstantExpr::create(symbol.st_size, context));
  if (symbol.getBinding() == ELF::STB_GLOBAL &&
      symbol.getVisibility() == ELF::STV_DEFAULT)
    streamer->emitSymbolAttribute(label, MCSA_Global);
}

/// \param inside  the labels of the section, in the order of their places.
/// \returns the place of the first byte.
Merger::Place Merger::addSection(
    const Elf::Shdr &header, StringRef name, StringRef bytes,
    ArrayRef<std::pair<const Elf::Sym *, MCSymbol *>> inside) {
  MCSection *section = context.getELFSection(name, header.sh_type,
                                             header.sh_flags, header.sh_entsize);
  streamer->switchSection(section);
  Align alignment(header.sh_addralign);
  if (header.sh_flags & ELF::SHF_EXECINSTR)
    streamer->emitCodeAlignment(alignment, machine->getMCSubtargetInfo());
  else
    streamer->emitValueToAlignment(alignment);
  uint64_t start = alignTo(sizes[section], alignment);
  sizes[section] = start + bytes.size();
  size_t done = 0;
  for (auto [symbol, label] : inside) {
    streamer->emitBytes(bytes.slice(done, symbol->st_value));
    done = symbol->st_value;
    define(label, *symbol);
  }
  streamer->emitBytes(bytes.substr(done));
  return {section->getBeginSymbol(), int64_t(start)};
}

void Merger::add(StringRef object) {
  auto file = cantFail(object::ELFFile<Elf>::create(object));
  ArrayRef<Elf::Shdr> headers = cantFail(file.sections());
  const Elf::Shdr *table = llvm::find_if(headers, [](const Elf::Shdr &header) {
    return header.sh_type == ELF::SHT_SYMTAB;
  });
  StringRef names = cantFail(file.getStringTableForSymtab(*table));
  ArrayRef<Elf::Sym> symbols = cantFail(file.symbols(table));
  SmallVector<MCSymbol *> labels; // null: of a section
  for (const Elf::Sym &symbol : symbols) {
    StringRef name = cantFail(symbol.getName(names));
    labels.push_back(name.empty() ? nullptr : label(name));
  }

  SmallVector<Place> starts; // of each section; no label: not copied
  for (auto [number, header] : enumerate(headers)) {
    Place &start = starts.emplace_back();
    if (header.sh_type != ELF::SHT_PROGBITS &&
        header.sh_type != ELF::SHT_X86_64_UNWIND)
      continue;
    SmallVector<std::pair<const Elf::Sym *, MCSymbol *>> inside;
    for (auto [symbol, label] : zip(symbols, labels))
      if (label && symbol.st_shndx == number)
        inside.push_back({&symbol, label});
    llvm::sort(inside, [](const auto &a, const auto &b) {
      return std::pair(a.first->st_value, a.first) <
             std::pair(b.first->st_value, b.first);
    });
    start = addSection(header, cantFail(file.getSectionName(header)),
                       toStringRef(cantFail(file.getSectionContents(header))),
                       inside);
  }

  for (const Elf::Shdr &header : headers) {
    if (header.sh_type != ELF::SHT_RELA)
      continue;
    streamer->switchSection(&starts[header.sh_info].label->getSection());
    for (const Elf::Rela &one : cantFail(file.relas(header))) {
      uint32_t symbol = one.getSymbol(/*isMips64EL=*/false);
      Place target = labels[symbol] ? Place{labels[symbol]}
                                    : starts[symbols[symbol].st_shndx];
      streamer->emitRelocDirective(
          *expression(starts[header.sh_info], one.r_offset),
          file.getRelocationTypeName(one.getType(/*isMips64EL=*/false)),
          expression(target, one.r_addend));
    }
  }
}

} // namespace

std::string mergeObjects(ArrayRef<StringRef> objects) {
  SmallString<0> bytes;
  raw_svector_ostream os(bytes);
  Merger merger(os);
  for (StringRef object : objects)
    merger.add(object);
  merger.finish();
  return std::string(bytes);
}

} // namespace kdslc
