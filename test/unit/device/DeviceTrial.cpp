//===- DeviceTrial.cpp - launches of a program's kernels ------------------===//

#include "DeviceTrial.h"
#include "compiler/reference/Compare.h"
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

namespace kdslc::test {

template <typename T> static T orThrow(llvm::Expected<T> value) {
  if (!value)
    throw std::runtime_error(llvm::toString(value.takeError()));
  return std::move(*value);
}

GpuProgram::GpuProgram(const std::string &name, const std::string &program,
                       const Defines &defines) {
  kdslrun::CompileSettings settings;
  settings.defines = defines;
  settings.targets = {"ptx"};
  file = orThrow(
      kdslrun::loadFile(KDSL_TEST_PROGRAMS "/" + name + ".kdsl", settings));
  descriptor = orThrow(file->find(program));
  const kdsl_device_code *code = descriptor->device;
  if (!code || code->n_images != 1 || code->images[0].kind != KDSL_PTX)
    throw std::runtime_error(
        fmt::format("'{}' has not one image, of PTX", program));
  image = &code->images[0];
}

static Elem elemOf(const kdsl_arg &arg) {
  return static_cast<Elem>(arg.type); // the C enum has the order of Elem
}

static size_t bytesOf(const kdsl_arg &arg) {
  return arg.type == KDSL_I64 || arg.type == KDSL_F64 ? 8 : 4;
}

static bool isNumber(const kdsl_arg &arg) {
  return !arg.is_output && arg.n_axes == 0 && arg.n_dims == 0;
}

static void append(std::vector<char> &data, const kdsl_arg &arg,
                   double number) {
  float rounded = float(number);
  const void *bytes = &rounded;
  if (arg.type == KDSL_F64)
    bytes = &number;
  auto *begin = static_cast<const char *>(bytes);
  data.insert(data.end(), begin, begin + bytesOf(arg));
}

int64_t DeviceTrial::points(const int32_t *axes, int32_t count) const {
  int64_t product = 1;
  for (int32_t k = 0; k < count; ++k)
    product *= sizes[size_t(axes[k])];
  return product;
}

DeviceTrial::DeviceTrial(const GpuProgram &program, std::vector<int64_t> sizes,
                         const Makers &makers)
    : program(program), sizes(std::move(sizes)) {
  const kdsl_kernel &kernel = program.kernel();
  reference::Request request;
  this->sizes.resize(kernel.n_sizes, 1);
  for (uint32_t k = 0; k < kernel.n_args && !kernel.args[k].is_output; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    auto given = makers.find(arg.name);
    Maker maker = given != makers.end() ? given->second
                  : arg.n_axes          ? spread(arg.name, -1, 1)
                                        : spread(arg.name, 0.5, 1.5);
    std::vector<char> &data = inputs.emplace_back();
    for (int64_t row = 0; row < rowsOf(arg); ++row)
      for (int64_t feature = 0; feature < arg.row_elems; ++feature)
        append(data, arg, maker(row, feature));
  }
  request.sizes = this->sizes;
  for (size_t k = 0; k < inputs.size(); ++k)
    request.inputs.push_back(
        {inputs[k].data(), int64_t(inputs[k].size() / bytesOf(kernel.args[k])),
         elemOf(kernel.args[k])});
  expected = orThrow(reference::interpret(program.source(), request));
}

//===----------------------------------------------------------------------===//
// Device memory
//===----------------------------------------------------------------------===//

/// The device during one run.
struct DeviceTrial::Device {
  Device(const ptx::Module &module, ptx::Counts &counts)
      : module(module), counts(counts) {}

  /// A new range. The allocator aligns to 16 bytes; `skew` spoils that.
  char *allocate(size_t bytes, size_t skew = 0) {
    std::vector<char> &block = blocks.emplace_back(bytes + skew);
    memory.add(block.data() + skew, bytes);
    return block.data() + skew;
  }

  bool launch(const char *name, int64_t x, int64_t y, uint32_t threads,
              int32_t sharedBytes, const void *const *params, const Cut &cut) {
    const ptx::Kernel *kernel = module.kernel(name);
    if (!kernel)
      throw std::runtime_error(fmt::format("no kernel '{}'", name));
    ptx::Launch launch;
    launch.grid[0] = uint32_t(x);
    launch.grid[1] = uint32_t(y);
    launch.block[0] = threads;
    launch.dynamicSharedBytes = size_t(sharedBytes);
    launch.params = params;
    launch.seed = cut.seed;
    launch.card = cut.card;
    launch.instructionLimit = 2'000'000'000;
    fault = ptx::run(module, *kernel, launch, memory, counts);
    return !fault;
  }

