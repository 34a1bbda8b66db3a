//===- EntryPoint.cpp - the C functions of an object ----------------------===//
//
// Thin by design: the plain call fills the args struct, the full call hands it
// to the runtime together with the descriptor, and everything that needs a
// decision (checks, threads, the instruction set) is the runtime's. The
// descriptor mirrors the structs of <kdsl/kdsl.h> member by member.
//
//===----------------------------------------------------------------------===//

#include "compiler/output/EntryPoint.h"
#include "compiler/output/ArgLayout.h"
#include "compiler/output/CNames.h"
#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace kdslc {

namespace {

/// KDSL_ABI_OLDEST of <kdsl/kdsl.h>, and what has shared_bytes.
constexpr uint32_t oldestVersion = 5, sharedVersion = 6;

uint32_t versionOf(const ProgramInfo &program) {
  for (const ProgramInfo::Device &device : program.devices)
    for (const ProgramInfo::DevicePhase &phase : device.phases)
      if (phase.sharedBytes > 0)
        return sharedVersion;
  return oldestVersion;
}

/// Constants of the descriptor, written as the structs are declared.
class Descriptor {
public:
  Descriptor(Module &module, const ProgramInfo &program, const CNames &names)
      : module(module), context(module.getContext()), program(program),
        names(names), layout(computeArgLayout(program.signature)) {}

  /// The table of device code; null for none.
  Constant *deviceCode(ArrayRef<DeviceImage> images,
                       ArrayRef<GlobalVariable *> bytes);

  /// The kdsl_kernel of the program; `fullCall` is its `call` member, `bodies`
  /// the table of all that the function has, or null.
  GlobalVariable *build(llvm::Function *fullCall, Constant *deviceCode,
                        Constant *bodies, int64_t bodyCount);

private:
  Constant *i32(int64_t v) { return ConstantInt::get(Type::getInt32Ty(context), v, true); }
  Constant *i64(int64_t v) { return ConstantInt::get(Type::getInt64Ty(context), v, true); }
  Constant *number(double v) { return ConstantFP::get(Type::getDoubleTy(context), v); }
  Constant *null() { return ConstantPointerNull::get(PointerType::get(context, 0)); }

  GlobalVariable *global(Constant *value, const Twine &name);
  Constant *string(StringRef text);
  /// A phase function. Where it is called from needs no type here.
  Constant *code(StringRef name);
  /// A local array; null for none.
  Constant *array(ArrayRef<Constant *> values, const Twine &name);
  Constant *numbers(ArrayRef<int> values, const Twine &name);
  Constant *structOf(ArrayRef<Constant *> members) {
    return ConstantStruct::getAnon(context, members);
  }
  Constant *argument(const ArgSlot &slot, StringRef doc, bool reduced,
                     int64_t labelBound);
  Constant *variant(const ProgramInfo::Variant &variant);
  Constant *devicePhase(const ProgramInfo::DevicePhase &phase);
  SmallVector<Constant *> orderedPhases();

