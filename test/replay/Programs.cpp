//===- Programs.cpp - compiled programs of a bundle -----------------------===//

#include "test/replay/Programs.h"
#include <dlfcn.h>
#include <stdexcept>

using namespace replay;

const kdsl_kernel &Programs::find(const std::string &build,
                                  const std::string &program) {
  void *&library = libraries[build];
  if (!library)
    library =
        dlopen((folder + "/" + build + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    throw std::runtime_error(dlerror());
  auto descriptor = reinterpret_cast<const kdsl_kernel *(*)()>(
      dlsym(library, (program + "_kernel").c_str()));
  if (!descriptor)
    throw std::runtime_error("no program '" + program + "' in " + build +
                             ".so");
  const kdsl_kernel *kernel = descriptor();
  if (kernel->abi < KDSL_ABI_OLDEST || kernel->abi > KDSL_ABI)
    throw std::runtime_error(build + ".so: made for another version of the "
                                     "runtime");
  return *kernel;
}

size_t replay::elementBytes(const kdsl_arg &arg) {
  switch (arg.type) {
  case KDSL_BOOL:
    return 1;
  case KDSL_F16:
  case KDSL_BF16: // numbers are passed as float
    return isScalar(arg) ? 4 : 2;
  case KDSL_I32:
  case KDSL_F32:
    return 4;
  default:
    return 8;
  }
}

int64_t replay::rowsOf(const kdsl_arg &arg, const int64_t *sizes) {
  int64_t rows = 1;
  for (int32_t k = 0; k < arg.n_axes; ++k)
    rows *= sizes[arg.axes[k]];
  return rows;
}
