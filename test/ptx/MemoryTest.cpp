//===- MemoryTest.cpp - state spaces and their checks ---------------------===//

#include "test/ptx/TestSupport.h"

using namespace kdslc::ptx;
using Catch::Matchers::Contains;

namespace {

const std::string oneParam = ".param .u64 out";
const std::string twoParams = ".param .u64 out, .param .u64 in";

/// Registers, %rd0 the first parameter, %t the thread.
const std::string start = ".reg .b64 %rd<9>;\n.reg .b32 %r<9>, %t;\n"
                          ".reg .b16 %h<4>;\n.reg .pred %p;\n"
                          "ld.param.u64 %rd0, [out];\nmov.u32 %t, %tid.x;\n";

/// The fault of a kernel with an output of 64 bytes.
Fault faultOf(const std::string &body, const std::string &params = oneParam) {
  std::vector<uint32_t> out(16);
  Device device;
  device.addOutput(out);
  auto fault = device.run(kernelText(params, start + body + "ret;\n"));
  INFO(body);
  REQUIRE(fault);
  return *fault;
}

} // namespace

TEST_CASE("device memory keeps ranges apart") {
  std::vector<uint8_t> bytes(100);
  uint8_t *base = bytes.data();
  DeviceMemory memory;
  CHECK(memory.add(base + 10, 20));
  CHECK_FALSE(memory.add(base, 11));
  CHECK_FALSE(memory.add(base + 29, 5));
  CHECK_FALSE(memory.add(base + 12, 2));
  CHECK_FALSE(memory.add(base, 100));
  CHECK_FALSE(memory.add(base + 50, 0));
  CHECK(memory.add(base + 30, 10));
  CHECK(memory.add(base, 10));
  CHECK(memory.contains(base + 10, 20));
  CHECK_FALSE(memory.contains(base + 10, 21));
  CHECK_FALSE(memory.contains(base + 40, 1));
  CHECK_FALSE(memory.isInitialised(base + 10, 1));
  memory.markInitialised(base + 25, 10);
  CHECK(memory.isInitialised(base + 25, 5));
  CHECK(memory.isInitialised(base + 30, 5));
  CHECK_FALSE(memory.isInitialised(base + 24, 2));
  CHECK_FALSE(memory.isInitialised(base + 30, 6));
  CHECK_FALSE(memory.remove(base + 11));
  CHECK(memory.remove(base + 10));
  CHECK_FALSE(memory.contains(base + 10, 1));
  CHECK(memory.add(base + 15, 5));
  CHECK_FALSE(memory.isInitialised(base + 15, 1));
}

TEST_CASE("vectors go to memory in order") {
  std::vector<float> in(8), out(8);
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = float(i) + 0.5f;
  Device device;
  device.addOutput(out);
  device.addInput(in);
  CHECK_FALSE(device.run(kernelText(
      twoParams, start +
                     "ld.param.u64 %rd1, [in];\n"
                     "ld.global.nc.v4.b32 {%r0, %r1, %r2, %r3}, [%rd1+16];\n"
                     "st.global.v2.f32 [%rd0+8], {%r3, %r2};\n"
                     "st.global.v4.b32 [%rd0+16], {%r0, 0, %r1, %r2};\n"
                     "ret;\n")));
  CHECK(out[2] == 7.5f);
  CHECK(out[3] == 6.5f);
  CHECK(out[4] == 4.5f);
  CHECK(out[5] == 0);
  CHECK(out[7] == 6.5f);
  CHECK(device.memory.isInitialised(&out[2], 24));
  CHECK_FALSE(device.memory.isInitialised(&out[1], 4));
  CHECK(device.counts[InstructionClass::LoadGlobal] == 1);
  CHECK(device.counts[InstructionClass::StoreGlobal] == 2);
}

TEST_CASE("narrow loads extend by their type") {
  std::vector<uint8_t> in = {0x80, 0x01, 0xff, 0xfe};
  std::vector<uint32_t> out(4);
  Device device;
  device.addOutput(out);
  device.addInput(in);
  CHECK_FALSE(device.run(kernelText(
      twoParams, start +
                     "ld.param.u64 %rd1, [in];\n"
                     "ld.global.s8 %r0, [%rd1];\nld.global.u8 %r1, [%rd1];\n"
                     "ld.global.s16 %r2, [%rd1+2];\n"
                     "ld.global.v2.b8 {%h0, %h1}, [%rd1];\n"
                     "cvt.u32.u16 %r3, %h1;\n"
                     "st.global.v4.b32 [%rd0], {%r0, %r1, %r2, %r3};\n"
                     "ret;\n")));
  CHECK(int32_t(out[0]) == -128);
  CHECK(out[1] == 128);
  CHECK(int32_t(out[2]) == int16_t(0xfeff));
  CHECK(out[3] == 1);
}

