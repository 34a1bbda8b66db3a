//===- HeaderTest.cpp - generated headers compile, and say what is true ---===//

#include "CheckedText.h"
#include "compiler/output/ArgLayout.h"
#include "compiler/output/CNames.h"
#include "compiler/output/EmitHeader.h"
#include "compiler/output/HeaderDocs.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

using namespace kdslc;
using namespace kdslc::test;
using Catch::Matchers::Contains;

static const HeaderInfo info = {
    "sample", "sample.kdsl", "0.1.0", {"x86-64-v4", "x86-64-v3", "x86-64-v2"}};

static std::string headerOf(const std::string &text,
                            const Options &options = {}) {
  CheckedText checked(text);
  return emitHeader(checked.file(), options, info);
}

//===----------------------------------------------------------------------===//
// A folder with a header and sources that include it
//===----------------------------------------------------------------------===//

namespace {
class Folder {
public:
  Folder() { REQUIRE(!llvm::sys::fs::createUniqueDirectory("kdsl", path)); }
  ~Folder() { llvm::sys::fs::remove_directories(path); }

  std::string file(const std::string &name) const {
    return (path + "/" + name).str();
  }
  void write(const std::string &name, const std::string &text) const {
    std::ofstream(file(name)) << text;
  }
  /// Checks the file's syntax as one dialect, every warning an error.
  bool compiles(const std::string &name, const std::string &dialect) const {
    bool isCxx = dialect.find("++") != std::string::npos;
    std::string command = isCxx ? KDSL_CXX_COMPILER " -x c++"
                                : KDSL_C_COMPILER " -x c -Wstrict-prototypes";
    command += " -std=" + dialect +
               " -fsyntax-only -Wall -Wextra -pedantic -Werror"
               " -I" KDSL_INCLUDE_DIR " '" +
               file(name) + "'";
    return std::system(command.c_str()) == 0;
  }

private:
  llvm::SmallString<128> path;
};
} // namespace

/// The program between @code and @endcode, as a reader would copy it.
static std::string exampleOf(const std::string &header) {
  size_t begin = header.find("@code\n") + 6;
  size_t end = header.find(" * @endcode", begin);
  std::string text = header.substr(begin, end - begin), result;
  for (size_t at = 0; at < text.size();) {
    size_t newline = text.find('\n', at);
    result += text.substr(std::min(at + 3, newline),
                          newline - std::min(at + 3, newline)) +
              "\n";
    at = newline + 1;
  }
  return result;
}

static void checkCompiles(const std::string &header) {
  Folder folder;
  folder.write("sample.h", header);
  folder.write("twice.c", "#include \"sample.h\"\n#include \"sample.h\"\n"
                          "typedef int notEmpty;\n");
  folder.write("example.c", exampleOf(header));
  INFO(header);
  for (const char *dialect : {"c99", "c17", "c++11", "c++20"}) {
    INFO(dialect);
    CHECK(folder.compiles("twice.c", dialect));
    CHECK(folder.compiles("example.c", dialect));
  }
}

//===----------------------------------------------------------------------===//
// Headers
//===----------------------------------------------------------------------===//

static const char *gauss =
    "const D = 3\n"
    "/// Gaussian sum over all sources.\n"
    "program gauss_conv(x: [M] real[D], y: [N] real[D], b: [N] real,\n"
    "                   s: real) -> a: [M] real {\n"
    "    a[i] = sum[j](exp(-sqdist(x[i], y[j]) / (2*s^2)) * b[j])\n"
    "}\n";

TEST_CASE("the three surfaces of a program") {
  std::string header = headerOf(gauss);
  CHECK_THAT(header,
             Contains("int gauss_conv(int64_t M, int64_t N, const float *x, "
                      "const float *y,\n               const float *b, float "
                      "s, float *a);"));
  CHECK_THAT(header, Contains("typedef struct gauss_conv_args {\n"
                              "  int64_t M;\n  int64_t N;\n"
                              "  int64_t i_base, j_base;\n"
                              "  const float *x;\n  int64_t x_stride[1];\n"));
  CHECK_THAT(header, Contains("  float s;\n  float *a;\n"
                              "  int64_t a_stride[1];\n} gauss_conv_args;"));
  CHECK_THAT(header, Contains("int gauss_conv_ex(const gauss_conv_args *args, "
                              "const kdsl_exec *exec);"));
  CHECK_THAT(header, Contains("size_t gauss_conv_workspace("));
  CHECK_THAT(header, Contains("const kdsl_kernel *gauss_conv_kernel(void);"));
  CHECK_THAT(header, Contains("int gauss_conv_x86_64_v4("));
  checkCompiles(header);
}

