# The lit suite of the project: files whose first lines say `RUN:`.
#
# Substitutions: the tools by name, %s the test file, %t a scratch name, %cc the
# C compiler, %include the folder of kdsl/kdsl.h, %builddir that of the build,
# %fakecuda a CUDA driver for LD_LIBRARY_PATH, %ptxas the assembler of CUDA,
# %cudapath where CUDA is.
# Features: `kdsl-opt` when that tool is built, `avx2` and `avx512` when the
# machine has them, `ptxas` when there is one that knows all our GPUs.

import os
import re
import shutil
import subprocess
import sys

import lit.formats

config.name = "kdslc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".kdsl", ".mlir", ".test"]
# The programs of run/ are compiled by unit/numeric, those of conformance/ by its
# own tests; package/ is a project of its own, corpus/ what fuzzers found.
config.excludes = ["Inputs", "conformance", "corpus", "package", "run", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.kdsl_build_dir

# Messages must not depend on the user's locale or terminal.
config.environment["LC_ALL"] = "C"
config.environment["PATH"] = os.pathsep.join(
    [config.kdsl_tools_dir, config.llvm_tools_dir, config.environment["PATH"]]
)
config.substitutions.append(("%python", '"%s"' % sys.executable))
# The folder of a libcuda.so.1 that needs no GPU.
config.substitutions.append(
    ("%fakecuda", '"%s/cuda"' % config.kdsl_build_dir)
)
config.substitutions.append(
    ("%builddir", '"%s"' % os.path.dirname(config.kdsl_tools_dir))
)
config.substitutions.append(("%cc", '"%s"' % config.kdsl_c_compiler))
config.substitutions.append(
    ("%include", '"%s/runtime/include"' % config.kdsl_source_dir)
)

if os.path.exists(os.path.join(config.kdsl_tools_dir, "kdsl-opt")):
    config.available_features.add("kdsl-opt")

# What such a runtime is linked into, no other program can load.
if config.kdsl_sanitize:
    config.available_features.add("sanitized")

# ptxas is on PATH, or where the installer of CUDA puts it.
ptxas = shutil.which(
    "ptxas",
    path=os.pathsep.join(
        [config.environment["PATH"], "/usr/local/cuda/bin"]
    ),
)
if ptxas:
    said = subprocess.run([ptxas, "--version"], stdout=subprocess.PIPE, text=True)
    version = re.search(r"release (\d+)\.(\d+)", said.stdout)
    # The first that knows sm_100 and sm_120.
    if version and tuple(map(int, version.groups())) >= (12, 8):
        config.available_features.add("ptxas")
        config.substitutions.append(("%ptxas", '"%s"' % ptxas))
        config.substitutions.append(
            ("%cudapath", '"%s"' % os.path.dirname(os.path.dirname(ptxas)))
        )

try:
    with open("/proc/cpuinfo") as cpuinfo:
        flags = cpuinfo.read().split()
except OSError:
    flags = []
if "avx2" in flags:
    config.available_features.add("avx2")
if "avx512f" in flags and "avx512vl" in flags:
    config.available_features.add("avx512")
