//===- TestSupport.h - running snippets of PTX in tests -------------------===//

#ifndef KDSLC_TEST_PTX_TESTSUPPORT_H
#define KDSLC_TEST_PTX_TESTSUPPORT_H

#include "test/ptx/FloatBits.h"
#include "test/ptx/Ptx.h"
#include <array>
#include <catch2/catch.hpp>
#include <cmath>

namespace kdslc::ptx {

inline const std::string header =
    ".version 7.8\n.target sm_90\n.address_size 64\n";

/// A kernel 'k' with these parameters; the body begins on line 5.
inline std::string kernelText(const std::string &params,
                              const std::string &body) {
  return header + ".visible .entry k(" + params + ") {\n" + body + "}\n";
}

inline std::unique_ptr<Module> parseGood(const std::string &text) {
  std::string error;
  std::unique_ptr<Module> module = Module::parse(text, error);
  INFO(text);
  REQUIRE(error == "");
  REQUIRE(module);
  return module;
}

inline std::string parseBad(const std::string &text) {
  std::string error;
  CHECK_FALSE(Module::parse(text, error));
  return error;
}

/// Device memory that a test can run kernels on.
class Device {
public:
  template <class T> void addInput(std::vector<T> &values) {
    addOutput(values);
    memory.markInitialised(values.data(), values.size() * sizeof(T));
  }
  template <class T> void addOutput(std::vector<T> &values) {
    REQUIRE(memory.add(values.data(), values.size() * sizeof(T)));
    pointers.push_back(values.data());
  }

  /// Runs kernel 'k'; its parameters are the vectors in the order of adding.
  std::optional<Fault> run(const Module &module) {
    std::vector<const void *> params;
    for (void *&pointer : pointers)
      params.push_back(&pointer);
    launch.params = params.data();
    counts = Counts();
    return ptx::run(module, *module.kernel("k"), launch, memory, counts);
  }
  std::optional<Fault> run(const std::string &text) {
    return run(*parseGood(text));
  }

  DeviceMemory memory;
  Launch launch;
  Counts counts;

private:
  std::vector<void *> pointers;
};

template <class T> constexpr const char *bitsSuffix() {
  return sizeof(T) == 1   ? "8"
         : sizeof(T) == 2 ? "16"
         : sizeof(T) == 4 ? "32"
                          : "64";
}

template <class... A> std::string addressParams() {
  std::string params = ".param .u64 out";
  for (size_t i = 0; i < sizeof...(A); ++i)
    params += ", .param .u64 in" + std::to_string(i);
  return params;
}

template <class T>
std::string accessCode(const std::string &param, const std::string &access) {
  return "ld.param.u64 %base, [" + param + "];\nmul.wide.u32 %offset, %t, " +
         std::to_string(sizeof(T)) + ";\nadd.u64 %at, %base, %offset;\n" +
         access + "\n";
}

/// Bytes are kept in registers of 16 bits.
template <class T> std::string registerCode(const std::string &name) {
  return std::string(".reg .b") + (sizeof(T) == 1 ? "16" : bitsSuffix<T>()) +
         " " + name + ";\n";
}

/// Runs `code`, which computes %d from %a0, %a1, ..., with one thread for each
/// element of the inputs.
template <class R, class... A>
std::vector<R> evaluate(const std::string &code, std::vector<A>... inputs) {
  size_t sizes[] = {inputs.size()...};
  std::vector<R> results(sizes[0]);
  std::string body = ".reg .b32 %t;\n.reg .b64 %base, %offset, %at;\n"
                     ".reg .pred %p, %q;\n" +
                     registerCode<R>("%d") + "mov.u32 %t, %tid.x;\n";
  size_t index = 0;
  auto addLoad = [&](auto sample) {
    using T = decltype(sample);
    std::string i = std::to_string(index++);
    body +=
        registerCode<T>("%a" + i) +
        accessCode<T>("in" + i, std::string("ld.global.b") + bitsSuffix<T>() +
                                    " %a" + i + ", [%at];");
  };
  (addLoad(A()), ...);
  body += code + "\n" +
          accessCode<R>("out", std::string("st.global.b") + bitsSuffix<R>() +
                                   " [%at], %d;") +
          "ret;\n";
  Device device;
  device.addOutput(results);
  (device.addInput(inputs), ...);
  device.launch.block[0] = uint32_t(sizes[0]);
  auto fault = device.run(kernelText(addressParams<A...>(), body));
  INFO(code);
  if (fault)
    FAIL(fault->message);
  return results;
}

/// The same for one value each.
template <class R, class... A>
R evaluateOne(const std::string &code, A... inputs) {
  return evaluate<R>(code, std::vector<A>{inputs}...)[0];
}

inline float floatOf(uint32_t bits) { return bitCast<float>(bits); }
inline uint32_t bitsOf(float value) { return bitCast<uint32_t>(value); }
inline uint64_t bitsOf(double value) { return bitCast<uint64_t>(value); }

inline const float infinity = std::numeric_limits<float>::infinity();
inline const float quietNan = std::numeric_limits<float>::quiet_NaN();
inline constexpr uint32_t canonicalNanBits = 0x7fffffff;
inline const float subnormal = 0x1p-140f;

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_TESTSUPPORT_H
