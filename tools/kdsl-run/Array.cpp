//===- Array.cpp - a typed array in memory --------------------------------===//

#include "Array.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>

using namespace kdslrun;

const char *kdslrun::typeName(kdsl_type type) {
  static const char *const names[] = {"bool", "i32", "i64", "f16",
                                      "bf16", "f32", "f64"};
  return names[type];
}

size_t kdslrun::typeBytes(kdsl_type type) {
  static const size_t bytes[] = {1, 4, 8, 2, 2, 4, 8};
  return bytes[type];
}

bool kdslrun::isFloatType(kdsl_type type) { return type >= KDSL_F16; }

std::string kdslrun::shapeText(llvm::ArrayRef<int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

std::optional<size_t> kdslrun::bytesOf(llvm::ArrayRef<int64_t> shape,
                                       size_t elementBytes) {
  int64_t total = int64_t(elementBytes);
  for (int64_t dim : shape)
    if (dim < 0 || __builtin_mul_overflow(total, dim, &total))
      return std::nullopt;
  return size_t(total);
}

Array::Array(kdsl_type type, llvm::ArrayRef<int64_t> shape)
    : type(type), shape(shape.begin(), shape.end()),
      bytes(bytesOf(shape, typeBytes(type)).value()) {}

template <typename T> static T load(const std::vector<char> &bytes, int64_t k) {
  T value;
  std::memcpy(&value, bytes.data() + size_t(k) * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
static void store(std::vector<char> &bytes, int64_t k, T value) {
  std::memcpy(bytes.data() + size_t(k) * sizeof(T), &value, sizeof(T));
}

static const llvm::fltSemantics &semanticsOf(kdsl_type type) {
  return type == KDSL_F16 ? llvm::APFloat::IEEEhalf() : llvm::APFloat::BFloat();
}

static double widen(uint16_t bits, kdsl_type type) {
  llvm::APFloat value(semanticsOf(type), llvm::APInt(16, bits));
  return value.convertToDouble();
}

static uint16_t narrow(double number, kdsl_type type) {
  llvm::APFloat value(number);
  bool losesInfo;
  value.convert(semanticsOf(type), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return uint16_t(value.bitcastToAPInt().getZExtValue());
}

double Array::at(int64_t k) const {
  switch (type) {
  case KDSL_F16:
  case KDSL_BF16:
    return widen(load<uint16_t>(bytes, k), type);
  case KDSL_F32:
    return double(load<float>(bytes, k));
  case KDSL_F64:
    return load<double>(bytes, k);
  default:
    return double(integerAt(k));
  }
}

int64_t Array::integerAt(int64_t k) const {
  switch (type) {
  case KDSL_BOOL:
    return load<uint8_t>(bytes, k);
  case KDSL_I32:
    return load<int32_t>(bytes, k);
  default:
    return load<int64_t>(bytes, k);
  }
}

/// The nearest value of an integer type; NaN becomes 0.
template <typename T> static T saturate(double value) {
  // The bounds as doubles: the upper one may round up, out of the type.
  if (!(value > double(std::numeric_limits<T>::min())))
    return std::isnan(value) ? T(0) : std::numeric_limits<T>::min();
  if (value >= double(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  return T(value);
}

void Array::set(int64_t k, double value) {
  switch (type) {
  case KDSL_BOOL:
    return store<uint8_t>(bytes, k, value != 0);
  case KDSL_I32:
    return store(bytes, k, saturate<int32_t>(value));
  case KDSL_I64:
    return store(bytes, k, saturate<int64_t>(value));
  case KDSL_F16:
  case KDSL_BF16:
    return store(bytes, k, narrow(value, type));
  case KDSL_F32:
    return store(bytes, k, float(value));
  case KDSL_F64:
    return store(bytes, k, value);
  }
}

Conversion kdslrun::convert(const Array &from, kdsl_type type) {
  Conversion result;
  if (from.type == type) {
    result.array = from;
    return result;
  }
  result.array = Array(type, from.shape);
  // Two integer types meet without a detour through double.
  const bool wholes = type == KDSL_I64 && !isFloatType(from.type);
  for (int64_t k = 0, end = from.count(); k < end; ++k) {
    if (wholes) {
      store(result.array.bytes, k, from.integerAt(k));
      continue;
    }
    const double value = from.at(k);
    result.array.set(k, value);
    const double stored = result.array.at(k);
    const bool lostInteger =
        !isFloatType(from.type) &&
        int64_t(saturate<int64_t>(value)) != from.integerAt(k);
    result.inexact += lostInteger || !(stored == value ||
                                       (stored != stored && value != value));
  }
  return result;
}
