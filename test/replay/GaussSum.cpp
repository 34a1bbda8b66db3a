//===- GaussSum.cpp - the Gaussian sum that is timed ----------------------===//

#include "test/replay/GaussSum.h"
#include "test/replay/Programs.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace replay;

static constexpr double width = 0.25;
static constexpr int64_t coordinates = 3;

/// Numbers that look random, the same in every run, in [low, high).
static std::vector<double> spread(uint64_t seed, int64_t count, double low,
                                  double high, bool isDouble) {
  std::vector<double> numbers(static_cast<size_t>(count));
  for (double &number : numbers) {
    // SplitMix64.
    uint64_t bits = seed += 0x9e3779b97f4a7c15u;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    bits ^= bits >> 31;
    number = low + (high - low) * double(bits >> 11) * 0x1p-53;
    if (!isDouble)
      number = float(number);
  }
  return numbers;
}

static void upload(DeviceArray &array, const std::vector<double> &numbers,
                   bool isDouble) {
  if (isDouble) {
    array.upload(numbers.data());
    return;
  }
  const std::vector<float> narrow(numbers.begin(), numbers.end());
  array.upload(narrow.data());
}

/// The argument called `name`.
static const kdsl_arg &find(const kdsl_kernel &kernel, const char *name) {
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    if (strcmp(kernel.args[k].name, name) == 0)
      return kernel.args[k];
  throw std::runtime_error(std::string(kernel.name) + ": no argument '" + name +
                           "'");
}

GaussSum::GaussSum(const Device &device, const kdsl_kernel &kernel, int64_t n)
    : device(device), kernel(kernel), n(n),
      isDouble(elementBytes(find(kernel, "a")) == sizeof(double)),
      x(spread(1, n * coordinates, 0, 1, isDouble)),
      y(spread(2, n * coordinates, 0, 1, isDouble)),
      b(spread(3, n, -1, 1, isDouble)),
      onDeviceX(device, x.size() * elementBytes(find(kernel, "a"))),
      onDeviceY(device, y.size() * elementBytes(find(kernel, "a"))),
      onDeviceB(device, b.size() * elementBytes(find(kernel, "a"))),
      onDeviceA(device, b.size() * elementBytes(find(kernel, "a"))),
      frame(size_t(kernel.args_bytes)) {
  upload(onDeviceX, x, isDouble);
  upload(onDeviceY, y, isDouble);
  upload(onDeviceB, b, isDouble);
  const int64_t sizes[] = {n, n};
  memcpy(frame.data(), sizes, sizeof(sizes));
  const struct {
    const char *name;
    const DeviceArray &array;
  } arrays[] = {
      {"x", onDeviceX}, {"y", onDeviceY}, {"b", onDeviceB}, {"a", onDeviceA}};
  for (const auto &[name, array] : arrays) {
    void *address = array.address();
    memcpy(&frame[size_t(find(kernel, name).offset)], &address,
           sizeof(address));
  }
  const float narrow = width;
  memcpy(&frame[size_t(find(kernel, "s").offset)],
         isDouble ? static_cast<const void *>(&width) : &narrow,
         isDouble ? sizeof(width) : sizeof(narrow));
}

void GaussSum::queue() const {
  kdsl_exec exec = {};
  exec.device = KDSL_CUDA(0);
  exec.mem = KDSL_MEM_DEVICE;
  exec.stream = device.stream();
  if (kernel.call(frame.data(), &exec) != KDSL_OK)
    throw std::runtime_error(kdsl_last_error());
}

namespace {

/// One row, in arithmetic of type T.
template <typename T> struct Row {
  T sum = 0, magnitudes = 0;
  T slopes = 0; ///< sum of |term| times its exponent

  Row(const double *x, const std::vector<double> &y,
      const std::vector<double> &b) {
    for (size_t j = 0; j < b.size(); ++j) {
      T distance = 0;
      for (int64_t k = 0; k < coordinates; ++k) {
        const T apart = T(x[k]) - T(y[j * coordinates + k]);
        distance += apart * apart;
      }
      const T exponent = distance / (2 * T(width) * T(width));
      const T term = std::exp(-exponent) * T(b[j]);
      sum += term;
      magnitudes += std::fabs(term);
      slopes += std::fabs(term) * exponent;
    }
  }
};

} // namespace

/// Terms may be off by the rounding of the exponent, which the exponential
/// turns into so many units of the term, by that of the function and the
/// product; the sum by its promise of 16 units (compiler/reference/Accuracy.h).
template <typename T>
static GaussError compareRow(const Row<T> &row, double got, double unit) {
  constexpr double ofExponent = 12, ofTerm = 8, ofSum = 16;
  GaussError error;
  error.got = got;
  error.expected = double(row.sum);
  error.bound = unit * double(ofExponent * row.slopes +
                              (ofTerm + ofSum) * row.magnitudes);
  const double off = std::fabs(double(T(got) - row.sum));
  const bool isNumber = off <= std::numeric_limits<double>::max();
  error.relative = isNumber ? off / double(row.magnitudes)
                            : std::numeric_limits<double>::infinity();
  error.ofBound =
      isNumber ? off / error.bound : std::numeric_limits<double>::infinity();
  return error;
}

GaussError GaussSum::check(int64_t rows) const {
  std::vector<char> bytes(size_t(n) *
                          (isDouble ? sizeof(double) : sizeof(float)));
  onDeviceA.download(bytes.data());
  GaussError worst;
  worst.rows = std::min(rows, n);
  double relative = 0;
  for (int64_t k = 0; k < worst.rows; ++k) {
    const int64_t i = int64_t(double(k) / double(worst.rows) * double(n));
    GaussError error;
    if (isDouble) {
      double got;
      memcpy(&got, &bytes[size_t(i) * sizeof(got)], sizeof(got));
      error = compareRow(Row<long double>(&x[size_t(i * coordinates)], y, b),
                         got, 0x1p-53);
    } else {
      float got;
      memcpy(&got, &bytes[size_t(i) * sizeof(got)], sizeof(got));
      error = compareRow(Row<double>(&x[size_t(i * coordinates)], y, b), got,
                         0x1p-24);
    }
    relative = std::max(relative, error.relative);
    if (k == 0 || error.ofBound > worst.ofBound) {
      error.rows = worst.rows;
      error.row = i;
      worst = error;
    }
  }
  worst.relative = relative;
  return worst;
}
