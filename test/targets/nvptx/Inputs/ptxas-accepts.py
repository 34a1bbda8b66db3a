"""Assembles every program of test/run with ptxas and looks at its resources.

    ptxas-accepts.py KDSLC PTXAS FOLDER [--all]

KDSLC makes the PTX of each file of FOLDER, as f32 and f64, and in f32 as written
too; PTXAS must accept it without a warning, and no kernel may have a stack or
spill a register. All PTX is for sm_80 and is assembled for it; the optimised
f32 code is assembled for the newest GPU too, as its driver does, and some files
are compiled for each one. --all does everything for all GPUs, which is slow.
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


def run(command):
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


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

    def name(self):
        return " ".join(
            [os.path.basename(self.path), *self.options, "for", self.target]
        )

    def check(self, kdslc, ptxas, folder):
        """What is wrong with it."""
        ptx = os.path.join(folder, re.sub(r"\W+", "-", self.name()) + ".ptx")
        command = [kdslc, self.path, *self.options, "--target=" + self.target,
                   "--max-work=0"]
        made = run(command + ["--emit=ptx", "-o", ptx])
        if made.returncode:
            return ["%s: kdslc: %s" % (self.name(), made.stdout)]
        crowded = (
            os.path.basename(self.path) in CROWDED and "-Dreal=f64" in self.options
        )
        wrong = []
        for gpu in self.gpus:
            said = run([ptxas, "-v", "--gpu-name=" + gpu, "-o", os.devnull, ptx])
            lines = [said.stdout] if said.returncode else complaints(
                said.stdout, crowded
            )
            wrong += ["%s on %s: %s" % (self.name(), gpu, line) for line in lines]
        return wrong


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


def main():
    kdslc, ptxas, programs = sys.argv[1:4]
    work = list(modules(programs, everything="--all" in sys.argv[4:]))
    # The longest first, so that none is left for one processor.
    work.sort(key=lambda m: (len(m.gpus), os.path.getsize(m.path)), reverse=True)
    with tempfile.TemporaryDirectory() as folder:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = pool.map(lambda m: m.check(kdslc, ptxas, folder), work)
            wrong = [line for lines in results for line in lines]
    count = sum(len(module.gpus) for module in work)
    print("%d cubins, %d complaints" % (count, len(wrong)))
    print("\n".join(wrong))
    sys.exit(bool(wrong) or not work)


main()
