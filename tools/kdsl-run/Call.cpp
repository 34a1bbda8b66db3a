//===- Call.cpp - one call of a program, built from name=value pairs ------===//

#include "Call.h"
#include "Failure.h"
#include "Ranges.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/ranges.h>

using namespace kdslrun;
using llvm::StringRef;

/// The body that takes the settings; what the first that does not would say, if
/// none does.
llvm::Expected<std::unique_ptr<Call>>
Call::prepare(const kdsl_kernel &kernel, llvm::ArrayRef<Setting> settings,
              std::vector<std::string> &notes) {
  if (kernel.n_bodies == 0)
    return prepareBody(kernel, settings, notes);
  llvm::Error first = llvm::Error::success();
  for (uint32_t b = 0; b < kernel.n_bodies; ++b) {
    auto call = prepareBody(*kernel.bodies[b], settings, notes);
    if (call) {
      llvm::consumeError(std::move(first));
      return call;
    }
    if (first)
      llvm::consumeError(call.takeError());
    else
      first = call.takeError();
  }
  return first;
}

llvm::Expected<std::unique_ptr<Call>>
Call::prepareBody(const kdsl_kernel &kernel, llvm::ArrayRef<Setting> settings,
                  std::vector<std::string> &notes) {
  std::unique_ptr<Call> call(new Call(kernel));
  for (uint32_t k = 0; kernel.fixed && k < kernel.n_sizes; ++k)
    if (kernel.fixed[k] >= 0)
      llvm::cantFail(call->setSize(k, kernel.fixed[k], "'specialize'"));
  if (llvm::Error error = call->readSettings(settings))
    return error;
  if (llvm::Error error = call->inferSizes())
    return error;
  if (llvm::Error error = call->checkSizes())
    return error;
  if (llvm::Error error = call->makeArrays(notes))
    return error;
  call->fillFrame();
  return call;
}

std::unique_ptr<Call> Call::of(const kdsl_kernel &kernel,
                               std::vector<int64_t> sizes,
                               std::vector<Array> inputs) {
  std::unique_ptr<Call> call(new Call(kernel));
  call->sizes = std::move(sizes);
  auto input = inputs.begin();
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (!arg.is_output) {
      call->arrays[k] = std::move(*input++);
      continue;
    }
    call->arrays[k] = Array(kdsl_type(arg.type), call->shapeOf(arg));
    llvm::fill(call->arrays[k].bytes, char(0xa5));
  }
  call->fillFrame();
  return call;
}

std::optional<uint32_t> Call::find(StringRef name) const {
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    if (name == kernel.args[k].name)
      return k;
  return std::nullopt;
}

std::string Call::argumentNames() const {
  std::string names;
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    names += std::string(names.empty() ? "" : ", ") + kernel.args[k].name;
  for (uint32_t k = 0; k < kernel.n_sizes; ++k)
    names += std::string(", ") + kernel.sizes[k];
  return names;
}

/// "[M, 3]": what the program declares.
std::string Call::neededShape(const kdsl_arg &arg) const {
  if (arg.type == KDSL_RANGES)
    return "[slices, 4]";
  std::string text;
  for (int32_t k = 0; k < arg.n_axes; ++k)
    text += fmt::format("{}{}", k ? ", " : "", kernel.sizes[arg.axes[k]]);
  for (int32_t k = 0; k < arg.n_dims; ++k)
    text += fmt::format("{}{}", text.empty() ? "" : ", ",
                        dimText(kernel, arg, k));
  return "[" + text + "]";
}

std::vector<int64_t> Call::shapeOf(const kdsl_arg &arg) const {
  std::vector<int64_t> shape;
  for (int32_t k = 0; k < arg.n_axes; ++k)
    shape.push_back(sizes[size_t(arg.axes[k])]);
  shape.insert(shape.end(), arg.dims, arg.dims + arg.n_dims);
  return shape;
}

