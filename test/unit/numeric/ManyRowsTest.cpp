//===- ManyRowsTest.cpp - more rows and pairs than 32 bits count -----------===//
//
// Arrays of gigabytes, of a few megabytes of memory that appears in them again
// and again. Its size shares no factor of 2^32 but that of a page, so that an
// offset that has lost its upper bits finds other numbers.
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include <catch2/catch.hpp>
#include <cstring>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

using namespace kdslc::test;

namespace {

/// `bytes` of address space that hold one block over and over.
class Repeated {
public:
  static constexpr int64_t blockBytes = 4096 * 1021;

  /// Element k of a block is make(k).
  template <typename Make> Repeated(int64_t elements, Make make) {
    using Element = decltype(make(0));
    reserve(elements * int64_t(sizeof(Element)));
    auto *block = static_cast<Element *>(base);
    for (int64_t k = 0; k < int64_t(blockBytes / sizeof(Element)); ++k)
      block[k] = make(k);
  }
  ~Repeated() { munmap(base, size_t(bytes)); }
  Repeated(const Repeated &) = delete;

  const void *data() const { return base; }

private:
  void reserve(int64_t wanted) {
    bytes = (wanted / blockBytes + 1) * blockBytes;
    base = mmap(nullptr, size_t(bytes), PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int file = memfd_create("repeated", 0);
    bool ok = base != MAP_FAILED && file >= 0 && ftruncate(file, blockBytes) == 0;
    for (int64_t at = 0; ok && at < bytes; at += blockBytes)
      ok = mmap(static_cast<char *>(base) + at, size_t(blockBytes),
                PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
                0) != MAP_FAILED;
    close(file);
    if (!ok)
      throw std::runtime_error("no address space");
  }

  int64_t bytes = 0;
  void *base = nullptr;
};

/// Calls a program with inputs and outputs in the order of declaration.
int callWith(const kdsl_kernel &kernel, std::vector<int64_t> sizes,
             std::vector<const void *> arrays) {
  std::vector<char> args(size_t(kernel.args_bytes), 0);
  std::memcpy(args.data(), sizes.data(), sizes.size() * sizeof(int64_t));
  for (uint32_t k = 0; k < kernel.n_args; ++k)
    std::memcpy(&args[size_t(kernel.args[k].offset)], &arrays.at(k),
                sizeof(void *));
  return kernel.call(args.data(), nullptr);
}

} // namespace

TEST_CASE("Pairs beyond 2^32 are where they are", "[adv-R05]") {
  if (onDevice())
    return; // would copy the arrays
  const int64_t rows = 5, columns = 1200000000;
  constexpr int64_t period = Repeated::blockBytes / int64_t(sizeof(float));
  auto number = [](int64_t k) { return float(k * 31 % 1009); };
  Repeated W(rows * columns, number);
  std::vector<float> a(rows, -1);
  Program program = compiled("bands")["near_diagonal"];
  INFO(kdsl_last_error());
  REQUIRE(callWith(program.kernel, {rows, columns}, {W.data(), a.data()}) ==
          KDSL_OK);
  for (int64_t i = 0; i < rows; ++i) {
    float sum = 0;
    for (int64_t j = std::max<int64_t>(i - 1, 0); j <= i + 1; ++j)
      sum += number((i * columns + j) % period);
    CHECK(a[size_t(i)] == sum);
  }
}

TEST_CASE("Rows beyond 2^32 are where they are", "[adv-R05]") {
  if (onDevice())
    return; // would copy the array
  const int64_t rows = 5000000003;
  auto holds = [](int64_t k) { return uint8_t(k * 7 % 11 < 5); };
  Repeated f(rows, holds);
  int64_t n = -1, expected = 0;
  for (int64_t j = rows - 1000; j < rows; ++j)
    expected += holds(j % Repeated::blockBytes);
  Program program = compiled("bands")["held_at_end"];
  REQUIRE(callWith(program.kernel, {rows}, {f.data(), &n}) == KDSL_OK);
  CHECK(n == expected);
}
