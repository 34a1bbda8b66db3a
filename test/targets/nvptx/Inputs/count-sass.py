"""Counts what a pair of each program costs on a GPU, from the machine code.

    count-sass.py KDSLC PTXAS FILE GPU BUDGET [--write]

KDSLC and PTXAS make a cubin of FILE. For each program the loops around its pairs
are counted, each by the shortest way round it: the group of rows j, the block after
which sums are closed, the stage that is copied to shared memory. BUDGET has what
was counted before, a line for each program; more than 2 % above it, fewer blocks at
once on a multiprocessor, or a spill is an error. --write writes it anew.

Where each two rows meet once, that is two pairs.

Columns, for one pair: slots, instructions that are issued; mufu, of the unit for
exponentials and reciprocals; fp64, of that for doubles; lds, loads from shared
memory; hmma, products of matrices; and the slots of the innermost loop alone. For the kernel: registers of a
thread, bytes of shared memory of a block, blocks at once.
"""

import argparse
import dataclasses
import os
import re
import subprocess
import sys
import tempfile

import sass

COLUMNS = ["slots", "loop", "mufu", "fp64", "lds", "hmma", "registers", "shared",
           "blocks"]
PER_PAIR = COLUMNS[:6]
SLACK = 1.02


class Schedule:
    """That of a program's last reduction, as --report tells it."""

    def __init__(self, text):
        text = [part for part in re.split(r"^  (?=\w)", text, flags=re.M)
                if re.search("^    a pair( and its exchange)?:", part, flags=re.M)][-1]

        def number(pattern):
            found = re.search(pattern, text)
            return int(found.group(1)) if found else 0

        self.rows = number(r"threads x (\d+) rows i")
        self.group = number(r"(\d+) rows j at once")
        self.block = number(r"closed after (\d+)")
        self.stage = number(r"(\d+) rows j in shared memory")
        self.tensor = "tensor cores" in text
        # What is done for (i, j) is done for (j, i) too.
        self.meetings = 2 if "each two rows once" in text else 1
        self.row_bytes = number(r"bytes of row j (\d+)")
        # A filter has one number more, and closes nothing.
        self.around = [self.block, self.stage]
        if "a lower bound" in text:
            self.row_bytes += 4
            self.around = [self.stage]


def schedules(report):
    parts = re.split(r"^(\w+) for sm_\d+$", report, flags=re.M)[1:]
    return {name: Schedule(text) for name, text in zip(parts[::2], parts[1::2])}


def count_pair(kernel, schedule):
    """What a pair costs: the loops around it, each shared out among its pairs."""
    nest = sass.loop_nest(kernel)
    # ptxas may have unrolled; rows j are told by what is loaded of them.
    turns, of_group = 1.0, schedule.group * schedule.row_bytes
    levels = [(nest[0], 1.0)]
    if schedule.tensor:
        # What a thread loads of rows j is a share of its warp's.
        of_group = nest[0].shared_bytes
    elif nest[0].shared_bytes < 0.7 * of_group:
        # A loop over features, inside that over groups.
        turns = (of_group - nest[1].shared_bytes) / nest[0].shared_bytes
        levels = [(nest[1], 1.0), (nest[0], turns)]
    unrolled = max(1, round(sum(loop.shared_bytes * n for loop, n in levels)
                            / of_group))
    rows = schedule.rows * schedule.meetings
    pairs = rows * schedule.group * unrolled
    shares = [(loop, n / pairs) for loop, n in levels]
    around = nest[len(levels):]
    if schedule.tensor:
        # Their ways lead through the innermost loop, once.
        around = [dataclasses.replace(loop, counts=loop.counts - nest[0].counts)
                  for loop in around]
    for loop, rows_j in zip(around, schedule.around):
        shares.append((loop, 1 / (rows * rows_j)))

    def total(*names):
        return sum(share * (sum(loop.counts[name] for name in names)
                            if names else loop.slots())
                   for loop, share in shares)

    return {
        "slots": total(),
        "loop": sum(share * loop.slots() for loop, share in shares[:len(levels)]),
        "mufu": total("MUFU"),
        "fp64": total("DADD", "DMUL", "DFMA", "DSETP"),
        "lds": total("LDS"),
        "hmma": total("HMMA"),
    }


def count(arguments):
    """Program -> column -> number, and what is wrong whatever the budget is."""
    found, wrong = {}, []
    common = [arguments.kdslc, arguments.file, "--target=" + arguments.gpu]
    report = subprocess.run(common + ["--report"], stdout=subprocess.PIPE,
                            text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        cubin = os.path.join(folder, "k.cubin")
        cuda = os.path.dirname(os.path.dirname(arguments.ptxas))
        subprocess.run(common + ["--emit=cubin", "-o", cubin,
                                 "--cuda-path=" + cuda], check=True)
        with open(cubin, "rb") as file:
            kernels = sass.kernels(file.read())
    for name, kernel in kernels.items():
        if sass.count_spills(kernel) or kernel.stack:
            wrong.append("%s spills, or has a stack of %d bytes"
                         % (name, kernel.stack))
    for name, schedule in schedules(report).items():
        own = [kernels[key] for key in sorted(kernels)
               if re.fullmatch(r"%s_%s_\d+" % (name, arguments.gpu), key)]
        kernel = own[-1]
        found[name] = count_pair(kernel, schedule)
        found[name].update(registers=kernel.registers, shared=kernel.shared,
                           blocks=kernel.blocks_per_sm())
    return found, wrong


def format_table(found):
    lines = ["%-14s" % "#" + "".join("%10s" % name for name in COLUMNS)]
    for name, columns in found.items():
        lines.append("%-14s" % name + "".join(
            "%10.3f" % columns[key] if key in PER_PAIR else "%10d" % columns[key]
            for key in COLUMNS))
    return "\n".join(lines) + "\n"


def read_table(path):
    found = {}
    with open(path) as file:
        for line in file:
            if not line.startswith("#"):
                name, *numbers = line.split()
                found[name] = dict(zip(COLUMNS, map(float, numbers)))
    return found


def compare(found, budget):
    """What has become worse."""
    for name in sorted(set(found) ^ set(budget)):
        yield "%s: in the budget or the file only" % name
    for name in sorted(set(found) & set(budget)):
        for key in PER_PAIR + ["shared"]:
            now, then = found[name][key], budget[name][key]
            if now > SLACK * then + 0.001:
                yield "%s: %s was %.3f and is %.3f" % (name, key, then, now)
        if found[name]["blocks"] < budget[name]["blocks"]:
            yield "%s: %d blocks at once were %d" % (
                name, found[name]["blocks"], budget[name]["blocks"])


def main():
    parser = argparse.ArgumentParser()
    for name in ("kdslc", "ptxas", "file", "gpu", "budget"):
        parser.add_argument(name)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    found, wrong = count(arguments)
    table = format_table(found)
    print(table, end="")
    if arguments.write:
        with open(arguments.budget, "w") as file:
            file.write(table)
    else:
        wrong += compare(found, read_table(arguments.budget))
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
