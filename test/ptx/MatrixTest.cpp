//===- MatrixTest.cpp - products of matrices that a warp holds ------------===//

#include "test/ptx/Matrix.h"
#include "test/ptx/Random.h"
#include "test/ptx/TestSupport.h"
#include <cstring>

using namespace kdslc::ptx;
using Catch::Matchers::Contains;

namespace {

using Numbers = std::vector<float>;

/// Lane after lane, what it has of 16 x 8, 8 x 8, 16 x 8 and 16 x 8 numbers.
struct Fragments {
  Numbers a = Numbers(128), b = Numbers(64), c = Numbers(128), d = Numbers(128);

  /// As the PTX manual places them.
  float &atA(int row, int k) {
    return a[size_t((row % 8 * 4 + k % 4) * 4 + row / 8 + k / 4 * 2)];
  }
  float &atB(int k, int column) {
    return b[size_t((column * 4 + k % 4) * 2 + k / 4)];
  }
  static size_t placeInSum(int row, int column) {
    return size_t((row % 8 * 4 + column / 2) * 4 + row / 8 * 2 + column % 2);
  }
};

constexpr const char *tf32 = "m16n8k8.row.col.f32.tf32.tf32.f32";

std::string codeOf(const std::string &before, const std::string &form) {
  return ".reg .b32 %l, %a<4>, %b<2>, %c<4>, %d<4>;\n.reg .pred %p;\n"
         ".reg .b64 %base, %wide, %half;\nmov.u32 %l, %laneid;\n"
         "mul.wide.u32 %wide, %l, 16;\nmul.wide.u32 %half, %l, 8;\n"
         "ld.param.u64 %base, [a];\nadd.u64 %base, %base, %wide;\n"
         "ld.global.v4.b32 {%a0, %a1, %a2, %a3}, [%base];\n"
         "ld.param.u64 %base, [b];\nadd.u64 %base, %base, %half;\n"
         "ld.global.v2.b32 {%b0, %b1}, [%base];\n"
         "ld.param.u64 %base, [c];\nadd.u64 %base, %base, %wide;\n"
         "ld.global.v4.b32 {%c0, %c1, %c2, %c3}, [%base];\n" +
         before +
         "mma.sync.aligned." +
         form +
         " {%d0, %d1, %d2, %d3}, {%a0, %a1, %a2, %a3}, {%b0, %b1}, "
         "{%c0, %c1, %c2, %c3};\n"
         "ld.param.u64 %base, [d];\nadd.u64 %base, %base, %wide;\n"
         "st.global.v4.b32 [%base], {%d0, %d1, %d2, %d3};\nret;\n";
}

std::optional<Fault> multiply(Fragments &of, const std::string &before = "",
                              unsigned threads = 32,
                              const std::string &form = tf32) {
  Device device;
  device.addInput(of.a);
  device.addInput(of.b);
  device.addInput(of.c);
  device.addOutput(of.d);
  device.launch.block[0] = threads;
  return device.run(kernelText(".param .u64 a, .param .u64 b, .param .u64 c, "
                               ".param .u64 d",
                               codeOf(before, form)));
}

/// c + sum of products in one step.
float step(float c, std::vector<double> products) {
  return dotStep(products.data(), unsigned(products.size()), c);
}

} // namespace

TEST_CASE("a warp multiplies matrices") {
  Random random(7);
  Fragments of;
  int a[16][8], b[8][8], c[16][8];
  auto small = [&] { return int(random.next() % 201) - 100; };
  for (int k = 0; k < 8; ++k) {
    for (int row = 0; row < 16; ++row) {
      of.atA(row, k) = float(a[row][k] = small());
      of.c[Fragments::placeInSum(row, k)] = float(c[row][k] = small());
    }
    for (int column = 0; column < 8; ++column)
      of.atB(k, column) = float(b[k][column] = small());
  }
  auto fault = multiply(of);
  if (fault)
    FAIL(fault->message);
  for (int row = 0; row < 16; ++row)
    for (int column = 0; column < 8; ++column) {
      int sum = c[row][column];
      for (int k = 0; k < 8; ++k)
        sum += a[row][k] * b[k][column];
      INFO(row << ", " << column);
      CHECK(of.d[Fragments::placeInSum(row, column)] == float(sum));
    }
}

TEST_CASE("the low 13 bits of tf32 are not seen") {
  CHECK(asTf32(1 + 0x1p-10f) == 1 + 0x1p-10f);
  CHECK(asTf32(1 + 0x1p-11f) == 1);
  CHECK(asTf32(-1 - 0x1.ffcp-11f) == -1);
  CHECK(asTf32(HUGE_VALF) == HUGE_VALF);
  Fragments of;
  of.atA(3, 5) = 1 + 0x1p-11f;
  of.atB(5, 2) = 3;
  CHECK_FALSE(multiply(of));
  CHECK(of.d[Fragments::placeInSum(3, 2)] == 3);
}