llvm::Error Call::readSettings(llvm::ArrayRef<Setting> settings) {
  for (const Setting &setting : settings) {
    std::optional<uint32_t> arg = find(setting.name);
    if (arg && kernel.args[*arg].is_output)
      continue;
    if (arg) {
      auto value = parseValue(setting.name, setting.value);
      if (!value)
        return value.takeError();
      if (!values.emplace(*arg, std::move(*value)).second)
        return usageError("'{}' is given twice", setting.name);
      continue;
    }
    auto *const *end = kernel.sizes + kernel.n_sizes;
    auto *const *axis = std::find(kernel.sizes, end, StringRef(setting.name));
    int64_t size;
    if (axis == end)
      return usageError("program '{}' has no '{}', it has {}", kernel.name,
                        setting.name, argumentNames());
    if (StringRef(setting.value).getAsInteger(10, size) || size < 0)
      return usageError("size {} is '{}', expected a whole number",
                        setting.name, setting.value);
    if (llvm::Error error =
            setSize(uint32_t(axis - kernel.sizes), size, "the command line"))
      return error;
  }
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    if (!kernel.args[k].is_output && !values.count(k))
      return usageError("program '{}' needs '{}', of shape {} and type {}",
                        kernel.name, kernel.args[k].name,
                        neededShape(kernel.args[k]),
                        kernel.args[k].type == KDSL_RANGES
                            ? "i64: begin and end of rows i, then of rows j"
                            : typeName(kdsl_type(kernel.args[k].type)));
  return llvm::Error::success();
}

llvm::Error Call::setSize(uint32_t axis, int64_t size,
                          const std::string &origin) {
  if (sizes[axis] >= 0 && sizes[axis] != size)
    return usageError("{} is {} from {}, but {} from {}", kernel.sizes[axis],
                      sizes[axis], origins[axis], size, origin);
  if (sizes[axis] < 0) {
    sizes[axis] = size;
    origins[axis] = origin;
  }
  return llvm::Error::success();
}

llvm::Error Call::inferSizes() {
  for (auto &[position, value] : values) {
    const kdsl_arg &arg = kernel.args[position];
    if (arg.type == KDSL_RANGES)
      continue;
    llvm::Error error = llvm::Error::success();
    if (value.kind == Value::Given) {
      error = inferSizesFrom(position, value.array.shape);
    } else if (value.kind == Value::Grid) {
      const double rows = std::pow(double(value.points), double(arg.row_elems));
      if (arg.n_axes != 1 || rows > 0x1p40)
        error =
            usageError("'{}' cannot be a grid of {} points in each of {} "
                       "dimensions; it needs shape {}",
                       arg.name, value.points, arg.row_elems, neededShape(arg));
      else
        error = setSize(uint32_t(arg.axes[0]), int64_t(rows),
                        fmt::format("'{}'", arg.name));
    } else if (value.shape) {
      error = inferSizesFrom(position, *value.shape);
    }
    if (error)
      return error;
  }
  return llvm::Error::success();
}

/// Dimensions of one may be left out or added behind the row axes: the rows of
/// numbers [M] and the rows of one feature [M, 1] are the same memory.
llvm::Error Call::inferSizesFrom(uint32_t position,
                                 llvm::ArrayRef<int64_t> shape) {
  const kdsl_arg &arg = kernel.args[position];
  const size_t axes = size_t(arg.n_axes);
  const std::vector<int64_t> dims(arg.dims, arg.dims + arg.n_dims);
  bool fits = shape.size() >= axes;
  if (fits) {
    llvm::ArrayRef<int64_t> rest = shape.drop_front(axes);
    const bool areAllOne =
        llvm::all_of(rest, [](int64_t dim) { return dim == 1; });
    // The list [] has no rows, whatever their features.
    const bool isEmptyList = axes == 1 && shape.size() == 1 && shape[0] == 0;
    fits = rest == llvm::ArrayRef(dims) || isEmptyList ||
           (arg.row_elems == 1 && areAllOne);
  }
  if (!fits)
    return usageError("'{}' has shape {}, expected {}", arg.name,
                      shapeText(shape), neededShape(arg));
  for (size_t k = 0; k < axes; ++k)
    if (llvm::Error error = setSize(
            uint32_t(arg.axes[k]), shape[k],
            fmt::format("'{}' of shape {}", arg.name, shapeText(shape))))
      return error;
  return llvm::Error::success();
}

llvm::Error Call::checkSizes() const {
  for (uint32_t k = 0; k < kernel.n_sizes; ++k)
    if (sizes[k] < 0)
      return usageError("size {} is not known; say {}=..., or give the shape "
                        "of an input that has it, as in random:7:[1000,3]",
                        kernel.sizes[k], kernel.sizes[k]);
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (arg.type == KDSL_RANGES)
      continue;
    auto bytes = bytesOf(shapeOf(arg), typeBytes(kdsl_type(arg.type)));
    if (!bytes || *bytes > (size_t(1) << 46))
      return usageError("'{}' of shape {} does not fit in memory", arg.name,
                        shapeText(shapeOf(arg)));
  }
  return llvm::Error::success();
}

