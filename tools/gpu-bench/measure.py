"""Times calls on a GPU, and compares results with float64."""

import os
import statistics
import subprocess
import time

from ours import dtype

SAMPLED = 256  # rows i


def make_arrays(library, device, workload, m, n):
    """x, y and the others, the same in every run; a peer and we read the same."""
    import numpy as np

    random = np.random.default_rng(m + n)

    def draw(rows, features, elem):
        numbers = random.random((rows, features) if features else rows,
                                dtype=np.float32)
        numbers = numbers.astype(dtype(np, elem))
        return numbers if library is np else library.from_numpy(numbers).to(device)

    x = draw(m, workload.features, workload.elem)
    y = x if workload.own else draw(n, workload.features, workload.elem)
    others = {name: draw(m if axis == "M" else n, features, elem)
              for name, (axis, features, elem) in workload.others.items()}
    return x, y, others


class Clock:
    """Seconds of a call: between events on the device, or as the caller sees it."""

    def __init__(self, library):
        self.cuda = getattr(library, "cuda", None)
        if self.cuda:
            self.begin, self.end = (self.cuda.Event(enable_timing=True)
                                    for _ in range(2))

    def __call__(self, call):
        if not self.cuda:
            begin = time.perf_counter()
            call()
            return time.perf_counter() - begin
        self.begin.record()
        call()
        self.end.record()
        self.cuda.synchronize()
        return self.begin.elapsed_time(self.end) / 1e3


def side_by_side(calls, clock, rounds, most):
    """Medians of some turns, in which what disturbs the machine disturbs all. One
    call alone is timed first; what takes longer than `most` has that one."""
    times = {}
    for name, call in calls.items():
        call()
        times[name] = [clock(call)]
    for k in range(rounds):
        for name, call in calls.items():
            if times[name][0] <= most and (k < 5 or times[name][0] < 0.2):
                times[name].append(clock(call))
    return {name: statistics.median(taken[1:] or taken)
            for name, taken in times.items()}


def error(library, workload, x, y, others, result):
    """The largest error of sampled rows over the magnitude of their terms; of
    places, the share that is not among the nearest."""
    at = [int(k * len(x) / SAMPLED) for k in range(SAMPLED)] \
        if len(x) > SAMPLED else list(range(len(x)))
    wide = lambda a: library.asarray(a, dtype=library.float64)
    mine = {name: wide(array[at]) if workload.others[name][0] == "M" else wide(array)
            for name, array in others.items()}
    exact, size = workload.exact(library, wide(x[at]), wide(y), **mine)
    got = result[at]
    if workload.places:
        places = library.asarray(got, dtype=library.int64)
        return wrong_places(exact, places.reshape(len(at), -1))
    return float((abs(wide(got) - exact) / size).max())


def wrong_places(distances, places):
    """The share of places that are not among the nearest. Of too few rows the list
    ends early, with no place."""
    count = min(places.shape[1], distances.shape[1])
    rows = [[k] for k in range(len(places))]
    last = distances.argsort(1)[:, count - 1:count]
    limit = distances[rows, last] * (1 + 1e-5)
    wrong = distances[rows, places[:, :count]] > limit
    return float(wrong.sum()) / (len(places) * count)


def smi(field):
    """What nvidia-smi says of the first GPU; "" without one."""
    try:
        said = subprocess.run(
            ["nvidia-smi", "-i", "0", f"--query-gpu={field}",
             "--format=csv,noheader,nounits"], capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return said.stdout.strip()


class Clocks:
    """The clock of the multiprocessors, read while calls are timed."""

    def __init__(self):
        self.process = None
        if smi("name"):
            self.process = subprocess.Popen(
                ["nvidia-smi", "-i", "0", "-lms", "100", "--query-gpu=clocks.sm",
                 "--format=csv,noheader,nounits"], stdout=subprocess.PIPE, text=True)
            os.set_blocking(self.process.stdout.fileno(), False)

    def median(self):
        """Of what was read since the last question, in MHz; 0: nothing was."""
        if not self.process:
            return 0
        read = (self.process.stdout.read() or "").split()
        numbers = [float(word) for word in read if word.isdigit()]
        return statistics.median(numbers) if numbers else 0

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


# What a multiprocessor of Hopper begins in a clock: instructions of a thread,
# exponentials, operations on f64; and what its four tensor cores take of products of
# 16 x 8 x 16, counted for each of the 32 threads. mma.sync is said to reach two
# thirds of that.
RATES = {"slots": 128, "mufu": 16, "fp64": 64, "hmma": 32 * 4 * 1024 / (16 * 8 * 16)}


def bound(units, pairs, multiprocessors, megahertz):
    """Seconds that the busiest unit takes at that clock, and its name."""
    clocks, unit = max((units[name] / rate, name) for name, rate in RATES.items())
    return pairs * clocks / (multiprocessors * megahertz * 1e6), unit
