"""Counts what a pair of each program costs on a GPU, from the machine code.

    count-sass.py KDSLC PTXAS FILE GPU BUDGET [--write | --found=TABLE]

KDSLC and PTXAS make a cubin of FILE. For each program the loops around its pairs
are counted, each by the shortest way round it: the group of rows j, the block after
which sums are closed, the stage that is copied to shared memory. How often these
turn depends on the arguments. Other loops in them, over the components of values,
say, count with all of their turns; where the code does not tell these, that is an
error. BUDGET has what was counted before, a line for each program; more than 2 %
above it, fewer blocks at once on a multiprocessor, or a spill is an error. --write
writes it anew. --found counts nothing, but takes what another run has printed.

Where each two rows meet once, that is two pairs.

Columns, for one pair: slots, instructions that are issued; mufu, of the unit for
exponentials and reciprocals; fp64, of that for doubles; lds, loads from shared
memory; hmma, products of matrices; and the slots of the loop over groups alone. For
the kernel: registers of a thread, bytes of shared memory of a block, blocks at once.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

import sass
import sass_loops

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
        # Windows whose weighted values are added up, before states are closed.
        self.window = number(r"weighted values of (\d+) rows j")
        if self.window:
            self.around += [self.window, min(16 * self.window, 1024)]


def schedules(report):
    parts = re.split(r"^(\w+) for sm_\d+$", report, flags=re.M)[1:]
    return {name: Schedule(text) for name, text in zip(parts[::2], parts[1::2])}


def lowered_kernels(text):
    """Kernel -> bytes of shared memory that a launch gives a block, and how often the
    loop turns in which it adds up some components of a window."""
    found = {}
    for part in text.split("func.func @")[1:]:
        given = re.search(r"kdsl\.phase = {.*shared_bytes = (\d+)", part)
        turns = re.search(r"scf\.for %\w+ = %c0_i64 to %c(\d+)_i64 step %c(\d+)_i64 .*\n"
                          r"(?:(?!.*scf\.for).*\n)*.*step %c16_i64 iter_args", part)
        found[part.split("(")[0]] = (
            int(given.group(1)),
            int(turns.group(1)) // int(turns.group(2)) if turns else 1)
    return found


# What a formula is made of.
WORK = ["FADD", "FMUL", "FFMA", "FFMA2", "FMNMX", "MUFU", "DADD", "DMUL", "DFMA",
        "DMMA"]


def work(turn):
    """Of two loops over groups that with more of this is the hot one."""
    return turn.counts["HMMA"], sum(turn.counts[name] for name in WORK)


def count_pair(kernel, schedule, batches):
    """What a pair costs: the loops around it, each shared out among its pairs."""
    # Around stages there is one more, over rows i. What is whole has known turns.
    depth = len(schedule.around) + 2
    turns = schedule.around[0] // schedule.group
    found = [(sass_loops.Turn(nest[0]), nest)
             for nest in sass_loops.nests(kernel, depth, turns)]
    if not found:
        raise sass_loops.Unknown("no loop whose turns are unknown lies in %d others, "
                                 "as the schedule says" % (depth - 1))
    group, nest = max(found, key=lambda one: work(one[0]))
    unrolled = 1
    if not schedule.tensor:
        # ptxas may have unrolled; rows j are told by what is loaded of them. With
        # tensor cores a thread loads a share of its warp's.
        times = group.shared_bytes / (schedule.group * schedule.row_bytes)
        unrolled = round(times)
        if not unrolled:
            raise sass_loops.Unknown("the loop at 0x%x loads %.2f of its rows j"
                                     % (nest[0].head, times))
    # In a window's turn tensor cores take 16 rows j at a time, some components at
    # once.
    for loop in nest[3].all_inside() if schedule.window else []:
        if loop in nest or not loop.has("HMMA"):
            continue
        if not any(inner.has("HMMA") for inner in loop.inside):
            loop.turns = schedule.window // 16
        else:
            loop.turns = batches
    rows = schedule.rows * schedule.meetings
    shares = [(group, 1 / (rows * schedule.group * unrolled))]
    for inner, loop, rows_j in zip(nest, nest[1:], schedule.around):
        shares.append((sass_loops.Turn(loop, inner), 1 / (rows * rows_j)))

    def total(*names):
        return sum(share * (sum(turn.counts[name] for name in names)
                            if names else turn.slots())
                   for turn, share in shares)

    return {
        "slots": total(),
        "loop": group.slots() * shares[0][1],
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
    lowered = subprocess.run(common + ["--emit=lowered", "-o", "-"],
                             stdout=subprocess.PIPE, text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        cubin = os.path.join(folder, "k.cubin")
        cuda = os.path.dirname(os.path.dirname(arguments.ptxas))
        subprocess.run(common + ["--emit=cubin", "-o", cubin,
                                 "--cuda-path=" + cuda], check=True)
        with open(cubin, "rb") as file:
            kernels = sass.kernels(file.read())
    lowered = lowered_kernels(lowered)
    for name, kernel in kernels.items():
        kernel.shared += lowered[name][0]
    for name, kernel in kernels.items():
        if sass.count_spills(kernel) or kernel.stack:
            wrong.append("%s spills, or has a stack of %d bytes"
                         % (name, kernel.stack))
    for name, schedule in schedules(report).items():
        own = [key for key in sorted(kernels)
               if re.fullmatch(r"%s_%s_\d+" % (name, arguments.gpu), key)]
        kernel = kernels[own[-1]]
        try:
            found[name] = count_pair(kernel, schedule, lowered[own[-1]][1])
        except sass_loops.Unknown as reason:
            wrong.append("%s: %s" % (name, reason))
            continue
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
    parser.add_argument("--found")
    arguments = parser.parse_args()
    if arguments.found:
        found, wrong = read_table(arguments.found), []
    else:
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
