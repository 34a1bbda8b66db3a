//===- Trial.cpp - one set of inputs through compiled code and reference --===//

#include "Trial.h"
#include "Array.h"
#include "Oracle.h"
#include "Ranges.h"
#include "Recorder.h"
#include "compiler/reference/Compare.h"
#include "compiler/reference/InputReader.h"
#include "test/replay/Rows.h"
#include <algorithm>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <numeric>
#include <stdexcept>

namespace kdslc::test {

/// Fills outputs and gaps before a call: as a number -2.9e-16 (f32) or
/// -2.5e-127 (f64), as a row number far below every row, which only chance
/// could compute.
static constexpr unsigned char untouched = 0xa5;

static bool isScalar(const kdsl_arg &arg) {
  return !arg.is_output && arg.n_axes == 0 && arg.n_dims == 0;
}

/// How elements come: numbers of 16-bit types are passed as float.
static kdsl_type typeOf(const kdsl_arg &arg) {
  bool isHalf = arg.type == KDSL_F16 || arg.type == KDSL_BF16;
  return isHalf && isScalar(arg) ? KDSL_F32 : kdsl_type(arg.type);
}

static Elem elemOf(const kdsl_arg &arg) {
  return static_cast<Elem>(typeOf(arg)); // the C enum has the order of Elem
}

static size_t bytesOf(const kdsl_arg &arg) {
  return kdslrun::typeBytes(typeOf(arg));
}

/// Whether the rows j of some phase can be split. The bodies of `specialize` have
/// descriptors of their own, which callChanged does not change.
static bool canSplit(const kdsl_kernel &kernel) {
  for (uint32_t k = 0; kernel.n_variants > 0 && k < kernel.n_phases; ++k)
    if (kernel.variants[0].phases[k].merge)
      return kernel.n_bodies == 0;
  return false;
}

static bool hasOrder(const kdsl_kernel &kernel) {
  return kernel.n_ordered > 0 && kernel.n_bodies == 0;
}

/// Whether a GPU meets each two rows of some phase once.
static bool isHalved(const kdsl_device_phase &phase) {
  return phase.merge && phase.part_rows == 0;
}
static bool hasHalved(const kdsl_kernel &kernel) {
  const kdsl_device_code *code = kernel.device;
  for (uint32_t k = 0; code && code->n_images > 0 && k < kernel.n_phases; ++k)
    if (isHalved(code->images[0].phases[k]))
      return kernel.n_bodies == 0;
  return false;
}

std::vector<Manner> mannersFor(const kdsl_kernel &kernel) {
  std::vector<Manner> manners;
  for (const Machine &machine : machinesFor(kernel))
    for (Flush flush : {Flush::ToEnd, Flush::ToStart}) {
      Manner manner;
      manner.machine = machine;
      manner.flush = flush;
      manners.push_back(manner);
      if (machine.device == KDSL_CPU && hasOrder(kernel)) {
        manners.push_back(manner);
        manners.back().inOrder = true;
      }
      if (flush == Flush::ToStart ||
          !(machine.device == KDSL_CPU ? canSplit(kernel) : hasHalved(kernel)))
        continue;
      manners.push_back(manner);
      manners.back().inParts = true;
    }
  return manners;
}

/// Calls a program as if each of its pairs took a second, and a launch of a
/// halved phase on a GPU had memory for one or two states of each row.
static int callChanged(const kdsl_kernel &kernel, const void *args,
                       const kdsl_exec &exec, int64_t rows, bool inOrder) {
  std::vector<kdsl_variant> variants(kernel.variants,
                                     kernel.variants + kernel.n_variants);
  std::vector<std::vector<kdsl_cpu_phase>> phases;
  for (kdsl_variant &variant : variants) {
    phases.emplace_back(variant.phases, variant.phases + kernel.n_phases);
    for (kdsl_cpu_phase &phase : phases.back())
      phase.pair_cost = 1e9;
    variant.phases = phases.back().data();
  }
  kdsl_kernel slow = kernel;
  slow.variants = variants.data();
  std::vector<kdsl_ordered_phase> ordered;
  if (inOrder)
    ordered.assign(kernel.ordered, kernel.ordered + kernel.n_ordered);
  for (kdsl_ordered_phase &phase : ordered)
    phase.fewest_rows = 1;
  slow.ordered = ordered.data();
  slow.n_ordered = uint32_t(ordered.size());
  if (exec.device == KDSL_CPU)
    return kdsl_call_v1(&slow, args, &exec);
  constexpr int64_t memory = int64_t(512) << 20;
  std::vector<kdsl_image> images(kernel.device->images,
                                 kernel.device->images +
                                     kernel.device->n_images);
  std::vector<std::vector<kdsl_device_phase>> kernels;
  for (kdsl_image &image : images) {
    kernels.emplace_back(image.phases, image.phases + kernel.n_phases);
    for (kdsl_device_phase &phase : kernels.back())
      if (isHalved(phase) && rows > 0)
        phase.state_bytes = memory / 4 / rows + 1;
    image.phases = kernels.back().data();
  }
  kdsl_device_code code = *kernel.device;
  code.images = images.data();
  slow.device = &code;
  return kdsl_call_v1(&slow, args, &exec);
}

void Trial::setBytes(const std::string &name, std::vector<char> bytes) {
  for (uint32_t k = 0; k < inputs.size(); ++k)
    if (name == program.kernel.args[k].name &&
        bytes.size() == inputs[k].size()) {
      inputs[k] = std::move(bytes);
      return;
    }
  throw std::runtime_error("no input '" + name + "' of that size");
}

int64_t Trial::rowsOf(const kdsl_arg &arg) const {
  int64_t rows = 1;
  for (int32_t k = 0; k < arg.n_axes; ++k)
    rows *= sizes[size_t(arg.axes[k])];
  return rows;
}

static std::vector<char> makeRanges(int64_t rows, int64_t columns) {
  return std::move(
      llvm::cantFail(kdslrun::makeRanges(
                         "ranges", kdslrun::sampleSlices(rows, columns), rows))
          .bytes);
}

static const kdsl_ranges &rangesIn(const std::vector<char> &bytes) {
  return *reinterpret_cast<const kdsl_ranges *>(bytes.data());
}

Trial::Trial(const Program &program, std::vector<int64_t> sizes,
             const Makers &makers)
    : program(program), sizes(std::move(sizes)) {
  const kdsl_kernel &kernel = program.kernel;
  this->sizes.resize(kernel.n_sizes, 1);
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (arg.is_output)
      continue;
    if (arg.type == KDSL_RANGES) {
      inputs.push_back(makeRanges(this->sizes[size_t(arg.axes[0])],
                                  this->sizes[size_t(arg.axes[1])]));
      continue;
    }
    auto given = makers.find(arg.name);
    Maker maker = given != makers.end() ? given->second
                  : arg.n_axes          ? spread(arg.name, -1, 1)
                                        : spread(arg.name, 0.5, 1.5);
    const int64_t rows = rowsOf(arg);
    kdslrun::Array data(typeOf(arg), {rows * arg.row_elems});
    for (int64_t at = 0; at < data.count(); ++at)
      data.set(at, maker(at / arg.row_elems, at % arg.row_elems));
    inputs.push_back(std::move(data.bytes));
  }
}

