//===- ParseTest.cpp - what is read, and what is refused ------------------===//

#include "test/ptx/TestSupport.h"

using namespace kdslc::ptx;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("a module tells what it holds") {
  auto module = parseGood(
      header + ".const .align 8 .f64 half = 0d3FE0000000000000;\n"
               ".visible .global .align 4 .u32 table[2][2] = {{1, 2}, {-1}};\n"
               ".entry empty() { ret; }\n"
               ".visible .entry full(.param .u64 .ptr .global .align 16 a,\n"
               "  .param .u32 b, .param .align 8 .b8 c[40])\n"
               ".maxntid 128, 2, 1\n.minnctapersm 2\n{\n"
               ".shared .align 16 .b8 tile[2048];\n.shared .b16 x;\n}\n"
               ".entry exact() .reqntid 64 { }\n");
  CHECK(module->target() == "sm_90");
  CHECK(module->version() == "7.8");
  CHECK(module->kernelNames() ==
        std::vector<std::string>{"empty", "full", "exact"});
  const KernelInfo &full = module->info(*module->kernel("full"));
  CHECK(full.paramBytes == std::vector<size_t>{8, 4, 40});
  CHECK(full.maxThreads == 256);
  CHECK(full.requiredBlock[0] == 0);
  CHECK(full.staticSharedBytes == 2050);
  CHECK(module->info(*module->kernel("exact")).requiredBlock[0] == 64);
  CHECK_FALSE(module->kernel("missing"));
  auto table = module->variable("table");
  REQUIRE(table);
  CHECK(table->bytes == 16);
  const int *values = static_cast<const int *>(table->address);
  CHECK(values[0] == 1);
  CHECK(values[2] == -1);
  CHECK(values[3] == 0);
  CHECK_FALSE(module->variable("full"));
}

TEST_CASE("unknown instructions are named with their line") {
  auto unknown = [](const std::string &instruction) {
    return parseBad(kernelText("", ".reg .b32 %r<4>;\n" + instruction + "\n"));
  };
  CHECK(unknown("frobnicate.u32 %r1, %r2;") ==
        "line 6: unknown instruction 'frobnicate.u32'");
  CHECK(unknown("add.rn.s32 %r1, %r2, %r3;") ==
        "line 6: unknown instruction 'add.rn.s32'");
  CHECK(unknown("ld.volatile.global.u32 %r1, [%r2];") ==
        "line 6: unknown instruction 'ld.volatile.global.u32'");
  CHECK(unknown("atom.global.add.u32 %r1, [%r2], %r3;") ==
        "line 6: unknown instruction 'atom.global.add.u32'");
  CHECK(unknown("cvt.f32.s32 %r1, %r2;") ==
        "line 6: unknown instruction 'cvt.f32.s32'");
  CHECK(unknown("bar.sync 0, 64;") ==
        "line 6: 'bar.sync' takes 1 operands, found 2");
  CHECK_THAT(unknown("call foo;"), Contains("calls are not supported"));
  CHECK_THAT(unknown("mov.u32 %r1, %clock;"),
             StartsWith("line 6: unknown name '%clock'"));
}

TEST_CASE("functions outside the module are refused") {
  CHECK(parseBad(header + ".extern .func (.param .b32 r) __nv_exp2f (\n"
                          ".param .b32 a\n)\n;\n") ==
        "line 4: the module needs the external function '__nv_exp2f', which "
        "nothing defines");
  CHECK_THAT(parseBad(header + ".func helper() { ret; }\n"),
             Contains("'helper' is no kernel"));
  CHECK_THAT(parseBad(header + ".extern .global .u32 x;\n"),
             Contains("external variable 'x'"));
}

