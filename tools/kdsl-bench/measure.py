"""Times contenders side by side, and their errors against float64."""

import statistics
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent


def side_by_side(contenders, rounds, window):
    """Median seconds of a call of each, and the spread of the middle half.

    The contenders take turns, so that what disturbs the machine disturbs all of
    them; each turn calls one until `window` seconds are over. Who has taken five
    seconds is out.
    """
    times = {name: [] for name in contenders}
    for call in contenders.values():  # pages, caches, threads
        call()
    for _ in range(rounds):
        for name, call in contenders.items():
            if sum(times[name]) > 5:
                continue
            calls, spent = 0, 0.0
            while calls == 0 or spent < window:
                spent += call()
                calls += 1
            times[name].append(spent / calls)
    result = {}
    for name, taken in times.items():
        taken.sort()
        quarter = len(taken) // 4
        middle = taken[quarter : len(taken) - quarter]
        spread = middle[-1] / middle[0] - 1
        result[name] = (statistics.median(taken), spread)
    return result


def best(call, window):
    """Seconds of the best call of those within `window` seconds."""
    least, spent = float("inf"), 0.0
    while spent < window:
        least = min(least, seconds := call())
        spent += seconds
    return least


def error(workload, data, result, rows=64):
    """The largest error of some rows, in units of the largest exact result; of
    row numbers, the share that is not among the nearest."""
    x, y, others = data
    at = np.unique(np.linspace(0, len(x) - 1, rows).astype(int))
    mine = {
        name: array[at] if workload.others[name][0] == "M" else array
        for name, array in others.items()
    }
    exact = workload.exact(x[at], y, **mine)
    got = result[at]
    if workload.places:
        count = got.reshape(len(at), -1).shape[1]
        near = np.sort(exact, 1)[:, count - 1] * (1 + 1e-5)
        there = np.take_along_axis(exact, got.reshape(len(at), -1).astype(int), 1)
        return float((there > near[:, None]).mean())
    return float(np.abs(got - exact).max() / np.abs(exact).max())


def peaks(shell, compiler, folder, threads):
    """Level -> billions of f32 lanes a second that multiply and add."""
    flags, rates = open("/proc/cpuinfo").read(), {}
    for level, width, flag in ("v4", 64, " avx512vl"), ("v3", 32, " avx2"):
        if flag not in flags:
            continue
        binary = folder / f"peak-{level}"
        shell(compiler, "-O2", "-march=native", "-ffp-contract=fast", "-std=c++17",
              f"-DBYTES={width}", HERE / "peak.cpp", "-o", binary, "-lpthread")
        rates[level] = float(shell(binary, threads))
    return rates
