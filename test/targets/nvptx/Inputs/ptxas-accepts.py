"""Assembles every program of test/run with ptxas and looks at its resources.

    ptxas-accepts.py KDSLC PTXAS FOLDER [--all]

KDSLC makes the PTX of each file of FOLDER, as f32 and f64, and in f32 as written
too; PTXAS must accept it without a warning, and no kernel may have a stack or
spill a register. All PTX is for sm_80 and is assembled for it; the optimised
f32 code is assembled for the newest GPU too, as its driver does, and some files
are compiled for each one. Many of their kernels come again, under the name of
another GPU or where an open size takes no part: each is assembled once for sm_80 and
once for a newer GPU. --all does everything for all GPUs, which is slow.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

OLDEST = "sm_80"
NEWER = ["sm_90", "sm_100", "sm_120"]

# Files that each GPU has a schedule of its own for: feature sizes that are open, and
# what to try.
SIZES = {
    "gauss.kdsl": [
        ["-DD=3", "-DE=1"],
        ["-DD=64", "-DE=1"],
        ["-DD=3", "-DE=17"],
    ],
    "filters.kdsl": [["-DD=3"], ["-DD=16"], ["-DD=17"], ["-DD=64"], ["-DD=128"]],
    "grids.kdsl": [[]],
    "inner.kdsl": [["-DD=33"], ["-DD=64"], ["-DD=128"]],
    "wide.kdsl": [["-DE=100"]],
    "wideforms.kdsl": [["-DE=100"]],
}
# Formulas of nearly all functions at once with their derivatives, and several
# derivatives over ranges in one sweep: in f64 they hold more numbers than a thread
# has registers, and may spill.
CROWDED = {"rules.kdsl", "slopes.kdsl", "rangeslopes.kdsl"}
FAST = ["-Dreal=f32", "-O3"]
BUILDS = [FAST, ["-Dreal=f64", "-O3"], ["-Dreal=f32", "-O0"], ["-Dreal=f64", "-O0"]]


def run(command, errors=subprocess.STDOUT):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True)


def complaints(said, crowded):
    """Warnings, and the kernels that spill or have a stack, unless crowded."""
    found = [line for line in said.splitlines() if "warning" in line]
    if "bytes stack frame" not in said:
        found.append("ptxas does not tell the resources")
    kernel = "?"
    for line in said.splitlines():
        name = re.search(r"Function properties for ([\w$]+)", line)
        if name:
            kernel = name.group(1)
        sizes = re.search(
            r"(\d+) bytes stack frame, (\d+) bytes spill stores, "
            r"(\d+) bytes spill loads",
            line,
        )
        if not crowded and sizes and any(map(int, sizes.groups())):
            found.append("%s: %s" % (kernel, line.strip()))
    return found


class Module:
    """The PTX of one file, and the GPUs that it is assembled for."""

    def __init__(self, path, options, target, gpus):
        self.path, self.options = path, options
        self.target, self.gpus = target, gpus
        self.crowded = (
            os.path.basename(path) in CROWDED and "-Dreal=f64" in options
        )
        self.head, self.kernels = "", []

    def name(self):
        return " ".join(
            [os.path.basename(self.path), *self.options, "for", self.target]
        )

    def compile(self, kdslc):
        """Makes the kernels; what is wrong."""
        command = [kdslc, self.path, *self.options, "--target=" + self.target,
                   "--max-work=0"]
        made = run(command + ["--emit=ptx", "-o", "-"], errors=subprocess.PIPE)
        self.head, *self.kernels = re.split(
            r"^(?=\.visible \.entry)", made.stdout, flags=re.M
        )
        if made.returncode or not self.kernels:
            return ["%s: kdslc: %s" % (self.name(), made.stderr)]
        return []

    def new_kernels(self, gpu, seen, everything):
        """Those that no earlier one is, on any GPU of this age."""
        age = gpu if everything else gpu == OLDEST
        found = []
        for kernel in self.kernels:
            key = age, self.crowded, kernel.replace(self.target, "")
            if key not in seen:
                seen.add(key)
                found.append(kernel)
        return found


class Cubin:
    """Kernels of a module for one GPU."""

    def __init__(self, module, gpu, kernels):
        self.module, self.gpu, self.kernels = module, gpu, kernels
        self.ptx = module.head + "".join(kernels)

    def check(self, ptxas, folder):
        """What is wrong with it."""
        name = "%s on %s" % (self.module.name(), self.gpu)
        path = os.path.join(folder, re.sub(r"\W+", "-", name) + ".ptx")
        with open(path, "w") as file:
            file.write(self.ptx)
        said = run([ptxas, "-v", "--gpu-name=" + self.gpu, "-o", os.devnull, path])
        lines = [said.stdout] if said.returncode else complaints(
            said.stdout, self.module.crowded
        )
        return ["%s: %s" % (name, line) for line in lines]


def modules(programs, everything):
    for file in sorted(f for f in os.listdir(programs) if f.endswith(".kdsl")):
        path = os.path.join(programs, file)
        for sizes in SIZES.get(file, [[]]):
            for build in BUILDS:
                fast = build is FAST
                if "-O0" in build and not everything:
                    if file in CROWDED or "-Dreal=f64" in build:
                        continue  # minutes for code that may spill anyhow
                # Newer GPUs get code of their own, which differs in little but names
                # where no tensor cores take part, or take that of the oldest.
                own = everything or (fast and file in SIZES)
                newer = NEWER if everything else NEWER[-1:] if fast and not own else []
                yield Module(path, build + sizes, OLDEST, [OLDEST] + newer)
                if own:
                    for gpu in NEWER:
                        yield Module(path, build + sizes, gpu, [gpu])


def check(work, kdslc, ptxas, folder, everything):
    """The cubins, and what is wrong with them."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        # The longest first, so that none is left for one processor.
        by_size = sorted(work, key=lambda m: os.path.getsize(m.path), reverse=True)
        wrong = list(pool.map(lambda m: m.compile(kdslc), by_size))
        seen, cubins = set(), []
        for module in work:
            for gpu in module.gpus:
                kernels = module.new_kernels(gpu, seen, everything)
                if kernels:
                    cubins.append(Cubin(module, gpu, kernels))
        cubins.sort(key=lambda c: len(c.ptx), reverse=True)
        wrong += pool.map(lambda c: c.check(ptxas, folder), cubins)
    idle = {OLDEST, *NEWER} - {cubin.gpu for cubin in cubins}
    return cubins, sum(wrong, ["nothing is assembled for " + gpu for gpu in idle])


def main():
    kdslc, ptxas, programs = sys.argv[1:4]
    everything = "--all" in sys.argv[4:]
    work = list(modules(programs, everything))
    with tempfile.TemporaryDirectory() as folder:
        cubins, wrong = check(work, kdslc, ptxas, folder, everything)
    print("%d kernels in %d cubins, %d complaints"
          % (sum(len(c.kernels) for c in cubins), len(cubins), len(wrong)))
    print("\n".join(wrong))
    sys.exit(bool(wrong))


main()
