"""Times contenders side by side, and their errors against float64."""

import statistics
import time

import numpy as np


def side_by_side(contenders, rounds, window):
    """Median seconds of a call of each, and the spread of the middle half.

    The contenders take turns, so that what disturbs the machine disturbs all of
    them; each turn calls one until `window` seconds are over.
    """
    times = {name: [] for name in contenders}
    for call in contenders.values():  # pages, caches, threads
        call()
    for _ in range(rounds):
        for name, call in contenders.items():
            calls, begin = 0, time.perf_counter()
            while True:
                call()
                calls += 1
                spent = time.perf_counter() - begin
                if spent >= window:
                    break
            times[name].append(spent / calls)
    result = {}
    for name, taken in times.items():
        taken.sort()
        quarter = len(taken) // 4
        middle = taken[quarter : len(taken) - quarter]
        result[name] = (statistics.median(taken), middle[-1] / middle[0] - 1)
    return result


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
