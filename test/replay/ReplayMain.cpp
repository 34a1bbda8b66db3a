//===- ReplayMain.cpp - recorded calls, once more on another machine ------===//
//
// usage: replay-calls FOLDER [--level=LEVEL] [--sample=N] [--from=N]
//                            [--elsewhere-every=N] [--at=FILE]
//
// Runs the calls that were recorded in FOLDER and compares. Each has its arrays
// packed in host memory; for some the arrays lie elsewhere, too, which has to
// give the same bits: in device memory, packed and with rows apart; on the CPU
// in host memory with rows apart. Prints facts, and a line that begins with
// "FAIL" for each wrong call.
//
// --level=LEVEL        on the CPU, the code of x86-64-v2, x86-64-v3 or
//                      x86-64-v4; otherwise on device 0
// --sample=N           N calls, evenly spread over all
// --from=N             begin with call N
// --elsewhere-every=N  every N-th call with its arrays elsewhere; default 4
// --at=FILE            keep there what is being run, for those who go on after
//                      a crash
//
// The exit status is 0 if all is right, 1 if not, 2 for wrong usage or files,
// 3 if there is no GPU, or the CPU lacks the level, 4 if the device gave up,
// and the rest is not run.
//
//===----------------------------------------------------------------------===//

#include "runtime/cpu/CpuLevel.h"
#include "test/replay/Call.h"
#include "test/replay/Compare.h"
#include "test/replay/Options.h"
#include "test/replay/Programs.h"
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>

using namespace replay;

namespace {

struct Counts {
  int64_t cases = 0, elsewhere = 0, compared = 0, unpredictable = 0, wrong = 0;

  void print() const {
    printf("replay cases: %lld\n", (long long)cases);
    printf("replay calls with arrays elsewhere: %lld\n", (long long)elsewhere);
    printf("replay numbers compared: %lld\n", (long long)compared);
    printf("replay numbers that nothing predicts: %lld\n",
           (long long)unpredictable);
    printf("replay wrong calls: %lld\n", (long long)wrong);
  }
};

/// A case to run.
struct Chosen {
  const Case &which;
  bool isElsewhereToo;
};

/// The first is where each case runs, at the others some do.
using Places = std::vector<Place>;

class Replay {
public:
  /// Without a GPU `device` is null.
  Replay(const Device *device, Places places, const CaseFile &file,
         const std::string &folder)
      : device(device), places(std::move(places)), file(file),
        programs(folder + "/programs") {}

  /// Runs one case; false when the device is lost.
  bool run(const Chosen &chosen);

  Counts counts;

private:
  /// Reports what is wrong, if anything.
  void report(const Case &which, const Place &place, const std::string &wrong);
  std::string compareAll(const kdsl_kernel &kernel, const Case &which,
                         const Outputs &outputs);

  const Device *device;
  const Places places;
  const CaseFile &file;
  Programs programs;
};

} // namespace

void Replay::report(const Case &which, const Place &place,
                    const std::string &wrong) {
  if (wrong.empty())
    return;
  ++counts.wrong;
  printf("FAIL %s, %s: %s\n", which.text().c_str(), place.name, wrong.c_str());
  fflush(stdout);
}

std::string Replay::compareAll(const kdsl_kernel &kernel, const Case &which,
                               const Outputs &outputs) {
  std::string wrong;
  const kdsl_arg *declared = kernel.args + which.inputs.size();
  for (size_t k = 0; k < outputs.size(); ++k) {
    const int64_t elements =
        rowsOf(declared[k], which.sizes.data()) * declared[k].row_elems;
    Verdict verdict = compare(declared[k], elements, outputs[k].data(), file,
                              which.outputs[k]);
    counts.compared += verdict.compared;
    counts.unpredictable += verdict.unpredictable;
    if (wrong.empty())
      wrong = verdict.wrong;
  }
  return wrong;
}

/// The first element with other bits, or an empty text.
static std::string difference(const kdsl_arg *declared, const Outputs &expected,
                              const Outputs &got) {
  for (size_t k = 0; k < got.size(); ++k) {
    const size_t bytes = elementBytes(declared[k]);
    for (size_t at = 0; at < got[k].size(); at += bytes)
      if (memcmp(&got[k][at], &expected[k][at], bytes) != 0)
        return elementName(declared[k], int64_t(at / bytes)) + ": got " +
               elementText(declared[k], &got[k][at]) + ", expected " +
               elementText(declared[k], &expected[k][at]) +
               " as with packed arrays in host memory";
  }
  return {};
}

