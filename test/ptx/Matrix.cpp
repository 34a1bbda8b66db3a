//===- Matrix.cpp - products of matrices that a warp holds ----------------===//
//
// mma.sync: every lane has some numbers of A, B, C and D. What the hardware
// rounds is not documented; experiments with it (Fasi, Higham, Mikaitis,
// Pranesh 2021; Khattak, Mikaitis 2025) agree on this much, and where devices
// differ, this is the least precise of those since sm_80: products are exact;
// four of them (of numbers of 16 bits, eight) and the sum so far are cut to one
// bit more than the largest has in f32, added, and the sum is cut to f32.
//
//===----------------------------------------------------------------------===//

#include "test/ptx/Matrix.h"
#include "test/ptx/FloatBits.h"
#include "test/ptx/Forms.h"
#include "test/ptx/Group.h"
#include "test/ptx/Half.h"
#include "test/ptx/Machine.h"
#include <algorithm>
#include <cmath>
#include <string>

namespace kdslc::ptx {

float asTf32(float x) {
  return bitCast<float>(bitCast<uint32_t>(x) & 0xffffe000);
}

namespace {

/// Cuts off bits below 2^place.
class Cut {
public:
  explicit Cut(int place) : up(powerOfTwo(-place)), down(powerOfTwo(place)) {}
  double operator()(double x) const { return std::trunc(x * up) * down; }

private:
  double up, down;
};

/// Of all exponents with the bias of a double: that of infinities and NaN is the
/// largest.
constexpr int bias = 1023, notFinite = 0x7ff;
int biasedExponent(double x) { return int(bitCast<uint64_t>(x) >> 52 & 0x7ff); }

/// The exponent of a finite x, or that of the least normal number of f32.
int exponentOf(double x) { return std::max(biasedExponent(x) - bias, -126); }

/// A finite x cut to a float.
float cutToFloat(double x) {
  double kept = Cut(exponentOf(x) - 23)(x);
  // No experiment says what a sum above the largest number becomes.
  if (std::fabs(kept) > std::numeric_limits<float>::max())
    return std::copysign(std::numeric_limits<float>::infinity(), float(x));
  return float(kept);
}

/// Adds products to a sum. Inline, for `count` to be a constant.
inline float addProducts(const double *products, unsigned count, float sum) {
  int most = biasedExponent(sum);
  for (unsigned k = 0; k < count; ++k)
    most = std::max(most, biasedExponent(products[k]));
  if (most == notFinite) {
    double plain = sum;
    for (unsigned k = 0; k < count; ++k)
      plain += products[k];
    return canonicalNan(float(plain));
  }
  // At most nine numbers of 25 bits: their sum is exact.
  Cut cut(std::max(most - bias, -126) - 24);
  double total = cut(sum);
  for (unsigned k = 0; k < count; ++k)
    total += cut(products[k]);
  return cutToFloat(total);
}

} // namespace

float dotStep(const double *products, unsigned count, float sum) {
  return addProducts(products, count, sum);
}

namespace {

/// The numbers of a register: one, or two of 16 bits, the lower half first.
struct Tf32 {
  static constexpr unsigned inRegister = 1, inStep = 4;
  static double number(uint32_t bits, unsigned) {
    return asTf32(bitCast<float>(bits));
  }
};
struct F16 {
  static constexpr unsigned inRegister = 2, inStep = 8;
  static double number(uint32_t bits, unsigned k) {
    return widen(Half{uint16_t(bits >> (16 * k))});
  }
};
struct Bf16 {
  static constexpr unsigned inRegister = 2, inStep = 8;
  static double number(uint32_t bits, unsigned k) {
    return bitCast<float>(bits >> (16 * k) << 16);
  }
};

/// D = A B + C of 16 x 8 numbers. With n numbers in a register, lane 4 g + t has
/// of A the rows g and g + 8 in the columns n t .. and n (t + 4) .., of B the
/// column g in such rows, of C and D the rows g and g + 8 in the columns 2 t and
/// 2 t + 1.
template <class Kind>
bool multiply(Group &group, const Instruction &in, LaneMask mask) {
  constexpr unsigned n = Kind::inRegister, depth = 8 * n;
  if (!group.checkSources(in, mask))
    return false;
  if (LaneMask absent = ~mask)
    return group.machine.fail(
        FaultKind::WarpDivergence, in, group, firstLane(mask),
        "needs all lanes of its warp, lane " +
            std::to_string(firstLane(absent)) + " does not take part");
  double a[16][depth], b[8][depth]; // by columns
  float sum[16][8];
  for (unsigned part = 0; part < 4; ++part) {
    auto numbers = group.read<uint32_t>(in.slots[4 + part]);
    auto sums = group.read<float>(in.slots[10 + part]);
    for (unsigned lane = 0; lane < numLanes; ++lane) {
      unsigned row = lane / 4 + part % 2 * 8;
      unsigned column = n * (lane % 4 + part / 2 * 4);
      for (unsigned k = 0; k < n; ++k)
        a[row][column + k] = Kind::number(numbers[lane], k);
      sum[lane / 4 + part / 2 * 8][lane % 4 * 2 + part % 2] = sums[lane];
    }
  }
  for (unsigned part = 0; part < 2; ++part) {
    auto numbers = group.read<uint32_t>(in.slots[8 + part]);
    for (unsigned lane = 0; lane < numLanes; ++lane)
      for (unsigned k = 0; k < n; ++k)
        b[lane / 4][n * (lane % 4 + part * 4) + k] =
            Kind::number(numbers[lane], k);
  }
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned column = 0; column < 8; ++column)
      for (unsigned k = 0; k < depth; k += Kind::inStep) {
        double products[Kind::inStep];
        for (unsigned s = 0; s < Kind::inStep; ++s)
          products[s] = a[row][k + s] * b[column][k + s];
        sum[row][column] =
            addProducts(products, Kind::inStep, sum[row][column]);
      }
  for (unsigned part = 0; part < 4; ++part) {
    Lanes<float> results;
    for (unsigned lane = 0; lane < numLanes; ++lane)
      results[lane] = sum[lane / 4 + part / 2 * 8][lane % 4 * 2 + part % 2];
    group.write(in.slots[part], results, mask);
  }
  return true;
}

template <class Kind>
void addForm(FormTable &table, const std::string &shape,
             const std::string &type) {
  Form form = {multiply<Kind>,
               InstructionClass::Other,
               {{Role::VectorDestination, Type::B32, 4},
                {Role::VectorSource, Type::B32, 4},
                {Role::VectorSource, Type::B32, 2},
                {Role::VectorSource, Type::B32, 4}},
               Control::WarpSync};
  form.acrossWarp = form.wholeWarp = true;
  table.add("mma.sync.aligned." + shape + ".row.col.f32." + type + "." + type +
                ".f32",
            form);
}

} // namespace

void addMatrixForms(FormTable &table) {
  addForm<Tf32>(table, "m16n8k8", "tf32");
  addForm<F16>(table, "m16n8k16", "f16");
  addForm<Bf16>(table, "m16n8k16", "bf16");
}

} // namespace kdslc::ptx
