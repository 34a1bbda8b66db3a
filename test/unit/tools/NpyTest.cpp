//===- NpyTest.cpp - reading and writing .npy files -----------------------===//

#include "Npy.h"
#include <catch2/catch.hpp>

using namespace kdslrun;

static std::string file(std::string header, std::string data,
                        char version = 1) {
  std::string text = "\x93NUMPY";
  text += {version, 0, char(header.size() & 0xFF), char(header.size() >> 8)};
  if (version > 1)
    text += {0, 0};
  return text + header + data;
}

static std::string header(const std::string &descr, const std::string &shape,
                          const std::string &fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran +
         ", 'shape': " + shape + ", }\n";
}

/// The message of a refused file; empty when it was read.
static std::string refusal(const std::string &bytes) {
  auto array = parseNpy("a.npy", bytes);
  return array ? "" : llvm::toString(array.takeError());
}

TEST_CASE("what is written is read back") {
  for (kdsl_type type :
       {KDSL_BOOL, KDSL_I32, KDSL_I64, KDSL_F16, KDSL_F32, KDSL_F64})
    for (std::vector<int64_t> shape :
         {std::vector<int64_t>{}, {3}, {2, 3}, {0, 4}, {2, 1, 2}}) {
      Array array(type, shape);
      for (int64_t k = 0; k < array.count(); ++k)
        array.set(k, double(k % 2));
      const std::string bytes = formatNpy(array);
      CHECK((bytes.size() - array.bytes.size()) % 64 == 0);
      auto back = parseNpy("a.npy", bytes);
      REQUIRE(bool(back));
      CHECK(back->type == type);
      CHECK(back->shape == shape);
      CHECK(back->bytes == array.bytes);
    }
}

TEST_CASE("bf16 is written as f4") {
  Array array(KDSL_BF16, {1});
  array.set(0, 1.5);
  auto back = parseNpy("a.npy", formatNpy(array));
  REQUIRE(bool(back));
  CHECK(back->type == KDSL_F32);
  CHECK(back->at(0) == 1.5);
}

TEST_CASE("versions 1 to 3, keys in any order, other spellings") {
  const std::string four(4, '\0');
  for (char version : {1, 2, 3})
    CHECK(refusal(file(header("<f4", "(1,)"), four, version)).empty());
  CHECK(refusal(file("{\"shape\":(1,),\"descr\":\"<i4\","
                     "\"fortran_order\":False}",
                     four))
            .empty());
}

TEST_CASE("Fortran order is transposed") {
  // The columns (0, 1), (2, 3), (4, 5) of a 2 x 3 matrix.
  Array columns(KDSL_I32, {6});
  for (int64_t k = 0; k < 6; ++k)
    columns.set(k, double(k));
  auto array = parseNpy(
      "a.npy", file(header("<i4", "(2, 3)", "True"),
                    std::string(columns.bytes.begin(), columns.bytes.end())));
  REQUIRE(bool(array));
  const int64_t expected[] = {0, 2, 4, 1, 3, 5};
  for (int64_t k = 0; k < 6; ++k)
    CHECK(array->integerAt(k) == expected[k]);
}

TEST_CASE("hostile files are refused") {
  const std::string good = file(header("<f4", "(2,)"), std::string(8, 'x'));
  REQUIRE(refusal(good).empty());
  for (size_t length = 0; length < good.size(); ++length)
    CHECK_FALSE(refusal(good.substr(0, length)).empty());
  CHECK(refusal(good + "x").find("needs 8 bytes, the file has 9") !=
        std::string::npos);
  const std::string huge = "(4611686018427387904, 4)";
  CHECK(refusal(file(header("<f4", huge), "")).find("more than 2^63") !=
        std::string::npos);
  for (const char *shape : {"(-1,)", "(99999999999999999999,)", "(1", "1",
                            "(1 2)", "(,)", "('1',)"})
    CHECK(refusal(file(header("<f4", shape), std::string(4, 'x')))
              .find("malformed") != std::string::npos);
  for (const char *descr : {">f4", "<c8", "|O", "<U8", "", "<f16"})
    CHECK(refusal(file(header(descr, "(1,)"), std::string(4, 'x')))
              .find("elements of type") != std::string::npos);
  CHECK(refusal(file("{'descr': '<f4'}", "")).find("malformed") !=
        std::string::npos);
  CHECK(refusal(file("", "")).find("malformed") != std::string::npos);
  CHECK(refusal(std::string("\x93NUMPY\x01\x00\xff\xff", 10))
            .find("but only 0 follow") != std::string::npos);
  CHECK(refusal("PK\x03\x04").find("not a .npy file") != std::string::npos);
}

TEST_CASE("every changed byte of a header is safe") {
  const std::string good = file(header("<f4", "(2, 1)"), std::string(8, 'x'));
  for (size_t k = 0; k < good.size() - 8; ++k)
    for (int value = 0; value < 256; ++value) {
      std::string changed = good;
      changed[k] = char(value);
      refusal(changed); // must return
    }
}