TEST_CASE("the header says what the program means and promises") {
  std::string header = headerOf(gauss);
  CHECK_THAT(header, Contains("Gaussian sum over all sources."));
  CHECK_THAT(header, Contains("a[i] = sum[j](exp("));
  CHECK_THAT(header, Contains("@param M number of rows of x, a"));
  CHECK_THAT(header, Contains("@param x input, M rows of 3 float"));
  CHECK_THAT(header, Contains("16 u sum|t| + sum e"));
  CHECK_THAT(header, Contains("`exp` 2 ulp + 2|x|u"));
  CHECK_THAT(header, Contains("kdslc 0.1.0 (-O3)"));
  // The quotient of a remainder is rounded before its floor is taken.
  CHECK_THAT(headerOf("program p(x: [M] real) -> a: [M] real {\n"
                      " a[i] = mod(x[i], 3)\n}\n"),
             Contains("`mod` 1 ulp + (|x| + |y|)u, and y off"));
  CHECK(header == headerOf(gauss));
}

TEST_CASE("headers of all kinds of arguments compile") {
  checkCompiles(headerOf(
      "program p(q: [B, M] f16[4], k: [B, N] bf16[4], c: f16, n: i32, on: "
      "bool,\n mask: [N] bool, A: f64[2, 2], t: i64) -> (o: [B, M] f32, e: "
      "f64,\n"
      " i2: [M] i32[3]) {\n"
      " o[b, i] = sum[j where mask[j]](dot(q[b, i], k[b, j])) * c\n"
      " e = trace(A)\n"
      " i2[i] = argkmin[j in N](real(j), 3)\n}\n"));
  // Several programs, none with row axes in its arguments.
  checkCompiles(headerOf("program one(s: real) -> a: real {\n a = s + 1\n}\n"
                         "program two(s: real[7]) -> a: real[7] {\n"
                         " a = normalize(s)\n}\n"));
}

TEST_CASE("every reduction has its promise in words") {
  for (const char *reduction :
       {"sum", "mean", "prod", "min", "max", "logsumexp"}) {
    checkCompiles(headerOf("program p(x: [N] real) -> a: real {\n a = " +
                           std::string(reduction) + "[j](x[j])\n}\n"));
  }
  std::string exact = headerOf("program p(x: [N] i32) -> a: i64 {\n"
                               " a = count[j](x[j] > 0)\n}\n");
  CHECK_THAT(exact, Contains("exact, all values are integers or bools"));
}

TEST_CASE("what centred rows change is said in words") {
  std::string expanded = headerOf(
      "program p(x: [M] real[3], y: [N] real[3]) -> a: [M] real[3] {\n"
      " a[i] = sum[j](exp(-sqdist(x[i], y[j])) * (x[i] - y[j]))\n}\n"
      "schedule p { form = expanded }\n");
  CHECK_THAT(expanded, Contains("(|x - c| + |y - c|)"));
  CHECK_THAT(expanded, Contains("what is added is one more"));
}