  Module &module;
  LLVMContext &context;
  const ProgramInfo &program;
  const CNames &names;
  ArgLayout layout;
};

GlobalVariable *Descriptor::global(Constant *value, const Twine &name) {
  return new GlobalVariable(module, value->getType(), /*isConstant=*/true,
                            GlobalValue::PrivateLinkage, value,
                            names.function + "." + name);
}

Constant *Descriptor::string(StringRef text) {
  return global(ConstantDataArray::getString(context, text), "text");
}

Constant *Descriptor::code(StringRef name) {
  auto *type = FunctionType::get(Type::getVoidTy(context), false);
  auto *function = cast<llvm::Function>(
      module.getOrInsertFunction(name, type).getCallee());
  function->setVisibility(GlobalValue::HiddenVisibility);
  return function;
}

Constant *Descriptor::array(ArrayRef<Constant *> values, const Twine &name) {
  if (values.empty())
    return null();
  auto *type = ArrayType::get(values.front()->getType(), values.size());
  return global(ConstantArray::get(type, values), name);
}

Constant *Descriptor::numbers(ArrayRef<int> values, const Twine &name) {
  return array(map_to_vector(values, [&](int v) { return i32(v); }), name);
}

/// kdsl_type: the order of Elem is the order of the C enum; KDSL_RANGES is 7.
int64_t typeCode(Elem elem) {
  switch (elem) {
  case Elem::Bool:
    return 0;
  case Elem::I32:
    return 1;
  case Elem::I64:
    return 2;
  case Elem::F16:
    return 3;
  case Elem::BF16:
    return 4;
  case Elem::F32:
    return 5;
  case Elem::F64:
    return 6;
  }
  llvm_unreachable("not an element type");
}

/// As kdsl.h numbers them.
int64_t isaCode(StringRef target) {
  if (target.consume_back("-amx"))
    return isaCode(target) + 1;
  int64_t level = 0;
  target.substr(target.size() - 1).getAsInteger(10, level);
  return level;
}

/// 80 for "sm_80".
int64_t computeCode(StringRef target) {
  int64_t code = 0;
  target.substr(target.find('_') + 1).getAsInteger(10, code);
  return code;
}

/// A kdsl_arg.
Constant *Descriptor::argument(const ArgSlot &slot, StringRef doc,
                               bool reduced, int64_t labelBound) {
  SmallVector<Constant *> axes, dims;
  for (AxisId axis : slot.axes)
    axes.push_back(i32(axis));
  for (int64_t dim : slot.type.shape)
    dims.push_back(i64(dim));
  return structOf({string(slot.name), string(doc), i32(slot.isOutput),
                   i32(slot.isRanges ? 7 : typeCode(slot.type.elem)),
                   i32(axes.size()),
                   i32(dims.size()), array(axes, "axes"), array(dims, "dims"),
                   i64(slot.type.count()), i64(slot.offset),
                   i64(slot.strideOffset), i32(reduced), i32(labelBound)});
}

/// A kdsl_variant.
Constant *Descriptor::variant(const ProgramInfo::Variant &variant) {
  SmallVector<Constant *> phases;
  int64_t scratch = 0;
  for (const ProgramInfo::Phase &phase : variant.phases) {
    Constant *merge = phase.merge.empty() ? null() : code(phase.merge);
    phases.push_back(structOf({code(phase.function), merge,
                               i64(phase.tileRows), i64(phase.partRows),
                               i64(phase.stateBytes), number(phase.pairCost)}));
    scratch = std::max(scratch, phase.scratchBytes);
  }
  return structOf({string(variant.target), i32(isaCode(variant.target)), i32(0),
                   array(phases, "phases"), i64(scratch)});
}

/// Each kdsl_ordered_phase.
SmallVector<Constant *> Descriptor::orderedPhases() {
  SmallVector<Constant *> all;
  for (auto [v, variant] : enumerate(program.variants))
    for (auto [p, phase] : enumerate(variant.phases))
      if (phase.ordered)
        all.push_back(structOf(
            {i32(v), i32(p), i32(phase.ordered->kept), i32(phase.ordered->reduced),
             i64(phase.ordered->cellRows), i64(phase.ordered->record),
             i64(phase.ordered->fewestRows), code(phase.ordered->function)}));
  return all;
}

/// A kdsl_device_phase.
Constant *Descriptor::devicePhase(const ProgramInfo::DevicePhase &phase) {
  return structOf({string(phase.sweep),
                   phase.merge.empty() ? null() : string(phase.merge),
                   i32(phase.threads), i32(phase.sharedBytes),
                   i64(phase.tileRows),
                   i64(phase.partRows), i64(phase.stateBytes),
                   i64(phase.scratchBytes)});
}

/// A kdsl_device_code.
Constant *Descriptor::deviceCode(ArrayRef<DeviceImage> images,
                                 ArrayRef<GlobalVariable *> bytes) {
  enum { Ptx = 1, Cubin = 2 }; // of <kdsl/kdsl.h>
  SmallVector<Constant *> table;
  for (auto [image, code] : zip(images, bytes)) {
    SmallVector<Constant *> phases;
    for (const ProgramInfo::Device &device : program.devices)
      if (device.target == image.target)
        for (const ProgramInfo::DevicePhase &phase : device.phases)
          phases.push_back(devicePhase(phase));
    int64_t size = cast<ArrayType>(code->getValueType())->getNumElements();
    table.push_back(structOf({string(image.target),
                              i32(image.isCubin ? Cubin : Ptx),
                              i32(computeCode(image.target)), code, i64(size),
                              array(phases, "kernels")}));
  }
  if (table.empty())
    return null();
  return global(structOf({i32(table.size()), i32(0), array(table, "images")}),
                "device");
}

GlobalVariable *Descriptor::build(llvm::Function *fullCall,
                                  Constant *deviceCode, Constant *bodies,
                                  int64_t bodyCount) {
  const CheckedProgram &signature = program.signature;
  SmallVector<Constant *> sizes, fixed, arguments, temporaries, phases,
      variants;
  for (const Axis &axis : signature.axes) {
    sizes.push_back(string(axis.name));
    fixed.push_back(i64(axis.fixed));
  }
  if (!bodyCount)
    fixed.clear();
  for (auto [k, slot] : enumerate(layout.inputs))
    arguments.push_back(
        argument(slot, signature.inputs[k].doc, program.reduced[k],
                 program.labelBounds.empty() ? 0 : program.labelBounds[k]));
  for (auto [k, slot] : enumerate(layout.outputs))
    arguments.push_back(argument(slot, signature.outputs[k].doc, false, 0));
  for (const ProgramInfo::Temporary &one : program.temporaries)
    temporaries.push_back(structOf({i32(one.axes.size()), i32(0),
                                    numbers(one.axes, "axes"),
                                    i64(one.rowBytes)}));
  for (const ProgramInfo::Axes &phase : program.phases)
    phases.push_back(structOf({i32(phase.kept.size()), i32(phase.reduced),
                               numbers(phase.kept, "axes")}));
  for (const ProgramInfo::Variant &one : program.variants)
    variants.push_back(variant(one));

  const SmallVector<Constant *> ordered = orderedPhases();
  auto count = [&](auto &list) -> Constant * { return i32(list.size()); };
  Constant *kernel = structOf(
      {i32(versionOf(program)), count(sizes), string(names.function),
       string(signature.doc), string(signature.source), array(sizes, "sizes"),
       count(arguments), count(temporaries), count(phases), count(variants),
       array(arguments, "args"), array(temporaries, "temps"),
       array(phases, "order"), array(variants, "variants"),
       i64(layout.argsBytes), fullCall, deviceCode, array(fixed, "fixed"),
       bodies ? bodies : null(), i32(bodyCount), count(ordered),
       array(ordered, "ordered")});
  return global(kernel, "kernel");
}

/// The functions of one program.
class EntryPoints {
public:
  /// \param bodies  those of one function, mostly a single one.
  EntryPoints(Module &module, ArrayRef<ProgramInfo> bodies,
              ArrayRef<DeviceImage> images,
              ArrayRef<GlobalVariable *> imageBytes, const Options &options)
      : module(module), context(module.getContext()), builder(context),
        bodies(bodies), program(bodies.front()), images(images), imageBytes(imageBytes),
        names(computeCNames(program.signature, options)),
        layout(computeArgLayout(program.signature)),
        pointer(PointerType::get(context, 0)), i32(Type::getInt32Ty(context)),
        i64(Type::getInt64Ty(context)) {}

