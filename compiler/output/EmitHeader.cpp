//===- EmitHeader.cpp - the C header of a compiled file -------------------===//

#include "compiler/output/EmitHeader.h"
#include "compiler/output/HeaderDocs.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace kdslc {

//===----------------------------------------------------------------------===//
// Prototypes
//===----------------------------------------------------------------------===//

/// A declaration, broken between parameters at 80 columns.
static void writePrototype(llvm::raw_ostream &os, const std::string &head,
                           llvm::ArrayRef<std::string> parameters) {
  constexpr size_t width = 80;
  size_t indent = head.size() + 1, column = indent;
  os << head << '(';
  for (size_t k = 0; k < parameters.size(); ++k) {
    bool isLast = k + 1 == parameters.size();
    size_t needed = parameters[k].size() + (isLast ? 2 : 1);
    if (k > 0 && column + 1 + needed > width) {
      os << '\n';
      os.indent(indent);
      column = indent;
    } else if (k > 0) {
      os << ' ';
      ++column;
    }
    os << parameters[k] << (isLast ? ");\n" : ",");
    column += needed;
  }
}

/// The declaration of an argument or member, "const float *x".
static std::string declare(const ArgSlot &slot, const std::string &cName) {
  if (slot.isRanges)
    return "const kdsl_ranges *" + cName;
  if (slot.byValue)
    return cValueTypeName(slot.type.elem).str() + " " + cName;
  return (slot.isOutput ? "" : "const ") + cTypeName(slot.type.elem).str() +
         " *" + cName;
}

static std::vector<std::string> plainParameters(const ArgLayout &layout,
                                                const CNames &names) {
  std::vector<std::string> parameters;
  for (const std::string &size : names.sizes)
    parameters.push_back("int64_t " + size);
  for (auto [slot, cName] : llvm::zip(layout.inputs, names.inputs))
    parameters.push_back(declare(slot, cName));
  for (auto [slot, cName] : llvm::zip(layout.outputs, names.outputs))
    parameters.push_back(declare(slot, cName));
  return parameters;
}

//===----------------------------------------------------------------------===//
// The args struct
//===----------------------------------------------------------------------===//

static void writeMember(llvm::raw_ostream &os, const ArgSlot &slot,
                        const std::string &cName) {
  os << "  " << declare(slot, cName) << ";\n";
  if (slot.hasStrides())
    os << "  int64_t " << cName << "_stride[" << slot.axes.size() << "];\n";
}

static void writeArgsStruct(llvm::raw_ostream &os, const ArgLayout &layout,
                            const CNames &names) {
  {
    CommentWriter doc(os);
    doc.paragraph(
        "The arguments of " + names.function +
        " with strides: elements from one row to the next, 0 for rows that are "
        "packed. The features of a row are packed. i_base and j_base are the "
        "numbers of row 0 among all rows, for callers that split the work; "
        "they change row numbers in formulas and results.");
  }
  os << "typedef struct " << names.argsType() << " {\n";
  for (const std::string &size : names.sizes)
    os << "  int64_t " << size << ";\n";
  os << "  int64_t i_base, j_base;\n";
  for (auto [slot, cName] : llvm::zip(layout.inputs, names.inputs))
    writeMember(os, slot, cName);
  for (auto [slot, cName] : llvm::zip(layout.outputs, names.outputs))
    writeMember(os, slot, cName);
  os << "} " << names.argsType() << ";\n\n";
}

//===----------------------------------------------------------------------===//
// One program
//===----------------------------------------------------------------------===//

static void writeFullCalls(llvm::raw_ostream &os, const CNames &names,
                           const HeaderInfo &info) {
  std::vector<std::string> parameters = {"const " + names.argsType() + " *args",
                                         "const kdsl_exec *exec"};
  os << "/** " << names.function
     << " with strides, and with a choice of how to run; exec may be NULL. "
        "*/\n";
  writePrototype(os, "int " + names.fullCall(), parameters);
  os << "\n/** Bytes of workspace that such a call needs. */\n";
  writePrototype(os, "size_t " + names.workspace(), parameters);
  os << "\n/** Names, types, shapes and functions, for tools and bindings. "
        "*/\n";
  os << "const kdsl_kernel *" << names.kernel() << "(void);\n";
  if (info.targets.empty())
    return;
  os << "\n/* " << names.fullCall()
     << " on one instruction set; KDSL_ETARGET where the machine lacks it. "
        "*/\n";
  for (const std::string &target : info.targets)
    writePrototype(os, "int " + names.variant(target), parameters);
}

/// \param bodies  of one function: their arguments differ in feature sizes only.
static void writeProgram(llvm::raw_ostream &os,
                         llvm::ArrayRef<CheckedProgram> bodies,
                         const Options &options, const HeaderInfo &info) {
  const CheckedProgram &program = bodies.front();
  ArgLayout layout = computeArgLayout(program);
  CNames names = computeCNames(program, options);
  os << "\n/*===--- " << names.function << " ---===*/\n\n";
  writeProgramDoc(os, bodies, layout, names, info.fileStem);
  writePrototype(os, "int " + names.function, plainParameters(layout, names));
  os << '\n';
  writeArgsStruct(os, layout, names);
  writeFullCalls(os, names, info);
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

static std::string includeGuard(const Options &options,
                                const HeaderInfo &info) {
  std::string guard = "KDSLC_" + options.prefix + info.fileStem + "_H";
  for (char &c : guard)
    c = llvm::isAlnum(c) ? llvm::toUpper(c) : '_';
  return guard;
}

/// The options that made the object, as the command line has them.
static std::string flagsText(const Options &options) {
  std::string text = "-O" + llvm::itostr(options.optLevel);
  for (const auto &[name, value] : options.defines)
    text += " -D" + name + "=" + value;
  if (!options.prefix.empty())
    text += " --prefix=" + options.prefix;
  return text;
}

static void writeOrigin(llvm::raw_ostream &os, const Options &options,
                        const HeaderInfo &info) {
  os << "/* " << escapeComment(info.fileStem) << ".h, made from "
     << escapeComment(info.sourceName) << " by kdslc " << info.toolVersion
     << " (" << escapeComment(flagsText(options)) << ")";
  std::vector<std::string> all = info.targets;
  all.insert(all.end(), info.devices.begin(), info.devices.end());
  if (!all.empty())
    os << "\n   for " << llvm::join(all, ", ");
  os << ". Changes will be lost. */\n";
}

std::string emitHeader(const CheckedFile &file, const Options &options,
                       const HeaderInfo &info) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string guard = includeGuard(options, info);
  writeOrigin(os, options, info);
  os << "#ifndef " << guard << "\n#define " << guard << "\n\n";
  writeSharedRules(os);
  os << "\n#include <kdsl/kdsl.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  llvm::ArrayRef<CheckedProgram> rest = file.programs;
  while (!rest.empty()) {
    size_t count = llvm::find_if(rest, [&](const CheckedProgram &program) {
                     return program.name != rest.front().name;
                   }) - rest.begin();
    writeProgram(os, rest.take_front(count), options, info);
    rest = rest.drop_front(count);
  }
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}

} // namespace kdslc