TEST_CASE("hostile comments do no harm") {
  CHECK(escapeComment("a */ b") == "a * / b");
  CHECK(escapeComment("/* b") == "/ * b");
  CHECK(escapeComment("end\\\nnext\\") == "end&#92;\nnext&#92;");
  CHECK(escapeComment("what?\?/") == "what? ?/");
  CHECK(escapeComment("**//**/") == "** // ** /");
  checkCompiles(
      headerOf("/// ends */ int x; /* with ?\?/\n"
               "/// and a backslash \\\n"
               "/// #include \"nothing.h\" %s \\n\n"
               "program p(\n/// */ too \\\nx: [N] real) -> a: real {\n"
               " a = sum[j](x[j]) // */ ?\?/\n}\n"));
  std::string longText(1 << 20, '/');
  checkCompiles(headerOf("/// " + longText +
                         "\nprogram p(x: [N] real) -> a: "
                         "real {\n a = sum[j](x[j])\n}\n"));
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

TEST_CASE("argument names that C cannot have take underscores") {
  std::string header = headerOf(
      "program p(int: [size_t] real, linux: [N] real, errno: real,\n"
      " int_stride: real, i_base: real, kdsl_exec: real, stderr: "
      "real)\n -> double: [size_t] real {\n"
      " double[i] = int[i] * sum[j](linux[j]) + errno + int_stride + i_base + "
      "kdsl_exec + stderr\n}\n");
  CHECK_THAT(header, Contains("const float *int_;"));
  CHECK_THAT(header, Contains("('int' in the program)"));
  CHECK_THAT(header, Contains("float arg_kdsl_exec;"));
  checkCompiles(header);
}

TEST_CASE("reserved names of functions") {
  for (const char *name : {"main", "int", "class", "malloc", "restrict", "__x",
                           "_A", "exp", "expf", "index", "kdsl_call", "a__b"})
    CHECK(isReservedCName(name));
  for (const char *name : {"gauss", "density", "knn", "exps", "x"})
    CHECK_FALSE(isReservedCName(name));
}

static std::string complaints(const std::string &text, const Options &options) {
  CheckedText checked(text);
  llvm::SourceMgr sources;
  DiagnosticEngine diags(sources);
  checkCNames(checked.file(), options, info.targets, diags);
  std::string result;
  for (const Diagnostic &diagnostic : diags.all()) {
    result += diagnostic.message + "\n";
    for (const Diagnostic &note : diagnostic.notes)
      result += note.message + "\n";
  }
  return result;
}

TEST_CASE("reserved and colliding programs are refused") {
  auto program = [](const std::string &name) {
    return "program " + name +
           "(x: [N] real) -> a: real {\n"
           " a = sum[j](x[j])\n}\n";
  };
  CHECK_THAT(complaints(program("malloc"), {}),
             Contains("'malloc' is a name of C") && Contains("--prefix=k_"));
  Options prefixed;
  prefixed.prefix = "k_";
  CHECK(complaints(program("malloc"), prefixed).empty());
  CHECK_THAT(complaints(program("conv") + program("conv_ex"), {}),
             Contains("both need the C name 'conv_ex'"));
  CHECK_THAT(complaints(program("conv") + program("conv_x86_64_v3"), {}),
             Contains("both need the C name 'conv_x86_64_v3'"));
  CHECK(complaints(gauss, {}).empty());
  checkCompiles(headerOf(program("malloc"), prefixed));
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

TEST_CASE("the layout is what a C compiler makes of the struct") {
  std::string text =
      "program p(c: f16, x: [M] real[3], on: bool, n: i32, w: real[2], t: "
      "f64,\n"
      " W: [M, N] i64) -> (a: [M] real, e: f64) {\n"
      " a[i] = c * select(on, 1, 2) + sum(x[i]) + dot(w, w) + real(n) +"
      " real(sum[j](W[i, j]))\n e = t\n}\n";
  CheckedText checked(text);
  ArgLayout layout = computeArgLayout(checked.program());
  CNames names = computeCNames(checked.program(), {});
  std::string source =
      "#include \"sample.h\"\n#define CHECK(NAME, COND) typedef "
      "char NAME[(COND) ? 1 : -1]\n";
  auto expect = [&](const std::string &member, int64_t offset) {
    source += "CHECK(check_" + member + ", offsetof(p_args, " + member +
              ") == " + std::to_string(offset) + ");\n";
  };
  auto expectAll = [&](const std::vector<ArgSlot> &slots,
                       const std::vector<std::string> &members) {
    for (size_t k = 0; k < slots.size(); ++k) {
      expect(members[k], slots[k].offset);
      if (slots[k].hasStrides())
        expect(members[k] + "_stride", slots[k].strideOffset);
    }
  };
  for (size_t k = 0; k < names.sizes.size(); ++k)
    expect(names.sizes[k], layout.sizesOffset + 8 * k);
  expect("i_base", layout.iBaseOffset);
  expect("j_base", layout.jBaseOffset);
  expectAll(layout.inputs, names.inputs);
  expectAll(layout.outputs, names.outputs);
  source += "CHECK(check_size, sizeof(p_args) == " +
            std::to_string(layout.argsBytes) + ");\n";
  Folder folder;
  folder.write("sample.h", emitHeader(checked.file(), {}, info));
  folder.write("layout.c", source);
  INFO(source);
  CHECK(folder.compiles("layout.c", "c99"));
  CHECK(layout.inputs[0].byValue);
  CHECK_FALSE(layout.inputs[4].hasStrides());
  CHECK(layout.inputs[6].axes.size() == 2);
  CHECK_FALSE(layout.outputs[1].hasStrides());
}