TEST_CASE("accesses outside of live ranges are faults") {
  Fault fault = faultOf("mul.wide.u32 %rd1, %t, 4;\nadd.u64 %rd0, %rd0, %rd1;\n"
                        "st.global.u32 [%rd0+64], %t;\n");
  CHECK(fault.kind == FaultKind::OutOfRange);
  CHECK_THAT(
      fault.message,
      Contains("kernel 'k', line 13: 'st.global.u32 [%rd0+64], %t;': "
               "thread (0, 0, 0) of block (0, 0, 0) writes 4 bytes at") &&
          Contains("which no live range holds; the one below is 64 "
                   "bytes at"));
  CHECK(faultOf("ld.global.u32 %r0, [%rd0+-4];\n").kind ==
        FaultKind::OutOfRange);
  CHECK(faultOf("ld.global.u32 %r0, [0];\n").kind == FaultKind::OutOfRange);
  CHECK(faultOf("st.global.v4.u32 [%rd0+56], {%t, %t, %t, %t};\n").kind ==
        FaultKind::OutOfRange);
  CHECK(faultOf("ld.b32 %r0, [0x100000000000400];\n").kind ==
        FaultKind::OutOfRange);
  CHECK(faultOf(".local .align 4 .b8 depot[8];\nmov.b64 %rd1, depot;\n"
                "st.local.u32 [%rd1+8], %t;\n")
            .kind == FaultKind::OutOfRange);
  CHECK(faultOf("ld.param.u64 %rd1, [out+8];\n").kind == FaultKind::OutOfRange);
  Fault shared = faultOf(".shared .u32 a[2];\n.shared .u32 b[2];\n"
                         "st.shared.u32 [a+8], %t;\n");
  CHECK(shared.kind == FaultKind::OutOfRange);
  CHECK_THAT(shared.message, Contains("a (8 bytes at 0x400), b (8 bytes at"));
}

TEST_CASE("misaligned accesses are faults") {
  CHECK(faultOf("st.global.u32 [%rd0+2], %t;\n").kind == FaultKind::Misaligned);
  CHECK(faultOf("st.global.v2.u32 [%rd0+4], {%t, %t};\n").kind ==
        FaultKind::Misaligned);
  CHECK(faultOf(".shared .align 8 .b8 s[16];\nst.shared.u64 [s+4], %rd0;\n")
            .kind == FaultKind::Misaligned);
  CHECK(
      faultOf(".local .align 8 .b8 s[16];\nst.local.u64 [s+4], %rd0;\n").kind ==
      FaultKind::Misaligned);
}

TEST_CASE("reads of what nobody wrote are faults") {
  CHECK(faultOf("ld.global.u32 %r0, [%rd0];\n").kind ==
        FaultKind::UninitialisedMemory);
  CHECK(
      faultOf("st.global.u16 [%rd0], 1;\nld.global.u32 %r0, [%rd0];\n").kind ==
      FaultKind::UninitialisedMemory);
  CHECK(faultOf(".shared .u32 s;\nld.shared.u32 %r0, [s];\n").kind ==
        FaultKind::UninitialisedMemory);
  CHECK(faultOf(".local .u32 s;\nld.local.u32 %r0, [s];\n").kind ==
        FaultKind::UninitialisedMemory);
  Fault reg = faultOf("add.u32 %r1, %r1, 1;\n");
  CHECK(reg.kind == FaultKind::UninitialisedRegister);
  CHECK_THAT(reg.message, Contains("reads %r1, which"));
  CHECK(faultOf("@%p mov.u32 %r1, 1;\n").kind ==
        FaultKind::UninitialisedRegister);
  CHECK(faultOf("setp.eq.u32 %p, %t, 1;\n@%p mov.u32 %r1, 1;\n"
                "st.global.u32 [%rd0], %r1;\n")
            .kind == FaultKind::UninitialisedRegister);
}

TEST_CASE("stores to constants and parameters are faults") {
  CHECK(faultOf("mov.b64 %rd1, out;\ncvta.param.u64 %rd1, %rd1;\n"
                "st.u32 [%rd1], %t;\n")
            .kind == FaultKind::ReadOnlyMemory);
  Device device;
  auto fault = device.run(header + ".const .u32 c = 5;\n.entry k() {\n"
                                   ".reg .b64 %rd;\nmov.b64 %rd, c;\n"
                                   "st.u32 [%rd], 1;\nret;\n}\n");
  REQUIRE(fault);
  CHECK(fault->kind == FaultKind::ReadOnlyMemory);
}

