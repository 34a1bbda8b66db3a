//===- Call.cpp - one call of a compiled program --------------------------===//

#include "test/replay/Call.h"
#include "test/replay/Programs.h"
#include "test/replay/Rows.h"
#include <cstring>
#include <list>
#include <optional>

using namespace replay;

/// As a number -2.9e-16 (f32) or -2.5e-127 (f64), as a row number far below
/// every row, which only chance could compute.
static constexpr unsigned char untouched = 0xa5;
/// Bytes before and after an array in host memory.
static constexpr size_t margin = 64;

static bool isUntouched(const char *from, const char *to) {
  for (; from != to; ++from)
    if (static_cast<unsigned char>(*from) != untouched)
      return false;
  return true;
}

namespace {

/// The memory of one array. For device memory `image` is what was copied there and
/// back.
class Array {
public:
  Array(const kdsl_arg &arg, const std::vector<int64_t> &sizes,
        const Place &place, const Device *device)
      : arg(arg), rows(arg, sizes.data(), place.gap, place.gap),
        rowBytes(arg.row_elems * elementBytes(arg)),
        bytes(rows.elements() * elementBytes(arg)),
        image(bytes + 2 * margin, char(untouched)) {
    if (place.mem == KDSL_MEM_DEVICE)
      memory.emplace(*device, bytes);
  }

  void *address() {
    return memory ? memory->address() : image.data() + margin;
  }

  void write(const char *dense) {
    for (int64_t row = 0; row < rows.count(); ++row)
      memcpy(rowAt(row), dense + row * rowBytes, rowBytes);
  }

  void upload() {
    if (memory)
      memory->upload(image.data() + margin);
  }
  void download() {
    if (memory)
      memory->download(image.data() + margin);
  }

  /// What is wrong about the memory after a call, or an empty text.
  std::string inspect() {
    const char *begin = image.data() + margin, *end = begin + bytes;
    if (!isUntouched(image.data(), begin) || !isUntouched(end, end + margin))
      return "written outside of the array";
    for (int64_t row = 0; row + 1 < rows.count(); ++row)
      if (!isUntouched(rowAt(row) + rowBytes, rowAt(row + 1)))
        return "written between rows";
    const size_t element = elementBytes(arg);
    for (int64_t row = 0; arg.is_output && row < rows.count(); ++row)
      for (size_t k = 0; k < rowBytes; k += element)
        if (isUntouched(rowAt(row) + k, rowAt(row) + k + element))
          return "an element is not written";
    return {};
  }

  std::vector<char> read() {
    std::vector<char> dense(rows.count() * rowBytes);
    for (int64_t row = 0; row < rows.count(); ++row)
      memcpy(dense.data() + row * rowBytes, rowAt(row), rowBytes);
    return dense;
  }

  const kdsl_arg &arg;
  const Rows rows;
  const size_t rowBytes;

private:
  char *rowAt(int64_t row) {
    return image.data() + margin + rows.begin(row) * elementBytes(arg);
  }

  size_t bytes;
  std::vector<char> image;
  std::optional<DeviceArray> memory; ///< without: the image itself is passed
};

} // namespace

/// Sizes at the begin of the args struct; the bases stay 0.
static std::vector<char> frameOf(const kdsl_kernel &kernel, const Case &which) {
  std::vector<char> frame(size_t(kernel.args_bytes));
  memcpy(frame.data(), which.sizes.data(),
         which.sizes.size() * sizeof(int64_t));
  return frame;
}

static void checkShape(const kdsl_kernel &kernel, const Case &which) {
  size_t inputs = 0;
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    inputs += kernel.args[k].is_output ? 0 : 1;
  if (which.sizes.size() != kernel.n_sizes || which.inputs.size() != inputs ||
      which.outputs.size() != kernel.n_args - inputs)
    throw std::runtime_error(which.text() +
                             ": the record is of another program");
}

/// Makes the arrays, and puts their addresses and strides into the frame.
static void place(std::list<Array> &arrays, std::vector<char> &frame,
                  const Device *device, const kdsl_kernel &kernel,
                  const Case &which, const CaseFile &file, const Place &place) {
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (isScalar(arg)) {
      const size_t bytes = elementBytes(arg);
      memcpy(&frame[size_t(arg.offset)], file.data(which.inputs[k], bytes),
             bytes);
      continue;
    }
    Array &array = arrays.emplace_back(arg, which.sizes, place, device);
    if (!arg.is_output)
      array.write(
          file.data(which.inputs[k], array.rows.count() * array.rowBytes));
    array.upload();
    void *address = array.address();
    memcpy(&frame[size_t(arg.offset)], &address, sizeof(address));
    if (place.gap && arg.stride_offset >= 0)
      memcpy(&frame[size_t(arg.stride_offset)], array.rows.strides().data(),
             array.rows.strides().size() * sizeof(int64_t));
  }
}

Outputs replay::call(const Device *device, const kdsl_kernel &kernel,
                     const Case &which, const CaseFile &file, const Place &where) {
  checkShape(kernel, which);
  std::vector<char> frame = frameOf(kernel, which);
  std::list<Array> arrays;
  place(arrays, frame, device, kernel, which, file, where);

  kdsl_exec exec = {};
  exec.device = where.device;
  exec.isa = where.isa;
  exec.mem = where.mem;
  exec.stream = where.mem == KDSL_MEM_DEVICE ? device->stream() : nullptr;
  const int status = kernel.call(frame.data(), &exec);
  if (status == KDSL_EDEVICE || status == KDSL_EDEVICELOST)
    throw DriverFailure(kdsl_last_error());
  if (status != KDSL_OK)
    throw CallFailure(kdsl_last_error());
  if (device)
    device->wait();
  for (Array &array : arrays)
    array.download();

  Outputs outputs;
  for (Array &array : arrays) {
    const std::string wrong = array.inspect();
    if (!wrong.empty())
      throw CallFailure(std::string("'") + array.arg.name + "': " + wrong);
    if (array.arg.is_output)
      outputs.push_back(array.read());
  }
  return outputs;
}