//===----------------------------------------------------------------------===//
// The call
//===----------------------------------------------------------------------===//

/// An array in the memory of one call.
struct Trial::Placed {
  Placed(const kdsl_arg &arg, const std::vector<int64_t> &sizes,
         const Manner &manner)
      : rows(arg, sizes.data(), manner.gap,
             manner.outerFollows ? 0 : manner.gap),
        isPacked(manner.gap == 0), elementBytes(bytesOf(arg)),
        rowBytes(size_t(arg.row_elems) * elementBytes),
        bytes(size_t(rows.elements()) * elementBytes),
        memory(bytes, manner.flush) {
    memset(memory.data(), untouched, bytes);
  }

  char *at(int64_t element) const {
    return memory.data() + size_t(element) * elementBytes;
  }

  void write(const std::vector<char> &dense) {
    if (isPacked && bytes)
      memcpy(memory.data(), dense.data(), bytes);
    for (int64_t row = 0; !isPacked && row < rows.count(); ++row)
      memcpy(at(rows.begin(row)), dense.data() + size_t(row) * rowBytes,
             rowBytes);
  }

  std::vector<char> read() const {
    if (isPacked)
      return {memory.data(), memory.data() + bytes};
    std::vector<char> dense;
    for (int64_t row = 0; row < rows.count(); ++row)
      dense.insert(dense.end(), at(rows.begin(row)), at(rows.end(row)));
    return dense;
  }

  bool gapsAreWhole() const {
    for (int64_t row = 0; !isPacked && row + 1 < rows.count(); ++row)
      for (const char *byte = at(rows.end(row));
           byte != at(rows.begin(row + 1)); ++byte)
        if (static_cast<unsigned char>(*byte) != untouched)
          return false;
    return true;
  }

  replay::Rows rows;
  bool isPacked;
  size_t elementBytes, rowBytes, bytes;
  GuardedArray memory;
};

/// An element that still has the bytes from before the call.
static bool isUnwritten(const std::vector<char> &data, size_t elementBytes) {
  if (elementBytes == 2) // any pattern is a result like others
    return false;
  const std::vector<char> pattern(elementBytes, char(untouched));
  for (size_t k = 0; k < data.size(); k += elementBytes)
    if (memcmp(&data[k], pattern.data(), elementBytes) == 0)
      return true;
  return false;
}