TEST_CASE("generic addresses reach every space") {
  std::vector<uint32_t> out(4);
  Device device;
  device.addOutput(out);
  CHECK_FALSE(device.run(
      header +
      ".const .align 4 .u32 c[2] = {7, 8};\n.global .u32 g = 9;\n"
      ".visible .entry k(.param .u64 out) {\n" +
      start +
      ".local .align 8 .b8 depot[8];\n.shared .u32 s;\n"
      "mov.b64 %rd1, depot;\ncvta.local.u64 %rd2, %rd1;\n"
      "st.u32 [%rd2+4], 3;\nld.local.u32 %r0, [%rd1+4];\n"
      "mov.b64 %rd3, s;\ncvta.shared.u64 %rd4, %rd3;\nst.u32 [%rd4], 4;\n"
      "cvta.to.shared.u64 %rd3, %rd4;\nld.shared.u32 %r1, [%rd3];\n"
      "mov.b64 %rd5, c;\nld.u32 %r2, [%rd5+4];\n"
      "ld.const.u32 %r3, [c];\nadd.u32 %r2, %r2, %r3;\n"
      "ld.global.u32 %r3, [g];\nst.global.u32 [g], 10;\n"
      "mov.b64 %rd6, out;\nld.param.u64 %rd7, [%rd6];\n"
      "st.v4.u32 [%rd7], {%r0, %r1, %r2, %r3};\nret;\n}\n"));
  CHECK(out == std::vector<uint32_t>{3, 4, 15, 9});
}

TEST_CASE("module variables keep their value between launches") {
  auto module = parseGood(header + ".global .u32 g;\n.entry k() {\n"
                                   ".reg .b32 %r;\nld.global.u32 %r, [g];\n"
                                   "add.u32 %r, %r, 1;\n"
                                   "st.global.u32 [g], %r;\nret;\n}\n");
  for (int i = 0; i < 3; ++i) {
    Device device;
    CHECK_FALSE(device.run(*module));
  }
  CHECK(*static_cast<uint32_t *>(module->variable("g")->address) == 3);
}

TEST_CASE("structs are parameters of many bytes") {
  std::vector<uint32_t> out(1);
  struct Pair {
    uint32_t *to;
    uint32_t value;
  } pair = {out.data(), 77};
  auto module = parseGood(
      kernelText(".param .align 8 .b8 s[16]",
                 ".reg .b64 %rd<3>;\n.reg .b32 %r;\nmov.b64 %rd0, s;\n"
                 "ld.param.b64 %rd1, [%rd0];\nld.param.b32 %r, [%rd0+8];\n"
                 "st.global.b32 [%rd1], %r;\nret;\n"));
  DeviceMemory memory;
  REQUIRE(memory.add(out.data(), 4));
  const void *params[] = {&pair};
  Launch launch;
  launch.params = params;
  Counts counts;
  CHECK_FALSE(run(*module, *module->kernel("k"), launch, memory, counts));
  CHECK(out[0] == 77);
}

TEST_CASE("dynamic shared memory has the launch's size") {
  std::string text = header + ".extern .shared .align 16 .b8 dyn[];\n"
                              ".visible .entry k() {\n.reg .b64 %rd;\n"
                              "mov.b64 %rd, dyn;\nst.shared.u32 [%rd+28], 1;\n"
                              "ret;\n}\n";
  Device device;
  device.launch.dynamicSharedBytes = 32;
  CHECK_FALSE(device.run(text));
  device.launch.dynamicSharedBytes = 28;
  auto fault = device.run(text);
  REQUIRE(fault);
  CHECK(fault->kind == FaultKind::OutOfRange);
}

TEST_CASE("impossible launches are refused") {
  auto refusal = [](const std::string &tuning, auto change) {
    Device device;
    change(device.launch);
    auto fault = device.run(header + ".entry k() " + tuning + " { ret; }\n");
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::InvalidLaunch);
    return fault->message;
  };
  CHECK_THAT(refusal("", [](Launch &l) { l.grid[1] = 0; }), Contains("empty"));
  CHECK_THAT(refusal("", [](Launch &l) { l.block[0] = 2000; }),
             Contains("larger than 1024"));
  CHECK_THAT(refusal(".maxntid 128", [](Launch &l) { l.block[0] = 256; }),
             Contains("larger than 128"));
  CHECK_THAT(refusal(".reqntid 128", [](Launch &l) { l.block[0] = 64; }),
             Contains("not the 128 x 1 x 1"));
  CHECK_THAT(refusal("", [](Launch &l) { l.grid[1] = 65536; }),
             Contains("more than 65535"));
  CHECK_THAT(refusal("", [](Launch &l) { l.dynamicSharedBytes = 300000; }),
             Contains("shared memory"));
}
