"""What runs a workload: kdslc's code for each instruction set, and the peers.

A contender is made once for a workload and its arrays, and is then called again
and again; a call computes all rows i with the threads that it was made for. Those
of PyPI are in peers.py. Each lives in a process of its own (worker.py).
"""

import ctypes
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from kdsl_exec import Exec

HERE = Path(__file__).resolve().parent


def shell(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(" ".join(map(str, command)) + "\n" + done.stderr)
    return done.stdout


def compiler():
    """A C++ compiler; plain loops do best with g++."""
    for name in ("g++", "clang++-22", "c++"):
        if shutil.which(name):
            return name
    raise RuntimeError("no C++ compiler: g++, clang++-22 or c++")


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def empty_result(workload, x):
    elem, shape = workload.output
    return np.zeros((len(x), *shape), elem)


def library_of(workload, level, build, folder):
    """The programs for a size and a level, and the seconds that kdslc took for them;
    0 if they were there."""
    name = f"D{workload.features}-{workload.elem}-{level}"
    library, seconds = folder / f"{name}.so", 0
    if not library.exists():
        begin = time.perf_counter()
        shell(build / "bin/kdslc", f"--target={level}", f"-DD={workload.features}",
              f"-Dreal={workload.elem}", HERE / "workloads.kdsl", "-o",
              folder / f"{name}.o")
        seconds = time.perf_counter() - begin
        shell(compiler(), "-shared", "-o", library, folder / f"{name}.o",
              build / "lib/libkdslrt.a", "-lpthread", "-ldl")
    return library, seconds


class Ours:
    """One instruction set of kdslc."""

    def __init__(self, workload, data, threads, level, build, folder):
        x, y, others = data
        self.result = empty_result(workload, x)
        library, _ = library_of(workload, level, build, folder)
        self.library = ctypes.CDLL(str(library))
        self.call = getattr(self.library, workload.program + "_ex")
        self.exec = Exec(size=ctypes.sizeof(Exec), threads=threads)
        # The args struct: sizes, bases, then each array with its stride (0: dense).
        sizes, rows = ([len(x)], [x]) if workload.own else ([len(x), len(y)], [x, y])
        words = [*sizes, 0, 0]
        self.kept = [*rows, *others.values(), self.result]
        for array in self.kept:
            words += [array.ctypes.data, 0]
        self.args = (ctypes.c_int64 * len(words))(*words)

    def __call__(self):
        status = self.call(ctypes.byref(self.args), ctypes.byref(self.exec))
        if status:
            text = self.library.kdsl_last_error
            text.restype = ctypes.c_char_p
            raise RuntimeError(text().decode())


class Rows:
    """A peer that computes a range of rows i; threads share them out."""

    chunk = 256

    def __init__(self, rows, count, threads):
        self.rows, self.count = rows, count
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __call__(self):
        begins = range(0, self.count, self.chunk)
        run = lambda b: self.rows(b, min(self.count, b + self.chunk))
        if self.pool:
            list(self.pool.map(run, begins))
        else:
            for begin in begins:
                run(begin)


class Plain(Rows):
    """plain.cpp with the flags that suit it best, and vector functions."""

    flags = ["-O3", "-march=native", "-ffast-math", "-fopenmp-simd", "-shared",
             "-fPIC", "-std=c++17"]

    def __init__(self, workload, data, threads, folder):
        x, y, others = data
        self.result = empty_result(workload, x)
        library = folder / "plain.so"
        if not library.exists():
            by = compiler()
            extra = ["-fveclib=libmvec"] if "clang" in by else []
            shell(by, *self.flags, *extra, HERE / "plain.cpp", "-o", library,
                  "-lmvec", "-lm")
        name = "w10" if workload.elem == "f64" else workload.program
        function = getattr(ctypes.CDLL(str(library)), name)
        arrays = [pointer(a) for a in (x, y, *others.values(), self.result)]
        n = ctypes.c_int64(len(y))
        # Rows are few for large y: y is laid out anew in each call.
        self.chunk = max(256, len(x) // (4 * threads))
        super().__init__(
            lambda b, e: function(*arrays, n, ctypes.c_int64(b), ctypes.c_int64(e)),
            len(x), threads)


class Numpy(Rows):
    """Dense blocks of rows with BLAS, which has threads of its own."""

    chunk = 500

    def __init__(self, workload, data, threads):
        x, y, others = data
        self.result = empty_result(workload, x)

        def rows(begin, end):
            self.result[begin:end] = workload.numpy(x[begin:end], y, *others.values())

        super().__init__(rows, len(x), threads)


class Missing(Exception):
    """A peer that is not installed."""


class Worker:
    """A contender in a process of its own; called, it gives the seconds it took."""

    def __init__(self, kind, workload, folder, threads, build, level="", python=None,
                 environment={}):
        own = {"OMP_NUM_THREADS": str(threads), **environment}
        if kind == "NumPy":  # `Numpy` shares out the rows itself
            own = {"OPENBLAS_NUM_THREADS": "1"}
        self.kind, self.folder = kind, folder
        self.log = open(folder / f"{kind}.log", "w+")
        self.process = subprocess.Popen(
            [python or sys.executable, HERE / "worker.py", kind, workload.name, folder,
             str(threads), build, level],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, **own})
        said = self.process.stdout.readline().strip()
        if said != "ready":
            self.close()
            if said.startswith("missing"):
                raise Missing(said)
            raise RuntimeError(f"{kind}: {self.complaint()}")

    def complaint(self):
        self.log.seek(0)
        return self.log.read().strip()[-2000:] or "no answer"

    def ask(self, line):
        try:
            print(line, file=self.process.stdin, flush=True)
            return float(self.process.stdout.readline())
        except (OSError, ValueError):
            raise RuntimeError(f"{self.kind}: {self.complaint()}") from None

    def __call__(self):
        return self.ask("run")

    def work(self):
        """As a call, in seconds of processors."""
        return self.ask("work")

    def done(self):
        """The result, and the bytes of memory that the calls took at most."""
        memory = int(self.ask("done"))
        result = np.load(self.folder / f"{self.kind}.npy")
        self.close()
        return result, memory

    def close(self):
        self.process.stdin.close()
        self.process.wait()