/// The args struct: the sizes, the bases, then what is no array.
std::vector<char> Trial::frame(const Manner &manner) const {
  std::vector<char> frame(size_t(program.kernel.args_bytes));
  std::vector<int64_t> head = sizes;
  head.push_back(manner.iBase);
  head.push_back(manner.jBase);
  memcpy(frame.data(), head.data(), head.size() * sizeof(int64_t));
  return frame;
}

Outputs Trial::run(const Manner &manner) const {
  const kdsl_kernel &kernel = program.kernel;
  std::vector<char> args = frame(manner);
  std::vector<Placed> placed;
  placed.reserve(kernel.n_args);
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (isScalar(arg)) {
      memcpy(&args[size_t(arg.offset)], inputs[k].data(), inputs[k].size());
      continue;
    }
    if (arg.type == KDSL_RANGES) {
      const char *data = inputs[k].data();
      memcpy(&args[size_t(arg.offset)], &data, sizeof(data));
      continue;
    }
    Placed &array = placed.emplace_back(arg, sizes, manner);
    if (!arg.is_output)
      array.write(inputs[k]);
    char *data = array.memory.data();
    memcpy(&args[size_t(arg.offset)], &data, sizeof(data));
    std::vector<int64_t> strides = array.rows.strides();
    if (manner.outerFollows && !strides.empty())
      std::fill(strides.begin(), strides.end() - 1, 0);
    if (manner.gap && arg.stride_offset >= 0)
      memcpy(&args[size_t(arg.stride_offset)], strides.data(),
             strides.size() * sizeof(int64_t));
  }

  kdsl_exec exec = manner.exec;
  exec.isa = manner.machine.isa;
  exec.device = manner.machine.device;
  const int64_t allRows = std::accumulate(sizes.begin(), sizes.end(),
                                          int64_t(1), std::multiplies<>());
  const int status = manner.inParts || manner.inOrder
                         ? callChanged(kernel, args.data(), exec, allRows,
                                       manner.inOrder)
                         : kernel.call(args.data(), &exec);
  if (status != KDSL_OK)
    throw std::runtime_error(kdsl_last_error());

  Outputs outputs;
  auto array = placed.begin();
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (isScalar(arg) || arg.type == KDSL_RANGES)
      continue;
    if (!array->gapsAreWhole())
      throw std::runtime_error(
          fmt::format("'{}': written between rows", arg.name));
    const Placed &output = *array++;
    if (!arg.is_output)
      continue;
    std::vector<char> dense = output.read();
    if (isUnwritten(dense, bytesOf(arg)))
      throw std::runtime_error(
          fmt::format("'{}': an element is not written", arg.name));
    outputs.push_back(std::move(dense));
  }
  return outputs;
}

//===----------------------------------------------------------------------===//
// The reference
//===----------------------------------------------------------------------===//

std::vector<reference::OutputData>
Trial::interpret(std::optional<std::vector<int64_t>> rows) const {
  reference::Request request;
  std::deque<reference::Ranges> ranges;
  request.sizes = sizes;
  for (uint32_t k = 0; k < inputs.size(); ++k) {
    const kdsl_arg &arg = program.kernel.args[k];
    request.inputs.push_back(
        {inputs[k].data(), rowsOf(arg) * arg.row_elems, elemOf(arg)});
    if (arg.type == KDSL_RANGES)
      request.inputs.back().ranges = &ranges.emplace_back(
          kdslrun::referenceRanges(rangesIn(inputs[k])));
  }
  request.rows = rows;
  auto outputs = reference::interpret(program.source, request);
  if (!outputs)
    throw std::runtime_error(llvm::toString(outputs.takeError()));
  if (Recorder *recorder = Recorder::active(); recorder && !rows && ranges.empty())
    recorder->add(program, sizes, inputs, *outputs);
  return std::move(*outputs);
}

std::vector<double> Trial::numbers(const Outputs &outputs,
                                   const std::string &name) const {
  for (size_t k = 0; k < outputs.size(); ++k) {
    const kdsl_arg &arg = program.kernel.args[inputs.size() + k];
    if (name != arg.name)
      continue;
    std::vector<double> numbers;
    for (size_t n = 0; n < outputs[k].size() / bytesOf(arg); ++n)
      numbers.push_back(double(
          reference::readElement(outputs[k].data(), elemOf(arg), int64_t(n))));
    return numbers;
  }
  throw std::runtime_error("no output '" + name + "'");
}

std::string disagreement(const std::vector<reference::OutputData> &reference,
                         const Outputs &outputs, bool allowUnpredictable) {
  for (size_t k = 0; k < reference.size(); ++k) {
    reference::Comparison comparison =
        reference::compareOutput(reference[k], outputs[k].data());
    if (!comparison.pass)
      return comparison.text;
    if (comparison.unpredictable && !allowUnpredictable)
      return fmt::format("{}: {} elements that nothing predicts",
                         reference[k].name, comparison.unpredictable);
  }
  return {};
}

} // namespace kdslc::test