TEST_CASE("operands must fit their instruction") {
  auto wrong = [](const std::string &instruction) {
    return parseBad(kernelText(
        ".param .u64 a", ".reg .b32 %r<4>;\n.reg .b64 %rd<2>;\n.reg .pred %p;\n"
                         ".shared .u32 s;\n" +
                             instruction + "\n"));
  };
  CHECK(wrong("add.u32 %r1, %rd1, %r2;") ==
        "line 9: register '%rd1' is 64 bits, expected 32 bits");
  CHECK(wrong("add.u32 %r1, %p, %r2;") ==
        "line 9: register '%p' is a predicate, expected 32 bits");
  CHECK(wrong("add.u32 %r9, %r1, %r2;") ==
        "line 9: expected a register, found '%r9'");
  CHECK(wrong("add.u32 %r1, %r2;") ==
        "line 9: 'add.u32' takes 3 operands, found 2");
  CHECK(wrong("add.u32 %tid.x, %r1, %r2;") ==
        "line 9: expected a register, found '%tid.x'");
  CHECK(wrong("add.f32 %r1, %r2, 1;") ==
        "line 9: expected an operand of the instruction's type, found '1'");
  CHECK(wrong("add.u32 %r1, %r2, 0x1ffffffff;") ==
        "line 9: '0x1ffffffff' is more than 32 bits");
  CHECK(wrong("ld.global.u32 %r1, [%r2];") ==
        "line 9: '%r2' is too narrow for an address of global memory");
  CHECK(wrong("ld.param.u32 %r1, [s];") ==
        "line 9: 's' is in shared memory, the access is to parameter memory");
  CHECK(wrong("bar.sync %r1;") ==
        "line 9: expected a constant as barrier number, found '%r1'");
  CHECK(wrong("@%r1 ret;") ==
        "line 9: expected a predicate register, found '%r1'");
  CHECK(wrong("bra nowhere;") == "line 9: no label 'nowhere'");
  CHECK(wrong("add.u32 %r1, %r2, %r3") ==
        "line 9: expected ';' after the instruction");
  CHECK(wrong(".reg .b32 %r1;") == "line 9: '%r1' is declared twice");
  CHECK(wrong("L: ret; L: ret;") == "line 9: label 'L' is defined twice");
}

TEST_CASE("bad text never does more than fail") {
  CHECK(parseBad("") == "line 1: a module begins with .version and .target");
  CHECK_THAT(parseBad(header + "/* no end"), Contains("comment without"));
  CHECK_THAT(parseBad(header + "#"), Contains("unexpected character"));
  CHECK_THAT(parseBad(header + ".entry k("), Contains("found the end"));
  CHECK_THAT(parseBad(header + ".entry k() {"), Contains("found the end"));
  CHECK_THAT(parseBad(header + ".global .u32 x = y;"),
             Contains("an address as initial value"));
  CHECK_THAT(parseBad(header + ".global .b8 x[2] = {1, 2, 3};"),
             Contains("its initial value 3"));
  CHECK_THAT(parseBad(header + ".global .b8 x[99999999999999];"),
             Contains("larger than"));
  CHECK_THAT(parseBad(".version 8.0\n.target sm_80\n.address_size 32\n"),
             Contains("expected 64"));
  // Every prefix of a good module.
  std::string good = header +
                     ".entry k(.param .u64 a) .maxntid 32 {\n.reg .b32 %r<2>;\n"
                     "{ .reg .pred %p; L: setp.lt.s32 %p, 1, 2; @!%p bra L; }\n"
                     "mov.b64 {%r0, _}, 0x1; ld.param.b32 %r1, [a+4]; ret; }\n";
  parseGood(good);
  for (size_t length = 0; length < good.size() - 1; ++length) {
    std::string error;
    if (!Module::parse(good.substr(0, length), error))
      REQUIRE_THAT(error, StartsWith("line "));
  }
}

TEST_CASE("scopes have names of their own") {
  std::vector<uint32_t> out(1);
  Device device;
  device.addOutput(out);
  CHECK_FALSE(device.run(kernelText(
      ".param .u64 out", ".reg .b64 %rd;\n.reg .b32 %r;\nmov.u32 %r, 1;\n"
                         "{ .reg .b32 %r; mov.u32 %r, 5; bra.uni L;\n"
                         "mov.u32 %r, 6;\nL: }\n{ bra.uni L;\nL: }\n"
                         "ld.param.u64 %rd, [out];\nst.global.u32 [%rd], %r;\n"
                         "ret;\n")));
  CHECK(out[0] == 1);
}

TEST_CASE("debug information and pragmas are passed over") {
  parseGood(header + ".file 1 \"a.c\"\n.entry k() {\n"
                     ".loc 1 3 5, function_name $L__info_string0, inlined_at 1 "
                     "3 5\n.pragma \"nounroll\";\nret;\n}\n"
                     ".section .debug_str\n{\n.b8 1,2\n}\n");
}
