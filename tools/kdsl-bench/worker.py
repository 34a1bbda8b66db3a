"""Runs one contender in a process of its own, so that its memory can be told.

usage: worker.py KIND WORKLOAD FOLDER THREADS BUILD LEVEL

Reads the arrays that kdsl-bench wrote to FOLDER and answers its lines: `run` with
the seconds of a call, `done` with the peak memory in bytes that the calls added, the
result being in FOLDER/KIND.npy. Says `ready` first, or `missing` and why.
"""

import dataclasses
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import contenders as by
import peers
import workloads


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def make(kind, workload, data, folder, threads, build, level):
    if kind.startswith("kdslc"):
        return by.Ours(workload, data, threads, level, build, folder.parent)
    if kind.startswith("each twice"):
        twice = dataclasses.replace(workload, program=workload.twice)
        return by.Ours(twice, data, threads, level, build, folder.parent)
    if kind == "plain C++":
        return by.Plain(workload, data, threads, folder.parent)
    if kind == "NumPy":
        return by.Numpy(workload, data, threads)
    return peers.peers(workload)[kind][0](workload, data, threads)


def main(kind, name, folder, threads, build, level):
    # Libraries print as they please; the answers keep the pipe.
    answers, sys.stdout = sys.stdout, sys.stderr
    workload = next(w for w in workloads.ALL if w.name == name)
    folder = Path(folder)
    load = lambda n: np.load(folder / f"{n}.npy")
    data = (load("x"), load("y"), {n: load(n) for n in workload.others})
    try:
        contender = make(kind, workload, data, folder, int(threads), Path(build), level)
    except ImportError as failure:
        return print(f"missing {failure}", file=answers, flush=True)
    before = peak()
    print("ready", file=answers, flush=True)
    clocks = {"run": time.perf_counter, "work": time.process_time}
    for line in sys.stdin:
        if clock := clocks.get(line.strip()):
            begin = clock()
            contender()
            print(clock() - begin, file=answers, flush=True)
        else:
            _, shape = workload.output
            np.save(folder / f"{kind}.npy",
                    np.asarray(contender.result).reshape(len(data[0]), *shape))
            print(peak() - before, file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
