//===- Gathers.cpp - instructions that an emulated machine refuses --------===//
//
// Bochs 2.7 calls gathers illegal whose addresses are in registers 16 to 31. A
// library that is loaded before a program takes that signal and does what the
// instruction should: read an element for each lane that is on, and switch the
// mask off. Every other illegal instruction ends the program as before.
//
// Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume
// 1, section 13.4 (the area that XSAVE fills) and volume 2, section 2.7 (EVEX).
//
//===----------------------------------------------------------------------===//

#include <cpuid.h>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ucontext.h>

namespace {

/// Registers as the signal's frame holds them, in the standard format of XSAVE.
/// A component that is not in use has no contents yet.
class Registers {
public:
  explicit Registers(const ucontext_t &context)
      : area(reinterpret_cast<char *>(context.uc_mcontext.fpregs)) {}

  uint64_t *mask(unsigned number) {
    return reinterpret_cast<uint64_t *>(component(Masks)) + number;
  }

  /// Copies a vector of 64 bytes from or to its places: registers below 16 are
  /// in three parts.
  void read(unsigned number, char *vector) {
    each(number, [&](char *part, size_t at, size_t bytes) {
      memcpy(vector + at, part, bytes);
    });
  }
  void write(unsigned number, const char *vector) {
    each(number, [&](char *part, size_t at, size_t bytes) {
      memcpy(part, vector + at, bytes);
    });
  }

private:
  enum Component { Low = 1, Upper = 2, Masks = 5, UpperHalves = 6, High = 7 };

  char *component(Component which) {
    unsigned bytes = 256, offset = 160, unused;
    if (which != Low)
      __cpuid_count(0xd, which, bytes, offset, unused, unused);
    auto &inUse = *reinterpret_cast<uint64_t *>(area + 512);
    const uint64_t bit = uint64_t(1) << which;
    if (!(inUse & bit))
      memset(area + offset, 0, bytes);
    inUse |= bit;
    return area + offset;
  }

  template <typename Function> void each(unsigned number, Function function) {
    if (number >= 16) {
      function(component(High) + (number - 16) * 64, 0, 64);
      return;
    }
    function(component(Low) + number * 16, 0, 16);
    function(component(Upper) + number * 16, 16, 16);
    function(component(UpperHalves) + number * 32, 32, 32);
  }

  char *area;
};

} // namespace

/// In the order of their numbers in instructions.
static const int numbered[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                 REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                 REG_R8,  REG_R9,  REG_R10, REG_R11,
                                 REG_R12, REG_R13, REG_R14, REG_R15};

/// Does the gather that the context stands at; false for what is none.
static bool gather(ucontext_t &context) {
  greg_t *registers = context.uc_mcontext.gregs;
  auto *code = reinterpret_cast<const uint8_t *>(registers[REG_RIP]);
  // 62, three bytes of EVEX, opcode, ModRM, SIB, displacement.
  if (code[0] != 0x62 || (code[1] & 7) != 2 || (code[2] & 3) != 1 ||
      (code[4] & 0xfc) != 0x90)
    return false;
  const bool hasWideIndex = code[4] & 1;
  const size_t element = code[2] & 0x80 ? 8 : 4;
  const size_t widest = element == 8 || hasWideIndex ? 8 : 4;
  const size_t lanes = (size_t(16) << (code[3] >> 5 & 3)) / widest;
  const unsigned kind = code[5] >> 6, maskNumber = code[3] & 7;
  const unsigned target = (code[5] >> 3 & 7) | (code[1] & 0x80 ? 0 : 8) |
                          (code[1] & 0x10 ? 0 : 16);
  const unsigned index = (code[6] >> 3 & 7) | (code[1] & 0x40 ? 0 : 8) |
                         (code[3] & 0x08 ? 0 : 16);
  const unsigned base = (code[6] & 7) | (code[1] & 0x20 ? 0 : 8);
  const bool hasNoBase = kind == 0 && (code[6] & 7) == 5;

  uint64_t address = hasNoBase ? 0 : uint64_t(registers[numbered[base]]);
  size_t length = 7;
  if (kind == 1) { // in elements
    address += int64_t(int8_t(code[7])) * int64_t(element);
    length += 1;
  } else if (kind == 2 || hasNoBase) {
    int32_t displacement;
    memcpy(&displacement, code + 7, 4);
    address += int64_t(displacement);
    length += 4;
  }

  Registers vectors(context);
  char from[64], old[64], to[64] = {};
  vectors.read(index, from);
  vectors.read(target, old);
  uint64_t *mask = vectors.mask(maskNumber);
  for (size_t lane = 0; lane < lanes; ++lane) {
    int64_t offset = 0;
    if (hasWideIndex) {
      memcpy(&offset, from + 8 * lane, 8);
    } else {
      int32_t narrow;
      memcpy(&narrow, from + 4 * lane, 4);
      offset = narrow;
    }
    const uint64_t at = address + (uint64_t(offset) << (code[6] >> 6));
    memcpy(to + element * lane,
           *mask >> lane & 1 ? reinterpret_cast<const char *>(at)
                             : old + element * lane,
           element);
  }
  *mask = 0;
  vectors.write(target, to);
  registers[REG_RIP] += greg_t(length);
  return true;
}

static void handle(int number, siginfo_t *, void *context) {
  if (!gather(*static_cast<ucontext_t *>(context)))
    signal(number, SIG_DFL); // the instruction comes again, and ends the program
}

__attribute__((constructor)) static void install() {
  struct sigaction action = {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, nullptr);
}