TEST_CASE("a register holds two numbers of 16 bits") {
  struct Case {
    const char *type;
    uint32_t one; ///< as bits of 16 bits
    uint32_t many[3];
    float values[3];
  };
  // A subnormal number of f16 counts; bf16 has the exponents of f32.
  for (const Case &kind :
       {Case{"f16", 0x3c00, {0x0001, 0xc000, 0x7bff}, {0x1p-24f, -2, 65504}},
        Case{"bf16",
             0x3f80,
             {0x0080, 0xc000, 0x7f00},
             {0x1p-126f, -2, 0x1p127f}}}) {
    auto form = std::string("m16n8k16.row.col.f32.") + kind.type + "." +
                kind.type + ".f32";
    for (int n = 0; n < 3; ++n)
      for (int k = 0; k < 16; ++k) {
        // Row 11 of A and column 6 of B, in the upper or the lower half.
        Fragments of;
        auto put = [](float &into, uint32_t bits) {
          std::memcpy(&into, &bits, sizeof bits);
        };
        unsigned shift = k % 2 * 16;
        int at = k % 8 / 2 + k / 8 * 4;
        put(of.atA(11, at), kind.many[n] << shift);
        put(of.atB(at, 6), kind.one << shift | kind.one << (16 - shift));
        INFO(kind.type << ", " << n << ", " << k);
        CHECK_FALSE(multiply(of, "", 32, form));
        CHECK(of.d[Fragments::placeInSum(11, 6)] == kind.values[n]);
      }
    // Eight products to a step: twice 2^-24 counts in one, and is cut in two.
    for (int other : {7, 8}) {
      Fragments of;
      auto put = [&](int k) {
        uint32_t small = kind.type[0] == 'f' ? 0x0c00 : 0x3980; // 2^-12
        for (float *into : {&of.atA(0, k % 8 / 2 + k / 8 * 4),
                            &of.atB(k % 8 / 2 + k / 8 * 4, 0)}) {
          uint32_t bits;
          std::memcpy(&bits, into, sizeof bits);
          bits |= small << (k % 2 * 16);
          std::memcpy(into, &bits, sizeof bits);
        }
      };
      put(0);
      put(other);
      of.c[0] = 1;
      CHECK_FALSE(multiply(of, "", 32, form));
      CHECK(of.d[0] == (other == 7 ? 1 + 0x1p-23f : 1));
    }
  }
}

TEST_CASE("a step of a tensor core keeps one bit more than f32, and cuts") {
  // What is added to 1 counts in units of 2^-24.
  CHECK(step(1, {0x1p-24, 0x1p-24, 0, 0}) == 1 + 0x1p-23f);
  CHECK(step(1, {0x1p-25, 0x1p-25, 0x1p-25, 0x1p-25}) == 1);
  CHECK(step(1, {0x1.8p-24, 0x1.8p-24, 0, 0}) == 1 + 0x1p-23f);
  // The result is cut towards 0.
  CHECK(step(1, {0x1p-24, 0, 0, 0}) == 1);
  CHECK(step(-1, {-0x1p-24, 0, 0, 0}) == -1);
  CHECK(step(1, {-0x1p-24, 0, 0, 0}) == 1 - 0x1p-24f);
  // Products are exact, and the largest of all decides.
  CHECK(step(0, {(1 + 0x1p-10) * (1 + 0x1p-10), 0, 0, 0}) ==
        1 + 0x1p-9f + 0x1p-20f);
  CHECK(step(1, {0x1p24, -0x1p24, 0, 0}) == 1);
  CHECK(step(1, {0x1p25, -0x1p25, 0, 0}) == 0);
  CHECK(step(0, {0x1p-149, 0, 0, 0}) == 0x1p-149f);
  CHECK(step(0, {0, 0, 0, 0}) == 0);
  // Infinity and NaN.
  CHECK(step(1, {HUGE_VAL, 1, 0, 0}) == HUGE_VALF);
  CHECK(step(1, {0x1p130, 0, 0, 0}) == HUGE_VALF);
  CHECK(std::isnan(step(1, {HUGE_VAL, -HUGE_VAL, 0, 0})));
  CHECK(std::isnan(step(1, {std::nan(""), 0, 0, 0})));
}

/// A matrix product adds four products, then the other four.
TEST_CASE("a matrix product takes two steps") {
  Fragments of;
  for (int k = 0; k < 8; ++k) {
    of.atA(0, k) = k < 4 ? 0x1p-13f : 0;
    of.atB(k, 0) = 0x1p-12f;
  }
  of.c[0] = 1;
  CHECK_FALSE(multiply(of));
  CHECK(of.d[0] == 1);
  for (int k : {3, 4}) // 2^-24 in either step
    of.atA(0, k) = 0x1p-12f;
  CHECK_FALSE(multiply(of));
  CHECK(of.d[0] == 1);
  of.atA(0, 3) = 0;
  of.atA(0, 5) = 0x1p-12f;
  CHECK_FALSE(multiply(of));
  CHECK(of.d[0] == 1 + 0x1p-23f);
}

TEST_CASE("a matrix product needs all lanes of a warp") {
  Fragments of;
  for (auto [before, threads] : {std::pair<std::string, unsigned>{
                                     "setp.eq.u32 %p, %l, 5;\n@%p ret;\n", 32},
                                 {"", 31}}) {
    auto fault = multiply(of, before, threads);
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::WarpDivergence);
    CHECK_THAT(fault->message, Contains("needs all lanes of its warp"));
  }
}
