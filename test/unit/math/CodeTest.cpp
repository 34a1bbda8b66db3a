//===- CodeTest.cpp - what is emitted, apart from its values --------------===//

#include "MathCases.h"
#include "MathKernel.h"
#include <catch2/catch.hpp>

using namespace kdslc_test;

TEST_CASE("equal input gives equal bytes", "[adv-A34]") {
  for (const char *isa : {"x86-64-v2", "x86-64-v4"}) {
    MathKernel first("math.powf %x, %y", "f64", {isa, 8});
    MathKernel second("math.powf %x, %y", "f64", {isa, 8});
    CHECK(first.object() == second.object());
  }
}

TEST_CASE("no function calls a library") {
  for (const MathCase &c : mathCases())
    for (const char *isa : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
      MathKernel kernel(c.operation(), "f32", {isa, 16});
      INFO(c.name << " " << isa);
      CHECK(kernel.undefinedSymbols().empty());
    }
}

TEST_CASE("rounding functions stay instructions") {
  for (const char *name :
       {"floor", "ceil", "trunc", "round", "roundeven", "absf"})
    for (int lanes : {0, 4, 7}) {
      std::string operation = std::string("math.") + name + " %x";
      MathKernel kernel(operation, "f32", {"x86-64-v2", lanes});
      INFO(name);
      CHECK(kernel.undefinedSymbols().empty());
    }
}