  void add();

private:
  llvm::Function *define(StringRef name, Type *result, ArrayRef<Type *> parameters);
  FunctionCallee runtime(StringRef name, Type *result,
                         ArrayRef<Type *> parameters);
  /// A function of (args, exec) that passes them to a runtime function behind
  /// the descriptor; `extra` follows.
  void forward(llvm::Function *function, StringRef callee, ArrayRef<Value *> extra);
  void addPlainCall(llvm::Function *fullCall);
  /// The descriptors; the first is what the functions pass on.
  GlobalVariable *addDescriptors(llvm::Function *fullCall);
  Type *valueType(const ArgSlot &slot);

  Module &module;
  LLVMContext &context;
  IRBuilder<> builder;
  ArrayRef<ProgramInfo> bodies;
  const ProgramInfo &program; ///< all have the arguments of the first
  ArrayRef<DeviceImage> images;
  ArrayRef<GlobalVariable *> imageBytes;
  CNames names;
  ArgLayout layout;
  PointerType *pointer;
  Type *i32, *i64;
  GlobalVariable *kernel = nullptr;
};

llvm::Function *EntryPoints::define(StringRef name, Type *result,
                              ArrayRef<Type *> parameters) {
  auto *type = FunctionType::get(result, parameters, false);
  auto *function =
      llvm::Function::Create(type, GlobalValue::ExternalLinkage, name, module);
  function->addFnAttr(Attribute::NoUnwind);
  builder.SetInsertPoint(BasicBlock::Create(context, "", function));
  return function;
}

FunctionCallee EntryPoints::runtime(StringRef name, Type *result,
                                    ArrayRef<Type *> parameters) {
  return module.getOrInsertFunction(
      name, FunctionType::get(result, parameters, false));
}

void EntryPoints::forward(llvm::Function *function, StringRef callee,
                          ArrayRef<Value *> extra) {
  builder.SetInsertPoint(&function->getEntryBlock());
  SmallVector<Value *> values{kernel, function->getArg(0), function->getArg(1)};
  append_range(values, extra);
  SmallVector<Type *> types;
  for (Value *value : values)
    types.push_back(value->getType());
  builder.CreateRet(builder.CreateCall(
      runtime(callee, function->getReturnType(), types), values));
}

/// How C passes a scalar parameter.
Type *EntryPoints::valueType(const ArgSlot &slot) {
  switch (slot.type.elem) {
  case Elem::F64:
    return builder.getDoubleTy();
  case Elem::F32:
  case Elem::F16:
  case Elem::BF16:
    return builder.getFloatTy();
  case Elem::I64:
    return i64;
  case Elem::I32:
    return i32;
  case Elem::Bool:
    return builder.getInt8Ty();
  }
  llvm_unreachable("not an element type");
}

/// int NAME(sizes, inputs, outputs): packs the struct and calls NAME_ex.
void EntryPoints::addPlainCall(llvm::Function *fullCall) {
  SmallVector<Type *> types(program.signature.axes.size(), i64);
  for (const ArgSlot &slot : layout.inputs)
    types.push_back(slot.byValue ? valueType(slot) : pointer);
  types.append(layout.outputs.size(), pointer);
  llvm::Function *function = define(names.function, i32, types);

  AllocaInst *args = builder.CreateAlloca(
      ArrayType::get(builder.getInt8Ty(), layout.argsBytes));
  args->setAlignment(Align(8));
  // Strides, bases and padding are zero: packed rows, counted from 0.
  builder.CreateMemSetInline(args, Align(8), builder.getInt8(0),
                             builder.getInt64(layout.argsBytes));
  auto put = [&](Value *value, int64_t offset) {
    builder.CreateStore(value, builder.CreateConstInBoundsGEP1_64(
                                   builder.getInt8Ty(), args, offset));
  };
  Argument *argument = function->arg_begin();
  for (unsigned k = 0; k < program.signature.axes.size(); ++k)
    put(argument++, layout.sizesOffset + 8 * int64_t(k));
  for (const ArgSlot &slot : layout.inputs)
    put(argument++, slot.offset);
  for (const ArgSlot &slot : layout.outputs)
    put(argument++, slot.offset);
  builder.CreateRet(builder.CreateCall(
      fullCall, {args, ConstantPointerNull::get(pointer)}));
}

GlobalVariable *EntryPoints::addDescriptors(llvm::Function *fullCall) {
  bool hasFixed = llvm::any_of(
      program.signature.axes, [](const Axis &axis) { return axis.fixed >= 0; });
  GlobalVariable *table = nullptr;
  auto *type = ArrayType::get(pointer, bodies.size());
  if (hasFixed)
    table = new GlobalVariable(module, type, /*isConstant=*/true,
                               GlobalValue::PrivateLinkage, nullptr,
                               names.function + ".bodies");
  SmallVector<Constant *> made;
  for (const ProgramInfo &body : bodies) {
    Descriptor descriptor(module, body, names);
    made.push_back(descriptor.build(fullCall,
                                    descriptor.deviceCode(images, imageBytes),
                                    table, hasFixed ? bodies.size() : 0));
  }
  if (table)
    table->setInitializer(ConstantArray::get(type, made));
  return cast<GlobalVariable>(made.front());
}

void EntryPoints::add() {
  llvm::Function *fullCall = define(names.fullCall(), i32, {pointer, pointer});
  kernel = addDescriptors(fullCall);
  forward(fullCall, "kdsl_call_v1", {});
  addPlainCall(fullCall);
  forward(define(names.workspace(), i64, {pointer, pointer}),
          "kdsl_workspace_v1", {});
  define(names.kernel(), pointer, {});
  builder.CreateRet(kernel);
  for (const ProgramInfo::Variant &variant : program.variants) {
    llvm::Function *function =
        define(names.variant(variant.target), i32, {pointer, pointer});
    forward(function, "kdsl_call_isa_v1",
            {builder.getInt32(isaCode(variant.target))});
  }
}

} // namespace

void addEntryPoints(Module &module, ArrayRef<ProgramInfo> programs,
                    ArrayRef<DeviceImage> images, const Options &options) {
  SmallVector<GlobalVariable *> bytes;
  for (const DeviceImage &image : images) {
    // Drivers read PTX up to a 0.
    Constant *data = ConstantDataArray::getString(
        module.getContext(), image.bytes, /*AddNull=*/!image.isCubin);
    bytes.push_back(new GlobalVariable(module, data->getType(),
                                       /*isConstant=*/true,
                                       GlobalValue::PrivateLinkage, data,
                                       "kdsl." + image.target));
    bytes.back()->setAlignment(Align(16));
  }
  // The bodies of one function stand together.
  while (!programs.empty()) {
    StringRef name = programs.front().signature.name;
    size_t count = llvm::find_if(programs, [&](const ProgramInfo &program) {
                     return program.signature.name != name;
                   }) - programs.begin();
    EntryPoints(module, programs.take_front(count), images, bytes, options)
        .add();
    programs = programs.drop_front(count);
  }
}

} // namespace kdslc
