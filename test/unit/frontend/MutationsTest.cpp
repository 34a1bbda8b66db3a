//===- MutationsTest.cpp - messages about programs that nobody wrote ------===//
//
// The programs of messages/*.kdsl with pieces taken out, put in and copied.
// Whatever comes of it, messages are short sentences about the program.
//
//===----------------------------------------------------------------------===//

#include "Annotated.h"
#include <catch2/catch.hpp>
#include <random>

using namespace kdslc::test;

static const char *const pieces[] = {
    "(",      ")",      "[",      "]",         "{",       "}",
    ",",      ";",      ":",      "=",         "+",       "*",
    "/",      "^",      "@",      "<",         "==",      "->",
    "\n",     "//",     "\"a\"",  "1",         "0.5",     "x",
    "j",      "N",      "sum",    "sum[j]",    "argmin[j]", "kmin[j]",
    "where ", "let ",   "in ",    "return ",   "and ",    "not ",
    "true",   "select", "real",   "zeros(3)",  "grad",    "kernel f(x) = ",
    "derive g = vjp(p, x)\n",     "specialize p { D = 2 }\n"};

static std::string mutated(std::string text, std::mt19937 &random) {
  for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
    const size_t at = random() % (text.size() + 1);
    const size_t from = random() % (text.size() + 1);
    switch (random() % 3) {
    case 0:
      text.erase(at, 1 + random() % 4);
      break;
    case 1:
      text.insert(at, pieces[random() % std::size(pieces)]);
      break;
    default:
      text.insert(at, text.substr(from, 1 + random() % 12));
      break;
    }
  }
  return text;
}

TEST_CASE("Messages about mangled programs are sentences about them") {
  std::mt19937 random(1);
  for (const std::string &path : annotatedFiles(KDSL_TEST_MESSAGES))
    for (const AnnotatedCase &each : readAnnotated(path).cases)
      for (int round = 0; round < 2; ++round) {
        const std::string program = mutated(each.program, random);
        INFO(program);
        const Compilation compilation(program, "",
                                      KDSL_TEST_MESSAGES "/imports");
        CHECK(compilation.diags().errorCount() <= 20);
        for (const kdslc::Diagnostic &d : compilation.diags().all()) {
          CHECK(flawOfText(d.message) == "");
          CHECK(d.label != kdslc::Label::K000);
        }
      }
}