  const ptx::Module &module;
  ptx::Counts &counts;
  ptx::DeviceMemory memory;
  std::vector<std::vector<char>> blocks;
  std::optional<ptx::Fault> fault;
  std::vector<char> args;
  std::vector<char *> temps, arrays; ///< arrays: null for numbers
};

/// The args struct as kernels take it, with what it points to.
void DeviceTrial::place(Device &device) const {
  const kdsl_kernel &kernel = program.kernel();
  device.args.resize(size_t(kernel.args_bytes));
  memcpy(device.args.data(), sizes.data(), sizes.size() * sizeof(int64_t));
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    char *field = &device.args[size_t(arg.offset)];
    char *&array = device.arrays.emplace_back();
    if (isNumber(arg)) {
      memcpy(field, inputs[k].data(), inputs[k].size());
      continue;
    }
    size_t bytes = size_t(rowsOf(arg) * arg.row_elems) * bytesOf(arg);
    array = device.allocate(bytes, bytesOf(arg));
    memcpy(field, &array, sizeof(array));
    if (!arg.is_output && bytes) {
      memcpy(array, inputs[k].data(), bytes);
      device.memory.markInitialised(array, bytes);
    }
    int64_t stride = arg.row_elems;
    for (int32_t axis = arg.n_axes - 1; axis >= 0; --axis) {
      memcpy(&device.args[size_t(arg.stride_offset + 8 * axis)], &stride, 8);
      stride *= sizes[size_t(arg.axes[axis])];
    }
  }
  for (uint32_t t = 0; t < kernel.n_temps; ++t) {
    const kdsl_temp &temp = kernel.temps[t];
    int64_t rows = points(temp.axes, temp.n_axes);
    device.temps.push_back(device.allocate(size_t(rows * temp.row_bytes)));
  }
  device.temps.resize(std::max<size_t>(device.temps.size(), 1));
}

//===----------------------------------------------------------------------===//
// The launches
//===----------------------------------------------------------------------===//

static bool isHalved(const kdsl_device_phase &code) {
  return code.merge && code.part_rows == 0;
}

/// How the rows j are shared out.
struct Parts {
  int64_t rows;  ///< of a part
  int64_t count; ///< in a launch
  int64_t all;
  int64_t states; ///< of each row i
};

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

static Parts partsOf(const kdsl_device_phase &code, int64_t pairs,
                     const Cut &cut) {
  if (isHalved(code)) {
    // By distances of tiles, then their own rows, then those behind the last
    // whole one. With one block each distance has a launch.
    const int64_t windows = cut.parts > 1 ? 2 : 1, size = code.block_rows;
    const int64_t all = windows * (pairs / size / 2 + 1 + (pairs % size != 0));
    const int64_t count = cut.blocks > 1 ? all : windows;
    return {size / windows, count, all, count + count / windows};
  }
  const int64_t step = std::max<int64_t>(code.part_rows, 1);
  const int64_t asked = code.merge ? cut.parts : 1;
  const int64_t rows =
      std::max<int64_t>(ceilDiv(ceilDiv(pairs, asked), step), 1) * step;
  const int64_t count = std::max<int64_t>(ceilDiv(pairs, rows), 1);
  return {rows, count, count, count > 1 ? count : 0};
}

bool DeviceTrial::runPhase(Device &device, uint32_t number,
                           const Cut &cut) const {
  const kdsl_phase &phase = program.kernel().phases[number];
  const kdsl_device_phase &code = program.phase(number);
  const int64_t rows = points(phase.axes, phase.n_axes);
  const int64_t pairs =
      phase.pair_axis < 0 ? 1 : sizes[size_t(phase.pair_axis)];
  if (rows == 0)
    return true;
  const int64_t rowsOfAxis =
      phase.n_axes ? sizes[size_t(phase.axes[phase.n_axes - 1])] : 1;
  const int64_t tiles =
      rows / rowsOfAxis * ceilDiv(rowsOfAxis, code.block_rows);
  const int64_t x = std::min(tiles, cut.blocks);
  const Parts parts = partsOf(code, pairs, cut);

  char *scratch = nullptr, *partials = nullptr;
  if (code.scratch_bytes)
    scratch = device.allocate(size_t(code.scratch_bytes * x * parts.count));
  if (parts.states)
    partials = device.allocate(size_t(code.state_bytes * rows * parts.states));
  int64_t first = 0; // of a launch
  const void *params[] = {
      device.args.data(), device.temps.data(),
      &scratch,           &partials,
      &parts.rows,        isHalved(code) ? &first : &parts.count};
  const auto threads = uint32_t(code.threads);
  for (; first < parts.all; first += parts.count)
    if (!device.launch(code.sweep, x, parts.count, threads, code.shared_bytes,
                       params, cut))
      return false;
  params[5] = &parts.count;
  return !parts.states ||
         device.launch(code.merge, x, 1, threads, 0, params, cut);
}

std::string DeviceTrial::judge(const Device &device) const {
  for (size_t k = 0; k < expected.size(); ++k) {
    const kdsl_arg &arg = program.kernel().args[inputs.size() + k];
    const char *array = device.arrays[inputs.size() + k];
    size_t bytes = size_t(rowsOf(arg) * arg.row_elems) * bytesOf(arg);
    if (bytes && !device.memory.isInitialised(array, bytes))
      return fmt::format("{}: an element is not written", arg.name);
    reference::Comparison comparison =
        reference::compareOutput(expected[k], array);
    if (!comparison.pass)
      return comparison.text;
    if (comparison.unpredictable)
      return fmt::format("{}: {} elements that nothing predicts", arg.name,
                         comparison.unpredictable);
  }
  return {};
}

std::string DeviceTrial::run(const ptx::Module &module, const Cut &cut,
                             ptx::Counts &counts) const {
  Device device(module, counts);
  place(device);
  for (uint32_t phase = 0; phase < program.kernel().n_phases; ++phase)
    if (!runPhase(device, phase, cut))
      return device.fault->message;
  return judge(device);
}

} // namespace kdslc::test