llvm::Error Call::makeArrays(std::vector<std::string> &notes) {
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    const auto type = kdsl_type(arg.type);
    if (arg.is_output) {
      arrays[k] = Array(type, shapeOf(arg));
      continue;
    }
    Value &value = values.at(k);
    if (arg.type == KDSL_RANGES) {
      if (value.kind != Value::Given)
        return usageError("'{}' is a list or a file of rows {}, each with "
                          "begin and end of rows i, then of rows j",
                          arg.name, neededShape(arg));
      auto made = makeRanges(arg.name, value.array, sizes[size_t(arg.axes[0])]);
      if (!made)
        return made.takeError();
      arrays[k] = std::move(*made);
      continue;
    }
    if (value.kind != Value::Given) {
      arrays[k] = makeArray(value, type, shapeOf(arg), arg.label_bound);
      continue;
    }
    Conversion conversion = convert(value.array, type);
    // A number such as 0.1 is meant to be rounded to the type.
    if (conversion.inexact && conversion.array.count() > 1)
      notes.push_back(fmt::format(
          "'{}': {} of {} values changed when rounded from {} to {}", arg.name,
          conversion.inexact, conversion.array.count(),
          typeName(value.array.type), typeName(type)));
    arrays[k] = std::move(conversion.array);
    arrays[k].shape = shapeOf(arg);
    value.array = {};
  }
  return llvm::Error::success();
}

void Call::store(int64_t offset, const void *value, size_t bytes) {
  std::memcpy(frame.data() + offset, value, bytes);
}

/// Scalars of 16-bit types are passed as float.
void Call::fillFrame() {
  for (uint32_t k = 0; k < kernel.n_sizes; ++k)
    store(int64_t(k * sizeof(int64_t)), &sizes[k], sizeof(int64_t));
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    Array &array = arrays[k];
    if (arg.is_output || arg.n_axes + arg.n_dims > 0) {
      const void *data = array.bytes.data();
      store(arg.offset, &data, sizeof(data));
    } else if (array.type == KDSL_F16 || array.type == KDSL_BF16) {
      const float number = float(array.at(0));
      store(arg.offset, &number, sizeof(number));
    } else {
      store(arg.offset, array.bytes.data(), array.bytes.size());
    }
  }
}

llvm::Error Call::run(kdsl_exec exec) {
  const int status = kernel.call ? kernel.call(frame.data(), &exec)
                                 : kdsl_call_v1(&kernel, frame.data(), &exec);
  if (status == KDSL_OK)
    return llvm::Error::success();
  // A library with a runtime of its own has the message; it is in exec.err.
  std::string message = exec.err && *exec.err ? exec.err : kdsl_last_error();
  return llvm::make_error<Failure>(
      status == KDSL_EINTERNAL ? Exit::Internal : Exit::Usage,
      fmt::format("{}: {}", kdsl_strerror(status), message));
}

std::string kdslrun::dimText(const kdsl_kernel &kernel, const kdsl_arg &arg,
                             int32_t dim) {
  const auto position = &arg - kernel.args;
  std::vector<int64_t> sizes = {arg.dims[dim]};
  for (uint32_t b = 0; b < kernel.n_bodies; ++b)
    sizes.push_back(kernel.bodies[b]->args[position].dims[dim]);
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return fmt::format("{}", fmt::join(sizes, "|"));
}

const kdsl_kernel &kdslrun::bodyFor(const kdsl_kernel &kernel,
                                    llvm::ArrayRef<int64_t> sizes) {
  for (uint32_t b = 0; b < kernel.n_bodies; ++b) {
    const kdsl_kernel &body = *kernel.bodies[b];
    bool fits = true;
    for (size_t k = 0; k < sizes.size(); ++k)
      fits &= body.fixed[k] < 0 || body.fixed[k] == sizes[k];
    if (fits)
      return body;
  }
  return kernel;
}

std::optional<int> kdslrun::parseDevice(StringRef text) {
  int number = 0;
  if (text == "cpu")
    return KDSL_CPU;
  if (text == "auto")
    return KDSL_AUTO;
  if (!text.consume_front("cuda"))
    return std::nullopt;
  if (!text.empty() && (!text.consume_front(":") ||
                        text.getAsInteger(10, number) || number < 0))
    return std::nullopt;
  return KDSL_CUDA(number);
}