bool Replay::run(const Chosen &chosen) {
  const Case &which = chosen.which;
  const Place *place = &places.front();
  try {
    const kdsl_kernel &kernel = programs.find(which.build, which.program);
    ++counts.cases;
    const Outputs outputs = call(device, kernel, which, file, *place);
    report(which, *place, compareAll(kernel, which, outputs));
    if (!chosen.isElsewhereToo)
      return true;
    while (++place != places.data() + places.size()) {
      ++counts.elsewhere;
      report(which, *place,
             difference(kernel.args + which.inputs.size(), outputs,
                        call(device, kernel, which, file, *place)));
    }
  } catch (const CallFailure &failure) {
    report(which, *place, failure.what());
  } catch (const DriverFailure &failure) {
    report(which, *place, failure.what());
    return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

static void writeAt(FILE *at, const Case &which) {
  if (!at)
    return;
  rewind(at);
  fprintf(at, "%-200s\n", which.text().c_str());
  fflush(at);
}

/// `sample` of all cases (0: all) from number `from` on, and every `every`-th
/// of them elsewhere, too.
static std::vector<Chosen> select(const CaseFile &file, size_t sample,
                                  size_t from, size_t every) {
  const std::vector<Case> &all = file.cases();
  const size_t count = sample && sample < all.size() ? sample : all.size();
  std::vector<Chosen> chosen;
  for (size_t k = 0; k < count; ++k) {
    const Case &next = all[k * all.size() / count];
    if (next.number >= from)
      chosen.push_back({next, every && k % every == 0});
  }
  return chosen;
}

static Places placesOnGpu() {
  const int32_t gpu = KDSL_CUDA(0), best = KDSL_ISA_BEST;
  return {{"arrays in host memory", gpu, best, KDSL_MEM_HOST},
          {"arrays in device memory", gpu, best, KDSL_MEM_DEVICE},
          {"arrays in device memory with 3 elements between rows", gpu, best,
           KDSL_MEM_DEVICE, 3}};
}

/// Throws NotHere when this machine does not run the level.
static Places placesOnCpu(const std::string &level) {
  static const std::map<std::string, int32_t> levels = {
      {"x86-64-v2", KDSL_ISA_V2},
      {"x86-64-v3", KDSL_ISA_V3},
      {"x86-64-v4", KDSL_ISA_V4}};
  const auto found = levels.find(level);
  if (found == levels.end())
    throw std::runtime_error("--level: '" + level +
                             "' is none of x86-64-v2, x86-64-v3, x86-64-v4");
  const int32_t isa = found->second;
  if (isa > kdsl::cpuLevel())
    throw NotHere("this machine does not run " + level);
  return {{"packed arrays", KDSL_CPU, isa, KDSL_MEM_HOST},
          {"3 elements between rows", KDSL_CPU, isa, KDSL_MEM_HOST, 3}};
}

static int replayAll(const Options &options) {
  const CaseFile file(options.folder());
  const auto cases = select(file, size_t(options.number("sample", 0)),
                            size_t(options.number("from", 1)),
                            size_t(options.number("elsewhere-every", 4)));
  const std::string atPath = options.text("at", "");
  FILE *at = atPath.empty() ? nullptr : fopen(atPath.c_str(), "w");
  const std::string level = options.text("level", "");
  std::optional<Device> device;
  if (level.empty()) {
    device.emplace();
    printf("device: %s\n", device->name().c_str());
    fflush(stdout); // whatever the calls do
  }
  Replay replay(device ? &*device : nullptr,
                device ? placesOnGpu() : placesOnCpu(level), file,
                options.folder());
  bool isAlive = true;
  for (size_t k = 0; isAlive && k < cases.size(); ++k) {
    writeAt(at, cases[k].which);
    isAlive = replay.run(cases[k]);
  }
  if (at)
    fclose(at);
  replay.counts.print();
  return !isAlive ? DeviceLost : replay.counts.wrong ? SomeWrong : AllRight;
}

int main(int argc, char **argv) {
  return runCheck("replay-calls", argc, argv,
                  {"level", "sample", "from", "elsewhere-every", "at"},
                  replayAll);
}
