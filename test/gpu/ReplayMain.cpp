//===- ReplayMain.cpp - recorded calls, once more on the GPU --------------===//
//
// usage: gpu-replay FOLDER [--sample=N] [--from=N]
//                          [--device-every=N] [--at=FILE]
//
// Runs the calls that were recorded in FOLDER on device 0 and compares. Each
// has its arrays in host memory, some also in device memory, packed and with
// rows apart, which has to give the same bits. Prints facts, and a line that
// begins with "FAIL" for each wrong call.
//
// --sample=N        N calls, evenly spread over all
// --from=N          begin with call N
// --device-every=N  every N-th call in device memory; default 4
// --at=FILE         keep there what is being run, for those who go on after a
//                   crash
//
// The exit status is 0 if all is right, 1 if not, 2 for wrong usage or files,
// 3 if there is no GPU, 4 if the device gave up, and the rest is not run.
//
//===----------------------------------------------------------------------===//

#include "test/gpu/Call.h"
#include "test/gpu/Compare.h"
#include "test/gpu/Options.h"
#include "test/gpu/Programs.h"
#include <cstdio>
#include <cstring>

using namespace gpu;

enum { AllRight, SomeWrong, WrongUsage, NoGpuHere, DeviceLost };

namespace {

struct Counts {
  int64_t cases = 0, inDevice = 0, compared = 0, unpredictable = 0, wrong = 0;

  void print() const {
    printf("replay cases in host memory: %lld\n", (long long)cases);
    printf("replay calls in device memory: %lld\n", (long long)inDevice);
    printf("replay numbers compared: %lld\n", (long long)compared);
    printf("replay numbers that nothing predicts: %lld\n",
           (long long)unpredictable);
    printf("replay wrong calls: %lld\n", (long long)wrong);
  }
};

/// A case to run.
struct Chosen {
  const Case &which;
  bool isInDeviceToo;
};

class Replay {
public:
  Replay(const Device &device, const CaseFile &file, const std::string &folder)
      : device(device), file(file), programs(folder + "/programs") {}

  /// Runs one case; false when the device is lost.
  bool run(const Chosen &chosen);

  Counts counts;

private:
  /// Reports what is wrong, if anything.
  void report(const Case &which, const Place &place, const std::string &wrong);
  std::string compareAll(const kdsl_kernel &kernel, const Case &which,
                         const Outputs &outputs);

  const Device &device;
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
               " as with arrays in host memory";
  }
  return {};
}

bool Replay::run(const Chosen &chosen) {
  const Case &which = chosen.which;
  const Place host = {"arrays in host memory", KDSL_MEM_HOST};
  const Place onDevice[] = {
      {"arrays in device memory", KDSL_MEM_DEVICE},
      {"arrays in device memory with 3 elements between rows", KDSL_MEM_DEVICE,
       3}};

  const Place *place = &host;
  try {
    const kdsl_kernel &kernel = programs.find(which.build, which.program);
    ++counts.cases;
    const Outputs outputs = call(device, kernel, which, file, host);
    report(which, host, compareAll(kernel, which, outputs));
    if (!chosen.isInDeviceToo)
      return true;
    for (const Place &next : onDevice) {
      place = &next;
      ++counts.inDevice;
      report(which, next,
             difference(kernel.args + which.inputs.size(), outputs,
                        call(device, kernel, which, file, next)));
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
/// of them in device memory.
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

static int replay(const Options &options) {
  const CaseFile file(options.folder());
  const auto cases = select(file, size_t(options.number("sample", 0)),
                            size_t(options.number("from", 1)),
                            size_t(options.number("device-every", 4)));
  const std::string atPath = options.text("at", "");
  FILE *at = atPath.empty() ? nullptr : fopen(atPath.c_str(), "w");
  const Device device;
  Replay replay(device, file, options.folder());
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
  try {
    return replay(
        Options(argc, argv, {"sample", "from", "device-every", "at"}));
  } catch (const NoGpu &reason) {
    printf("no GPU: %s\n", reason.what());
    return NoGpuHere;
  } catch (const std::exception &error) {
    fprintf(stderr, "gpu-replay: %s\n", error.what());
    return WrongUsage;
  }
}
