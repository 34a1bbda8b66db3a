//===- CsvTest.cpp - reading and writing tables ---------------------------===//

#include "Csv.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslrun;

static Array read(const std::string &text, const std::string &columns = "") {
  auto array = parseCsv("t.csv", text, columns);
  if (array)
    return std::move(*array);
  FAIL(llvm::toString(array.takeError()));
  return {};
}

static std::string refusal(const std::string &text,
                           const std::string &columns = "") {
  auto array = parseCsv("t.csv", text, columns);
  return array ? "" : llvm::toString(array.takeError());
}

TEST_CASE("tables with and without a header") {
  for (const char *text :
       {"1,2\n3,4\n", "a,b\n1,2\n3,4", "1;2\r\n3;4\r\n", "1\t2\n\n3\t4\n",
        "\xEF\xBB\xBFlong,lat\n 1 , 2\n# note\n\"3\",4\n"}) {
    const Array array = read(text);
    CHECK(array.shape == std::vector<int64_t>{2, 2});
    for (int64_t k = 0; k < 4; ++k)
      CHECK(array.at(k) == double(k + 1));
  }
}

TEST_CASE("columns are picked by name or number") {
  const char *text = "id,\"lat, deg\",long\n1,2,3\n4,5,6\n";
  CHECK(read(text, "long").shape == std::vector<int64_t>{2});
  CHECK(read(text, "long").at(1) == 6);
  const Array two = read(text, "long,0");
  CHECK(two.shape == std::vector<int64_t>{2, 2});
  CHECK(two.at(0) == 3);
  CHECK(two.at(1) == 1);
  CHECK(refusal(text, "height")
            .find("no column 'height', expected one of 'id', 'lat, deg', "
                  "'long', or a number from 0 to 2") != std::string::npos);
  CHECK(refusal("1,2\n", "2").find("a number from 0 to 1") !=
        std::string::npos);
}

TEST_CASE("cells that are not picked may hold text") {
  CHECK(read("name,x\nParis,1\nRome,2\n", "x").at(1) == 2);
  CHECK(refusal("name,x\nParis,1\n").find("t.csv:2: column 0 is 'Paris'") !=
        std::string::npos);
}

TEST_CASE("numbers of every form") {
  const Array array = read("x\n+1.5\n-2e3\ninf\nnan\n1e999\n\"\"\n");
  CHECK(array.at(0) == 1.5);
  CHECK(array.at(1) == -2000);
  CHECK(std::isinf(array.at(2)));
  CHECK(std::isnan(array.at(3)));
  CHECK(std::isinf(array.at(4)));
  CHECK(std::isnan(array.at(5)));
}

TEST_CASE("malformed tables are refused") {
  CHECK(refusal("").find("empty table") != std::string::npos);
  CHECK(refusal("\n# only a note\n").find("empty table") != std::string::npos);
  CHECK(refusal("1,2\n3\n").find("t.csv:2: 1 columns, expected 2") !=
        std::string::npos);
  CHECK(refusal("a\n1x\n").find("'1x'") != std::string::npos);
  CHECK(refusal("a\n\"1\n").find("expected a number") != std::string::npos);
  CHECK(read("a,b\n").shape == std::vector<int64_t>{0, 2});
}

TEST_CASE("tables are written so that they read back") {
  Array array(KDSL_F64, {2, 2});
  const double values[] = {0.1, 1e-300, -3, 1.0 / 3};
  for (int64_t k = 0; k < 4; ++k)
    array.set(k, values[k]);
  CHECK(read(formatCsv(array)).bytes == array.bytes);
  Array whole(KDSL_I64, {2});
  whole.set(1, -7);
  CHECK(formatCsv(whole) == "0\n-7\n");
}
