"""Kernels that were written by hand, as a yardstick: programs that print lines like

W1 deg 5, 32 Kahan, scale after (strict)  1core  5.5 Gp/s (10.1 cyc/vec)  2cores ..

They time themselves, and give their best calls, on one thread in seconds of the
processor and else by the clock: each run of them comes between two turns of our code,
which gives its own, timed alike.
"""

import re
import statistics
import subprocess

# For a workload: programs, and which of their lines do the same work as our code, at
# the accuracy of its defaults. The best line counts.
LINES = {
    "W1": [("accurate", r"W1 deg 5, 32 Kahan, scale after"),
           ("zip", r"W1 zipped deg 5 .* scale after=true")],
    "W2": [("kernels3d", r"W2 grad")],
    "W3": [("accurate", r"W3 deg 5, 32 Kahan, scale after \(")],
    "W4": [("kernels3d", r"W4 kmin10 D=3 two-pass")],
    "W5": [("gemm_simd", r"W5 argmin D=64 .* direct=true")],
    "W5/exp": [("gemm_simd", r"W5 argmin D=64 .* direct=false")],
    "W6": [("gemmlike", r"W6 attention")],
    "W7": [("gemm_simd", r"W7 .* direct=true")],
    "W7/exp": [("gemm_simd", r"W7 .* direct=false")],
    "W8": [("kernels3d", r"W8 "), ("kernels_avx2", r"W8 ")],
    "W9": [("kernels3d", r"W9 Cauchy"), ("kernels_avx2", r"W9 Cauchy")],
    "W9/imq": [("kernels3d", r"W9 IMQ")],
    "W10": [("kernels3d", r"W10 f64 deg10"), ("kernels_avx2", r"W10 f64 deg 10")],
}
LEVELS = {"v4": ["-march=native"], "v3": ["-mavx2", "-mfma", "-mtune=native"]}
ONLY = {"kernels3d": "v4", "gemmlike": "v4", "kernels_avx2": "v3"}
TAKE_NAME = {"kernels3d", "gemmlike"}  # of the workload, as an argument


class Limits:
    def __init__(self, sources, folder, threads, levels):
        self.sources, self.folder, self.threads = sources, folder, threads
        self.levels = [level for level in LEVELS if "x86-64-" + level in levels]

    def lines(self, program, level, workload):
        """What a program prints of a workload."""
        binary = self.folder / f"{program}-{level}"
        if not binary.exists():
            subprocess.run(
                ["clang++-22", "-O3", *LEVELS[level], "-ffp-contract=off",
                 "-std=c++17", self.sources / f"{program}.cpp", "-o", binary,
                 "-lpthread"], check=True, capture_output=True)
        command = [binary]
        if program in TAKE_NAME:
            command.append(workload.split("/")[0])
        return subprocess.run(command, check=True, capture_output=True, text=True,
                              timeout=600).stdout.splitlines()

    def best(self, workload, level):
        """Billions of pairs a second of the best line of one run; 0: there is none."""
        column = "1core" if self.threads == 1 else "2cores"
        best = 0
        for program, pattern in LINES.get(workload, []):
            if ONLY.get(program, level) != level:
                continue
            for line in self.lines(program, level, workload):
                rate = re.search(column + r"\s+([0-9.]+) Gp/s", line)
                if re.match(pattern, line) and rate:
                    best = max(best, float(rate[1]))
        return best

    def beside(self, workload, ours, turns):
        """Medians over some turns, level -> billions of pairs a second by hand, and
        level -> the share of it that our code reaches before and behind.

        ours -- level -> what gives the rate of our code now
        """
        rates, shares = {}, {}
        for level in self.levels:
            taken = []
            for _ in range(turns):
                before = ours[level]()
                by_hand = self.best(workload, level)
                if not by_hand:
                    break
                taken.append((by_hand, (before + ours[level]()) / 2 / by_hand))
            if taken:
                rates[level] = statistics.median(rate for rate, _ in taken)
                shares[level] = statistics.median(share for _, share in taken)
        return rates, shares
