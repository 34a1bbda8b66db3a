//===- LimitsTest.cpp - at each limit, and one above it -------------------===//

#include "Compilation.h"
#include "compiler/Limits.h"
#include <catch2/catch.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <map>
#include <unistd.h>

using namespace kdslc;
using namespace kdslc::test;

namespace {

std::string repeated(const std::string &text, int64_t count) {
  std::string result;
  for (int64_t k = 0; k < count; ++k)
    result += text;
  return result;
}

/// A program with one statement.
std::string assigning(const std::string &value) {
  return "program p(x: [N] real) -> a: [N] real {\n    a[i] = " + value +
         "\n}\n";
}

/// A folder of files that import each other, while the object lives.
class Folder {
public:
  Folder()
      : path(std::filesystem::temp_directory_path() /
             fmt::format("kdsl-limits-{}", getpid())) {
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(int64_t number, const std::string &text) const {
    std::ofstream(path / fmt::format("f{}.kdsl", number)) << text;
  }
  const std::filesystem::path path;
};

/// What is said about an input of a size; the folder is for imports.
using Trial = std::function<std::string(int64_t size)>;

std::string said(const std::string &text, const std::string &flags = "",
                 const std::string &folder = "") {
  return Compilation(text, flags, folder).messages();
}

std::string fileOf(int64_t bytes) {
  std::string text = assigning("x[i]") + "//";
  text.resize(bytes, ' ');
  return text;
}

std::string importsSideBySide(int64_t count) {
  const Folder folder;
  std::string root;
  for (int64_t k = 0; k < count; ++k) {
    folder.write(k, fmt::format("const c{} = {}\n", k, k));
    root += fmt::format("import \"f{}.kdsl\"\n", k);
  }
  return said(root + assigning("x[i]"), "", folder.path.string());
}

std::string importsInAChain(int64_t depth) {
  const Folder folder;
  for (int64_t k = 0; k < depth; ++k)
    folder.write(k, k + 1 == depth
                        ? "const c = 1\n"
                        : fmt::format("import \"f{}.kdsl\"\n", k + 1));
  return said("import \"f0.kdsl\"\n" + assigning("x[i]"), "",
              folder.path.string());
}

std::string derivedTimes(int64_t order) {
  std::string text = "program p0(x: [N] real) -> a: real {\n"
                     "    a = sum[j](exp(x[j]))\n}\n";
  for (int64_t k = 1; k <= order; ++k)
    text += fmt::format("derive p{} = jvp(p{}, x)\n", k, k - 1);
  return said(text);
}

/// Kernels that call each other: a call, its argument, and the bodies.
std::string expandedTo(int64_t depth) {
  std::string text = "kernel g0(x) = x\n";
  const int64_t last = depth - 2;
  for (int64_t k = 1; k <= last; ++k)
    text += fmt::format("kernel g{}(x) = g{}(x)\n", k, k - 1);
  return said(text + assigning(fmt::format("g{}(x[i])", last)));
}

std::string bodiesOf(int64_t count) {
  std::string values;
  for (int64_t k = 1; k <= count; ++k)
    values += fmt::format("{}{}", k > 1 ? ", " : "", k);
  return said("program p(x: [N] real[D]) -> a: real {\n"
              "    a = sum[j](sum(x[j]))\n}\n"
              "specialize p { D = " +
              values + " }\n");
}

/// A sum of equal terms: one node for the term and one for each '+'.
std::string sumOf(int64_t nodes) {
  return "program p(s: real) -> a: real {\n    a = s" +
         repeated("+s", nodes - 1) + "\n}\n";
}

const std::map<std::string, Trial> &trials() {
  static const std::map<std::string, Trial> all = {
      {"maxFileBytes", [](int64_t n) { return said(fileOf(n)); }},
      {"maxNameBytes",
       [](int64_t n) {
         const std::string name(n, 'y');
         return said("program p(" + name + ": real) -> a: real {\n    a = " +
                     name + "\n}\n");
       }},
      {"maxNesting",
       [](int64_t n) {
         return said(assigning("x[i] * " + repeated("(", n) + "2" +
                               repeated(")", n)));
       }},
      {"maxErrors",
       [](int64_t n) {
         std::string text = "program p(x: [N] real) -> a: [N] real {\n";
         for (int64_t k = 0; k < n; ++k)
           text += fmt::format("    let b{}[i] = x[i] + unknown\n", k);
         const Compilation compilation(text + "    a[i] = x[i]\n}\n");
         CHECK(compilation.diags().errorCount() == 20);
         return compilation.printed().find("stopped after 20 errors") ==
                        std::string::npos
                    ? std::string()
                    : "error: stopped";
       }},
      {"maxImportedFiles", importsSideBySide},
      {"maxImportDepth", importsInAChain},
      {"maxParams",
       [](int64_t n) {
         std::string params = "x: [N] real", sum = "x[i]";
         for (int64_t k = 1; k < n; ++k) {
           params += fmt::format(", s{}: real", k);
           sum += fmt::format(" + s{}", k);
         }
         return said("program p(" + params + ") -> a: [N] real {\n    a[i] = " +
                     sum + "\n}\n");
       }},
      {"maxStatements",
       [](int64_t n) {
         std::string text = "program p(x: [N] real) -> a: [N] real {\n"
                            "    let b1[i] = x[i]\n";
         for (int64_t k = 2; k < n; ++k)
           text += fmt::format("    let b{}[i] = x[i] + 0 * b{}[i]\n", k,
                               k % 2 ? 1 : k - 1 > 1 ? 1 : k - 1);
         text += fmt::format("    a[i] = b{}[i]\n}}\n", n - 1);
         std::string messages;
         const Compilation compilation(text);
         for (const Diagnostic &d : compilation.diags().all())
           if (d.severity == Severity::Error)
             messages += "error: " + d.message;
         return messages;
       }},
      {"maxOrder", derivedTimes},
      {"maxBodies", bodiesOf},
      {"maxTestElements",
       [](int64_t n) {
         return said(assigning("x[i]") + fmt::format("test p random(N = {})", n));
       }},
      {"maxFeatures",
       [](int64_t n) {
         return said(fmt::format("program p(x: real[{}]) -> a: real {{\n"
                                 "    a = sum(x)\n}}\n",
                                 n));
       }},
      {"maxCount",
       [](int64_t n) {
         return said(fmt::format("program p(x: [N] real) -> a: real[{0}] {{\n"
                                 "    a = kmin[j](x[j], {0})\n}}\n",
                                 n));
       }},
      {"maxExpandedDepth", expandedTo},
      {"maxNodes",
       [](int64_t n) {
         // A program so large is refused, but by another limit.
         const Compilation compilation(sumOf(n));
         std::string messages;
         for (const Diagnostic &d : compilation.diags().all())
           if (d.severity == Severity::Error)
             messages += "error: " + d.message;
         return messages;
       }},
      {"maxPrograms",
       [](int64_t n) {
         std::string text;
         for (int64_t k = 0; k < n; ++k)
           text += fmt::format("program p{}(x: [N] real) -> a: [N] real {{\n"
                               "    a[i] = x[i]\n}}\n",
                               k);
         return said(text);
       }},
      {"maxFormula", [](int64_t n) { return said(sumOf(n)); }},
  };
  return all;
}

} // namespace

TEST_CASE("Every limit is reached without a word, and one above is refused") {
  static const std::pair<const char *, int64_t> limits[] = {
#define KDSL_LIMIT(NAME, VALUE, WHAT) {#NAME, VALUE},
#include "compiler/Limits.def"
  };
  for (auto [name, value] : limits) {
    INFO(name);
    REQUIRE(trials().count(name) == 1);
    const Trial &trial = trials().at(name);
    if (std::string(name) != "maxErrors")
      CHECK(trial(value) == "");
    const std::string above = trial(value + 1);
    CHECK_THAT(above, !Catch::Equals(""));
    // A message says how much is allowed.
    if (std::string(name) != "maxErrors")
      CHECK_THAT(above, Catch::Contains(std::to_string(value)));
  }
}

TEST_CASE("Whatever nests is counted before it is read further") {
  const int64_t n = maxNesting;
  const std::map<std::string, std::function<std::string(int64_t)>> forms = {
      {"signs", [](int64_t n) { return "x[i] + " + repeated("-", n) + "2"; }},
      {"'not'",
       [](int64_t n) {
         return "x[i] * select(" + repeated("not ", n - 1) + "true, 1, 0)";
       }},
      {"powers", [](int64_t n) { return "x[i] * 2" + repeated("^1", n); }},
      {"calls",
       [](int64_t n) {
         return "x[i] * " + repeated("abs(", n) + "2" + repeated(")", n);
       }},
      {"lists",
       [](int64_t n) {
         return "x[i] * sum(" + repeated("[", n - 1) + "2" +
                repeated("]", n - 1) + ")";
       }},
  };
  for (const auto &[name, form] : forms) {
    INFO(name);
    CHECK(said(assigning(form(n))).find("K036") == std::string::npos);
    CHECK_THAT(said(assigning(form(n + 1))), Catch::Contains("[K036]"));
    // Far above the limit it is the same message, not a deep recursion.
    CHECK_THAT(said(assigning(form(100 * n))), Catch::Contains("[K036]"));
  }
}

TEST_CASE("Features are counted wherever they are made") {
  auto of = [](const std::string &value) {
    return said("program p(x: real[256], y: real[257]) -> a: real {\n    a = " +
                value + " + 0*sum(x) + 0*sum(y)\n}\n");
  };
  CHECK(of("sum(kron(x, x))") == "");
  CHECK_THAT(of("sum(kron(x, y))"), Catch::Contains("[K046]"));
  CHECK(of("trace(outer(x, x))") == "");
  CHECK_THAT(of("trace(outer(x, y) @ outer(y, x))"), Catch::Contains("[K046]"));
  CHECK(of("sum(zeros(65536))") == "");
  CHECK_THAT(of("sum(zeros(65537))"), Catch::Contains("[K050]"));
  CHECK(of("sum([zeros(65535), x[0]])") == "");
  CHECK_THAT(of("sum([zeros(65535), x[0:2]])"), Catch::Contains("[K046]"));
  CHECK_THAT(said("program p(x: real[256, 257]) -> a: real {\n"
                  "    a = trace(x)\n}\n"),
             Catch::Contains("[K046]"));
  const std::string named = "program p(x: real[D]) -> a: real {\n"
                            "    a = sum(x)\n}\n";
  CHECK(said(named, "-DD=65536") == "");
  CHECK_THAT(said(named, "-DD=65537"), Catch::Contains("[K051]"));
  CHECK_THAT(said("const D = 65537\n" + named), Catch::Contains("[K050]"));
}
