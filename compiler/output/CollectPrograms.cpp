//===- CollectPrograms.cpp - what the lowering says about programs --------===//

#include "compiler/Target.h"
#include "compiler/output/EntryPoint.h"
#include "compiler/output/Signature.h"
#include "dialects/kdsl/Kdsl.h"

using namespace mlir;

namespace kdslc {

namespace {

int axisPosition(const CheckedProgram &program, Attribute name) {
  if (!name)
    return -1;
  for (auto [k, axis] : llvm::enumerate(program.axes))
    if (axis.name == cast<StringAttr>(name).getValue())
      return int(k);
  return -1;
}

std::vector<int> axisPositions(const CheckedProgram &program, Attribute names) {
  std::vector<int> positions;
  for (Attribute name : cast<ArrayAttr>(names))
    positions.push_back(axisPosition(program, name));
  return positions;
}

/// The signature that a dictionary of `kdsl.programs` describes.
ProgramInfo readProgram(DictionaryAttr entry) {
  ProgramInfo info;
  auto strings = [&](StringRef key) {
    return llvm::map_to_vector(
        entry.getAs<ArrayAttr>(key).getAsRange<StringAttr>(),
        [](StringAttr one) { return one.getValue(); });
  };
  info.signature = makeSignature(
      entry.getAs<StringAttr>("name").getValue(), entry.getAs<ArrayAttr>("axes"),
      cast<FunctionType>(entry.getAs<TypeAttr>("type").getValue()),
      strings("inputs"), strings("outputs"));
  if (auto fixed = entry.getAs<DenseI64ArrayAttr>("fixed"))
    for (auto [axis, size] :
         llvm::zip(info.signature.axes, fixed.asArrayRef()))
      axis.fixed = size;
  if (auto labels = entry.getAs<DenseI64ArrayAttr>("labels"))
    info.labelBounds = labels.asArrayRef().vec();
  for (bool reduced : entry.getAs<DenseBoolArrayAttr>("reduced").asArrayRef())
    info.reduced.push_back(reduced);
  for (auto one :
       entry.getAs<ArrayAttr>("temporaries").getAsRange<DictionaryAttr>())
    info.temporaries.push_back({axisPositions(info.signature, one.get("axes")),
                                one.getAs<IntegerAttr>("row_bytes").getInt()});
  return info;
}

void copyDocs(const CheckedFile &source, ProgramInfo &info) {
  for (const CheckedProgram &program : source.programs) {
    if (program.symbol() != info.signature.symbol())
      continue;
    info.signature.doc = program.doc;
    info.signature.source = program.source;
    for (auto [to, from] : llvm::zip(info.signature.inputs, program.inputs))
      to.doc = from.doc;
    for (auto [to, from] : llvm::zip(info.signature.outputs, program.outputs))
      to.doc = from.doc;
  }
}

/// The entry of a target in a list, made if there is none.
template <typename T> T &entryOf(std::vector<T> &list, StringRef target) {
  for (T &entry : list)
    if (entry.target == target)
      return entry;
  list.push_back({target.str(), {}});
  return list.back();
}

int64_t numberOf(DictionaryAttr entry, StringRef key) {
  return entry.getAs<IntegerAttr>(key).getInt();
}

void readKernel(DictionaryAttr entry, const std::string &name,
                ProgramInfo::Device &device) {
  auto number = [&](StringRef key) { return numberOf(entry, key); };
  if (number("merge")) {
    device.phases.back().merge = name;
    return;
  }
  device.phases.push_back({name, "", number("threads"), number("tile_rows"),
                           number("part_rows"), number("state_bytes"),
                           number("scratch_bytes"), number("shared_bytes")});
}

void readFunction(DictionaryAttr entry, const std::string &name,
                  ProgramInfo::Variant &variant) {
  auto number = [&](StringRef key) { return numberOf(entry, key); };
  if (number("merge") || entry.contains("cell_rows")) {
    ProgramInfo::Phase &phase = variant.phases.back();
    phase.scratchBytes = std::max(phase.scratchBytes, number("scratch_bytes"));
    if (number("merge"))
      phase.merge = name;
    else
      phase.ordered = {name, number("kept"), number("reduced"),
                       number("cell_rows"), number("record"),
                       number("fewest_rows")};
    return;
  }
  auto cost = entry.getAs<FloatAttr>("cost");
  variant.phases.push_back({name, "", number("tile_rows"), number("part_rows"),
                            number("state_bytes"), number("scratch_bytes"),
                            cost ? cost.getValueAsDouble() : 1.0});
}

void readPhase(Operation &function, std::vector<ProgramInfo> &programs) {
  auto entry = function.getAttrOfType<DictionaryAttr>("kdsl.phase");
  if (!entry)
    return;
  StringRef program = entry.getAs<StringAttr>("program").getValue();
  auto info = llvm::find_if(programs, [&](const ProgramInfo &candidate) {
    return candidate.signature.symbol() == program;
  });
  if (info == programs.end())
    return;
  std::string name = SymbolTable::getSymbolName(&function).str();
  StringRef target = entry.getAs<StringAttr>("target").getValue();
  auto number = size_t(numberOf(entry, "number"));
  if (number == info->phases.size())
    info->phases.push_back({axisPositions(info->signature, entry.get("axes")),
                            axisPosition(info->signature, entry.get("over"))});
  if (isDeviceTarget(target))
    return readKernel(entry, name, entryOf(info->devices, target));
  readFunction(entry, name, entryOf(info->variants, target));
}

} // namespace

std::vector<ProgramInfo> collectPrograms(ModuleOp lowered,
                                         const CheckedFile *source) {
  std::vector<ProgramInfo> programs;
  auto list = lowered->getAttrOfType<ArrayAttr>("kdsl.programs");
  if (!list)
    return programs;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    programs.push_back(readProgram(entry));
    if (source)
      copyDocs(*source, programs.back());
  }
  for (Operation &function : *lowered.getBody())
    readPhase(function, programs);
  return programs;
}

} // namespace kdslc
